// The set engine: SQL that computes the states of many participants at once from stored occurrences. All outcomes that
// share a clock are read together: filtered aggregates over the occurrences of each participant's child, once.
// It must agree, case by case, with the reference engine (reference.ts), which is written to be read.
import type { Clock, OutcomeDefinition } from '../../schemas/outcome.ts';
import type { IndexKind } from '../../schemas/protocol/population.ts';
import { clockWithinMonths, restsOn } from './feeds.ts';
import { kindNumber } from './kinds.ts';
import { type Asked, ask, askedColumns, type Placed, stateNumber, stateSql } from './set/asked.ts';
import { choose, valuesOf } from './set/choice.ts';
import { startSql } from './set/clock.ts';
import { Columns } from './set/columns.ts';
import { countedSql } from './set/counted.ts';

export { stateNumber } from './set/asked.ts';
export { censorNumber } from './set/observation.ts';

/** The record kinds whose feed must be complete before an outcome is known. */
export const feedKinds = (definition: OutcomeDefinition): number[] =>
  restsOn(definition).map((kind) => kindNumber[kind]);

/** The outcomes of one clock, read together: a relation of one row a participant, and what is asked of it at each horizon. */
interface Scan {
  known: string;
  asked: Map<number, Map<number, Asked>>;
}

/**
 * Each participant's occurrences and facts are looked up once, by child: that costs the same for each of them however many there
 * are, and needs no statistics to be planned well. All of a child's occurrences are read, of whatever kind: naming the kinds in the
 * index's condition takes longer than reading the others. `offset 0` keeps a level whole: the planner would else write its expressions out
 * wherever the level above names them.
 */
function scanOf(
  placed: readonly Placed[],
  clock: Clock,
  horizons: readonly number[],
  index: IndexKind,
  chosen: string,
): Scan {
  const scanned = new Columns('a');
  const ended = new Columns('d');
  const asks = placed.map((one) => ({ position: one[0], ...ask(one, index, scanned, ended) }));
  const asked = new Map(
    asks.map(({ position, at }) => [position, new Map(horizons.map((horizon) => [horizon, at(horizon)]))]),
  );
  const judged = asks.flatMap((one) => one.judged);
  const months = (count: number, day: string) => `(${day} + interval '${count} months')::date`;
  const withinMonths = Math.max(...placed.map(([, definition]) => clockWithinMonths(definition)));
  const known = `(
    select *, ${judged.join(',\n      ')}
    from (
      select p.*, ${months(withinMonths, 'p.index_day')} as not_started_by, s.*${ended.list().replaceAll('\n    ', '\n        ')}
      from (
        select b.*${horizons.map((horizon) => `, ${months(horizon, 'b.start')} as h${horizon}`).join('')}
        from (
          select p.participant_key, p.child_key, p.council_id, p.index_record, p.index_child, p.index_day, ${startSql(clock)} as start
          from ${chosen} p offset 0) b
        offset 0) p
      cross join lateral (
        select null${scanned.list().replaceAll('\n    ', '\n          ')}
        from waymark.occurrence o
        where o.child_key = p.child_key and not o.purged) s
      offset 0) found
    offset 0)`;
  return { known, asked };
}

function scansOf(
  definitions: readonly OutcomeDefinition[],
  horizons: readonly number[],
  index: IndexKind,
  chosen: string,
): Scan[] {
  const byClock = new Map<string, Placed[]>();
  for (const [position, definition] of definitions.entries()) {
    const clock = JSON.stringify(definition.clock ?? { from: 'index' });
    byClock.set(clock, [...(byClock.get(clock) ?? []), [position, definition]]);
  }
  return [...byClock].map(([clock, placed]) =>
    scanOf(placed, JSON.parse(clock) as Clock, horizons, index, chosen),
  );
}

/** A row for each outcome and horizon of a participant. */
function rowsOf({ known, asked }: Scan, horizons: readonly number[]): string {
  const positions = [...asked.keys()];
  const picked = askedColumns.map((column) => {
    const at = (position: number, horizon: number) => asked.get(position)?.get(horizon)?.[column] ?? 'null';
    const atHorizon = (position: number) => choose('horizon', horizons, (horizon) => at(position, horizon));
    return `${choose('outcome', positions, atHorizon)} as ${column}`;
  });
  return `(
  select participant_key, outcome, horizon,
    ${picked.join(',\n    ')}
  from ${known} known
  cross join ${valuesOf(positions, 'outcome')}
  cross join ${valuesOf(horizons, 'horizon')}
  offset 0)`;
}

/**
 * SQL for outcomes, numbered by their position, over the participants of a relation `chosen` (columns of
 * waymark.participant). Gives participant_key, outcome, horizon (months), horizon_day, state, date, censor_reason, value.
 * @param index the kind of record that their index is
 * @param chosen the name of a relation; it is read once for each clock
 */
export function outcomesSql(
  definitions: readonly OutcomeDefinition[],
  horizons: readonly number[],
  index: IndexKind,
  chosen = 'chosen',
): string {
  const scans = scansOf(definitions, horizons, index, chosen);
  const { event, censored } = stateNumber;
  const named = Object.fromEntries(askedColumns.map((column) => [column, column])) as Asked;
  const asked: Asked = {
    ...named,
    needs_whole: String(definitions.some(({ measure }) => measure === 'days-in-window') && 'needs_whole'),
    competes: String(definitions.some(({ competing = [] }) => competing.length > 0) && 'competes'),
  };
  return `
select participant_key, outcome, horizon, horizon_day, state,
  case state when ${event} then event_day when ${censored} then last_day end as date,
  case when state = ${censored} then reason end::smallint as censor_reason,
  case when state = ${event} then days when state = ${stateNumber['no-event']} and needs_whole then 0 end as value
from (
  select *, ${stateSql(asked)} as state
  from (${scans.map((scan) => rowsOf(scan, horizons)).join('\n  union all\n')}) as found
) as judged`;
}

/**
 * SQL that counts the same outcomes: outcome, horizon (months), state, n, `days` (of their dates since 2000-01-01, added up) and
 * `value` (added up), where n is more than 0. A quarter faster than counting the rows of `outcomesSql`.
 */
export const countsSql = (
  definitions: readonly OutcomeDefinition[],
  horizons: readonly number[],
  index: IndexKind,
  chosen = 'chosen',
): string =>
  scansOf(definitions, horizons, index, chosen)
    .map(({ known, asked }) => countedSql(known, asked))
    .join('\n  union all\n');
