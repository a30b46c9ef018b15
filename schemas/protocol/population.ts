// Who is followed: the record that brings a child in, the window, and who is left out, each judged on the index day.
import { z } from 'zod';
import { CivilDate } from '../calendar.ts';
import * as codes from '../codes.ts';

/** A filter on codes passes a record that states one of them; a record that states none does not pass. */
const only = <Code extends z.ZodType>(code: Code) => z.array(code).min(1).optional();

export const IndexRecord = z.discriminatedUnion('record', [
  z.strictObject({
    record: z.literal('referral'),
    countNoFurtherAction: z.boolean(),
    sources: only(codes.ReferralSource),
    primaryNeeds: only(codes.PrimaryNeed),
  }),
  z.strictObject({
    record: z.literal('cp-plan'),
    countHeldForAnotherAuthority: z.boolean(),
    /** Initial category of abuse. */
    categories: only(codes.AbuseCategory),
  }),
  z.strictObject({ record: z.literal('assessment') }),
  z.strictObject({ record: z.literal('section-47') }),
  /** A period of care starts, short breaks apart, on a day that the records show. */
  z.strictObject({ record: z.literal('care-period') }),
]);
export type IndexRecord = z.infer<typeof IndexRecord>;
/** What kind of record an index is. */
export type IndexKind = IndexRecord['record'];

export const Population = z.strictObject({
  /** The child's first record in the window that passes the filters. A child excluded then is not brought in by a later one. */
  index: IndexRecord,
  /** Absent: `first`. Every record of a child its own participant is not possible yet: docs/decisions/0010. */
  occurrence: z
    .literal('first', {
      error:
        'must be first: a child takes part once, with its first record in the window; every record as a participant of its own is not possible yet (decision 10)',
    })
    .optional(),
  /** First and last index day. */
  from: CivilDate,
  to: CivilDate,
  /** Whole years on the index day: at least `from`, less than `under`. A birthday is the first day of the birth month. */
  age: z
    .strictObject({ from: z.int().min(0).max(17).optional(), under: z.int().min(1).max(18).optional() })
    .optional(),
  exclude: z
    .strictObject({
      inCareAtIndex: z.boolean().optional(),
      onCpPlanAtIndex: z.boolean().optional(),
      /** A record of the index kind that passes the filters, so many months before the index day or fewer. */
      earlierWithinMonths: z.int().min(1).max(120).optional(),
    })
    .optional(),
});
export type Population = z.infer<typeof Population>;
