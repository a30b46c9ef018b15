// A page for everything that goes wrong: what happened, and a way on.
import { type Html, html } from '../../page/html.ts';
import type { PortalProblem, WayOn } from '../problem.ts';

const headings: Record<number, string> = {
  401: 'You need to sign in',
  403: 'You cannot open this page',
  404: 'Page not found',
  429: 'Too many attempts',
  500: 'Sorry, something went wrong',
  503: 'Sorry, Waymark cannot reach its records',
};

const codeHeadings: Record<string, string> = {
  'stale-form': 'This form is no longer good',
  'sent-from-elsewhere': 'This form came from another website',
  blinded: 'Outcomes are blinded',
  'unknown-outcome': 'There is no such outcome',
  'unknown-horizon': 'There are no results for that time',
  'unknown-combination': 'This outcome is not followed for that time',
  'unknown-filter': 'This page cannot be narrowed that way',
  'unknown-evaluation': 'There is no such evaluation',
  'unknown-release': 'There is no such release',
  'bad-day': 'This day cannot be looked back on',
  'look-back-busy': 'Others are being made first',
  'look-back-enough': 'That is enough for today',
  'look-back-future': 'This day cannot be looked back on',
  'look-back-before': 'This day cannot be looked back on',
};

export const problemHeading = (problem: Pick<PortalProblem, 'statusCode' | 'code'>): string =>
  codeHeadings[problem.code] ?? headings[problem.statusCode] ?? 'This did not work';

export function problemPage(
  problem: Pick<PortalProblem, 'statusCode' | 'code' | 'message'>,
  waysOn: readonly WayOn[],
): Html {
  return html`<div class="govuk-grid-row"><div class="govuk-grid-column-two-thirds">
<h1 class="govuk-heading-xl">${problemHeading(problem)}</h1>
<p class="govuk-body">${problem.message}</p>
${waysOn.length > 0 && html`<h2 class="govuk-heading-m">What you can do</h2><ul class="govuk-list govuk-list--bullet">${waysOn.map(({ text, href }) => html`<li><a class="govuk-link" href="${href}">${text}</a></li>`)}</ul>`}
</div></div>`;
}
