// The built-in outcomes. Each choice that published definitions leave open is made here, in view, and travels with its hash.
import type { OutcomeDefinition } from '../../schemas/outcome.ts';
import { careEntry, careReEntry, daysInCare, inCare, reunification } from './definitions/care.ts';
import { assessmentDuration, careProceedings, closure, escalationToCpPlan } from './definitions/casework.ts';
import {
  repeatCpPlan,
  repeatCpPlanInRecords,
  repeatCpPlanReported,
  repeatCpPlanWithin24Months,
} from './definitions/cp-plan.ts';
import {
  reReferral,
  reReferralAfterClosure,
  reReferralAfterClosureFurtherAction,
  reReferralFurtherAction,
} from './definitions/referral.ts';

export { careEntry, repeatCpPlan, reReferral };

/** The three that the demonstration and the first pathfinder protocols follow. */
export const headlineOutcomes: readonly OutcomeDefinition[] = [reReferral, repeatCpPlan, careEntry];

export const builtInOutcomes: readonly OutcomeDefinition[] = [
  reReferral,
  reReferralFurtherAction,
  reReferralAfterClosure,
  reReferralAfterClosureFurtherAction,
  repeatCpPlan,
  repeatCpPlanWithin24Months,
  repeatCpPlanInRecords,
  repeatCpPlanReported,
  escalationToCpPlan,
  careEntry,
  inCare,
  daysInCare,
  careReEntry,
  reunification,
  careProceedings,
  closure,
  assessmentDuration,
];

/** Version 1 knew a death by its month alone. A protocol that names it keeps it. */
export const earlierOutcomes: readonly OutcomeDefinition[] = headlineOutcomes.map((definition) => ({
  ...definition,
  version: 1,
  censoring: { ...definition.censoring, death: true },
}));
