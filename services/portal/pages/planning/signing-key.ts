// Registering one's own public key, once.
import { details, fingerprint, summaryList } from '../../../page/components.ts';
import { textArea } from '../../../page/forms.ts';
import { type Html, html } from '../../../page/html.ts';
import { tokenField } from '../../form-token.ts';
import type { OwnSigner } from '../../planning/store.ts';
import type { KeyHolder } from '../../store.ts';
import { NO_NAME, type Sent, summaryOf } from './step-frame.ts';

const onward = (slug: string | null): Html | false =>
  slug !== null &&
  html`<p class="govuk-body"><a class="govuk-link" href="/evaluations/${slug}/steps/sign">Go on to signing the plan</a></p>`;

const howTo = details(
  'How to make a key with a command',
  html`<p class="govuk-body">With OpenSSL, on your own machine:</p>
<pre class="wm-command"><code>openssl genpkey -algorithm ed25519 -out my-key.pem
openssl pkey -in my-key.pem -pubout</code></pre>
<p class="govuk-body">Keep my-key.pem to yourself, with a copy in a safe place. Paste what the second command prints into the field below.</p>`,
);

const keyForm = (person: KeyHolder, slug: string | null, sent: Sent): Html =>
  html`<p class="govuk-body">Plans are signed with a key of your own. Its private half stays with you; its public half is registered here, once, and cannot be exchanged.</p>
${howTo}
<form method="post" action="/signing-key" id="step" tabindex="-1" novalidate>${tokenField(person.form)}
${slug !== null && html`<input type="hidden" name="for" value="${slug}">`}
<div data-wm-new-key hidden></div>
${textArea({
  name: 'key',
  label: 'Your public key',
  hint: 'Ed25519 in PEM: it begins with -----BEGIN PUBLIC KEY-----',
  rows: 4,
  value: sent.values.key ?? '',
  error: sent.errors.key,
})}
<p class="govuk-body">It will be registered for <strong>${person.label}</strong>.</p>
<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">Register this key</button>
</form>`;

export function signingKeyPage(
  { person, named, signer }: { person: KeyHolder; named: boolean; signer: OwnSigner | null },
  slug: string | null,
  sent: Sent,
): Html {
  return html`${summaryOf(sent)}<h1 class="govuk-heading-xl">Your signing key</h1>
${
  signer
    ? html`<p class="govuk-body">Your public key is registered. Whoever has it can check what you signed.</p>
${summaryList([
  { key: 'You sign as', value: `${signer.name} (${signer.id})` },
  { key: 'Public key', value: fingerprint(signer.publicKey) },
])}${onward(slug)}`
    : named
      ? keyForm(person, slug, sent)
      : html`<div class="govuk-inset-text">${NO_NAME}</div>`
}`;
}
