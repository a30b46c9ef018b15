// The set engine: SQL that computes the states of many participants at once from stored occurrences. All outcomes that
// share a clock are read in one scan: one join of participants to occurrences, filtered aggregates, one join back.
// It must agree, case by case, with the reference engine (reference.ts), which is written to be read.
import type { Clock, OutcomeDefinition } from '../../schemas/outcome.ts';
import type { IndexKind } from '../../schemas/protocol/population.ts';
import { clockWithinMonths, hasOwnClock, restsOn } from './feeds.ts';
import { kindNumber } from './kinds.ts';
import { startSql } from './set/clock.ts';
import { Columns } from './set/columns.ts';
import { find, kindScanned } from './set/events.ts';
import { atRisk, ends, kindsObserved } from './set/observation.ts';

export { censorNumber } from './set/observation.ts';

/** Numbers under which states are stored. */
export const stateNumber = { event: 1, 'no-event': 2, censored: 3, 'not-at-risk': 4 } as const;

/** The record kinds whose feed must be complete before an outcome is known. */
export const feedKinds = (definition: OutcomeDefinition): number[] =>
  restsOn(definition).map((kind) => kindNumber[kind]);

type Placed = [position: number, definition: OutcomeDefinition];

/**
 * SQL of the facts that outcomes ask of a child, each the newest that any source stated. Sources that agree need no order,
 * so only children of whom two things are said are looked at twice.
 */
const FACTS = ['birth_month', 'death_month', 'unaccompanied'];
const [least, most] = [
  (fact: string) => (fact === 'unaccompanied' ? `bool_and(${fact})` : `min(${fact})`),
  (fact: string) => (fact === 'unaccompanied' ? `bool_or(${fact})` : `max(${fact})`),
];
const factsSql = (chosen: string): string => `
    select g.child_key${FACTS.map(
      (fact) => `,
      case when g.${fact}_least is not distinct from g.${fact}_most then g.${fact}_least
        else (select k.${fact} from waymark.child_known k where k.child_key = g.child_key) end as ${fact}`,
    ).join('')}
    from (
      select child_key${FACTS.map(
        (fact) => `, ${least(fact)} as ${fact}_least, ${most(fact)} as ${fact}_most`,
      ).join('')}
      from ${chosen} p join waymark.child_fact using (child_key) group by child_key) g`;

/**
 * `offset 0` keeps a level whole: the planner would else write its expressions out wherever the level above names them.
 * One scan for the outcomes of one clock: rows of participant, outcome, horizon and what was found.
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
  const judged: string[] = [];
  const rows = placed.flatMap(([position, definition]) => {
    const by = ends(definition, scanned, ended);
    const [last, reason] = [`last_${position}`, `reason_${position}`];
    const earliest = by.length > 0 ? `least(${by.map(([, day]) => day).join(', ')})` : 'null::date';
    const why = by.map(([number, day]) => `when ${day} = ${earliest} then ${number}`).join(' ');
    judged.push(`${earliest} as ${last}`, `${why ? `case ${why} end` : 'null::integer'} as ${reason}`);
    const risk = atRisk(definition, scanned, last, reason);
    return horizons.map((horizon) => {
      const counted = (alias: string) =>
        `${alias}h${horizon}${definition.lastDay === 'does-not-count' ? ' - 1' : ''}`;
      const found = find(definition, index, counted('p.'), scanned);
      const { event } = definition;
      const leftOut = 'countUnaccompaniedAsylumSeekers' in event && !event.countUnaccompaniedAsylumSeekers;
      const unlessLeftOut = (column: string) =>
        leftOut ? `case when unaccompanied is not true then ${column} end` : column;
      const horizonDay = hasOwnClock(definition)
        ? `case when ${risk} then h${horizon} else not_started_by end`
        : `h${horizon}`;
      const competes = (definition.competing ?? []).map((one) => (one === 'death' ? 2 : 1));
      return `(${[
        position,
        horizon,
        horizonDay,
        counted(''),
        unlessLeftOut(found.day),
        `(${unlessLeftOut(found.days)})::integer`,
        definition.measure === 'days-in-window',
        last,
        reason,
        risk,
        competes.length > 0 ? `coalesce(${reason} in (${competes.join(', ')}), false)` : 'false',
      ].join(', ')})`;
    });
  });
  const months = (count: number, day: string) => `(${day} + interval '${count} months')::date`;
  const base = `(
      select b.*${horizons.map((horizon) => `, ${months(horizon, 'b.start')} as h${horizon}`).join('')}
      from (select p.participant_key, p.child_key, p.council_id, p.index_record, p.index_day, ${startSql(clock)} as start
        from ${chosen} p offset 0) b offset 0)`;
  const withinMonths = Math.max(...placed.map(([, definition]) => clockWithinMonths(definition)));
  return `
  select participant_key, v.*
  from (
    select *, ${judged.join(',\n      ')}
    from (
      select p.*, ${months(withinMonths, 'p.index_day')} as not_started_by, f.unaccompanied, s.*${ended.list().replaceAll('\n    ', '\n        ')}
      from ${base} p
      left join (
        select p.participant_key as scanned_key${scanned.list().replaceAll('\n    ', '\n          ')}
        from ${base} p
        join waymark.occurrence o on o.child_key = p.child_key and o.kind in (${[...kinds].join(', ')}) and not o.purged
        group by p.participant_key) s on s.scanned_key = p.participant_key
      left join (${factsSql(chosen)}) f using (child_key)
      offset 0) found
    offset 0) known
  cross join lateral (values
    ${rows.join(',\n    ')}
  ) as v(outcome, horizon, horizon_day, last_counted, event_day, days, needs_whole, last_day, reason, at_risk, competes)`;
}

/**
 * SQL for outcomes, numbered by their position, over the participants of a relation `chosen` (columns of
 * waymark.participant). Gives participant_key, outcome, horizon (months), horizon_day, state, date, censor_reason, value.
 * @param index the kind of record that their index is
 * @param chosen the name of a relation; it is read several times, so let the planner look into it
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
  return `
select participant_key, outcome, horizon, horizon_day, state,
  case state when ${event} then event_day when ${censored} then last_day end as date,
  case when state = ${censored} then reason end::smallint as censor_reason,
  case when state = ${event} then days when state = ${stateNumber['no-event']} and needs_whole then 0 end as value
from (
  select *, case when not at_risk then ${stateNumber['not-at-risk']}
      when event_day <= last_counted and (last_day is null or event_day <= last_day)
        and not (needs_whole and coalesce(last_day < last_counted, false)) then ${event}
      when last_day < last_counted and not competes then ${censored}
      else ${stateNumber['no-event']} end::smallint as state
  from (${scans.join('\n  union all\n')}) as found
) as judged`;
}
