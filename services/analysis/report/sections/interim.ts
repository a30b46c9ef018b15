// Looks before the end: what each may spend, and whether this one crossed its boundary.
import { table } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { decimals, note, number } from '../say.ts';
import type { ShownRecord } from '../shown.ts';

const states = { made: 'Made', now: 'This one', 'to-come': 'To come' } as const;
const crossedWords = {
  'fewer-events': 'It is crossed: there are fewer of these outcomes in the trial group than chance brings.',
  'more-events': 'It is crossed: there are more of these outcomes in the trial group than chance brings.',
  none: 'It is not crossed.',
} as const;

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const level = (p: number): string => (p < 0.0001 ? 'under 0.0001' : p.toPrecision(3));
/** A look that may spend nothing has a boundary that no statistic reaches. */
const boundaryWords = ({ boundary, p }: { boundary: number; p: number }): string =>
  p < Number.EPSILON ** 10 ? 'none' : boundary.toFixed(3);

export function interimSection({ interim, study }: ShownRecord): Html | null {
  if (!interim) return null;
  const { followed, final, share, looks, now } = interim;
  const here = looks.find(({ state }) => state === 'now');
  return html`<section aria-labelledby="interim">
<h2 class="govuk-heading-l" id="interim">Looks before the end</h2>
<p class="govuk-body">${
    share === null || final === null
      ? 'How many children there will be is not known yet.'
      : `${number(followed)} of ${number(final)} children have been followed to the end: ${percent(share)} of the information.`
  }</p>
${table({
  caption: 'Looks and their boundaries',
  columns: [
    { text: 'Look' },
    { text: 'Information', numeric: true },
    { text: 'Boundary', numeric: true },
    { text: 'p below', numeric: true },
    { text: 'Spent by then', numeric: true },
  ],
  groups: [
    {
      rows: looks.map((look) => [
        { content: states[look.state] },
        { content: percent(look.information) },
        { content: boundaryWords(look) },
        { content: level(look.p) },
        { content: level(look.spent) },
      ]),
    },
  ],
})}
${note(html`Boundaries are of the primary outcome’s statistic, on either side; together the looks spend ${study.plan.alpha}. Until a boundary is crossed the p and the intervals elsewhere on this page must not be read as if this were the only look.`)}
${
  now &&
  here &&
  html`<p class="govuk-body">The statistic is ${decimals(now.statistic, 3)}, the boundary ${boundaryWords(here)}. ${crossedWords[now.crossed]}${
    now.interval &&
    study.estimand.summary === 'risk-difference' &&
    ` The interval that holds at every look together is ${decimals(100 * now.interval.lower, 1)} to ${decimals(100 * now.interval.upper, 1)} percentage points.`
  }</p>
${
  now.harm &&
  html`<p class="govuk-body"><strong>Harm:</strong> the boundary of more outcomes in the trial group is ${now.harm.boundary.toFixed(3)}; it is ${now.harm.crossed ? 'crossed' : 'not crossed'}.</p>`
}`
}
</section>`;
}
