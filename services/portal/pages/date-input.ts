// The date input of the GOV.UK Design System: three fields and, where something is wrong with them, what it is.
import { type Html, html } from '../../page/html.ts';
import type { DateFault, DateField, TypedDate } from '../look-back-view.ts';

const parts = [
  ['day', 'Day', 2, 'numeric'],
  ['month', 'Month', 2, null],
  ['year', 'Year', 4, 'numeric'],
] as const;

export function errorSummary(faults: readonly DateFault[]): Html | null {
  if (faults.length === 0) return null;
  return html`<div class="govuk-error-summary" data-module="govuk-error-summary"><div role="alert">
<h2 class="govuk-error-summary__title">There is a problem</h2>
<div class="govuk-error-summary__body"><ul class="govuk-list govuk-error-summary__list">${faults.map(
    ({ field, parts: [first = 'day'], message }) =>
      html`<li><a href="#${field}-${first}">${message}</a></li>`,
  )}</ul></div></div></div>`;
}

export function dateInput(options: {
  field: DateField;
  legend: string;
  hint: string;
  typed: TypedDate;
  faults: readonly DateFault[];
}): Html {
  const { field, legend, hint, typed, faults } = options;
  const fault = faults.find((one) => one.field === field);
  return html`<div class="govuk-form-group${fault && ' govuk-form-group--error'}">
<fieldset class="govuk-fieldset" role="group" aria-describedby="${field}-hint${fault && ` ${field}-error`}">
<legend class="govuk-fieldset__legend govuk-fieldset__legend--s">${legend}</legend>
<div class="govuk-hint" id="${field}-hint">${hint}</div>
${fault && html`<p class="govuk-error-message" id="${field}-error"><span class="govuk-visually-hidden">Error:</span> ${fault.message}</p>`}
<div class="govuk-date-input" id="${field}">${parts.map(
    ([part, label, width, mode]) => html`<div class="govuk-date-input__item"><div class="govuk-form-group">
<label class="govuk-label govuk-date-input__label" for="${field}-${part}">${label}</label>
<input class="govuk-input govuk-date-input__input govuk-input--width-${width}${fault?.parts.includes(part) && ' govuk-input--error'}" id="${field}-${part}" name="${field}-${part}" type="text"${mode && html` inputmode="${mode}"`} autocomplete="off" value="${typed[part]}">
</div></div>`,
  )}</div>
</fieldset></div>`;
}
