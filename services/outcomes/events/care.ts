// Periods of care that start or end. Short breaks are never care (care-periods.ts).
import type { OutcomeEvent } from '../../../schemas/outcome.ts';
import { type CarePeriod, carePeriods, endsFor } from '../care-periods.ts';
import type { Participant } from '../participant.ts';

type CareEntryEvent = Extract<OutcomeEvent, { record: 'care-period' }>;
type CareEndEvent = Extract<OutcomeEvent, { record: 'care-period-end' }>;

/** None where the definition leaves unaccompanied asylum seekers out and the child is said to be one. */
export function countedPeriods(
  event: { countUnaccompaniedAsylumSeekers: boolean },
  { records }: Participant,
): CarePeriod[] {
  const asylumSeeker = records.child.some(({ state }) => state.unaccompaniedAsylumSeeker === true);
  return asylumSeeker && !event.countUnaccompaniedAsylumSeekers ? [] : carePeriods(records['care-episode']);
}

/** Days on which care was seen to start. */
export function careStarts(event: CareEntryEvent, participant: Participant): string[] {
  const { legalStatuses } = event;
  return countedPeriods(event, participant)
    .filter(({ startSeen }) => startSeen)
    .filter(({ legalStatus }) => !legalStatuses || (legalStatuses as string[]).includes(legalStatus))
    .map(({ starts }) => starts);
}

/** Days on which care ended for one of the reasons asked for. */
export function careEnds(event: CareEndEvent, participant: Participant): string[] {
  return countedPeriods(event, participant)
    .filter((period) => endsFor(period, participant.records['care-episode'], event.reasons))
    .flatMap(({ ends }) => ends ?? []);
}
