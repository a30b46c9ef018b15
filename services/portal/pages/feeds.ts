// Council feeds: what each is complete through, and since when it is silent. Silence is unknown, never zero.
import { repairOf } from '../../../schemas/repair.ts';
import { type Cell, dataSourceNotice, dataSourceTag, table, tag } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { count, counted, dayInTable, dayOf, momentInTable, sentence } from '../../page/words.ts';
import type { FeedRow, KeyHolder } from '../store.ts';
import { councilPath, councilTabs } from './council-frame.ts';
import { kindWords } from './kind-words.ts';

/** The earliest day among all kinds, or null when a kind, or the whole feed, has no statement. */
function completeThrough(feed: FeedRow): string | null {
  const days = feed.completeThrough.map((row) => row.through);
  if (days.length === 0 || days.includes(null)) return null;
  return days.filter((each) => each !== null).sort()[0] ?? null;
}

function status(feed: FeedRow): Piece {
  if (feed.silentSince !== null)
    return html`${tag('Silent', 'red')} <span class="wm-when">Unknown since ${dayOf(feed.silentSince)}</span>`;
  if (feed.lastReceived === null)
    return html`${tag('Nothing received', 'grey')} <span class="wm-when">Nothing is known yet</span>`;
  return tag('Sending', 'green');
}

function kinds(feed: FeedRow): Piece {
  const earliest = completeThrough(feed);
  const rows = [...feed.completeThrough].sort((a, b) => (a.through ?? '').localeCompare(b.through ?? ''));
  const same = new Set(rows.map((row) => row.through)).size === 1;
  const headline =
    earliest === null
      ? html`<span class="wm-unknown">Not yet known</span>`
      : html`<span class="wm-nowrap">${dayInTable(earliest)}</span>`;
  if (rows.length === 0 || same) return headline;
  return html`${headline} <details class="wm-more"><summary>By kind of record<span class="govuk-visually-hidden"> for ${feed.name}</span></summary><ul class="govuk-list">${rows.map(
    (row) =>
      html`<li>${sentence(kindWords[row.kind])}: ${row.through === null ? 'not yet known' : dayInTable(row.through)}</li>`,
  )}</ul></details>`;
}

const repair = (feed: FeedRow): Piece =>
  feed.quarantined === 0 ? 'None' : html`<strong>${counted(feed.quarantined, 'message')}</strong>`;

/** What to correct, by council and fault. Neither a child nor a value of the message is named. */
function repairs(feeds: readonly FeedRow[]): Html | null {
  const wanting = feeds.filter((feed) => feed.faults.length > 0);
  if (wanting.length === 0) return null;
  return html`<section aria-labelledby="repair"><h2 class="govuk-heading-l" id="repair">What to repair</h2>
${table({
  caption: 'Messages to repair, by council and what is wrong',
  captionHidden: true,
  columns: [
    { text: 'Where' },
    { text: 'What is wrong' },
    { text: 'Messages', numeric: true },
    { text: 'What to do' },
  ],
  groups: wanting.map((feed) => ({
    heading: feed.name,
    rows: feed.faults.map(({ code, field, count: messages }): Cell[] => [
      { content: field === '' ? 'Whole message' : html`<code class="wm-code">${field}</code>` },
      { content: html`<code class="wm-code">${code}</code>` },
      { content: count(messages) },
      { content: repairOf(code) },
    ]),
  })),
})}</section>`;
}

/** @param mends the reader mends messages or helps to, so what is wrong with them is shown */
export function feedsPage(feeds: readonly FeedRow[], person: KeyHolder | null, mends: boolean): Html {
  const own = person?.role === 'council';
  const silent = feeds.filter((feed) => feed.silentSince !== null);
  const toRepair = feeds.reduce((total, feed) => total + feed.quarantined, 0);
  const sources = new Set(feeds.map((feed) => feed.dataSource));
  const [only] = sources;
  const rank = (feed: FeedRow) =>
    feed.silentSince !== null ? 0 : feed.lastReceived === null ? 1 : feed.quarantined > 0 ? 2 : 3;
  const rows = [...feeds].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  const notice = sources.size === 1 && only !== undefined ? dataSourceNotice(only) : null;
  return html`${notice}
<h1 class="govuk-heading-xl">${own && rows[0] ? `${rows[0].name}: your feed` : 'Council feeds'}</h1>
${own && councilTabs(person.council ?? '', 'feed', person)}
<p class="govuk-body-l">${own ? 'What Waymark has received from your council, and how far it is complete.' : 'What each council has sent, and how far its records are complete.'}</p>
<p class="govuk-body">A council says itself through which day its records are complete. Nothing after that day is known, whatever has arrived already.</p>
${
  rows.length === 0
    ? html`<div class="govuk-inset-text">${own ? 'Waymark has not heard from your council yet. Once your first batch is accepted, it shows here.' : 'No council is registered yet.'}</div>`
    : html`${
        !own &&
        html`<ul class="govuk-list govuk-list--bullet"><li>${counted(rows.length, 'council')}</li>
<li>${silent.length === 0 ? 'none is silent' : html`<strong>${silent.length} ${silent.length === 1 ? 'is' : 'are'} silent</strong>: what happened to children there since is unknown`}</li>
<li>${toRepair === 0 ? 'no message waits for repair' : `${counted(toRepair, 'message')} ${toRepair === 1 ? 'waits' : 'wait'} for repair`}</li></ul>`
      }
${table({
  caption: own ? 'Your feed' : 'Feeds by council',
  captionHidden: true,
  columns: [
    { text: 'Council' },
    { text: 'State' },
    { text: 'Complete through' },
    { text: 'Last received' },
    { text: 'To repair' },
  ],
  groups: [
    {
      rows: rows.map((feed): Cell[] => [
        {
          content: html`${mends ? html`<a class="govuk-link" href="${councilPath(feed.council)}">${feed.name}</a>` : feed.name}${notice === null && html` ${dataSourceTag(feed.dataSource)}`}`,
        },
        { content: status(feed) },
        { content: kinds(feed) },
        {
          content:
            feed.lastReceived === null
              ? html`<span class="wm-unknown">Never</span>`
              : html`<span class="wm-nowrap">${momentInTable(feed.lastReceived)}</span>`,
        },
        { content: repair(feed) },
      ]),
    },
  ],
})}
<p class="govuk-body">A message to repair could not be understood, so it was set aside and counts nowhere. Correct the record in the council’s own system and send it again.</p>
${mends && repairs(rows)}`
}`;
}
