// Where a trial that is looked at before its end stands: how much is known, what each look may spend, and what this one shows.
import { z } from 'zod';

const Count = z.int().min(0);
const Share = z.number().min(0).max(1);

export const InterimLook = z.strictObject({
  /** Share of the final information as it is reckoned now; as planned for a look to come. */
  information: Share,
  /** Where the plan's spending function is taken: the share as it was reckoned when the look was made, which never falls. */
  time: Share,
  /** Children whose primary outcome was known; null for a look to come. */
  followed: Count.nullable(),
  state: z.enum(['made', 'now', 'to-come']),
  /** The statistic beyond which, on either side, the look rejects; and the p it stands for. */
  boundary: z.number(),
  p: Share,
  /** Of the significance level, by this look and those before it. */
  spent: Share,
});
export type InterimLook = z.infer<typeof InterimLook>;

export const InterimState = z.strictObject({
  /** Children whose primary outcome is known, and those of whom it will be; null while nobody can say how many. */
  followed: Count,
  final: Count.nullable(),
  /** Followed over final. */
  share: Share.nullable(),
  /** Whether the plan has a look due that was not made before. */
  due: z.boolean(),
  looks: z.array(InterimLook),
  /** Of the look made now; null while effects are withheld or there is no estimate. */
  now: z
    .strictObject({
      /** The planned estimate of the primary outcome as a standard normal: its p, with the sign of its effect. */
      statistic: z.number(),
      crossed: z.enum(['fewer-events', 'more-events', 'none']),
      /** Repeated interval of a difference: it holds at every look together. Null for a ratio. */
      interval: z.strictObject({ lower: z.number(), upper: z.number() }).nullable(),
      /** More events in the trial arm, one-sided, where the plan watches for harm. */
      harm: z.strictObject({ boundary: z.number(), crossed: z.boolean() }).nullable(),
    })
    .nullable(),
});
export type InterimState = z.infer<typeof InterimState>;
