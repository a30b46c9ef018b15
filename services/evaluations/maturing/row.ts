// A row of the maturity ledger: the participants of one wave and council, for one outcome and horizon. Each is counted once:
// participants = matured + pending + unknown, and each of those known = the sum of its states.
import { addMonths } from '../../../schemas/calendar.ts';
import type { OutcomeDefinition, ParticipantOutcome } from '../../../schemas/outcome.ts';
import type { RecordKind } from '../../../schemas/records.ts';
import { clockWithinMonths, restsOn } from '../../outcomes/feeds.ts';

/** Participants by what the records say of them so far. */
export interface StateCounts {
  event: number;
  noEvent: number;
  censored: number;
  notAtRisk: number;
}

export interface MaturityRow {
  outcome: string;
  /** Months. */
  horizon: number;
  /** First day of the wave. */
  wave: string;
  /** ONS code. */
  council: string;
  participants: number;
  /** The last index day among them + the months in which the outcome's own clock may start + the horizon. */
  dueOn: string;
  /** The day through which every feed that the outcome rests on is complete; null: at least one was never said to be. */
  completeThrough: string | null;
  matured: number;
  /** Not matured, and the council's feed keeps its rhythm. */
  pending: number;
  /** Not matured, and it cannot be said when: the council is silent, or never said how far a feed is complete. */
  unknown: number;
  /** Null: not to be seen. Of the unknown no state is told, and of the pending only what has happened so far. */
  states: { matured: StateCounts; pending: StateCounts & { notComputed: number } } | null;
}

/** The column of `StateCounts` that a state is counted in. */
export const columnOf: Record<ParticipantOutcome['state'], keyof StateCounts> = {
  event: 'event',
  'no-event': 'noEvent',
  censored: 'censored',
  'not-at-risk': 'notAtRisk',
};

export const noStates = (): StateCounts => ({ event: 0, noEvent: 0, censored: 0, notAtRisk: 0 });

/** The last day that any of them needs, whenever its clock started. */
export const dueOn = (definition: OutcomeDefinition, lastIndexDay: string, horizon: number): string =>
  addMonths(lastIndexDay, clockWithinMonths(definition) + horizon);

/** The day through which all feeds that the outcome rests on are complete; null while one was never said to be. */
export function throughOf(
  definition: OutcomeDefinition,
  completeThrough: ReadonlyMap<RecordKind, string>,
): string | null {
  const days = restsOn(definition).map((kind) => completeThrough.get(kind));
  return days.includes(undefined) ? null : (days.sort()[0] ?? null);
}

/** By outcome in the protocol's order, then horizon, wave and council. */
export function inLedgerOrder(outcomes: readonly { id: string }[]) {
  const place = new Map(outcomes.map(({ id }, at) => [id, at]));
  const of = ({ outcome }: MaturityRow) => place.get(outcome) ?? -1;
  const among = ({ wave, council }: MaturityRow) => `${wave} ${council}`;
  return (a: MaturityRow, b: MaturityRow): number =>
    of(a) - of(b) || a.horizon - b.horizon || (among(a) < among(b) ? -1 : 1);
}
