// How long a participant can be seen: the first of 18th birthday, death, move and declared gap ends it.
import { addDays, addMonths, lastDayOf } from '../../schemas/calendar.ts';
import type { CensorReason, OutcomeDefinition } from '../../schemas/outcome.ts';
import { type RecordRef, refTo } from './candidate.ts';
import { eventKind } from './event-kind.ts';
import type { Followed } from './participant.ts';

/** The last day on which the child could be seen, and why not after it. */
export interface EndOfObservation {
  day: string;
  reason: CensorReason;
  /** The record that says so; null where it is a fact about the child or a declared gap. */
  record: RecordRef | null;
}

/** The earliest reason for which observation ends; null when none is known. An event on the last observed day counts. */
export const endOfObservation = (
  definition: OutcomeDefinition,
  followed: Followed,
): EndOfObservation | null => endsOfObservation(definition, followed)[0] ?? null;

/**
 * Every reason for which observation ends, the earliest first.
 * Reasons of one day go in the order eighteenth-birthday, death, moved-to-another-council, declared-gap (ours).
 */
export function endsOfObservation(definition: OutcomeDefinition, followed: Followed): EndOfObservation[] {
  const { records, start, gaps } = followed;
  const { censoring } = definition;
  const ends: EndOfObservation[] = [];
  // A child not observed even on the clock's first day was last observed the day before it.
  const observedUntil = (day: string, reason: CensorReason, record: RecordRef | null = null) =>
    ends.push({ day: day >= start ? day : addDays(start, -1), reason, record });

  // 18 is reached on the first day of the birth month: regional practice degrades dates of birth to the month.
  const birthMonth = records.child[0]?.state.birthMonth;
  if (censoring.eighteenthBirthday && birthMonth !== undefined) {
    const eighteen = addMonths(`${birthMonth}-01`, 18 * 12);
    observedUntil(addDays(eighteen, -1), 'eighteenth-birthday');
  }
  for (const { day, record } of lastDaysAlive(censoring.death, followed)) observedUntil(day, 'death', record);
  // RC5: the case was transferred to another council. The day of closing is still observed (ours).
  if (censoring.movedToAnotherCouncil) {
    for (const { child, recordId, state } of records.referral) {
      if (state.closureReason === 'RC5' && state.closedOn !== undefined && state.closedOn >= start) {
        observedUntil(state.closedOn, 'moved-to-another-council', { kind: 'referral', child, recordId });
      }
    }
  }
  // What happened in a gap, and so what happened first, is not known; a gap over before the start does not matter.
  if (censoring.declaredGap) {
    for (const gap of gaps) {
      if (gap.kind === eventKind(definition) && gap.to >= start) {
        observedUntil(addDays(gap.from, -1), 'declared-gap');
      }
    }
  }

  // The reasons were gathered in their order, and sorting keeps it among equal days.
  return ends.sort((a, b) => (a.day === b.day ? 0 : a.day < b.day ? -1 : 1));
}

/**
 * Where a month of death is stated, observation runs to that month's end, and nothing else is asked (ours). Where none is
 * and the definition takes any evidence: to the day on which a referral was closed (RC2) or an episode of care ended (E2)
 * because the child died. Such a day before the start is a mistake, since the child was seen after it (ours).
 */
function lastDaysAlive(
  death: OutcomeDefinition['censoring']['death'],
  { records, start }: Followed,
): { day: string; record: RecordRef | null }[] {
  const deathMonth = records.child[0]?.state.deathMonth;
  if (death === false) return [];
  if (deathMonth !== undefined) return [{ day: lastDayOf(deathMonth), record: null }];
  if (death === true) return [];
  const closed = records.referral
    .filter(({ state }) => state.closureReason === 'RC2')
    .map((one) => ({ day: one.state.closedOn, record: refTo('referral')(one) }));
  const ceased = records['care-episode']
    .filter(({ state }) => state.reasonEnded === 'E2')
    .map((one) => ({ day: one.state.ended, record: refTo('care-episode')(one) }));
  return [...closed, ...ceased].flatMap(({ day, record }) =>
    day !== undefined && day >= start ? [{ day, record }] : [],
  );
}
