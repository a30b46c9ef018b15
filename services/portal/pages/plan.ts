// What was planned, by whom it was signed, and every step since: the protocol in words and the chain of the evaluation's life.
import type { LifecycleEntry, Stage } from '../../../schemas/lifecycle.ts';
import { type Cell, fingerprint, summaryList, table, tag, warning } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { counted, moment, momentInTable } from '../../page/words.ts';
import type { EvaluationSummary, PlanRecord } from '../store.ts';
import { evaluationTop } from './evaluation-frame.ts';

const stageWords: Record<Stage, string> = {
  draft: 'Draft: the plan may still change',
  registered: 'Registered: the plan is published and not yet locked',
  locked: 'Locked: any change of the plan is recorded as a deviation',
  recruiting: 'Recruiting children',
  following: 'Following the children enrolled',
  analysed: 'Analysed',
  released: 'Released',
  closed: 'Closed',
};

function step(entry: LifecycleEntry): Piece {
  switch (entry.kind) {
    case 'created':
      return 'Plan written';
    case 'revised':
      return 'Plan revised: signatures of the plan before no longer count';
    case 'signed':
      return html`Plan signed by <strong>${entry.name}</strong>`;
    case 'advanced':
      return html`Moved on to: ${stageWords[entry.to]}`;
    case 'deviated':
      return html`<strong>Deviation: ${entry.label}.</strong> ${entry.reason}`;
    case 'paused':
      return html`Paused. ${entry.reason}`;
    case 'resumed':
      return 'Resumed';
    case 'unblinded':
      return html`<strong>Unblinded.</strong> ${entry.reason}`;
  }
}

function check({ entries, faults }: PlanRecord): Html {
  if (entries.length === 0 && faults.length === 0)
    return html`<p class="govuk-body">No step has been recorded yet.</p>`;
  if (faults.length === 0)
    return html`<p class="govuk-body">${tag('Checked', 'green')} ${counted(entries.length, 'entry', 'entries')} checked as this page was made: each follows from the one before it and was open at its time, every signature is of the plan it names, and the plan is the one that the last entry names.</p>`;
  return html`${warning(html`The history below cannot be relied on. ${counted(faults.length, 'fault')} found.`)}
<ul class="govuk-list govuk-list--bullet">${faults.map(
    ({ seq, fault }) => html`<li>${seq === null ? '' : html`<strong>Step ${seq}</strong> `}${fault}</li>`,
  )}</ul>
<p class="govuk-body">Do not use results of this evaluation. Tell the operator, who can compare the history with a backup.</p>`;
}

/** Of the plan that holds now: a revision or another plan after a deviation asks for new ones. */
function signedBy({ entries, protocolHash }: PlanRecord): Piece {
  const signed = entries.flatMap(({ entry }) =>
    entry.kind === 'signed' && entry.protocolHash === protocolHash ? [entry] : [],
  );
  if (signed.length === 0) return 'Nobody has signed this version of the plan';
  return html`<ul class="govuk-list">${signed.map(({ name, at }) => html`<li>${name}, ${moment(at)}</li>`)}</ul>`;
}

function history({ entries }: PlanRecord): Html {
  return table({
    caption: 'Every step so far, oldest first',
    captionHidden: true,
    columns: [{ text: 'Step' }, { text: 'When' }, { text: 'What' }, { text: 'By' }],
    groups: [
      {
        rows: entries.map(({ entry }): Cell[] => [
          { content: String(entry.seq) },
          { content: html`<span class="wm-nowrap">${momentInTable(entry.at)}</span>` },
          { content: step(entry) },
          { content: entry.by },
        ]),
      },
    ],
  });
}

/** @param plans whether the reader takes the steps of evaluations */
export function planPage(summary: EvaluationSummary, plan: PlanRecord, plans: boolean): Html {
  const head = plan.entries.at(-1)?.hash;
  return html`${evaluationTop(summary, 'plan')}
<h2 class="govuk-heading-l">Plan and history</h2>
${summaryList([
  {
    key: 'Where it stands',
    value: html`${stageWords[plan.stage]}${plan.paused && html` ${tag('Paused', 'orange')}`}`,
  },
  { key: 'Signed by', value: signedBy(plan) },
  { key: 'Plan’s fingerprint', value: fingerprint(plan.protocolHash) },
  ...(head === undefined ? [] : [{ key: 'History’s fingerprint', value: fingerprint(head) }]),
])}
${plans && html`<p class="govuk-body"><a class="govuk-link" href="/evaluations/${summary.slug}/steps">Sign, lock, unblind or record a deviation</a></p>`}
<section aria-labelledby="history"><h2 class="govuk-heading-l" id="history">History</h2>
${check(plan)}
${plan.entries.length > 0 && history(plan)}
${head !== undefined && html`<p class="govuk-body">Whoever keeps the history’s fingerprint elsewhere can tell later that nothing before it was changed.</p>`}
</section>
<section aria-labelledby="plan"><h2 class="govuk-heading-l" id="plan">The plan in words</h2>
${plan.sections
  .filter(({ lines }) => lines.length > 0)
  .map(
    ({ title, lines }) => html`<h3 class="govuk-heading-m">${title}</h3>
<ul class="govuk-list govuk-list--bullet wm-plan">${lines.map((line) => html`<li>${line}</li>`)}</ul>
`,
  )}</section>`;
}
