// Child protection plans that start: any of them, or those of a child who had one before.
import { addMonths } from '../../../schemas/calendar.ts';
import type { OutcomeEvent } from '../../../schemas/outcome.ts';
import type { LiveRecord } from '../live-records.ts';
import type { Participant } from '../participant.ts';

type PlanStartEvent = Extract<OutcomeEvent, { record: 'cp-plan-start' }>;
type RepeatPlanEvent = Extract<OutcomeEvent, { record: 'cp-plan' }>;
type Plan = LiveRecord<'cp-plan'>;

const startOf = ({ state }: Plan): string => state.started;

/** A plan held for another council is neither an event nor an earlier plan, unless the definition counts them. */
const ownPlans = (event: { countHeldForAnotherAuthority: boolean }, { records }: Participant): Plan[] =>
  records['cp-plan'].filter(
    ({ state }) => event.countHeldForAnotherAuthority || state.heldForAnotherAuthority !== true,
  );

export function planStarts(event: PlanStartEvent, participant: Participant): string[] {
  const { initialCategories } = event;
  return ownPlans(event, participant)
    .filter(
      ({ state: { initialCategory } }) =>
        !initialCategories || (initialCategory && initialCategories.includes(initialCategory)),
    )
    .map(startOf);
}

/** The starts of plans that had one before them. Plans that start on one day are not before each other (ours). */
export function repeatPlanStarts(event: RepeatPlanEvent, participant: Participant): string[] {
  const plans = ownPlans(event, participant);
  const repeats = plans.filter((plan) => {
    const inLedger = plans.some(
      (earlier) => startOf(earlier) < startOf(plan) && isRecentEnough(event, earlier, startOf(plan)),
    );
    // The council's count of previous plans carries no dates, so `endedWithinMonths` cannot narrow it.
    const reported = (plan.state.previousPlans ?? 0) > 0;
    return (event.evidence !== 'reported' && inLedger) || (event.evidence !== 'ledger' && reported);
  });
  return repeats.map(startOf);
}

function isRecentEnough({ earlierPlan }: RepeatPlanEvent, { state }: Plan, start: string): boolean {
  if (earlierPlan === 'ever' || state.ended === undefined) return true;
  return addMonths(state.ended, earlierPlan.endedWithinMonths) >= start;
}
