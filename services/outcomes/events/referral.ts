// Further referrals of a child, and the closing of the one that brought it into the study.
import type { OutcomeEvent } from '../../../schemas/outcome.ts';
import type { Participant } from '../participant.ts';

type ReferralEvent = Extract<OutcomeEvent, { record: 'referral' }>;
type ClosureEvent = Extract<OutcomeEvent, { record: 'index-closure' }>;

/** Not stated is not "no further action". A code that is asked for must be stated. */
export function referralDays(event: ReferralEvent, { records, index }: Participant): string[] {
  const { countNoFurtherAction, primaryNeeds, sources } = event;
  return records.referral
    .filter(({ recordId }) => recordId !== index.recordId)
    .filter(({ state }) => countNoFurtherAction || state.noFurtherAction !== true)
    .filter(
      ({ state: { primaryNeed } }) => !primaryNeeds || (primaryNeed && primaryNeeds.includes(primaryNeed)),
    )
    .filter(({ state: { source } }) => !sources || (source && sources.includes(source)))
    .map(({ state }) => state.date);
}

/** The day the index referral was closed, other than for the reasons left out. */
export function closureDays({ exceptReasons }: ClosureEvent, { records, index }: Participant): string[] {
  return records.referral
    .filter(({ recordId }) => recordId === index.recordId)
    .filter(({ state: { closureReason } }) => !closureReason || !exceptReasons.includes(closureReason))
    .flatMap(({ state }) => state.closedOn ?? []);
}
