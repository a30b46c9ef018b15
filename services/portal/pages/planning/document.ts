// A draft as a whole document, and every fault of it at its line.
import type { Checked, ProtocolFault } from '../../../evaluations/protocol/check.ts';
import { details, fingerprint } from '../../../page/components.ts';
import { done, errorSummary, textArea } from '../../../page/forms.ts';
import { type Html, html } from '../../../page/html.ts';
import { counted } from '../../../page/words.ts';
import { contentHash } from '../../../platform/content-hash.ts';
import { tokenField } from '../../form-token.ts';
import type { Draft } from '../../planning/store.ts';
import type { KeyHolder } from '../../store.ts';
import { draftTop, faultWords } from './draft-frame.ts';
import { NO_NAME } from './step-frame.ts';

/** What was done with the document before this page. */
export interface DocumentState {
  /** Null unless it was asked to be checked. */
  checked: Checked | null;
  saved: boolean;
  /** Why it was not saved; `theirs` is what somebody else saved meanwhile. */
  refusal?: { text: string; theirs?: string };
}

/** The lines of a fault, with their numbers. */
function place(document: string, { line }: ProtocolFault): Html {
  const lines = document.split('\n');
  const from = Math.max(1, line - 1);
  return html`<pre class="wm-command wm-fault__lines"><code>${lines
    .slice(from - 1, line + 1)
    .map((text, at) => `${String(from + at).padStart(4)}  ${text}`)
    .join('\n')}</code></pre>`;
}

/** So many faults are told at once. */
const MOST_TOLD = 50;

const faultList = (document: string, faults: readonly ProtocolFault[]): Html =>
  html`<h2 class="govuk-heading-m">What is wrong</h2>
<ol class="govuk-list wm-faults">${faults.map(
    (fault, at) =>
      html`<li id="fault-${at + 1}" class="wm-fault"><p class="govuk-body"><strong>Line ${fault.line}:</strong> ${faultWords(fault)}</p>${place(document, fault)}</li>
`,
  )}</ol>`;

const rightAsItIs = ({ protocol }: Checked): Html | false =>
  protocol !== null &&
  done(html`The protocol is right. Its fingerprint would be ${fingerprint(contentHash(protocol))}`);

export function documentPage(
  draft: Draft,
  { person, named }: { person: KeyHolder; named: boolean },
  { checked, saved, refusal }: DocumentState,
): Html {
  const all = checked?.faults ?? [];
  const faults = all.slice(0, MOST_TOLD);
  const errors = [
    ...(refusal ? [{ text: refusal.text, href: '#document' }] : []),
    ...faults.map((fault, at) => ({
      text: `Line ${fault.line}: ${faultWords(fault)}`,
      href: `#fault-${at + 1}`,
    })),
  ];
  return html`${errorSummary(errors)}${checked && rightAsItIs(checked)}${saved && !checked && done('The draft was saved')}${draftTop(draft, 'document')}
<p class="govuk-body">YAML or JSON, as <code class="wm-code">waymark protocol check</code> reads it. A draft is saved right or wrong; only one without faults can be put on record.</p>
${faults.length > 0 && faultList(draft.document, faults)}${all.length > faults.length && html`<p class="govuk-body">The first ${faults.length} of ${all.length} faults are told.</p>`}
<form method="post" action="/drafts/${draft.number}/document" id="step" tabindex="-1" novalidate>${tokenField(person.form)}
<input type="hidden" name="version" value="${draft.version}">
${textArea({
  name: 'document',
  label: 'The document',
  rows: 30,
  code: true,
  value: draft.document,
  error:
    refusal?.text ??
    (all.length > 0 ? `${counted(all.length, 'fault')}, listed above with their lines` : undefined),
})}
${
  named
    ? html`<div class="govuk-button-group"><button type="submit" name="action" value="check" class="govuk-button" data-module="govuk-button">Save and check</button>
<button type="submit" name="action" value="save" class="govuk-button govuk-button--secondary" data-module="govuk-button">Save</button></div>`
    : html`<div class="govuk-inset-text">${NO_NAME}</div>`
}
</form>
${refusal?.theirs !== undefined && details('What was saved meanwhile', html`<pre class="wm-command"><code>${refusal.theirs}</code></pre>`)}
${
  draft.own &&
  named &&
  details(
    'Withdraw this draft',
    html`<p class="govuk-body">The draft is removed for good. An evaluation that it was put on record as stays as it is.</p>
<form method="post" action="/drafts/${draft.number}/withdraw" novalidate>${tokenField(person.form)}
<button type="submit" class="govuk-button govuk-button--warning" data-module="govuk-button" data-prevent-double-click="true">Withdraw the draft</button></form>`,
  )
}`;
}
