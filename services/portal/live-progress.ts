// How far the whole service has come, in numbers that tell of no evaluation, council or child.
import { z } from 'zod';

const At = z.string().transform((text) => new Date(text).toISOString());

export const LiveProgress = z.object({
  askedAt: At,
  /** Case events in the ledger; rounded down to a hundred unless `exact`. */
  stored: z.number().int().min(0),
  exact: z.boolean(),
  /** Since when the oldest change waits to be told to workflows; null when none waits. */
  oldestWaiting: At.nullable(),
  /** Outcomes of some participants wait to be worked out again. */
  recomputing: z.boolean(),
});
export type LiveProgress = z.infer<typeof LiveProgress>;
