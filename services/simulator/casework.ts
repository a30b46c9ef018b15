// How councils work a case, the same in both arms: the odds of each step, how long it takes, and how an open case makes way.
import type { Day } from './days.ts';
import type { Assessment, Involvement } from './facts.ts';
import * as mixes from './mixes.ts';
import type { Random } from './random.ts';

/** Log-odds and shares of the steps of a case; tuned until `waymark simulate --describe` agrees with the published tables. */
export const STEP = {
  joins: 0.72,
  nfa: -2.88,
  inNeed: 0.8,
  section47: -0.75,
  conference: -0.86,
  section47OfOthers: 0.12,
  care: -3.29,
  cinPlan: 0.6,
  heldElsewhere: 0.02,
  readsAsNewReferralInCare: 0.5,
  assessmentDays: 34,
};
export const UNBORN_DAYS = 150;

export const share = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

/** Durations that brothers and sisters referred together have in common. */
export function timing(random: Random) {
  return {
    answered: random.whole(0, 3),
    assessmentLag: Math.floor(random.exponential(1.6)),
    assessment: random.logNormal(1, 0.55),
    enquiryLag: Math.floor(random.exponential(random.chance(0.75) ? 4 : 45)),
    conferenceLag: random.whole(9, 21),
    cpPlan: random.logNormal(265, 0.55),
    cinPlan: random.logNormal(135, 0.65),
    stepDown: random.logNormal(110, 0.5),
    closing: random.whole(0, 5),
    lingering: random.logNormal(60, 0.6),
    meetingLag: random.whole(3, 28),
    abuse: random.pick(mixes.abuseCategories),
  };
}
export type Timing = ReturnType<typeof timing>;

/** The open referral is closed because a new one takes its place; work dated later goes with it. */
export function closeEarly(involvement: Involvement, day: Day): void {
  involvement.closed = day;
  involvement.closureReason = 'RC7';
  involvement.cinPlans = involvement.cinPlans
    .filter((plan) => plan.started < day)
    .map((plan) => ({ started: plan.started, ended: Math.min(plan.ended, day) }));
  if ((involvement.section47?.started ?? 0) > day) involvement.section47 = null;
  if ((involvement.preProceedings?.started ?? 0) >= day) involvement.preProceedings = null;
  const { assessment, section47, cpPlan, preProceedings } = involvement;
  if (assessment?.authorised && assessment.authorised > day) assessment.authorised = null;
  if (section47?.conference && section47.conference > day) section47.conference = null;
  if (cpPlan && cpPlan.ended > day) cpPlan.ended = day;
  if (preProceedings && preProceedings.ended > day) preProceedings.ended = day;
}

export function factorsOf(random: Random, alone: boolean, inNeed: boolean): Assessment['factors'] {
  if (alone) return ['9A' as const];
  if (!inNeed && random.chance(0.3)) return ['21' as const];
  const count = 1 + random.whole(0, 2);
  return [...new Set(Array.from({ length: count }, () => random.pick(mixes.assessmentFactors)))];
}
