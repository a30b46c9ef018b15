// SQL of what is asked of a participant for one outcome at one horizon, of columns that stand ready at its level of the query.
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import type { IndexKind } from '../../../schemas/protocol/population.ts';
import { hasOwnClock } from '../feeds.ts';
import { choose } from './choice.ts';
import type { Columns } from './columns.ts';
import { find } from './events.ts';
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

type Asked = Record<(typeof askedColumns)[number], string>;

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

/** Expressions over a column `horizon`, and those they need one level down. `scanned` and `ended` are added to. */
export function ask(
  placed: Placed,
  horizons: readonly number[],
  index: IndexKind,
  scanned: Columns,
  ended: Columns,
): { asked: Asked; judged: string[] } {
  const [, definition] = placed;
  const { last, reason, judged } = observed(placed, scanned, ended);
  const risk = atRisk(definition, scanned, last, reason);
  const { event } = definition;
  const leftOut = 'countUnaccompaniedAsylumSeekers' in event && !event.countUnaccompaniedAsylumSeekers;
  const unlessLeftOut = (column: string) =>
    leftOut ? `case when unaccompanied is not true then ${column} end` : column;
  const lastCounted = (horizon: number, alias = '') =>
    `${alias}h${horizon}${definition.lastDay === 'does-not-count' ? ' - 1' : ''}`;
  const found = (horizon: number) => find(definition, index, lastCounted(horizon, 'p.'), scanned);
  const atHorizon = (expression: (horizon: number) => string) => choose('horizon', horizons, expression);
  const horizonDay = atHorizon((horizon) => `h${horizon}`);
  const competes = (definition.competing ?? []).map((one) => (one === 'death' ? 2 : 1));
  const asked = {
    horizon_day: hasOwnClock(definition)
      ? `case when ${risk} then ${horizonDay} else not_started_by end`
      : horizonDay,
    last_counted: atHorizon((horizon) => lastCounted(horizon)),
    event_day: unlessLeftOut(atHorizon((horizon) => found(horizon).day)),
    days: `(${unlessLeftOut(atHorizon((horizon) => found(horizon).days))})::integer`,
    needs_whole: String(definition.measure === 'days-in-window'),
    last_day: last,
    reason,
    at_risk: risk,
    competes: competes.length > 0 ? `coalesce(${reason} in (${competes.join(', ')}), false)` : 'false',
  };
  return { asked, judged };
}
