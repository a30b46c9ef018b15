// The operator's page: what waits, what was set aside, which workflows are late, and who did what last.
import { repairOf } from '../../../schemas/repair.ts';
import { type Cell, summaryList, table, tag } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { count, counted, moment, momentInTable, sentence } from '../../page/words.ts';
import type { ProcessState } from '../../platform/standing.ts';
import { livePlace, liveRegion } from '../live.ts';
import type { ServiceState } from '../service-state.ts';
import { auditColumns, auditRow } from './audit.ts';

/** Where the page’s news come from. */
export const SERVICE_LIVE_PATH = '/service/live';

/** Temporal's own pages as operators' browsers know them, and the namespace that workflows are in. */
export interface TemporalUi {
  address: string;
  namespace: string;
}

/** A process that has not said anything for so long has missed four reports. */
const SILENT_SECONDS = 60;
/** Those that must run for events to become results. */
const PARTS = ['gateway', 'ingest', 'tracker', 'portal'] as const;

const partWords: Record<string, string> = {
  gateway: 'Gateway, which councils send to',
  ingest: 'Ingest, which stores what was sent',
  tracker: 'Tracker, which follows children',
  portal: 'Portal, these pages',
  allocation: 'Allocation, which draws arms',
};

const kindWords = [
  ['cohort', 'Cohorts: children referred in one period'],
  ['milestone', 'Milestones: one period’s result at one time'],
  ['feed', 'Feeds: one council’s rhythm'],
  ['release', 'Releases'],
  ['erasure', 'Erasures'],
] as const;

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

const isSilent = ({ heardAt }: ProcessState, askedAt: string): boolean =>
  Date.parse(askedAt) - Date.parse(heardAt) > SILENT_SECONDS * 1_000;

/** What one kind of process said last, if it was just now. */
const saidBy = ({ processes, askedAt }: ServiceState, process: string): Record<string, number> =>
  processes
    .filter((one) => one.process === process && !isSilent(one, askedAt))
    .sort((a, b) => b.heardAt.localeCompare(a.heardAt))[0]?.figures ?? {};

function standing(one: ProcessState, askedAt: string): Html {
  if (isSilent(one, askedAt))
    return html`${tag('Silent', 'red')} Nothing heard since ${momentInTable(one.heardAt)}`;
  if (one.missing.length === 0) return tag('Ready', 'green');
  return html`${tag('Not ready', 'orange')} ${one.missing.map(({ part, reason }) => html`<span class="wm-when wm-break">${part}: ${reason}</span> `)}`;
}

function processes({ processes: all, askedAt }: ServiceState): Html {
  const names = [...PARTS, ...new Set(all.map(({ process }) => process))].filter(
    (name, at, list) => list.indexOf(name) === at,
  );
  return table({
    ...{ caption: 'Processes and how they stand', captionHidden: true },
    columns: ['Process', 'State', 'Runs since', 'Version'].map((text) => ({ text })),
    groups: [
      {
        rows: names.flatMap((name): Cell[][] => {
          const known = all.filter(({ process }) => process === name);
          if (known.length === 0)
            return [
              [
                { content: partWords[name] ?? sentence(name) },
                { content: html`${tag('Not running', 'red')} No such process has reported`, span: 3 },
              ],
            ];
          return known.map((one): Cell[] => [
            {
              content: html`${partWords[name] ?? sentence(name)}${known.length > 1 && html` <span class="wm-when wm-break">${one.instance}</span>`}`,
            },
            { content: standing(one, askedAt) },
            { content: momentInTable(one.startedAt) },
            { content: html`<span class="wm-break">${one.version}</span>` },
          ]);
        }),
      },
    ],
  });
}

function kafkaLag(state: ServiceState): Piece {
  const { lag: behind } = saidBy(state, 'ingest');
  if (behind === undefined) return html`${tag('Not known', 'grey')} No ingest process says`;
  return behind === 0 ? html`${tag('Up to date', 'green')} None` : counted(behind, 'message');
}

const health = (state: ServiceState): Html =>
  summaryList([
    { key: 'Messages in Kafka that wait to be stored', value: kafkaLag(state) },
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

const workflowsAt = ({ address, namespace }: TemporalUi): string =>
  `${address.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;

/** The workflow that raised an alert, as Temporal knows it. */
function raisedBy(kind: string, subject: string): string | null {
  if (kind === 'feed-silent') return `feed:${subject}`;
  return kind === 'milestone-overdue' ? `milestone:${subject.replaceAll('/', ':')}` : null;
}

function subjectShown(kind: string, subject: string, temporalUi: TemporalUi | null): Html {
  const id = raisedBy(kind, subject);
  const shown = html`<code class="wm-code">${subject}</code>`;
  return temporalUi && id
    ? html`<a class="govuk-link" href="${workflowsAt(temporalUi)}/${encodeURIComponent(id)}" rel="noreferrer">${shown}</a>`
    : shown;
}

/** What the tracker says of Temporal: which kinds are under way, and which have failed. */
function workflowKinds(state: ServiceState, temporalUi: TemporalUi | null): Html {
  const said = saidBy(state, 'tracker');
  const figure = (name: string): Piece => {
    const value = said[name];
    return value === undefined ? html`<span class="wm-unknown">Not known</span>` : count(value);
  };
  const { stuck = 0 } = said;
  const leading = (kind: string, text: string): Piece =>
    temporalUi
      ? html`<a class="govuk-link" href="${workflowsAt(temporalUi)}?${new URLSearchParams({ query: `WorkflowType = '${kind}'` }).toString()}" rel="noreferrer">${text}</a>`
      : text;
  return html`${table({
    ...{ caption: 'Workflows by kind', captionHidden: true },
    columns: [
      { text: 'Workflows' },
      { text: 'Under way', numeric: true },
      { text: 'Failed in 24 hours', numeric: true },
    ],
    groups: [
      {
        rows: kindWords.map(([kind, text]): Cell[] => [
          { content: leading(kind, text) },
          { content: figure(`${kind} running`) },
          { content: figure(`${kind} failed`) },
        ]),
      },
    ],
  })}${stuck > 0 && html`<p class="govuk-body">${tag('Stuck', 'red')} ${counted(stuck, 'workflow')} cannot go on by ${stuck === 1 ? 'itself' : 'themselves'}: <code class="wm-code">waymark doctor</code> says what to do.</p>`}`;
}

function alerts({ alerts: open }: ServiceState, temporalUi: TemporalUi | null): Html {
  if (open.length === 0) return html`<p class="govuk-body">${tag('None', 'green')} Nothing is late.</p>`;
  return table({
    ...{ caption: 'What is late, oldest first', captionHidden: true },
    columns: ['What', 'Of', 'Since', 'Message'].map((text) => ({ text })),
    groups: [
      {
        rows: open.map(({ kind, subject, raisedAt, message }): Cell[] => [
          { content: alertWords[kind] ?? sentence(kind.replaceAll('-', ' ')) },
          { content: subjectShown(kind, subject, temporalUi) },
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

function evaluationsTable({ evaluations }: ServiceState): Html {
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
  }`;
}

const audit = ({ audit: entries }: ServiceState): Html =>
  entries.length === 0
    ? html`<p class="govuk-body">Nothing has been recorded yet.</p>`
    : table({
        ...{ caption: 'Audit log, newest first', captionHidden: true },
        columns: auditColumns,
        groups: [
          {
            rows: entries.map(auditRow),
          },
        ],
      });

const part = (id: string, heading: string, content: Html): Html =>
  html`<section aria-labelledby="${id}"><h2 class="govuk-heading-l" id="${id}">${heading}</h2>${content}</section>
`;

/** The parts of the page that change while it is open. */
export const serviceRegions = (state: ServiceState, temporalUi: TemporalUi | null) => ({
  moment: html`<p class="govuk-body-l">How Waymark itself stands, at ${moment(state.askedAt)}.</p>`,
  health: health(state),
  processes: processes(state),
  late: alerts(state, temporalUi),
  aside: setAside(state),
  workflows: html`${workflowKinds(state, temporalUi)}${evaluationsTable(state)}${
    temporalUi === null &&
    html`<p class="govuk-body">The state of each workflow is in Temporal’s own pages. Set WAYMARK_TEMPORAL_UI to their address for links.</p>`
  }`,
});

export function servicePage(state: ServiceState, temporalUi: TemporalUi | null): Html {
  const regions = serviceRegions(state, temporalUi);
  const live = (name: keyof typeof regions): Html => liveRegion(name, regions[name]);
  return html`<h1 class="govuk-heading-xl">Service</h1>
${live('moment')}
${livePlace(SERVICE_LIVE_PATH)}
${part('processes', 'Processes', live('processes'))}
${part('health', 'On the way', live('health'))}
${part('late', 'Late', live('late'))}
${part('aside', 'Set aside', live('aside'))}
${part('workflows', 'Evaluations and workflows', live('workflows'))}
${part('audit', 'Audit log', html`${audit(state)}<p class="govuk-body"><a class="govuk-link" href="/service/audit">The whole log, and whether it holds</a></p>`)}`;
}
