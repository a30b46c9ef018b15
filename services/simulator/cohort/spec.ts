// What a simulated cohort is made of, beside its protocol: who the children are, how arms come about, and what is planted.
import { z } from 'zod';
import { CivilDate } from '../../../schemas/calendar.ts';
import { CouncilCode } from '../../../schemas/case-event.ts';
import { PrimaryNeed } from '../../../schemas/codes.ts';

const Share = z.number().min(0).max(1);
const Risk = z.number().gt(0).lt(1);

/** On the log-odds scale, by what is known of a family on the index day. */
const Pull = z.strictObject({
  /** A year of the child's age, counted from 8; of the eldest child where families choose. */
  age: z.number().optional(),
  /** A decile of deprivation (1 the most deprived), counted from 5.5. */
  deprivation: z.number().optional(),
  needs: z.partialRecord(PrimaryNeed, z.number()).optional(),
});
export type Pull = z.infer<typeof Pull>;

/** Risks by so many months from the index day, rising; straight lines between them. */
const Course = z
  .array(z.strictObject({ months: z.int().min(1).max(60), risk: Risk }))
  .min(1)
  .refine(
    (steps) =>
      steps.every(({ months, risk }, at) => {
        const before = steps[at - 1];
        return !before || (months > before.months && risk >= before.risk);
      }),
    'must rise',
  );
export type Course = z.infer<typeof Course>;

/** An event and the record that shows it. */
const Planted = z.strictObject({
  event: z.enum(['care', 'further-referral', 'repeat-plan']),
  /** Mean risks of all children of the cohort in each arm: the planted truth. */
  comparison: Course,
  trial: Course,
  /** Standard deviations, on the log-odds scale, of what councils and families share. */
  councilSpread: z.number().min(0).max(3),
  familySpread: z.number().min(0).max(3),
  pull: Pull.optional(),
  /** Log-odds a year of calendar time: what changes whoever is in which arm. */
  trendPerYear: z.number().optional(),
  /** Log-odds by council, for councils that differ by more than chance. */
  councils: z.array(z.strictObject({ council: CouncilCode, shift: z.number() })).optional(),
});
export type Planted = z.infer<typeof Planted>;

const Arms = z.discriminatedUnion('by', [
  /** Families drawn in permuted blocks of four within each council; the list goes beside the events. */
  z.strictObject({ by: z.literal('list') }),
  /** Families take the offer or not: the share who do, and what pulls them. */
  z.strictObject({ by: z.literal('offer'), share: Share, pull: Pull }),
  /** As the protocol's go-live days have it. */
  z.strictObject({ by: z.literal('go-live') }),
]);

export const CohortSpec = z.strictObject({
  seed: z.string().min(1),
  /** What is planted and what is taken from where, in words. */
  words: z.string(),
  families: z.int().min(1).max(1_000_000),
  children: z.int().min(1).max(2_000_000),
  /** Councils by size: the largest has so many times the families of the smallest. */
  sizeRatio: z.number().min(1).max(20),
  completeThrough: CivilDate,
  arms: Arms,
  /** Children whose outcome at the horizon is known by `completeThrough`, to the child; else index days are even. */
  matured: z.strictObject({ months: z.int(), trial: z.int().min(1), comparison: z.int().min(1) }).optional(),
  planted: z.array(Planted).min(1),
  /** From a day on, so many further referrals of these councils are recorded as early help: nothing else changes. */
  relabelled: z
    .strictObject({ councils: z.array(CouncilCode).min(1), from: CivilDate, share: Share })
    .optional(),
});
export type CohortSpec = z.infer<typeof CohortSpec>;
