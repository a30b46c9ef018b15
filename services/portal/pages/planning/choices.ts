// The main choices of a draft as a form, what is wrong beside each.
import type { Checked } from '../../../evaluations/protocol/check.ts';
import {
  checkboxes,
  dayInput,
  done,
  errorSummary,
  radios,
  textArea,
  textInput,
} from '../../../page/forms.ts';
import { type Html, html } from '../../../page/html.ts';
import { tokenField } from '../../form-token.ts';
import { armChoices } from '../../planning/arm-choices.ts';
import { type ChoiceField, choiceGroups } from '../../planning/choice-fields.ts';
import { type Choices, fieldOfFault, isAsked, type OutcomeTick } from '../../planning/choices.ts';
import type { Draft } from '../../planning/store.ts';
import type { KeyHolder } from '../../store.ts';
import { draftTop, faultWords } from './draft-frame.ts';
import { NO_NAME } from './step-frame.ts';

/** What was done with the form before this page. */
export interface ChoiceState {
  /** Null unless it was asked to be checked. */
  checked: Checked | null;
  saved: boolean;
  /** Why what was sent was not saved. */
  refusal?: string;
}

type Errors = Readonly<Record<string, string>>;

function control(field: ChoiceField, { values, outcomes }: Choices, errors: Errors): Html {
  const { name, label } = field;
  const common = {
    ...{ name, label, error: errors[name] },
    ...(field.hint !== undefined && { hint: field.hint }),
  };
  const value = values[name] ?? '';
  switch (field.kind) {
    case 'words':
      return textArea({ ...common, value, rows: 3 });
    case 'lines':
      return textArea({ ...common, value, rows: Math.min(8, Math.max(3, value.split('\n').length + 1)) });
    case 'number':
      return textInput({ ...common, value, numeric: true, width: 'many' in field ? 20 : 5 });
    case 'day':
      return dayInput({
        ...common,
        day: values[`${name}-day`] ?? '',
        month: values[`${name}-month`] ?? '',
        year: values[`${name}-year`] ?? '',
      });
    case 'choice':
      return radios({ ...common, value, choices: field.choices });
    case 'outcome':
      return radios({
        ...common,
        value,
        choices: outcomes.filter(({ ticked }) => ticked).map(({ id, title }) => ({ value: id, text: title })),
      });
    case 'tick':
      return checkboxes({ ...common, alone: true, ticks: [{ name, text: label, ticked: value === 'yes' }] });
    default:
      return textInput({ ...common, value });
  }
}

const outcomeBoxes = (outcomes: readonly OutcomeTick[], errors: Errors): Html =>
  checkboxes({
    name: 'outcomes',
    label: 'Outcomes',
    hint: 'Built in, with their definitions of today. Others are written in the whole document.',
    error: errors.outcomes,
    ticks: outcomes.map(({ id, title, ticked, builtIn }) => ({
      ...{ name: `outcome-${id}`, text: title, ticked },
      ...(!builtIn && { hint: 'Defined in the document: once it is taken out it is gone from it' }),
    })),
  });

function group({ title, fields }: (typeof choiceGroups)[number], choices: Choices, errors: Errors): Html {
  const { armsBy, outcomes } = choices;
  const asked = fields.filter((field) => isAsked(field, armsBy));
  return html`<section aria-labelledby="group-${fields[0]?.name}"><h2 class="govuk-heading-l" id="group-${fields[0]?.name}">${title}</h2>
${asked.map(
  (field) =>
    html`${control(field, choices, errors)}${
      field.name === 'unit' &&
      radios({
        name: 'arms-by',
        label: 'What decides the arm',
        hint: 'Choosing another way takes what was entered for the one before out of the document. What it needs is asked for once it is saved.',
        value: armsBy,
        error: errors['arms-by'],
        choices: armChoices,
      })
    }${field.name === 'horizons' && outcomeBoxes(outcomes, errors)}`,
)}</section>
`;
}

/** What is wrong by the field of the form, and what is of no field. */
function sorted({ faults }: Checked, armsBy: string): { errors: Errors; others: string[] } {
  const errors: Record<string, string> = {};
  const others: string[] = [];
  for (const fault of faults) {
    const name = fieldOfFault(fault.field, armsBy);
    if (name === null) others.push(faultWords(fault));
    else errors[name] = errors[name] ? `${errors[name]}; ${faultWords(fault)}` : faultWords(fault);
  }
  return { errors, others };
}

export const unreadablePage = (draft: Draft): Html =>
  html`${draftTop(draft, 'choices')}<div class="govuk-inset-text">The document cannot be read, so there is no form for it. <a class="govuk-link" href="/drafts/${draft.number}/document?check=1">See what is wrong</a></div>`;

export function choicesPage(
  draft: Draft,
  choices: Choices,
  { person, named }: { person: KeyHolder; named: boolean },
  { checked, saved, refusal }: ChoiceState,
): Html {
  const { errors, others } = checked ? sorted(checked, choices.armsBy) : { errors: {}, others: [] };
  const inDocument = `/drafts/${draft.number}/document?check=1`;
  const all = [
    ...(refusal === undefined ? [] : [{ text: refusal, href: '#step' }]),
    ...Object.entries(errors).map(([name, text]) => ({ text, href: `#${name}` })),
    ...others.map((text) => ({ text: `In the whole document: ${text}`, href: inDocument })),
  ];
  return html`${errorSummary(all)}${checked?.protocol && done('The protocol is right')}${saved && !checked && done('The draft was saved')}${draftTop(draft, 'choices')}
<p class="govuk-body">The main choices. Estimand, analysis and whatever else a protocol says are in the whole document; what is saved here is written into it, and the rest of it stays.</p>
<form method="post" action="/drafts/${draft.number}/choices" id="step" tabindex="-1" novalidate>${tokenField(person.form)}
<input type="hidden" name="version" value="${draft.version}">
${choiceGroups.map((one) => group(one, choices, errors))}
${
  named
    ? html`<div class="govuk-button-group"><button type="submit" name="action" value="check" class="govuk-button" data-module="govuk-button">Save and check</button>
<button type="submit" name="action" value="save" class="govuk-button govuk-button--secondary" data-module="govuk-button">Save</button></div>`
    : html`<div class="govuk-inset-text">${NO_NAME}</div>`
}
</form>`;
}
