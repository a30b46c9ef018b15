// A council's own keys: which there are, one replaced by another that is shown once, one stopped.
import { type Cell, details, table, tag, warning } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { counted, moment, momentInTable } from '../../page/words.ts';
import type { KeyEntry } from '../../platform/access.ts';
import { tokenField } from '../form-token.ts';
import type { KeyHolder } from '../store.ts';
import { councilPath, councilTop } from './council-frame.ts';

/** Days that an old key goes on beside its successor. */
export const overlaps = ['0', '1', '7', '28'] as const;
const USUAL_OVERLAP = '7';
const overlapWords: Record<(typeof overlaps)[number], string> = {
  '0': 'Stop it at once',
  '1': '1 day',
  '7': '7 days',
  '28': '28 days',
};

export interface KeysView {
  council: Parameters<typeof councilTop>[0];
  keys: readonly KeyEntry[];
  person: KeyHolder;
  now: Date;
  /** A person who signed in; a key has no name of its own, and changes nothing. */
  mayChange: boolean;
  /** What was just done. */
  done: { what: 'replaced'; key: string; old: KeyEntry } | { what: 'stopped'; id: string } | null;
}

export const isOver = ({ revokedAt }: KeyEntry, now: Date): boolean =>
  revokedAt !== null && new Date(revokedAt) <= now;

function standing(key: KeyEntry, now: Date): Piece {
  if (key.revokedAt === null)
    return html`${tag('Works', 'green')} <span class="wm-when">Until it is stopped</span>`;
  const at = momentInTable(key.revokedAt);
  return isOver(key, now)
    ? html`${tag('Stopped', 'grey')} <span class="wm-when">${at}</span>`
    : html`${tag('Stops soon', 'orange')} <span class="wm-when">${at}</span>`;
}

const code = (text: string): Html => html`<code class="wm-code">${text}</code>`;

function replaceForm({ id }: KeyEntry, { council, person }: KeysView): Html {
  return html`<form method="post" action="${councilPath(council.council)}/keys" novalidate>${tokenField(person.form)}
<input type="hidden" name="id" value="${id}"><input type="hidden" name="do" value="replace">
<div class="govuk-form-group"><fieldset class="govuk-fieldset"><legend class="govuk-fieldset__legend">How long key ${id} goes on beside the new one</legend>
<div class="govuk-radios govuk-radios--small" data-module="govuk-radios">${overlaps.map(
    (
      days,
    ) => html`<div class="govuk-radios__item"><input class="govuk-radios__input" id="overlap-${id}-${days}" name="overlap" type="radio" value="${days}"${days === USUAL_OVERLAP && html` checked`}>
<label class="govuk-label govuk-radios__label" for="overlap-${id}-${days}">${overlapWords[days]}</label></div>`,
  )}</div></fieldset></div>
<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">Make a new key<span class="govuk-visually-hidden"> in the place of ${id}</span></button>
</form>`;
}

function stopForm({ id }: KeyEntry, { council, person }: KeysView): Html {
  return html`<form method="post" action="${councilPath(council.council)}/keys" novalidate>${tokenField(person.form)}
<input type="hidden" name="id" value="${id}"><input type="hidden" name="do" value="stop">
${warning('Whatever sends with this key is refused from then on. It cannot be made to work again.')}
<button type="submit" class="govuk-button govuk-button--warning" data-module="govuk-button" data-prevent-double-click="true">Stop it now<span class="govuk-visually-hidden">: key ${id}</span></button>
</form>`;
}

const changes = (key: KeyEntry, view: KeysView): Html => html`<section aria-labelledby="key-${key.id}">
<h3 class="govuk-heading-m" id="key-${key.id}">Key ${key.id}, ${key.label}</h3>
${
  key.revokedAt === null
    ? details(
        html`Replace it<span class="govuk-visually-hidden">: key ${key.id}</span>`,
        replaceForm(key, view),
      )
    : html`<p class="govuk-body">It has been replaced, or is being stopped: it works until ${moment(key.revokedAt)}.</p>`
}
${details(html`Stop it<span class="govuk-visually-hidden">: key ${key.id}</span>`, stopForm(key, view))}
</section>`;

function doneBanner({ done }: KeysView): Html | null {
  if (done === null) return null;
  const content =
    done.what === 'stopped'
      ? html`<p class="govuk-notification-banner__heading">Key ${done.id} is stopped.</p>
<p class="govuk-body">The gateway forgets it within ten seconds.</p>`
      : html`<p class="govuk-notification-banner__heading">This is the new key. Copy it now: it is not shown again.</p>
<p class="govuk-body wm-secret"><code class="wm-code">${done.key}</code></p>
<p class="govuk-body">Put it into the file that only you can read and that the council’s side sends with. ${
          done.old.revokedAt === null ? '' : `Key ${done.old.id} works until ${moment(done.old.revokedAt)}.`
        }</p>`;
  return html`<div class="govuk-notification-banner govuk-notification-banner--success" role="alert" aria-labelledby="done" data-module="govuk-notification-banner">
<div class="govuk-notification-banner__header"><h2 class="govuk-notification-banner__title" id="done">Done</h2></div>
<div class="govuk-notification-banner__content">${content}</div></div>`;
}

export function councilKeysPage(view: KeysView): Html {
  const { council, keys, person, now, mayChange } = view;
  const standingKeys = keys.filter((key) => !isOver(key, now));
  return html`${doneBanner(view)}${councilTop(council, 'keys', 'keys', person)}
<p class="govuk-body-l">What the council’s side sends with. Waymark keeps no key, only its fingerprint (SHA-256): the first eight characters of that name the key and open nothing.</p>
${
  keys.length === 0
    ? html`<div class="govuk-inset-text">Your council has no key. The person who runs Waymark makes the first one.</div>`
    : html`<p class="govuk-body">${standingKeys.length === 0 ? html`<strong>No key works.</strong> The person who runs Waymark makes another.` : `${counted(standingKeys.length, 'key')} ${standingKeys.length === 1 ? 'works' : 'work'}.`} Replace a key that many people have seen, and every key once a year.</p>
${table({
  ...{ caption: 'Keys of your council, newest first', captionHidden: true },
  columns: ['Key', 'Called', 'Made', 'Last used', 'Until'].map((text) => ({ text })),
  groups: [
    {
      rows: keys.map((key): Cell[] => [
        { content: html`<span class="wm-nowrap">${code(key.id)}</span>` },
        { content: key.label },
        { content: html`<span class="wm-nowrap">${momentInTable(key.createdAt)}</span>` },
        {
          content:
            key.lastUsedAt === null
              ? html`<span class="wm-unknown">Never</span>`
              : html`<span class="wm-nowrap">${momentInTable(key.lastUsedAt)}</span>`,
        },
        { content: standing(key, now) },
      ]),
    },
  ],
})}
<p class="govuk-body-s wm-note">Use is noted once an hour, so a key may have been used up to an hour after the time told. Who replaced or stopped a key is in the audit log.</p>
${
  standingKeys.length > 0 &&
  (mayChange
    ? html`<h2 class="govuk-heading-l">Replace or stop a key</h2>${standingKeys.map((key) => changes(key, view))}`
    : html`<div class="govuk-inset-text">You signed in with a key, which has no name of its own. To replace or stop a key, sign in at the sign-in service.</div>`)
}`
}`;
}
