// SQL of what is asked of a participant for one outcome at one horizon, of columns that stand ready at its level of the query.
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import type { IndexKind } from '../../../schemas/protocol/population.ts';
import { hasOwnClock } from '../feeds.ts';
import type { Columns } from './columns.ts';
import { find, NO_DAYS } from './events.ts';
import { unaccompanied } from './facts.ts';
import { atRisk, ends } from './observation.ts';

/** The columns from which a state is judged, in order. */
export const askedColumns = [
  'horizon_day',
  'last_counted',
  'event_day',
  'days',
  'needs_whole',
  'last_day',
  'reason',
  'at_risk',
  'competes',
] as const;

/** Numbers under which states are stored. */
export const stateNumber = { event: 1, 'no-event': 2, censored: 3, 'not-at-risk': 4 } as const;

export type Asked = Record<(typeof askedColumns)[number], string>;

/** A definition and its position in the protocol's list. */
export type Placed = [position: number, definition: OutcomeDefinition];

/** Of a participant whose observation nothing ends: a day after all others, so that days are compared without asking for null. */
const NEVER = "'infinity'::date";

/** The level at which the last day observed and the reason of its being the last are worked out. */
function observed([position, definition]: Placed, scanned: Columns, ended: Columns) {
  const by = ends(definition, scanned, ended);
  const [last, reason] = [`last_${position}`, `reason_${position}`];
  const lastDay =
    by.length === 0 ? NEVER : `greatest(least(${by.map(([, day]) => day).join(', ')}, ${NEVER}), start - 1)`;
  const why = by.map(([number, day]) => `when ${day} <= ${lastDay} then ${number}`).join(' ');
  return {
    last,
    reason,
    judged: [`${lastDay} as ${last}`, `${why ? `case ${why} end` : 'null::integer'} as ${reason}`],
  };
}

/**
 * What is asked at each horizon (months), as expressions, and those they need one level down. `scanned` and `ended` are added to.
 */
export function ask(
  placed: Placed,
  index: IndexKind,
  scanned: Columns,
  ended: Columns,
): { at(horizon: number): Asked; judged: string[] } {
  const [, definition] = placed;
  const { last, reason, judged } = observed(placed, scanned, ended);
  const risk = atRisk(definition, scanned, last, reason);
  const { event } = definition;
  const leftOut = 'countUnaccompaniedAsylumSeekers' in event && !event.countUnaccompaniedAsylumSeekers;
  const unlessLeftOut = (column: string) =>
    leftOut ? `case when ${ended.add(unaccompanied(scanned))} is not true then ${column} end` : column;
  const lastCounted = (horizon: number, alias = '') =>
    `${alias}h${horizon}${definition.lastDay === 'does-not-count' ? ' - 1' : ''}`;
  const competes = (definition.competing ?? []).map((one) => (one === 'death' ? 2 : 1));
  const at = (horizon: number): Asked => {
    const { day, days } = find(definition, index, lastCounted(horizon, 'p.'), scanned);
    return {
      horizon_day: hasOwnClock(definition)
        ? `case when ${risk} then h${horizon} else not_started_by end`
        : `h${horizon}`,
      last_counted: lastCounted(horizon),
      event_day: unlessLeftOut(day),
      days: days === NO_DAYS ? NO_DAYS : `(${unlessLeftOut(days)})::integer`,
      needs_whole: String(definition.measure === 'days-in-window'),
      last_day: last,
      reason,
      at_risk: risk,
      competes: competes.length > 0 ? `coalesce(${reason} in (${competes.join(', ')}), false)` : 'false',
    };
  };
  return { at, judged };
}

/** The state's number. What cannot hold of the outcome is not asked of each row. */
export function stateSql(asked: Asked): string {
  const { event, censored } = stateNumber;
  const whole =
    asked.needs_whole === 'false'
      ? ''
      : ` and not (${asked.needs_whole} and ${asked.last_day} < ${asked.last_counted})`;
  const unlessItCompetes = asked.competes === 'false' ? '' : ` and not ${asked.competes}`;
  const outside =
    asked.at_risk === 'true' ? '' : `when not (${asked.at_risk}) then ${stateNumber['not-at-risk']}`;
  return `case ${outside}
      when ${asked.event_day} <= ${asked.last_counted} and ${asked.event_day} <= ${asked.last_day}${whole} then ${event}
      when ${asked.last_day} < ${asked.last_counted}${unlessItCompetes} then ${censored}
      else ${stateNumber['no-event']} end::smallint`;
}
