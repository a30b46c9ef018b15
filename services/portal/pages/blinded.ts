// What stands in a result's place while an evaluation is blinded: that it is, why, and what can be seen meanwhile.
import { type Html, html } from '../../page/html.ts';
import type { EvaluationSummary } from '../store.ts';
import { evaluationTop, type Tab } from './evaluation-frame.ts';

export const BLINDED =
  'This evaluation is blinded: until its protocol’s time has come and it is unblinded with a recorded reason, nobody sees outcomes by arm.';

export function blindedPage(summary: EvaluationSummary, tab: Tab = 'outcomes'): Html {
  return html`${evaluationTop(summary, tab)}
<h2 class="govuk-heading-l">Outcomes are blinded</h2>
<p class="govuk-body">${BLINDED}</p>
<p class="govuk-body">This keeps those who run the evaluation from being led by what they see. The records go on being followed meanwhile.</p>
<p class="govuk-body"><a class="govuk-link" href="/evaluations/${summary.slug}/maturity">See when results can be known</a></p>
${summary.works && html`<p class="govuk-body"><a class="govuk-link" href="/evaluations/${summary.slug}/recruitment">See recruitment and balance</a></p>`}`;
}
