// The reference engine: one child's records in, the states of its outcomes out. Written to be read beside section 3 of
// the domain page; the set engine (set-engine.ts) must give the same for every child. Rules of ours are marked "ours".
import { addDays, addMonths, lastDayOf } from '../../schemas/calendar.ts';
import type { CensorReason, OutcomeDefinition, ParticipantOutcome } from '../../schemas/outcome.ts';
import type { Protocol } from '../../schemas/protocol.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { carePeriods } from './care-periods.ts';
import type { ChildRecords, LiveRecord } from './live-records.ts';

/** The referral that brought a child into the study. */
export interface Index {
  day: string;
  recordId: string;
}

/** Records of one kind dated `from` to `to` that the child's council will never send. */
export interface FeedGap {
  kind: RecordKind;
  from: string;
  to: string;
}

export interface Participant {
  records: ChildRecords;
  index: Index;
  /** Declared gaps of the feed of the child's council. */
  gaps: readonly FeedGap[];
}

/** The child's first referral in the window, of the kind that counts. Two of one day: the lower record id (ours). */
export function indexOf(records: ChildRecords, { index, from, to }: Protocol['population']): Index | null {
  if (index.record !== 'referral') throw new Error(`no index by ${index.record} yet`);
  const referrals = records.referral
    .filter(({ state }) => state.date >= from && state.date <= to)
    .filter(({ state }) => index.countNoFurtherAction || state.noFurtherAction !== true)
    .map(({ recordId, state }): Index => ({ day: state.date, recordId }));
  return referrals.sort((a, b) => (`${a.day} ${a.recordId}` < `${b.day} ${b.recordId}` ? -1 : 1))[0] ?? null;
}

/** The record kinds an outcome is read from: their feed must be whole for the outcome to be known. */
export const restsOn = ({ event }: OutcomeDefinition): RecordKind =>
  event.record === 'care-period' ? 'care-episode' : event.record;

/** Matured: the feed it rests on is complete through the horizon's last day. A feed that never said so is unknown. */
export function isMatured(
  definition: OutcomeDefinition,
  index: Index,
  horizon: number,
  completeThrough: ReadonlyMap<RecordKind, string>,
): boolean {
  const through = completeThrough.get(restsOn(definition));
  return through !== undefined && through >= addMonths(index.day, horizon);
}

/** One state a horizon (months from the index day), in the order given. */
export function outcomesOf(
  definition: OutcomeDefinition,
  participant: Participant,
  horizons: readonly number[],
): ParticipantOutcome[] {
  const atRisk = isAtRisk(definition, participant);
  const event = firstEvent(definition, participant);
  const end = endOfObservation(definition, participant);
  return horizons.map((horizon): ParticipantOutcome => {
    const answer = { outcome: definition.id, horizon, date: null, censorReason: null };
    if (!atRisk) return { ...answer, state: 'not-at-risk' };
    const lastDay = addMonths(participant.index.day, horizon);
    const seen = event !== null && event <= lastDay && (end === null || event <= end.day);
    if (seen) return { ...answer, state: 'event', date: event };
    if (end !== null && end.day < lastDay) {
      return { ...answer, state: 'censored', date: end.day, censorReason: end.reason };
    }
    return { ...answer, state: 'no-event' };
  });
}

/** A child in care on the index day cannot enter care; one whose care ended that day can (ours), and so can one whose care starts then. */
export function isAtRisk({ riskSet }: OutcomeDefinition, { records, index }: Participant): boolean {
  const inCare = carePeriods(records['care-episode']).some(
    ({ starts, ends }) => starts < index.day && (ends === null || ends > index.day),
  );
  return !(riskSet.excludeInCareAtIndex && inCare);
}

/** The day of the first event from the index day on, however late and whether or not it could still be observed. */
export function firstEvent(definition: OutcomeDefinition, participant: Participant): string | null {
  const { index } = participant;
  const days = eventDays(definition.event, participant).filter((day) =>
    definition.indexDay === 'counts' ? day >= index.day : day > index.day,
  );
  return days.sort()[0] ?? null;
}

function eventDays(event: OutcomeDefinition['event'], { records, index }: Participant): string[] {
  switch (event.record) {
    case 'referral':
      return records.referral
        .filter(({ recordId }) => recordId !== index.recordId)
        .filter(({ state }) => event.countNoFurtherAction || state.noFurtherAction !== true)
        .map(({ state }) => state.date);
    case 'cp-plan':
      return repeatPlans(event, records['cp-plan']).map(({ state }) => state.started);
    case 'care-period': {
      const asylumSeeker = records.child.some(({ state }) => state.unaccompaniedAsylumSeeker === true);
      if (asylumSeeker && !event.countUnaccompaniedAsylumSeekers) return [];
      return carePeriods(records['care-episode'])
        .filter((period) => period.startSeen)
        .map((period) => period.starts);
    }
  }
}

type RepeatPlanEvent = Extract<OutcomeDefinition['event'], { record: 'cp-plan' }>;

/** The child's plans that had one before them. Plans that start on one day are not before each other (ours). */
function repeatPlans(event: RepeatPlanEvent, all: readonly LiveRecord<'cp-plan'>[]): LiveRecord<'cp-plan'>[] {
  const plans = all.filter(
    ({ state }) => event.countHeldForAnotherAuthority || state.heldForAnotherAuthority !== true,
  );
  return plans.filter(({ state: plan }) => {
    const inLedger = plans.some(
      ({ state: earlier }) => earlier.started < plan.started && isRecentEnough(event, earlier, plan.started),
    );
    // The council's count of previous plans carries no dates, so `endedWithinMonths` cannot narrow it.
    const reported = (plan.previousPlans ?? 0) > 0;
    return (event.evidence !== 'reported' && inLedger) || (event.evidence !== 'ledger' && reported);
  });
}

function isRecentEnough(
  { earlierPlan }: RepeatPlanEvent,
  earlier: LiveRecord<'cp-plan'>['state'],
  start: string,
): boolean {
  if (earlierPlan === 'ever' || earlier.ended === undefined) return true;
  return addMonths(earlier.ended, earlierPlan.endedWithinMonths) >= start;
}

/** The last day on which the child could be seen, and why not after it. */
export interface EndOfObservation {
  day: string;
  reason: CensorReason;
}

/**
 * The earliest reason for which observation ends; null when none is known. An event on the last observed day counts.
 * Reasons of one day go in the order eighteenth-birthday, death, moved-to-another-council, declared-gap (ours).
 */
export function endOfObservation(
  definition: OutcomeDefinition,
  { records, index, gaps }: Participant,
): EndOfObservation | null {
  const { censoring } = definition;
  const { birthMonth, deathMonth } = records.child[0]?.state ?? {};
  const ends: EndOfObservation[] = [];
  // A child not observed even on the index day was last observed the day before it.
  const observedUntil = (day: string, reason: CensorReason) =>
    ends.push({ day: day >= index.day ? day : addDays(index.day, -1), reason });

  // 18 is reached on the first day of the birth month: regional practice degrades dates of birth to the month.
  if (censoring.eighteenthBirthday && birthMonth !== undefined) {
    const eighteen = addMonths(`${birthMonth}-01`, 18 * 12);
    observedUntil(addDays(eighteen, -1), 'eighteenth-birthday');
  }
  // Only the month of a death is known; observation runs to its end (ours).
  if (censoring.death && deathMonth !== undefined) {
    observedUntil(lastDayOf(deathMonth), 'death');
  }
  // RC5: the case was transferred to another council. The day of closing is still observed (ours).
  if (censoring.movedToAnotherCouncil) {
    for (const { state } of records.referral) {
      if (state.closureReason === 'RC5' && state.closedOn !== undefined && state.closedOn >= index.day) {
        observedUntil(state.closedOn, 'moved-to-another-council');
      }
    }
  }
  // What happened in a gap, and so what happened first, is not known; a gap over before the index day does not matter.
  if (censoring.declaredGap) {
    for (const gap of gaps) {
      if (gap.kind === restsOn(definition) && gap.to >= index.day) {
        observedUntil(addDays(gap.from, -1), 'declared-gap');
      }
    }
  }

  // The reasons were gathered in their order, and sorting keeps it among equal days.
  return ends.sort((a, b) => (a.day === b.day ? 0 : a.day < b.day ? -1 : 1))[0] ?? null;
}
