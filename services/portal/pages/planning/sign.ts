// Signing the plan: the text that is signed, how a signature is made on one's own machine, and the field it goes into.
import { signedText } from '../../../evaluations/lifecycle/signatures.ts';
import { refusalOf } from '../../../evaluations/lifecycle/standing.ts';
import { details, fingerprint, summaryList } from '../../../page/components.ts';
import { textArea } from '../../../page/forms.ts';
import { type Html, html } from '../../../page/html.ts';
import { signatureTable } from './signatures.ts';
import { type Sent, type StepView, stepForm, stepTop } from './step-frame.ts';

const byCommand = (slug: string, hash: string): Html =>
  details(
    'How to make the signature with a command',
    html`<p class="govuk-body">With Waymark installed, on your own machine:</p>
<pre class="wm-command"><code>npx waymark signer sign ${slug} --hash ${hash} --key my-key.pem</code></pre>
<p class="govuk-body">Or with OpenSSL, having <a class="govuk-link" href="/evaluations/${slug}/steps/sign.txt" download>downloaded the text</a>:</p>
<pre class="wm-command"><code>openssl pkeyutl -sign -rawin -inkey my-key.pem -in ${slug}.txt | openssl base64 -A</code></pre>
<p class="govuk-body">Paste the line that is printed into the field below. Your key stays with you: nobody here can sign for you.</p>`,
  );

export function signPage(view: StepView, sent: Sent): Html {
  const { summary, plan, standing, signer } = view;
  const text = signedText(summary.slug, plan.protocolHash).toString('utf8');
  const open = refusalOf(standing, { kind: 'signed' });
  const refusal =
    open ??
    (view.named && signer === null
      ? 'You have no signing key registered here yet: register it first.'
      : null);
  return html`${stepTop(view, 'Sign the plan', sent)}
<p class="govuk-body">Your signature says that you have read this plan, and that the evaluation is to be done as it says. <a class="govuk-link" href="/evaluations/${summary.slug}/plan">Read the plan in words</a> first.</p>
${summaryList([
  { key: 'Plan’s fingerprint', value: fingerprint(plan.protocolHash) },
  { key: 'You sign as', value: signer === null ? 'Nobody yet' : signer.name },
  ...(signer === null ? [] : [{ key: 'Your public key', value: fingerprint(signer.publicKey) }]),
])}
${signatureTable(standing)}
${open === null && view.named && signer === null && html`<p class="govuk-body"><a class="govuk-button" href="/signing-key?for=${summary.slug}" role="button" draggable="false" data-module="govuk-button">Register your signing key</a></p>`}
${
  refusal === null &&
  html`<h3 class="govuk-heading-m">The text that is signed</h3>
<pre class="wm-command" id="signed-text"><code>${text}</code></pre>
${byCommand(summary.slug, plan.protocolHash)}`
}
${stepForm(view, refusal, {
  path: 'sign',
  button: 'Sign',
  fields: html`<div class="wm-sign-here" data-wm-sign="signed-text" hidden></div>${textArea({
    name: 'signature',
    label: 'Your signature',
    hint: 'Ed25519, 88 characters of base64. Not your key.',
    rows: 3,
    value: sent.values.signature ?? '',
    error: sent.errors.signature,
  })}`,
})}`;
}
