// One council's account: where its children take part, what it sent by month, how much could not be used, and what to repair.
import { addMonths } from '../../../schemas/calendar.ts';
import type { RecordKind } from '../../../schemas/records.ts';
import { repairOf } from '../../../schemas/repair.ts';
import { type Cell, dataSourceTag, details, table, tag } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import {
  count,
  counted,
  dayInTable,
  list,
  momentInTable,
  month,
  months,
  percent,
  sentence,
} from '../../page/words.ts';
import type { Contribution, CouncilAccount, HeldBy, HeldCount } from '../council-account.ts';
import { sentChart, shareChart } from '../council-chart.ts';
import { type QualityMonth, qualityByMonth } from '../council-quality.ts';
import type { KeyHolder } from '../store.ts';
import { councilTop } from './council-frame.ts';
import { kindWords } from './kind-words.ts';

const byWords: Record<HeldBy, string> = {
  gateway: 'Refused on arrival',
  ingest: 'Set aside afterwards',
};

const code = (text: string): Html => html`<code class="wm-code">${text}</code>`;

function contributions(evaluations: readonly Contribution[], own: boolean): Html {
  const [whose, children] = own ? ['your', 'Your children'] : ['its', 'Children'];
  const followedUntil = ({ lastDay, horizons }: Contribution) => addMonths(lastDay, Math.max(...horizons));
  return html`<section aria-labelledby="evaluations"><h2 class="govuk-heading-l" id="evaluations">Which evaluations ${whose} children are in</h2>
${
  evaluations.length === 0
    ? html`<p class="govuk-body">None. What is sent is kept, and nobody is followed by it.</p>`
    : html`${table({
        ...{ caption: 'Evaluations with children of this council', captionHidden: true },
        columns: [
          { text: 'Evaluation' },
          { text: 'Stage' },
          { text: children, numeric: true },
          { text: 'Followed for' },
          { text: 'Records needed through' },
        ],
        groups: [
          {
            rows: evaluations.map((one): Cell[] => [
              { content: html`${one.title} ${dataSourceTag(one.dataSource)}` },
              { content: html`${sentence(one.stage)}${one.paused && html` ${tag('Paused', 'orange')}`}` },
              {
                content: one.participants === null ? `Fewer than ${one.threshold}` : count(one.participants),
              },
              { content: list(one.horizons.map(months)) },
              { content: html`<span class="wm-nowrap">${dayInTable(followedUntil(one))}</span>` },
            ]),
          },
        ],
      })}
<p class="govuk-body">A child takes part when its records say that it fits the evaluation’s plan. Which arm a child is in, and how it fares, is not shown here. “Records needed through” is the last day on which anything that counts can happen.</p>`
}</section>`;
}

const kindsSent = ({ sent }: CouncilAccount, shown: ReadonlySet<string>): [RecordKind, number, number][] => {
  const totals = new Map<RecordKind, [number, number]>();
  for (const { month: of, kind, events, purges } of sent) {
    if (!shown.has(of)) continue;
    const [all, back] = totals.get(kind) ?? [0, 0];
    totals.set(kind, [all + events, back + purges]);
  }
  return [...totals].map(([kind, [all, back]]) => [kind, all, back]);
};

function sentSection(account: CouncilAccount, rows: readonly QualityMonth[]): Html {
  const shown = new Set(rows.map((row) => row.month));
  const title = `Records that came from ${account.name}, by month`;
  return html`<section aria-labelledby="sent"><h2 class="govuk-heading-l" id="sent">What came</h2>
<p class="govuk-body">Each new statement about a record counts once, in the month in which it was stored. The same statement sent again does not count.</p>
<figure class="wm-chart wm-chart--groups"><figcaption><span class="wm-chart__title">Statements by month</span></figcaption>
${sentChart({
  title,
  description: rows.map((row) => `${month(row.month)}: ${count(row.events)}.`).join(' '),
  rows: rows.map((row) => ({ month: row.month, events: row.events })),
})}</figure>
${table({
  caption: 'By kind of record, all these months together',
  columns: [
    { text: 'Kind of record' },
    { text: 'Statements', numeric: true },
    { text: 'Of them, records taken back', numeric: true },
  ],
  groups: [
    {
      rows: kindsSent(account, shown).map(([kind, events, purges]): Cell[] => [
        { content: sentence(kindWords[kind]) },
        { content: count(events) },
        { content: count(purges) },
      ]),
    },
  ],
})}</section>`;
}

const shareWords = (row: QualityMonth): Piece =>
  row.share === null ? html`<span class="wm-unknown">Nothing came</span>` : percent(row.share);

/** The month that runs is not whole yet, and is spoken of last. */
function trendWords(rows: readonly QualityMonth[]): string {
  const unusual = rows.filter((row) => row.unusual);
  if (rows.every((row) => row.limit === null))
    return 'There is not enough of a past yet to compare a month with: three months before it are needed.';
  return unusual.length === 0
    ? 'No month had more of them than the months before it would lead to expect.'
    : `More than the months before would lead to expect: ${list(unusual.map((row) => month(row.month)))}.`;
}

const linesByMonth = (rows: readonly QualityMonth[]): Html =>
  table({
    caption: 'Lines by month, newest first',
    captionHidden: true,
    columns: [
      { text: 'Month' },
      { text: 'Stored', numeric: true },
      { text: 'Refused on arrival', numeric: true },
      { text: 'Set aside', numeric: true },
      { text: 'Could not be used', numeric: true },
      { text: 'Chance explains up to', numeric: true },
      { text: 'What was wrong' },
    ],
    groups: [
      {
        rows: [...rows].reverse().map((row): Cell[] => [
          { content: html`<span class="wm-nowrap">${month(row.month)}</span>` },
          { content: count(row.events) },
          { content: count(row.refused) },
          { content: count(row.quarantined) },
          {
            content: html`${shareWords(row)}${row.unusual && html` ${tag('Unusual', 'orange')}`}`,
          },
          {
            content:
              row.limit === null ? html`<span class="wm-unknown">Not known</span>` : percent(row.limit),
          },
          {
            content:
              row.codes.length === 0
                ? 'Nothing'
                : row.codes.map((one, at) => html`${at > 0 && ', '}${code(one.code)} ${count(one.count)}`),
          },
        ]),
      },
    ],
  });

function qualitySection(account: CouncilAccount, rows: readonly QualityMonth[], own: boolean): Html {
  const title = `Share of lines from ${account.name} that could not be used, by month`;
  return html`<section aria-labelledby="quality"><h2 class="govuk-heading-l" id="quality">How much could not be used</h2>
<p class="govuk-body">${trendWords(rows)}</p>
<figure class="wm-chart wm-chart--groups"><figcaption><span class="wm-chart__title">Share of lines that could not be used</span>
<span class="wm-key"><svg viewBox="0 0 36 14" aria-hidden="true" focusable="false"><line class="wm-key__trial" x1="0" x2="36" y1="7" y2="7"/></svg>Could not be used</span>
<span class="wm-key"><svg viewBox="0 0 36 14" aria-hidden="true" focusable="false"><line class="wm-key__comparison" x1="0" x2="36" y1="7" y2="7"/></svg>The most that chance explains</span>
A diamond marks a month above it.</figcaption>
${shareChart({
  title,
  description: rows
    .map((row) => `${month(row.month)}: ${row.share === null ? 'nothing came' : percent(row.share)}.`)
    .join(' '),
  rows,
})}</figure>
${details('The numbers by month', linesByMonth(rows))}
<p class="govuk-body-s wm-note">Compared with the twelve months before: three standard deviations above their share, for as many lines as came (a p chart). A line that was refused several times in one delivery counts once. The latest 10,000 refused lines are kept.</p>
<p class="govuk-body-s wm-note">Records that break an order rule (a closure before its referral, say) are stored and count as stored. ${own ? 'Your' : 'The council’s'} conversion report flags them with the rule’s code; the flags stay inside the council, so they are not counted here.</p></section>`;
}

interface Wrong {
  by: HeldBy;
  code: string;
  field: string;
  count: number;
  last: string;
}

/** What is wrong by place, code and field, all months together, most frequent first. */
function wrongs(held: readonly HeldCount[]): Wrong[] {
  const found = new Map<string, Wrong>();
  for (const { by, code: of, field, count: lines, last } of held) {
    const key = JSON.stringify([by, of, field]);
    const known = found.get(key);
    found.set(key, {
      ...{ by, code: of, field },
      count: (known?.count ?? 0) + lines,
      last: known && known.last > last ? known.last : last,
    });
  }
  return [...found.values()].sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

function repairSection({ held, latest }: CouncilAccount): Html {
  const all = wrongs(held);
  return html`<section aria-labelledby="repair"><h2 class="govuk-heading-l" id="repair">What to repair</h2>
${
  all.length === 0
    ? html`<p class="govuk-body">${tag('Nothing', 'green')} Every line that came could be used.</p>`
    : html`<p class="govuk-body">These lines count nowhere until they are mended. Correct the record in the council’s own system, convert the return again and send it: what came already counts once.</p>
${table({
  ...{ caption: 'What to repair, most frequent first', captionHidden: true },
  columns: [
    { text: 'Field' },
    { text: 'What is wrong' },
    { text: 'Where it stopped' },
    { text: 'Lines', numeric: true },
    { text: 'Last' },
    { text: 'What to do' },
  ],
  groups: [
    {
      rows: all.map((one): Cell[] => [
        { content: one.field === '' ? 'Whole line' : code(one.field) },
        { content: code(one.code) },
        { content: byWords[one.by] },
        { content: count(one.count) },
        { content: html`<span class="wm-nowrap">${momentInTable(one.last).split(',')[0]}</span>` },
        { content: repairOf(one.code) },
      ]),
    },
  ],
})}
${details(
  `Where the latest ${counted(latest.length, 'line')} stood`,
  html`${table({
    ...{ caption: 'The latest lines that could not be used, newest first', captionHidden: true },
    columns: ['Place', 'When', 'What is wrong', 'Field'].map((text) => ({ text })),
    groups: [
      {
        rows: latest.map((one): Cell[] => [
          { content: html`<span class="wm-break">${one.place}</span>` },
          { content: html`<span class="wm-nowrap">${momentInTable(one.at)}</span>` },
          { content: code(one.code) },
          { content: one.field === '' ? 'Whole line' : code(one.field) },
        ]),
      },
    ],
  })}<p class="govuk-body">A place names the line of a delivery, or topic, partition and offset: whoever runs Waymark finds the message by it. No value of a record is kept here.</p>`,
)}`
}</section>`;
}

/** @param today the London day, YYYY-MM-DD */
export function councilAccountPage(account: CouncilAccount, today: string, person: KeyHolder | null): Html {
  const rows = qualityByMonth(account, today);
  const own = person?.role === 'council';
  return html`${councilTop(account, 'sent and set aside', 'account', person)}
${contributions(account.evaluations, own)}
${
  rows.length === 0
    ? html`<div class="govuk-inset-text">Nothing has come yet. Once a first batch is accepted, it shows here month by month.</div>`
    : html`${sentSection(account, rows)}
${qualitySection(account, rows, own)}
${repairSection(account)}`
}`;
}
