// What events and days cost, as data; and what each arm cost by them.
import { z } from 'zod';
import { Slug } from '../outcome.ts';

/** Unit costs. An outcome measured in days is paid by the day, any other by the first event. */
export const UnitCosts = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three letters, such as GBP'),
  /** The year whose prices they are. */
  priceYear: z.int().min(2000).max(2100),
  source: z.string().min(1).max(400),
  /** Months from the index day. */
  horizon: z.int().min(1),
  items: z
    .array(
      z.strictObject({
        id: Slug,
        words: z.string().min(1).max(200),
        outcome: Slug,
        unitCost: z.number().min(0),
      }),
    )
    .min(1)
    .max(20),
});
export type UnitCosts = z.infer<typeof UnitCosts>;

/** Means a child in each arm, and trial less comparison; the interval is of the bootstrap by cluster. */
const Compared = z.strictObject({
  trial: z.number(),
  comparison: z.number(),
  difference: z.number(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
});

export const CostConsequence = z.strictObject({
  currency: z.string(),
  priceYear: z.int(),
  source: z.string(),
  /** SHA-256 of the unit costs. */
  hash: z.string(),
  horizon: z.int(),
  /** Children of whom everything that costs is known to the horizon. */
  children: z.strictObject({ trial: z.int(), comparison: z.int() }),
  items: z.array(
    z.strictObject({
      id: Slug,
      words: z.string(),
      outcome: Slug,
      unitCost: z.number(),
      per: z.enum(['event', 'day']),
      /** Events or days a child. */
      quantity: Compared,
      cost: Compared,
    }),
  ),
  total: Compared,
  /** Clusters drawn with replacement within each arm; percentiles of so many draws. */
  bootstrap: z.strictObject({ draws: z.int(), seed: z.int() }),
});
export type CostConsequence = z.infer<typeof CostConsequence>;
