// Child protection plans that start: any of them, or those of a child who had one before.
import { addMonths } from '../../../schemas/calendar.ts';
import type { OutcomeEvent } from '../../../schemas/outcome.ts';
import { type Candidate, isIndex, refTo, type Unfit } from '../candidate.ts';
import type { LiveRecord } from '../live-records.ts';
import type { Participant } from '../participant.ts';

type PlanStartEvent = Extract<OutcomeEvent, { record: 'cp-plan-start' }>;
type RepeatPlanEvent = Extract<OutcomeEvent, { record: 'cp-plan' }>;
type Plan = LiveRecord<'cp-plan'>;

const keyOf = ({ state, recordId, child }: Plan): string => `${state.started} ${recordId} ${child}`;
const refOf = refTo('cp-plan');
const started = (plan: Plan, unfit: Unfit | null, rests: readonly Plan[] = []): Candidate => ({
  ...refOf(plan),
  day: plan.state.started,
  unfit,
  rests: rests.map(refOf),
});

/** A plan held for another council is neither an event nor an earlier plan, unless the definition counts them. */
const isHeld = (event: { countHeldForAnotherAuthority: boolean }, { state }: Plan): boolean =>
  !event.countHeldForAnotherAuthority && state.heldForAnotherAuthority === true;

/** What any plan's start must be: not the index itself, and the council's own. */
const unfitPlan = (event: PlanStartEvent | RepeatPlanEvent, plan: Plan, { index }: Participant) =>
  (isIndex(index, 'cp-plan', plan) && 'index-itself') ||
  (isHeld(event, plan) && 'held-for-another-council') ||
  null;

export function planStarts(event: PlanStartEvent, participant: Participant): Candidate[] {
  const { initialCategories: asked } = event;
  return participant.records['cp-plan'].map((plan) => {
    const { initialCategory } = plan.state;
    const isOther = asked && !(initialCategory && asked.includes(initialCategory)) && 'other-category';
    return started(plan, unfitPlan(event, plan, participant) ?? (isOther || null));
  });
}

/** The starts of plans that had one before them. Plans that start on one day are not before each other (ours). */
export function repeatPlanStarts(event: RepeatPlanEvent, participant: Participant): Candidate[] {
  const plans = participant.records['cp-plan'];
  return plans.map((plan) => {
    const { started: start, previousPlans = 0 } = plan.state;
    const earlier = plans
      .filter((one) => !isHeld(event, one) && one.state.started < start && isRecentEnough(event, one, start))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    // The council's count of previous plans carries no dates, so `endedWithinMonths` cannot narrow it.
    const isReported = event.evidence !== 'ledger' && previousPlans > 0;
    const isInLedger = event.evidence !== 'reported' && earlier.length > 0;
    const isFirst = !isReported && !isInLedger && 'no-earlier-plan';
    return started(
      plan,
      unfitPlan(event, plan, participant) ?? (isFirst || null),
      isReported ? [] : earlier.slice(0, 1),
    );
  });
}

function isRecentEnough({ earlierPlan }: RepeatPlanEvent, { state }: Plan, start: string): boolean {
  if (earlierPlan === 'ever' || state.ended === undefined) return true;
  return addMonths(state.ended, earlierPlan.endedWithinMonths) >= start;
}
