// An outcome is defined as data: every choice that could change a number is a field here, and its hash travels with results.
import { z } from 'zod';
import { CivilDate } from './calendar.ts';

export const Slug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,62}[a-z0-9]$/, 'must be lower-case words joined by dashes');

/** A further referral of the child. The DfE counts those that led to no further action. */
const ReferralEvent = z.strictObject({ record: z.literal('referral'), countNoFurtherAction: z.boolean() });

/** A child protection plan starts and the child had one before. */
const RepeatPlanEvent = z.strictObject({
  record: z.literal('cp-plan'),
  /** `ever`, or only plans that ended (or were still open) within so many months before the new one's start. */
  earlierPlan: z.union([z.literal('ever'), z.strictObject({ endedWithinMonths: z.int().min(1).max(240) })]),
  /** `ledger`: an earlier plan among the records; `reported`: NumberOfPreviousCPP above 0; `either`. */
  evidence: z.enum(['ledger', 'reported', 'either']),
  countHeldForAnotherAuthority: z.boolean(),
});

/** A period of care starts: consecutive episodes other than short breaks (V3, V4) make one period. */
const CareEntryEvent = z.strictObject({
  record: z.literal('care-period'),
  countUnaccompaniedAsylumSeekers: z.boolean(),
});

export const OutcomeDefinition = z.strictObject({
  id: Slug,
  version: z.int().min(1),
  title: z.string().min(1).max(80),
  /** What is counted, in words for a reader who knows no code. */
  words: z.string().min(1).max(800),
  source: z.string().min(1).max(400),
  event: z.discriminatedUnion('record', [ReferralEvent, RepeatPlanEvent, CareEntryEvent]),
  /** Whether an event dated on the index day counts. The index record itself never does. */
  indexDay: z.enum(['counts', 'does-not-count']),
  riskSet: z.strictObject({ excludeInCareAtIndex: z.boolean() }),
  censoring: z.strictObject({
    eighteenthBirthday: z.boolean(),
    death: z.boolean(),
    movedToAnotherCouncil: z.boolean(),
    declaredGap: z.boolean(),
  }),
});
export type OutcomeDefinition = z.infer<typeof OutcomeDefinition>;

export const OutcomeStateName = z.enum(['event', 'no-event', 'censored', 'not-at-risk']);
export type OutcomeStateName = z.infer<typeof OutcomeStateName>;

export const CensorReason = z.enum([
  'eighteenth-birthday',
  'death',
  'moved-to-another-council',
  'declared-gap',
]);
export type CensorReason = z.infer<typeof CensorReason>;

/** One participant, one outcome, one horizon (months). `date` is the event's day, or the last day observed when censored. */
export const ParticipantOutcome = z.strictObject({
  outcome: Slug,
  horizon: z.int().min(1).max(120),
  state: OutcomeStateName,
  date: CivilDate.nullable(),
  censorReason: CensorReason.nullable(),
});
export type ParticipantOutcome = z.infer<typeof ParticipantOutcome>;
