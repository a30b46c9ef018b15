// What an evaluator asks to have released: counts or the effects of which analysis, under which title, for whom.
import { type Html, html } from '../../page/html.ts';
import { momentInTable } from '../../page/words.ts';
import type { FormToken } from '../form-token.ts';
import { tokenField } from '../form-token.ts';
import type { AnalysisOutline, EvaluationSummary } from '../store.ts';

/** As they were filled in. */
export interface DraftFields {
  what: string;
  title: string;
  audience: string;
}

/** An evaluation of the reader whose outcomes by arm may be seen, and its analyses that have effects. */
export interface DraftChoice {
  evaluation: Pick<EvaluationSummary, 'slug' | 'title'>;
  analyses: readonly AnalysisOutline[];
}

interface DraftForm {
  choices: readonly DraftChoice[];
  fields: DraftFields;
  errors: readonly { field: keyof DraftFields; text: string }[];
  token: FormToken | undefined;
  /** Whether a person is signed in: a key drafts nothing. */
  named: boolean;
}

const audiences = [
  ['researchers', 'Signed-in researchers', 'Everybody with access to this evaluation’s results.'],
  ['public', 'Everybody', 'Anybody with the address, without signing in.'],
] as const;

/** Where a link to the error leads: the first of a set of radios. */
const idOf = (field: keyof DraftFields): string => (field === 'audience' ? 'audience-researchers' : field);

const errorSummary = (errors: DraftForm['errors']): Html =>
  html`<div class="govuk-error-summary" data-module="govuk-error-summary"><div role="alert">
<h2 class="govuk-error-summary__title">There is a problem</h2>
<div class="govuk-error-summary__body"><ul class="govuk-list govuk-error-summary__list">${errors.map(({ field, text }) => html`<li><a href="#${idOf(field)}">${text}</a></li>`)}</ul></div></div></div>`;

const option = (value: string, text: string, { what }: DraftFields): Html =>
  html`<option value="${value}"${value === what && html` selected`}>${text}</option>`;

function form({ choices, fields, errors, token }: DraftForm): Html {
  const errorOf = (field: keyof DraftFields) => errors.find((one) => one.field === field);
  const message = (field: keyof DraftFields): Html | undefined => {
    const error = errorOf(field);
    return (
      error &&
      html`<p class="govuk-error-message" id="${field}-error"><span class="govuk-visually-hidden">Error:</span> ${error.text}</p>`
    );
  };
  const group = (field: keyof DraftFields) =>
    `govuk-form-group${errorOf(field) ? ' govuk-form-group--error' : ''}`;
  const describedBy = (field: keyof DraftFields) =>
    html` aria-describedby="${field}-hint${errorOf(field) ? ` ${field}-error` : ''}"`;
  return html`<form method="post" action="/releases/new" novalidate>${tokenField(token)}
<div class="${group('what')}">
<label class="govuk-label govuk-label--s" for="what">What is released</label>
<div class="govuk-hint" id="what-hint">Counts are kept as they are now: children followed and with each outcome, by group and time. Effects are those of an analysis that was kept.</div>
${message('what')}
<select class="govuk-select" id="what" name="what"${describedBy('what')}><option value="">Choose one</option>
${choices.map(
  ({
    evaluation: { slug, title },
    analyses,
  }) => html`<optgroup label="${title}">${option(slug, 'Counts as they are now', fields)}
${analyses.map((one) => option(`${slug}:${one.number}`, `Effects of analysis ${one.number}, made ${momentInTable(one.at)}`, fields))}</optgroup>`,
)}</select></div>
<div class="${group('title')}">
<label class="govuk-label govuk-label--s" for="title">Title</label>
<div class="govuk-hint" id="title-hint">What readers will see it called, such as “Results at 12 months”.</div>
${message('title')}
<input class="govuk-input${errorOf('title') && ' govuk-input--error'}" id="title" name="title" type="text" maxlength="200" value="${fields.title}"${describedBy('title')}></div>
<div class="${group('audience')}">
<fieldset class="govuk-fieldset"${errorOf('audience') && html` aria-describedby="audience-error"`}><legend class="govuk-fieldset__legend govuk-fieldset__legend--s">Who will see it</legend>
${message('audience')}
<div class="govuk-radios">${audiences.map(
    ([value, words, hint]) => html`<div class="govuk-radios__item">
<input class="govuk-radios__input" id="audience-${value}" name="audience" type="radio" value="${value}" aria-describedby="audience-${value}-hint"${value === fields.audience && html` checked`}>
<label class="govuk-label govuk-radios__label" for="audience-${value}">${words}</label>
<div class="govuk-hint govuk-radios__hint" id="audience-${value}-hint">${hint}</div></div>`,
  )}</div></fieldset></div>
<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">Draft</button>
</form>`;
}

export function draftPage(draft: DraftForm): Html {
  const { choices, errors, named } = draft;
  return html`${errors.length > 0 && errorSummary(errors)}
<div class="govuk-grid-row"><div class="govuk-grid-column-two-thirds">
<h1 class="govuk-heading-xl">Draft a release</h1>
<p class="govuk-body">A draft goes through the automatic checks first. What they do not settle needs a checker of outputs, who is never the person that drafted it. Nobody else sees it before it is published.</p>
${
  !named
    ? html`<p class="govuk-body">An access key has no name of its own: sign in at the sign-in service to draft a release.</p>`
    : choices.length === 0
      ? html`<p class="govuk-body">No evaluation of yours has been unblinded yet, so there is nothing to release.</p>`
      : form(draft)
}
</div></div>`;
}
