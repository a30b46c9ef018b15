// Recording what was done otherwise than planned, which then stands beside every result.
import { refusalOf } from '../../../evaluations/lifecycle/standing.ts';
import { textArea, textInput } from '../../../page/forms.ts';
import { type Html, html } from '../../../page/html.ts';
import { deviationList } from '../deviations.ts';
import { type Sent, type StepView, stepForm, stepTop } from './step-frame.ts';

export function deviatePage(view: StepView, sent: Sent): Html {
  const { standing } = view;
  return html`${stepTop(view, 'Record a deviation', sent)}
<p class="govuk-body">A deviation is something that was done otherwise than the locked plan says. It stands beside every result, and is never taken out. The plan itself stays as it is.</p>
<h3 class="govuk-heading-m">Recorded so far</h3>
${deviationList(standing.deviations)}
${stepForm(view, refusalOf(standing, { kind: 'deviated' }), {
  path: 'deviate',
  button: 'Record the deviation',
  fields: html`${textInput({
    name: 'label',
    label: 'What was done otherwise, in a few words',
    hint: '3 to 80 characters, such as: one council began a month late',
    value: sent.values.label ?? '',
    error: sent.errors.label,
  })}${textArea({
    name: 'reason',
    label: 'Why, and what it may mean for the results',
    hint: 'At least 20 characters. Name no child and no family.',
    rows: 5,
    most: 1_000,
    value: sent.values.reason ?? '',
    error: sent.errors.reason,
  })}`,
})}`;
}
