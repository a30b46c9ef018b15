// Taking an evaluation to its next stage: what that means, and who has signed.
import { refusalOf } from '../../../evaluations/lifecycle/standing.ts';
import { fingerprint, summaryList } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { counted } from '../../../page/words.ts';
import { nextStage } from '../../planning/next-stage.ts';
import { signatureTable } from './signatures.ts';
import { advanceWords, stageMeans } from './stage-words.ts';
import { type Sent, type StepView, stepForm, stepTop } from './step-frame.ts';

export function advancePage(view: StepView, sent: Sent): Html {
  const { plan, standing } = view;
  const to = nextStage(standing.stage);
  if (to === null)
    return html`${stepTop(view, 'Next stage', sent)}
<p class="govuk-body">The evaluation is closed: there is no stage after it.</p>`;
  const words = advanceWords[to];
  return html`${stepTop(view, words, sent)}
<p class="govuk-body">The evaluation is ${standing.stage}. What holds once it is ${to}:</p>
<ul class="govuk-list govuk-list--bullet">${stageMeans[to].map((line) => html`<li>${line}</li>`)}</ul>
${summaryList([
  { key: 'Plan’s fingerprint', value: fingerprint(plan.protocolHash) },
  { key: 'History so far', value: counted(standing.entries, 'entry', 'entries') },
])}
${to === 'locked' && signatureTable(standing)}
${stepForm(view, refusalOf(standing, { kind: 'advanced', to }), {
  path: 'advance',
  button: words,
  warn: to === 'locked' || to === 'closed',
  fields: html`<input type="hidden" name="to" value="${to}">`,
})}`;
}
