// The set engine: SQL that computes the states of many participants at once from stored occurrences. All outcomes that
// share a clock are read together: filtered aggregates over the occurrences of each participant's child, once.
// It must agree, case by case, with the reference engine (reference.ts), which is written to be read.
import type { Clock, OutcomeDefinition } from '../../schemas/outcome.ts';
import type { IndexKind } from '../../schemas/protocol/population.ts';
import { clockWithinMonths, restsOn } from './feeds.ts';
import { kindNumber } from './kinds.ts';
import { ask, askedColumns, type Placed } from './set/asked.ts';
import { choose, valuesOf } from './set/choice.ts';
import { startSql } from './set/clock.ts';
import { Columns } from './set/columns.ts';
import { kindScanned } from './set/events.ts';
import { factsSql } from './set/facts.ts';
import { kindsObserved } from './set/observation.ts';

export { censorNumber } from './set/observation.ts';

/** Numbers under which states are stored. */
export const stateNumber = { event: 1, 'no-event': 2, censored: 3, 'not-at-risk': 4 } as const;

/** The record kinds whose feed must be complete before an outcome is known. */
export const feedKinds = (definition: OutcomeDefinition): number[] =>
  restsOn(definition).map((kind) => kindNumber[kind]);

/**
 * The outcomes of one clock: rows of participant, outcome, horizon and what was found. Each participant's occurrences and facts
 * are looked up once, by child: that costs the same for each of them however many there are, and needs no statistics to
 * be planned well. `offset 0` keeps a level whole: the planner would else write its expressions out wherever the level above
 * names them.
 */
function scanSql(
  placed: readonly Placed[],
  clock: Clock,
  horizons: readonly number[],
  index: IndexKind,
  chosen: string,
): string {
  const scanned = new Columns('a');
  const ended = new Columns('d');
  const kinds = new Set(
    placed.flatMap(([, definition]) => [kindScanned(definition), ...kindsObserved(definition)]),
  );
  const asks = new Map(placed.map((one) => [one[0], ask(one, horizons, index, scanned, ended)]));
  const positions = [...asks.keys()];
  const picked = askedColumns.map(
    (column) =>
      `${choose('outcome', positions, (position) => asks.get(position)?.asked[column] ?? 'null')} as ${column}`,
  );
  const judged = [...asks.values()].flatMap((one) => one.judged);
  const months = (count: number, day: string) => `(${day} + interval '${count} months')::date`;
  const withinMonths = Math.max(...placed.map(([, definition]) => clockWithinMonths(definition)));
  return `(
  select participant_key, outcome, horizon,
    ${picked.join(',\n    ')}
  from (
    select *, ${judged.join(',\n      ')}
    from (
      select p.*, ${months(withinMonths, 'p.index_day')} as not_started_by, f.unaccompanied, s.*${ended.list().replaceAll('\n    ', '\n        ')}
      from (
        select b.*${horizons.map((horizon) => `, ${months(horizon, 'b.start')} as h${horizon}`).join('')}
        from (
          select p.participant_key, p.child_key, p.council_id, p.index_record, p.index_child, p.index_day, ${startSql(clock)} as start
          from ${chosen} p offset 0) b
        offset 0) p
      cross join lateral (
        select null${scanned.list().replaceAll('\n    ', '\n          ')}
        from waymark.occurrence o
        where o.child_key = p.child_key and o.kind in (${[...kinds].join(', ')}) and not o.purged) s
      cross join lateral ${factsSql} f
      offset 0) found
    offset 0) known
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
  const byClock = new Map<string, Placed[]>();
  for (const [position, definition] of definitions.entries()) {
    const clock = JSON.stringify(definition.clock ?? { from: 'index' });
    byClock.set(clock, [...(byClock.get(clock) ?? []), [position, definition]]);
  }
  const scans = [...byClock].map(([clock, placed]) =>
    scanSql(placed, JSON.parse(clock) as Clock, horizons, index, chosen),
  );
  const { event, censored } = stateNumber;
  // What no outcome asks for is not asked of each row.
  const needsWhole = definitions.some(({ measure }) => measure === 'days-in-window');
  const competes = definitions.some(({ competing = [] }) => competing.length > 0);
  return `
select participant_key, outcome, horizon, horizon_day, state,
  case state when ${event} then event_day when ${censored} then last_day end as date,
  case when state = ${censored} then reason end::smallint as censor_reason,
  case when state = ${event} then days when state = ${stateNumber['no-event']} and needs_whole then 0 end as value
from (
  select *, case when not at_risk then ${stateNumber['not-at-risk']}
      when event_day <= last_counted and event_day <= last_day${needsWhole ? ' and not (needs_whole and last_day < last_counted)' : ''} then ${event}
      when last_day < last_counted${competes ? ' and not competes' : ''} then ${censored}
      else ${stateNumber['no-event']} end::smallint as state
  from (${scans.join('\n  union all\n')}) as found
) as judged`;
}
