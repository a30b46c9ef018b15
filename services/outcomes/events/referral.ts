// Further referrals of a child, and the closing of the one that brought it into the study.
import type { OutcomeEvent } from '../../../schemas/outcome.ts';
import { type Candidate, isIndex, refTo, type Unfit } from '../candidate.ts';
import type { LiveRecord } from '../live-records.ts';
import type { Participant } from '../participant.ts';

type ReferralEvent = Extract<OutcomeEvent, { record: 'referral' }>;
type Referral = LiveRecord<'referral'>;

const referralRef = refTo('referral');
const referral = (one: Referral, day: string | undefined, unfit: Unfit | null): Candidate => ({
  ...referralRef(one),
  day: day ?? null,
  unfit,
  rests: [],
});

/** Not stated is not "no further action". A code that is asked for must be stated. */
function unfitReferral(event: ReferralEvent, one: Referral, { index }: Participant) {
  const { primaryNeeds, sources } = event;
  const { primaryNeed, source, noFurtherAction } = one.state;
  return (
    (isIndex(index, 'referral', one) && 'index-itself') ||
    (!event.countNoFurtherAction && noFurtherAction === true && 'no-further-action') ||
    (primaryNeeds && !(primaryNeed && primaryNeeds.includes(primaryNeed)) && 'other-need') ||
    (sources && !(source && sources.includes(source)) && 'other-source') ||
    null
  );
}

export const referrals = (event: ReferralEvent, participant: Participant): Candidate[] =>
  participant.records.referral.map((one) =>
    referral(one, one.state.date, unfitReferral(event, one, participant)),
  );

/** The day the index referral was closed, other than for the reasons left out. A closure without a stated reason counts. */
export const closures = (
  { exceptReasons }: { exceptReasons: readonly string[] },
  { records, index }: Participant,
): Candidate[] =>
  records.referral
    .filter(({ state }) => state.closedOn !== undefined)
    .map((one): Candidate => {
      const { closureReason, closedOn } = one.state;
      const leftOut = closureReason !== undefined && exceptReasons.includes(closureReason);
      const isNot = !isIndex(index, 'referral', one) && 'not-the-index';
      return referral(one, closedOn, isNot || (leftOut && 'left-out-reason') || null);
    });
