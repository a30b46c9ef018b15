// The operator's page: what waits, what was set aside, which workflows are late, and who did what last.
import { repairOf } from '../../../schemas/repair.ts';
import { type Cell, summaryList, table, tag } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { count, counted, moment, momentInTable, sentence } from '../../page/words.ts';
import type { ServiceState } from '../service-state.ts';

/** Beyond so many minutes something is stuck; alert rules say the same (docs/runbooks/WaymarkOutboxOld.md). */
const LATE_MINUTES = 5;

const alertWords: Record<string, string> = {
  'feed-silent': 'Feed silent',
  'milestone-overdue': 'Result overdue',
};

const minutesBetween = (from: string, to: string): number =>
  Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 60_000));

function lag({ outbox, askedAt }: ServiceState): Piece {
  if (outbox.oldest === null) return html`${tag('Up to date', 'green')} Nothing waits`;
  const minutes = minutesBetween(outbox.oldest, askedAt);
  const mark = minutes > LATE_MINUTES ? tag('Late', 'red') : tag('Being told', 'blue');
  return html`${mark} ${counted(outbox.waiting, 'change')} ${outbox.waiting === 1 ? 'waits' : 'wait'}, the oldest for ${counted(minutes, 'minute')}`;
}

const health = (state: ServiceState): Html =>
  summaryList([
    { key: 'Changes on the way to workflows', value: lag(state) },
    {
      key: 'Outcomes to work out again',
      value: state.recompute === 0 ? 'None' : counted(state.recompute, 'participant'),
    },
    {
      key: 'Messages taken from Kafka',
      value: html`${count(state.intake.received)}: ${count(state.intake.stored)} stored, ${count(state.intake.duplicates)} sent again, ${count(state.intake.statements)} statements, ${count(state.intake.quarantined)} set aside`,
    },
    {
      key: 'Lines the gateway refused',
      value: state.refusedLines === 0 ? 'None' : count(state.refusedLines),
    },
    {
      key: 'Database',
      value: `PostgreSQL ${state.database.version}, ${count(Math.round(state.database.bytes / 1e6))} MB`,
    },
  ]);

function alerts({ alerts: open }: ServiceState): Html {
  if (open.length === 0) return html`<p class="govuk-body">${tag('None', 'green')} Nothing is late.</p>`;
  return table({
    ...{ caption: 'What is late, oldest first', captionHidden: true },
    columns: ['What', 'Of', 'Since', 'Message'].map((text) => ({ text })),
    groups: [
      {
        rows: open.map(({ kind, subject, raisedAt, message }): Cell[] => [
          { content: alertWords[kind] ?? sentence(kind.replaceAll('-', ' ')) },
          { content: html`<code class="wm-code">${subject}</code>` },
          { content: momentInTable(raisedAt) },
          { content: message },
        ]),
      },
    ],
  });
}

function setAside({ quarantine }: ServiceState): Html {
  if (quarantine.length === 0) return html`<p class="govuk-body">No message is set aside.</p>`;
  return table({
    ...{ caption: 'Messages set aside, by what is wrong', captionHidden: true },
    columns: [{ text: 'What is wrong' }, { text: 'Messages', numeric: true }, { text: 'What to do' }],
    groups: [
      {
        rows: quarantine.map(({ code, count: messages }): Cell[] => [
          { content: html`<code class="wm-code">${code}</code>` },
          { content: count(messages) },
          { content: repairOf(code) },
        ]),
      },
    ],
  });
}

function workflows({ evaluations }: ServiceState, temporalUi: string | null): Html {
  return html`${
    evaluations.length === 0
      ? html`<p class="govuk-body">There are no evaluations yet.</p>`
      : table({
          ...{ caption: 'Evaluations and their frozen results', captionHidden: true },
          columns: [
            { text: 'Evaluation' },
            { text: 'Stage' },
            { text: 'Final results', numeric: true },
            { text: 'Newest' },
          ],
          groups: [
            {
              rows: evaluations.map(({ slug, stage, paused, frozen, newest }): Cell[] => [
                {
                  content: html`<a class="govuk-link wm-break" href="/evaluations/${slug}/maturity">${slug}</a>`,
                },
                { content: html`${sentence(stage)}${paused && html` ${tag('Paused', 'orange')}`}` },
                { content: count(frozen) },
                { content: newest === null ? 'None yet' : momentInTable(newest) },
              ]),
            },
          ],
        })
  }
<p class="govuk-body">${
    temporalUi === null
      ? 'The state of each workflow is in Temporal’s own pages. Set WAYMARK_TEMPORAL_UI to their address for a link.'
      : html`<a class="govuk-link" href="${temporalUi}" rel="noreferrer">Each workflow in Temporal</a>`
  }</p>`;
}

const told = (what: Record<string, unknown>): string =>
  Object.entries(what)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
    .slice(0, 160);

const audit = ({ audit: entries }: ServiceState): Html =>
  entries.length === 0
    ? html`<p class="govuk-body">Nothing has been recorded yet.</p>`
    : table({
        ...{ caption: 'Audit log, newest first', captionHidden: true },
        columns: ['Entry', 'When', 'What', 'By', 'About'].map((text) => ({ text })),
        groups: [
          {
            rows: entries.map(({ seq, entry }): Cell[] => [
              { content: count(seq) },
              { content: momentInTable(entry.at) },
              { content: sentence(entry.kind.replaceAll('-', ' ')) },
              {
                content: html`<span class="wm-break">${entry.by.startsWith('key:') ? `${entry.by.slice(0, 16)}…` : entry.by}</span>`,
              },
              { content: html`<span class="wm-break">${told(entry.what)}</span>` },
            ]),
          },
        ],
      });

const part = (id: string, heading: string, content: Html): Html =>
  html`<section aria-labelledby="${id}"><h2 class="govuk-heading-l" id="${id}">${heading}</h2>${content}</section>
`;

export const servicePage = (state: ServiceState, temporalUi: string | null): Html =>
  html`<h1 class="govuk-heading-xl">Service</h1>
<p class="govuk-body-l">How Waymark itself stands, at ${moment(state.askedAt)}.</p>
${part('health', 'On the way', health(state))}
${part('late', 'Late', alerts(state))}
${part('aside', 'Set aside', setAside(state))}
${part('workflows', 'Evaluations and workflows', workflows(state, temporalUi))}
${part('audit', 'Audit log', html`${audit(state)}<p class="govuk-body"><code class="wm-code">waymark audit verify</code> says whether the whole log holds.</p>`)}`;
