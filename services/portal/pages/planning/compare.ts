// A draft beside the plan of an evaluation: what it would change.
import type { Checked } from '../../../evaluations/protocol/check.ts';
import { differences } from '../../../evaluations/protocol/words.ts';
import { fingerprint, summaryList } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { contentHash } from '../../../platform/content-hash.ts';
import type { Draft, StoredPlan } from '../../planning/store.ts';
import type { EvaluationSummary } from '../../store.ts';
import { differenceList } from './differences.ts';
import { draftTop } from './draft-frame.ts';
import { faultsFirst } from './faults-first.ts';

const chooser = (
  draft: Draft,
  evaluations: readonly EvaluationSummary[],
  chosen: StoredPlan | null,
): Html | false =>
  evaluations.length > 0 &&
  html`<form method="get" action="/drafts/${draft.number}/compare" class="govuk-form-group">
<label class="govuk-label govuk-label--s" for="with">Compare with the plan of</label>
<div class="wm-chooser"><select class="govuk-select" id="with" name="with">${evaluations.map(
    ({ slug, title }) =>
      html`<option value="${slug}"${slug === chosen?.slug && html` selected`}>${title} (${slug})</option>`,
  )}</select>
<button type="submit" class="govuk-button govuk-button--secondary" data-module="govuk-button">Compare</button></div></form>`;

export function comparePage(
  draft: Draft,
  checked: Checked,
  stored: StoredPlan | null,
  evaluations: readonly EvaluationSummary[],
): Html {
  const { protocol } = checked;
  return html`${draftTop(draft, 'compare')}
${chooser(draft, evaluations, stored)}
${protocol === null && faultsFirst(draft, checked, 'compared')}
${protocol !== null && stored === null && html`<p class="govuk-body">There is no evaluation with this draft’s id yet. Choose one to compare with.</p>`}
${
  protocol !== null &&
  stored !== null &&
  html`${summaryList([
    { key: 'Plan of', value: `${stored.slug}, which is ${stored.standing.stage}` },
    { key: 'Its fingerprint', value: fingerprint(stored.protocolHash) },
    { key: 'The draft’s fingerprint', value: fingerprint(contentHash(protocol)) },
  ])}
<h2 class="govuk-heading-l">What the draft changes</h2>
${differenceList(differences(stored.protocol, protocol))}`
}`;
}
