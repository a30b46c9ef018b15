// What must have been received before a state is known: the kinds of record it rests on, and the day it needs them to.
import { addMonths } from '../../schemas/calendar.ts';
import type { OutcomeDefinition } from '../../schemas/outcome.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { clockStart } from './clock.ts';
import { eventKind } from './event-kind.ts';
import type { Participant } from './participant.ts';
import { isAtRisk } from './risk-set.ts';

/** Every kind of record an outcome is read from: the event's, the clock's and the risk set's. */
export function restsOn(definition: OutcomeDefinition): RecordKind[] {
  const { clock, riskSet } = definition;
  const kinds = new Set<RecordKind>([eventKind(definition)]);
  if (clock?.from === 'index-closure') kinds.add('referral');
  if (clock?.from === 'care-start' || clock?.from === 'care-end') kinds.add('care-episode');
  if (riskSet.excludeInCareAtIndex) kinds.add('care-episode');
  for (const condition of riskSet.only ?? []) {
    kinds.add(condition === 'in-care' || condition === 'never-in-care' ? 'care-episode' : 'cp-plan');
  }
  return [...kinds];
}

/** Whether time is counted from another day than the index day's. */
export const hasOwnClock = ({ clock }: OutcomeDefinition): boolean => (clock?.from ?? 'index') !== 'index';

/** Months after the index day within which the clock must have started; 0 when it starts on the index day. */
export const clockWithinMonths = ({ clock }: OutcomeDefinition): number =>
  clock === undefined || clock.from === 'index' ? 0 : clock.withinMonths;

/**
 * The day through which the feeds must be complete for the state at a horizon to be known: that many months after the
 * clock's start. A participant whose clock has not started, or who is not at risk once it has, is known to be so when the
 * time in which it could have started is over.
 */
export function horizonDayOf(
  definition: OutcomeDefinition,
  participant: Participant,
  horizon: number,
): string {
  const start = clockStart(definition, participant);
  if (!hasOwnClock(definition)) return addMonths(participant.index.day, horizon);
  return start === null || !isAtRisk(definition, { ...participant, start })
    ? addMonths(participant.index.day, clockWithinMonths(definition))
    : addMonths(start, horizon);
}

/** Matured: every feed it rests on is complete through the horizon's day. A feed that never said so is unknown. */
export function isMatured(
  definition: OutcomeDefinition,
  participant: Participant,
  horizon: number,
  completeThrough: ReadonlyMap<RecordKind, string>,
): boolean {
  const day = horizonDayOf(definition, participant, horizon);
  return restsOn(definition).every((kind) => {
    const through = completeThrough.get(kind);
    return through !== undefined && through >= day;
  });
}
