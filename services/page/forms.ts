// Fields of forms as GOV.UK Design System markup, each with its label, hint and what is wrong with it.
import { type Html, html, type Piece } from './html.ts';

export interface Field {
  /** Of the field and its id. */
  name: string;
  label: string;
  hint?: Piece;
  /** What is wrong with it. */
  error?: string | undefined;
}

/** One thing that is wrong, and the id of the element where it can be mended. */
export interface FormError {
  text: string;
  href: string;
}

/** Nothing without errors. */
export function errorSummary(errors: readonly FormError[]): Html | false {
  return (
    errors.length > 0 &&
    html`<div class="govuk-error-summary" data-module="govuk-error-summary"><div role="alert">
<h2 class="govuk-error-summary__title">There is a problem</h2>
<div class="govuk-error-summary__body"><ul class="govuk-list govuk-error-summary__list">${errors.map(
      ({ text, href }) => html`<li><a href="${href}">${text}</a></li>`,
    )}</ul></div></div></div>`
  );
}

export const errorMessage = (id: string, error: string | undefined): Html | false =>
  error !== undefined &&
  html`<p class="govuk-error-message" id="${id}-error"><span class="govuk-visually-hidden">Error:</span> ${error}</p>`;

const hintText = (id: string, hint: Piece): Html | false =>
  hint !== undefined && html`<div class="govuk-hint" id="${id}-hint">${hint}</div>`;

const described = ({ name, hint, error }: Field): Html | false => {
  const ids = [hint !== undefined && `${name}-hint`, error !== undefined && `${name}-error`].filter(Boolean);
  return ids.length > 0 && html` aria-describedby="${ids.join(' ')}"`;
};

const group = ({ error }: Field, content: Piece): Html =>
  html`<div class="govuk-form-group${error !== undefined && ' govuk-form-group--error'}">${content}</div>`;

const labelled = (field: Field, input: Piece): Html =>
  group(
    field,
    html`<label class="govuk-label govuk-label--s" for="${field.name}">${field.label}</label>${hintText(field.name, field.hint)}${errorMessage(field.name, field.error)}${input}`,
  );

/** A line of text. `width`: characters, one of GOV.UK's widths. */
export const textInput = (
  field: Field & { value: string; width?: 2 | 3 | 4 | 5 | 10 | 20 | 30; numeric?: boolean },
): Html =>
  labelled(
    field,
    html`<input class="govuk-input${field.width && ` govuk-input--width-${field.width}`}${field.error !== undefined && ' govuk-input--error'}" id="${field.name}" name="${field.name}" type="text"${field.numeric && html` inputmode="numeric"`} value="${field.value}" autocomplete="off"${described(field)}>`,
  );

export const textArea = (
  field: Field & { value: string; rows?: number; code?: boolean; most?: number },
): Html =>
  labelled(
    field,
    html`<textarea class="govuk-textarea${field.code && ' wm-document'}${field.error !== undefined && ' govuk-textarea--error'}" id="${field.name}" name="${field.name}" rows="${field.rows ?? 4}"${field.most !== undefined && html` maxlength="${field.most}"`}${field.code && html` spellcheck="false" autocapitalize="none"`}${described(field)}>
${field.value}</textarea>`,
  );

export interface Choice {
  value: string;
  text: string;
  hint?: Piece;
}

/** One of several. The first button carries the name as its id, so that an error leads there. */
export const radios = (
  field: Field & { value: string; choices: readonly Choice[]; inline?: boolean },
): Html =>
  group(
    field,
    html`<fieldset class="govuk-fieldset"${described(field)}><legend class="govuk-fieldset__legend govuk-fieldset__legend--s">${field.label}</legend>${hintText(field.name, field.hint)}${errorMessage(field.name, field.error)}
<div class="govuk-radios govuk-radios--small${field.inline && ' govuk-radios--inline'}" data-module="govuk-radios">${field.choices.map(
      (choice, at) => {
        const id = at === 0 ? field.name : `${field.name}-${at + 1}`;
        return html`<div class="govuk-radios__item"><input class="govuk-radios__input" id="${id}" name="${field.name}" type="radio" value="${choice.value}"${choice.value === field.value && html` checked`}${choice.hint !== undefined && html` aria-describedby="${id}-item-hint"`}>
<label class="govuk-label govuk-radios__label" for="${id}">${choice.text}</label>${choice.hint !== undefined && html`<div class="govuk-hint govuk-radios__hint" id="${id}-item-hint">${choice.hint}</div>`}</div>
`;
      },
    )}</div></fieldset>`,
  );

export interface Tick {
  /** Of its own field. */
  name: string;
  text: string;
  ticked: boolean;
  hint?: Piece;
}

/**
 * Any of several, each a field of its own. The first box carries the group's name as its id. `alone`: one box, whose words say
 * all, so that its group needs no name to be seen.
 */
export const checkboxes = (field: Field & { ticks: readonly Tick[]; alone?: true }): Html =>
  group(
    field,
    html`<fieldset class="govuk-fieldset"${described(field)}><legend class="${field.alone ? 'govuk-visually-hidden' : 'govuk-fieldset__legend govuk-fieldset__legend--s'}">${field.label}</legend>${hintText(field.name, field.hint)}${errorMessage(field.name, field.error)}
<div class="govuk-checkboxes govuk-checkboxes--small" data-module="govuk-checkboxes">${field.ticks.map(
      (tick, at) => {
        const id = at === 0 ? field.name : `${field.name}-${at + 1}`;
        return html`<div class="govuk-checkboxes__item"><input class="govuk-checkboxes__input" id="${id}" name="${tick.name}" type="checkbox" value="yes"${tick.ticked && html` checked`}${tick.hint !== undefined && html` aria-describedby="${id}-item-hint"`}>
<label class="govuk-label govuk-checkboxes__label" for="${id}">${tick.text}</label>${tick.hint !== undefined && html`<div class="govuk-hint govuk-checkboxes__hint" id="${id}-item-hint">${tick.hint}</div>`}</div>
`;
      },
    )}</div></fieldset>`,
  );

/** A day in three fields. The first carries the name as its id. */
export const dayInput = (field: Field & { day: string; month: string; year: string }): Html => {
  const part = (of: 'day' | 'month' | 'year', text: string) => {
    const id = of === 'day' ? field.name : `${field.name}-${of}`;
    return html`<div class="govuk-date-input__item"><label class="govuk-label govuk-date-input__label" for="${id}">${text}</label>
<input class="govuk-input govuk-date-input__input govuk-input--width-${of === 'year' ? 4 : 2}${field.error !== undefined && ' govuk-input--error'}" id="${id}" name="${field.name}-${of}" type="text" inputmode="numeric" value="${field[of]}" autocomplete="off"></div>
`;
  };
  return group(
    field,
    html`<fieldset class="govuk-fieldset" role="group"${described(field)}><legend class="govuk-fieldset__legend govuk-fieldset__legend--s">${field.label}</legend>${hintText(field.name, field.hint)}${errorMessage(field.name, field.error)}
<div class="govuk-date-input">${part('day', 'Day')}${part('month', 'Month')}${part('year', 'Year')}</div></fieldset>`,
  );
};

/** Says that something was done. */
export const done = (content: Piece): Html =>
  html`<div class="govuk-notification-banner govuk-notification-banner--success" role="alert" aria-labelledby="done-title" data-module="govuk-notification-banner">
<div class="govuk-notification-banner__header"><h2 class="govuk-notification-banner__title" id="done-title">Done</h2></div>
<div class="govuk-notification-banner__content"><p class="govuk-notification-banner__heading">${content}</p></div></div>`;
