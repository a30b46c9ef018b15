// The steps of an evaluation's life: where it stands, what can be done, and why the rest cannot be done yet.
import { type Stage, stages } from '../../../../schemas/lifecycle.ts';
import { refusalOf } from '../../../evaluations/lifecycle/standing.ts';
import { fingerprint, summaryList, tag } from '../../../page/components.ts';
import { done } from '../../../page/forms.ts';
import { type Html, html, type Piece } from '../../../page/html.ts';
import { sentence } from '../../../page/words.ts';
import { nextStage } from '../../planning/next-stage.ts';
import { evaluationTop } from '../evaluation-frame.ts';
import { signatureTable } from './signatures.ts';
import { advanceWords } from './stage-words.ts';
import { NO_NAME, type StepView } from './step-frame.ts';

/** What a step that was taken is said to have done, by the `done` of the address. */
const doneWords: Readonly<Record<string, string>> = {
  signed: 'Your signature was added',
  unblinded: 'The evaluation is unblinded',
  deviated: 'The deviation was recorded',
  created: 'The plan is stored as an evaluation',
  revised: 'The plan was revised',
};

const isStage = (text: string): text is Stage => (stages as readonly string[]).includes(text);

function told(what: string | null): Html | false {
  if (what === null) return false;
  const words = doneWords[what] ?? (isStage(what) ? `The evaluation is ${what}` : null);
  return words !== null && done(words);
}

const stagesSoFar = (stage: Stage): Html =>
  html`<ol class="wm-stages">${stages.map((each) => {
    const behind = stages.indexOf(each) < stages.indexOf(stage);
    return html`<li class="wm-stages__item${each === stage && ' wm-stages__item--now'}"${each === stage && html` aria-current="step"`}>${sentence(each)}${behind && html`<span class="govuk-visually-hidden"> (done)</span>`}</li>
`;
  })}</ol>`;

/** A step with its link, or with why it is not open. */
const open = (
  slug: string,
  path: string,
  words: string,
  refusal: string | null,
): { key: string; value: Piece } => ({
  key: words,
  value:
    refusal === null
      ? html`<a class="govuk-link" href="/evaluations/${slug}/steps/${path}">${words}</a>`
      : html`${tag('Not open', 'grey')}<br>${refusal}`,
});

export function stepsPage(view: StepView, what: string | null): Html {
  const { summary, plan, standing, named } = view;
  const { slug } = summary;
  const to = nextStage(standing.stage);
  return html`${told(what)}${evaluationTop(summary, 'plan')}
<h2 class="govuk-heading-l">Steps of this evaluation</h2>
${stagesSoFar(standing.stage)}
${standing.paused && html`<div class="govuk-inset-text">The evaluation is paused. An operator resumes it.</div>`}
${!named && html`<div class="govuk-inset-text">${NO_NAME}</div>`}
${summaryList([
  { key: 'Plan’s fingerprint', value: fingerprint(plan.protocolHash) },
  ...(standing.unblinded === null
    ? [{ key: 'Blinding', value: 'Blinded: nobody sees outcomes by arm' }]
    : [{ key: 'Blinding', value: `Unblinded by ${standing.unblinded.by}: ${standing.unblinded.reason}` }]),
])}
<h3 class="govuk-heading-m">What can be done</h3>
${summaryList([
  ...(to === null
    ? []
    : [open(slug, 'advance', advanceWords[to], refusalOf(standing, { kind: 'advanced', to }))]),
  open(slug, 'sign', 'Sign the plan', refusalOf(standing, { kind: 'signed' })),
  open(slug, 'deviate', 'Record a deviation', refusalOf(standing, { kind: 'deviated' })),
  open(slug, 'unblind', 'Unblind the evaluation', refusalOf(standing, { kind: 'unblinded' })),
])}
${signatureTable(standing)}
<p class="govuk-body"><a class="govuk-link" href="/evaluations/${slug}/plan">The plan in words, and every step so far</a></p>`;
}
