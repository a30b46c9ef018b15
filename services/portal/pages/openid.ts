// The pages between the sign-in service and the portal.
import type { Identity } from '../../access/people.ts';
import { roleWords } from '../../access/roles.ts';
import { type Html, html } from '../../page/html.ts';
import { tokenField } from '../form-token.ts';
import type { KeyHolder } from '../store.ts';

const column = (main: Html): Html =>
  html`<div class="govuk-grid-row"><div class="govuk-grid-column-two-thirds">${main}</div></div>`;

export const arrivedPage = (to: string): Html =>
  column(html`<h1 class="govuk-heading-xl">You are signed in</h1>
<p class="govuk-body"><a class="govuk-link" href="${to}">Go on to Waymark</a></p>`);

/** Somebody whom nobody has granted anything: what to tell the administrator. */
export const strangerPage = ({ email, subject }: Identity): Html =>
  column(html`<h1 class="govuk-heading-xl">You have no access yet</h1>
<p class="govuk-body">The sign-in service knows you, but nobody has granted you anything in Waymark, or it was revoked.</p>
<p class="govuk-body">Ask the administrator of your Waymark for access and give this name: <strong class="wm-break">${email ?? `subject:${subject}`}</strong></p>
<p class="govuk-body"><a class="govuk-link" href="/sign-in">Sign in as somebody else</a></p>`);

const named = ({ role, council }: KeyHolder): string =>
  `${role.charAt(0).toUpperCase()}${role.slice(1).replace('-', ' ')}${council ? ` (${council})` : ''}`;

export const rolesPage = (roles: readonly KeyHolder[], now: KeyHolder): Html =>
  column(html`<h1 class="govuk-heading-xl">Choose what you act as</h1>
<p class="govuk-body">You hold several roles. What you see follows from the one you act in; you can come back here to change it.</p>
<form method="post" action="/sign-in/role">${tokenField(now.form)}
${roles.map(
  (
    held,
    at,
  ) => html`<p class="govuk-body"><button type="submit" class="govuk-button${held !== now && ' govuk-button--secondary'}" name="role" value="${at}">${named(held)}</button><br>
It ${roleWords[held.role]}.</p>`,
)}</form>`);

export const endedPage = (elsewhere: string | null): Html =>
  column(html`<h1 class="govuk-heading-xl">You have signed out</h1>
${
  elsewhere &&
  html`<p class="govuk-body">The sign-in service may still know you in this browser. On a shared machine, <a class="govuk-link" href="${elsewhere}">sign out there too</a>.</p>`
}
<p class="govuk-body"><a class="govuk-link" href="/sign-in">Sign in again</a></p>`);
