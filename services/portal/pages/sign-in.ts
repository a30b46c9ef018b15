// Signing in at the sign-in service or with an access key, and having signed out.
import { type Html, html } from '../../page/html.ts';

export interface SignInState {
  next: string | null;
  /** What went wrong with the last attempt. */
  error?: string;
  signedOut?: boolean;
}

/** Which ways in there are. `invented`: the people of the sign-in service are. */
export interface WaysIn {
  service: boolean;
  byKey: boolean;
  invented: boolean;
}

const startPath = (next: string | null): string =>
  next === null ? '/sign-in/start' : `/sign-in/start?next=${encodeURIComponent(next)}`;

const serviceButton = (next: string | null, invented: boolean): Html =>
  html`${
    invented &&
    html`<div class="govuk-inset-text"><strong>Demonstration.</strong> The sign-in service of this machine has invented people, one for each role, and asks for no password.</div>`
  }<p class="govuk-body"><a class="govuk-button" href="${startPath(next)}" role="button" draggable="false" data-module="govuk-button">Sign in</a></p>`;

export function signInPage(
  { next, error, signedOut }: SignInState,
  { service, byKey, invented }: WaysIn,
): Html {
  return html`${
    signedOut &&
    html`<div class="govuk-notification-banner govuk-notification-banner--success" role="alert" aria-labelledby="signed-out" data-module="govuk-notification-banner">
<div class="govuk-notification-banner__header"><h2 class="govuk-notification-banner__title" id="signed-out">Done</h2></div>
<div class="govuk-notification-banner__content"><p class="govuk-notification-banner__heading">You have signed out.</p></div></div>`
  }${
    error &&
    html`<div class="govuk-error-summary" data-module="govuk-error-summary"><div role="alert">
<h2 class="govuk-error-summary__title">There is a problem</h2>
<div class="govuk-error-summary__body"><ul class="govuk-list govuk-error-summary__list"><li><a href="#key">${error}</a></li></ul></div></div></div>`
  }
<div class="govuk-grid-row"><div class="govuk-grid-column-two-thirds">
<h1 class="govuk-heading-xl">Sign in to Waymark</h1>
<p class="govuk-body">Waymark shows what happens to children whose families take part in family help evaluations.${!service && ' You need an access key.'}</p>
${service && serviceButton(next, invented)}${byKey && keyForm(next, error)}
</div></div>`;
}

const keyForm = (next: string | null, error: string | undefined): Html =>
  html`<form method="post" action="/sign-in" novalidate>
${next && html`<input type="hidden" name="next" value="${next}">`}
<div class="govuk-form-group${error && ' govuk-form-group--error'}">
<label class="govuk-label govuk-label--m" for="key">Access key</label>
<div class="govuk-hint" id="key-hint">It starts with wk_ and was given to you by the person who runs Waymark.</div>
${error && html`<p class="govuk-error-message" id="key-error"><span class="govuk-visually-hidden">Error:</span> ${error}</p>`}
<input class="govuk-input govuk-input--width-30${error && ' govuk-input--error'}" id="key" name="key" type="password" autocomplete="current-password" spellcheck="false" autocapitalize="none" aria-describedby="key-hint${error && ' key-error'}">
</div>
<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">Sign in</button>
</form>
${details}`;

const details = html`<details class="govuk-details"><summary class="govuk-details__summary"><span class="govuk-details__summary-text">I have no access key</span></summary>
<div class="govuk-details__text">If you started Waymark on this machine, the terminal shows a link that signs you in. Otherwise ask the person who runs Waymark for you. Signing in sets one cookie, which lasts until you sign out, for half an hour without a page, and 8 hours at most.</div></details>`;
