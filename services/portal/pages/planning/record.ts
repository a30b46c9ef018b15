// Putting a draft on record: what it will do to which evaluation, and what it changes there.

import type { Protocol } from '../../../../schemas/protocol.ts';
import { isLocked, refusalOf } from '../../../evaluations/lifecycle/standing.ts';
import type { Checked } from '../../../evaluations/protocol/check.ts';
import { differences, protocolWords } from '../../../evaluations/protocol/words.ts';
import { fingerprint, summaryList } from '../../../page/components.ts';
import { textArea, textInput } from '../../../page/forms.ts';
import { type Html, html, type Piece } from '../../../page/html.ts';
import { contentHash } from '../../../platform/content-hash.ts';
import { tokenField } from '../../form-token.ts';
import type { Draft, StoredPlan } from '../../planning/store.ts';
import type { KeyHolder } from '../../store.ts';
import { differenceList } from './differences.ts';
import { draftTop } from './draft-frame.ts';
import { faultsFirst } from './faults-first.ts';
import { NO_NAME, type Sent, summaryOf } from './step-frame.ts';

export interface RecordView {
  draft: Draft;
  checked: Checked;
  stored: StoredPlan | null;
  mayBegin: boolean;
  person: KeyHolder;
  named: boolean;
}

/** What putting it on record is, for the evaluation as it stands. */
interface Act {
  heading: string;
  /** What happens. */
  words: string;
  button: string;
  /** Why it cannot be done; null where it can. */
  refusal: string | null;
  deviates: boolean;
}

function actOf({ stored, mayBegin }: RecordView, protocol: Protocol): Act {
  if (!stored)
    return {
      heading: 'Begin a new evaluation',
      words: `The evaluation ${protocol.id} is stored as a draft with this plan, and children already known in its councils are screened. Registering, signing and locking come after.`,
      button: 'Begin the evaluation',
      refusal: mayBegin
        ? null
        : 'You were not granted every evaluation, so you cannot begin a new one. Somebody who was can, or an operator from the document.',
      deviates: false,
    };
  const same =
    stored.protocolHash === contentHash(protocol) ? 'The evaluation has this very plan already.' : null;
  if (isLocked(stored.standing))
    return {
      heading: 'Change a locked plan',
      words: `The plan of ${stored.slug} is locked: the change is recorded as a deviation, which stands beside every result. Outcomes are worked out anew; what is frozen stays.`,
      button: 'Record the deviation',
      refusal: same ?? refusalOf(stored.standing, { kind: 'deviated' }),
      deviates: true,
    };
  return {
    heading: 'Revise the plan',
    words: `This takes the place of the plan of ${stored.slug}. Signatures of the plan before no longer count.`,
    button: 'Revise the plan',
    refusal: same ?? refusalOf(stored.standing, { kind: 'revised' }),
    deviates: false,
  };
}

const deviationFields = ({ values, errors }: Sent): Html =>
  html`${textInput({
    name: 'label',
    label: 'What is changed, in a few words',
    hint: '3 to 80 characters',
    value: values.label ?? '',
    error: errors.label,
  })}${textArea({
    name: 'reason',
    label: 'Why, and what it may mean for the results',
    hint: 'At least 20 characters. Name no child and no family.',
    rows: 5,
    most: 1_000,
    value: values.reason ?? '',
    error: errors.reason,
  })}`;

const wholePlan = (protocol: Protocol): Html =>
  html`<h3 class="govuk-heading-m">The plan in words</h3>${protocolWords(protocol)
    .filter(({ lines }) => lines.length > 0)
    .map(
      ({ title, lines }) => html`<h4 class="govuk-heading-s">${title}</h4>
<ul class="govuk-list govuk-list--bullet wm-plan">${lines.map((line) => html`<li>${line}</li>`)}</ul>
`,
    )}`;

function form({ draft, stored, person }: RecordView, act: Act, sent: Sent): Html {
  return html`<form method="post" action="/drafts/${draft.number}/record" id="step" tabindex="-1" novalidate>${tokenField(person.form)}
<input type="hidden" name="version" value="${draft.version}">
<input type="hidden" name="head" value="${stored?.standing.head ?? ''}">
${act.deviates && deviationFields(sent)}
<p class="govuk-body">The history will say that <strong>${person.label}</strong> did this, for good.</p>
<button type="submit" class="govuk-button${act.deviates && ' govuk-button--warning'}" data-module="govuk-button" data-prevent-double-click="true">${act.button}</button>
</form>`;
}

export function recordPage(view: RecordView, sent: Sent): Html {
  const { draft, checked, stored, named } = view;
  const { protocol } = checked;
  const top = html`${summaryOf(sent)}${draftTop(draft, 'record')}`;
  if (!protocol) return html`${top}${faultsFirst(draft, checked, 'put on record')}`;
  const act = actOf(view, protocol);
  const refusal = act.refusal ?? (named ? null : NO_NAME);
  const last: Piece =
    refusal === null ? form(view, act, sent) : html`<div class="govuk-inset-text">${refusal}</div>`;
  return html`${top}
<h2 class="govuk-heading-l">${act.heading}</h2>
<p class="govuk-body">${act.words}</p>
${summaryList([
  { key: 'The draft’s fingerprint', value: fingerprint(contentHash(protocol)) },
  ...(stored ? [{ key: 'Fingerprint of the plan there is', value: fingerprint(stored.protocolHash) }] : []),
])}
${stored ? html`<h2 class="govuk-heading-m">What it changes</h2>${differenceList(differences(stored.protocol, protocol))}` : wholePlan(protocol)}
${last}`;
}
