// What pages that take a step have in common: what they know, what stands at their top, and what was wrong with the form.
import type { Standing } from '../../../evaluations/lifecycle/standing.ts';
import { errorSummary, type FormError } from '../../../page/forms.ts';
import { type Html, html, type Piece } from '../../../page/html.ts';
import type { ShownMaturityRow } from '../../evaluation-view.ts';
import { tokenField } from '../../form-token.ts';
import type { OwnSigner } from '../../planning/store.ts';
import type { EvaluationSummary, KeyHolder, PlanRecord } from '../../store.ts';
import { evaluationTop } from '../evaluation-frame.ts';

/** What a page about a step knows. */
export interface StepView {
  summary: EvaluationSummary;
  plan: PlanRecord;
  standing: Standing;
  maturity: readonly ShownMaturityRow[];
  /** The reader's own signer. */
  signer: OwnSigner | null;
  person: KeyHolder;
  /** Whether the reader is a person: a key takes no step. */
  named: boolean;
}

/** What was sent and could not be done. */
export interface Sent {
  values: Readonly<Record<string, string>>;
  /** By field; the empty name is the whole form. */
  errors: Readonly<Record<string, string>>;
}

export const nothingSent: Sent = { values: {}, errors: {} };

/** The form's id, where an error leads that is of no field. */
const FORM = 'step';

export const summaryOf = ({ errors }: Sent): Html | false =>
  errorSummary(
    Object.entries(errors).map(
      ([field, text]): FormError => ({ text, href: `#${field === '' ? FORM : field}` }),
    ),
  );

export const stepTop = (view: StepView, heading: string, sent: Sent): Html =>
  html`${summaryOf(sent)}${evaluationTop(view.summary, 'plan')}
<h2 class="govuk-heading-l">${heading}</h2>`;

export const NO_NAME =
  'An access key has no name of its own: sign in at the sign-in service to take a step in your name.';

const back = ({ summary }: StepView): Html =>
  html`<p class="govuk-body"><a class="govuk-link" href="/evaluations/${summary.slug}/steps">Go back without doing anything</a></p>`;

/** In the place of a form that cannot be sent: why. */
const refused = (reason: string): Html => html`<div class="govuk-inset-text">${reason}</div>`;

/**
 * A form that takes one step of the evaluation as it was when the page was read.
 * @param refusal why the step is not open; null where it is
 */
export function stepForm(
  view: StepView,
  refusal: string | null,
  { path, button, warn = false, fields }: { path: string; button: string; warn?: boolean; fields: Piece },
): Html {
  const reason = refusal ?? (view.named ? null : NO_NAME);
  if (reason !== null) return html`${refused(reason)}${back(view)}`;
  const { summary, standing, person } = view;
  return html`<form method="post" action="/evaluations/${summary.slug}/steps/${path}" id="${FORM}" tabindex="-1" novalidate>${tokenField(person.form)}
<input type="hidden" name="head" value="${standing.head ?? ''}">
${fields}
<p class="govuk-body">The history will say that <strong>${person.label}</strong> did this, for good.</p>
<button type="submit" class="govuk-button${warn && ' govuk-button--warning'}" data-module="govuk-button" data-prevent-double-click="true">${button}</button>
</form>${back(view)}`;
}
