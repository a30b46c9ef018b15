// Unblinding: what is still to come is said first, then the reason is asked for.
import { gateNames } from '../../../analysis/report/say.ts';
import { refusalOf } from '../../../evaluations/lifecycle/standing.ts';
import { details, summaryList, tag } from '../../../page/components.ts';
import { textArea } from '../../../page/forms.ts';
import { type Html, html } from '../../../page/html.ts';
import { counted, list, months } from '../../../page/words.ts';
import { type Sent, type StepView, stepForm, stepTop } from './step-frame.ts';

/** Something that ought to hold before anybody sees outcomes by arm. */
interface Gate {
  name: string;
  holds: boolean;
  /** What was found. */
  words: string;
}

function followed({ maturity }: StepView, horizon: number, primary: boolean): Gate {
  const rows = maturity.filter((row) => row.horizon === horizon);
  const open = rows.filter(({ frozenAt }) => frozenAt === null);
  const waiting = [...new Set(open.flatMap(({ waitingFor }) => waitingFor))].sort();
  const many = waiting.length > 5 ? counted(waiting.length, 'council') : list(waiting);
  return {
    name: `Everybody was followed for ${months(horizon)}${primary ? ', as the main outcome asks' : ''}`,
    holds: rows.length > 0 && open.length === 0,
    words:
      rows.length === 0
        ? 'No child has been enrolled yet.'
        : `${rows.length - open.length} of ${counted(rows.length, 'result')} ${open.length === rows.length - 1 ? 'is' : 'are'} final.${waiting.length > 0 ? ` Waiting for ${many}.` : ''}`,
  };
}

/** The gates, the main outcome's horizon first. */
export function unblindingGates(view: StepView): Gate[] {
  const { summary, plan, standing, maturity } = view;
  const { horizon } = summary.primary;
  const horizons = [...new Set([horizon, ...maturity.map((row) => row.horizon)])];
  const differing = maturity.filter(({ supersededAt }) => supersededAt !== null).length;
  const recruiting = ['draft', 'registered', 'locked', 'recruiting'].includes(standing.stage);
  return [
    {
      name: 'Recruitment has ended',
      holds: !recruiting,
      words: recruiting
        ? `The evaluation is ${standing.stage}: whoever knows outcomes by arm may be led by them while people are still being enrolled.`
        : `The evaluation is ${standing.stage}.`,
    },
    ...horizons.map((each) => followed(view, each, each === horizon)),
    {
      name: 'Final figures agree with later records',
      holds: differing === 0,
      words:
        differing === 0
          ? 'None differs.'
          : `${counted(differing, 'final figure')} would be another by later records.`,
    },
    {
      name: 'The history holds together',
      holds: plan.faults.length === 0,
      words: plan.faults.length === 0 ? 'Checked now.' : `${counted(plan.faults.length, 'fault')} found.`,
    },
  ];
}

function gateList(gates: readonly Gate[]): Html {
  const open = gates.filter(({ holds }) => !holds).length;
  return html`<h3 class="govuk-heading-m">${open === 0 ? 'Every gate holds' : `Still to pass: ${open} of ${gates.length} gates`}</h3>
${summaryList(
  gates.map(({ name, holds, words }) => ({
    key: name,
    value: html`${holds ? tag('Holds', 'green') : tag('Not yet', 'orange')}<br>${words}`,
  })),
)}
${details('Checks that the analysis makes afterwards', html`<p class="govuk-body">Before an effect is shown, the analysis asks whether each of these holds where it applies. One that fails withholds every effect until a named person records a reason.</p><ul class="govuk-list govuk-list--bullet">${gateNames.map((name) => html`<li>${name}</li>`)}</ul>`)}`;
}

export function unblindPage(view: StepView, sent: Sent): Html {
  const { standing } = view;
  return html`${stepTop(view, 'Unblind the evaluation', sent)}
<p class="govuk-body">From then on whoever was granted the evaluation sees outcomes by arm, within the disclosure policy. It cannot be undone: what was seen stays seen.</p>
${standing.unblinded === null && gateList(unblindingGates(view))}
${stepForm(view, refusalOf(standing, { kind: 'unblinded' }), {
  path: 'unblind',
  button: 'Unblind',
  warn: true,
  fields: textArea({
    name: 'reason',
    label: 'Why now',
    hint: 'At least 20 characters. Where a gate is still to pass, say why it is not waited for.',
    rows: 5,
    most: 1_000,
    value: sent.values.reason ?? '',
    error: sent.errors.reason,
  }),
})}`;
}
