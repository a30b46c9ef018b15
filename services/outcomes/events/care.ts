// Periods of care that start or end. Short breaks are never care (care-periods.ts).
import type { OutcomeEvent } from '../../../schemas/outcome.ts';
import { type Candidate, isIndex, type RecordRef, sameRecord, type Unfit } from '../candidate.ts';
import { type CarePeriod, carePeriods, endedFor, episodeRef } from '../care-periods.ts';
import type { Participant } from '../participant.ts';

type CareEntryEvent = Extract<OutcomeEvent, { record: 'care-period' }>;
type CareEndEvent = Extract<OutcomeEvent, { record: 'care-period-end' }>;

/** Whether the definition leaves unaccompanied asylum seekers out and the child is said to be one. */
const isLeftOut = (event: { countUnaccompaniedAsylumSeekers: boolean }, { records }: Participant): boolean =>
  !event.countUnaccompaniedAsylumSeekers &&
  records.child.some(({ state }) => state.unaccompaniedAsylumSeeker === true);

/** The periods that count as care. */
export const countedPeriods = (
  event: { countUnaccompaniedAsylumSeekers: boolean },
  participant: Participant,
): CarePeriod[] => (isLeftOut(event, participant) ? [] : carePeriods(participant.records['care-episode']));

/** Every period on the day given, and every episode that starts none on the day it starts. */
function candidates(
  { records }: Participant,
  dayOf: (period: CarePeriod) => string | null,
  unfit: (period: CarePeriod) => Unfit | null,
  rests: (period: CarePeriod) => readonly RecordRef[],
): Candidate[] {
  const periods = carePeriods(records['care-episode']);
  return records['care-episode'].map((one): Candidate => {
    const ref = episodeRef(one);
    const period = periods.find((each) => sameRecord(episodeRef(each), ref));
    if (period) {
      const others = rests(period).filter((other) => !sameRecord(other, ref));
      return { ...ref, day: dayOf(period), unfit: unfit(period), rests: others };
    }
    const isWithin = periods.some(({ episodes }) => episodes.some((other) => sameRecord(other, ref)));
    const why = isWithin ? 'goes-on-from-another' : 'short-break';
    return { ...ref, day: one.state.started, unfit: why, rests: [] };
  });
}

/** Days on which care was seen to start. */
export function careStarts(event: CareEntryEvent, participant: Participant): Candidate[] {
  const { legalStatuses } = event;
  const leftOut = isLeftOut(event, participant);
  return candidates(
    participant,
    ({ starts }) => starts,
    (period) =>
      (isIndex(participant.index, 'care-period', period) && 'index-itself') ||
      (leftOut && 'asylum-seeker') ||
      (!period.startSeen && 'start-not-seen') ||
      (legalStatuses && !(legalStatuses as string[]).includes(period.legalStatus) && 'other-legal-status') ||
      null,
    ({ shownBy }) => shownBy,
  );
}

/** Days on which care ended for one of the reasons asked for. */
export function careEnds(event: CareEndEvent, participant: Participant): Candidate[] {
  const leftOut = isLeftOut(event, participant);
  const all = participant.records['care-episode'];
  return candidates(
    participant,
    ({ ends }) => ends,
    (period) =>
      (leftOut && 'asylum-seeker') ||
      (period.ends !== null && endedFor(period, all, event.reasons).length === 0 && 'other-end-reason') ||
      null,
    (period) => [...period.endedBy, ...endedFor(period, all, event.reasons).map(episodeRef)],
  );
}

/** Periods as what they are looked at for by a measure of being in care: none is left out but by the child. */
export function stays(event: CareEntryEvent, participant: Participant): Candidate[] {
  const leftOut = isLeftOut(event, participant);
  return candidates(
    participant,
    ({ starts }) => starts,
    () => (leftOut ? 'asylum-seeker' : null),
    ({ endedBy }) => endedBy,
  );
}
