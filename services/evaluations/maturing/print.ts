// The maturity ledger for people at a terminal. What is not known is said in words, never shown as nought or as a day.
import type { LedgerRow, MaturityLedger } from './from-store.ts';
import type { MaturityRow } from './row.ts';

const count = (value: number): string => value.toLocaleString('en-GB');

export function columns(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, at) => Math.max(...table.map((cells) => cells[at]?.length ?? 0)));
  return table.map((cells) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Matured participants by state; those of the pending are in the JSON document, where nobody takes them for a result. */
const statesHead = ['Event', 'No event', 'Censored', 'Not at risk'];

function statesIn({ states, matured }: MaturityRow): string[] {
  if (states === null) return [];
  const { event, noEvent, censored, notAtRisk } = states.matured;
  return [event, noEvent, censored, notAtRisk].map((one) => (matured === 0 ? '' : count(one)));
}

function expected({ standing, expectedOn }: LedgerRow): string {
  if (standing === 'unknown') return 'unknown';
  return expectedOn === null ? '' : `${expectedOn}${standing === 'overdue' ? ' overdue' : ''}`;
}

const cells = (row: MaturityRow, when: readonly string[]): string[] => [
  row.outcome,
  `${row.horizon} months`,
  row.wave.slice(0, 7),
  row.council,
  ...[row.participants, row.matured, row.pending, row.unknown].map(count),
  row.dueOn,
  row.completeThrough ?? 'never said',
  ...when,
  ...statesIn(row),
];

const head = (when: readonly string[], hasStates: boolean): string[] => [
  ...[
    'Outcome',
    'By',
    'Wave',
    'Council',
    'Children',
    'Matured',
    'Pending',
    'Unknown',
    'Due',
    'Complete through',
  ],
  ...when,
  ...(hasStates ? statesHead : []),
];

/** Rows without a day on which they are expected: a file does not say how often a council speaks. */
export const maturityTable = (rows: readonly MaturityRow[]): string[] =>
  rows.length === 0
    ? []
    : columns([
        head(
          [],
          rows.some(({ states }) => states !== null),
        ),
        ...rows.map((row) => cells(row, [])),
      ]);

export function ledgerLines(ledger: MaturityLedger): string[] {
  const { rows, feeds, statesHidden } = ledger;
  const silent = feeds.filter((feed) => feed.silent);
  return [
    `${ledger.title}: ${count(ledger.participants)} participants, on ${ledger.today}`,
    ...(ledger.dataSource === 'real' ? [] : [`${ledger.dataSource.toUpperCase()} DATA`]),
    ...(statesHidden === null
      ? []
      : ['Blinded: no state is shown, since a council or a wave can be an arm.']),
    ...silent.map(
      ({ council, name, lastHeard }) =>
        `${name} (${council}) is silent: ${lastHeard === null ? 'nothing was ever stated' : `nothing since ${lastHeard.slice(0, 10)}`}; what has not matured is unknown.`,
    ),
    ...(rows.length === 0
      ? ['Nobody takes part yet.']
      : columns([
          head(['Expected'], statesHidden === null),
          ...rows.map((row) => cells(row, [expected(row)])),
        ])),
    '',
  ];
}
