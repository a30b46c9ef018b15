// One estimate of the effect, and what it is an estimate of.
import { z } from 'zod';

const Count = z.int().min(0);
const Probability = z.number().min(0).max(1);

export const Measure = z.enum([
  'risk-difference',
  'risk-ratio',
  'odds-ratio',
  'hazard-ratio',
  'restricted-mean-difference',
]);
export type Measure = z.infer<typeof Measure>;

/** Trial against comparison. Differences are of probabilities (or days), ratios are on their own scale. */
export const Estimate = z.strictObject({
  measure: Measure,
  adjusted: z.boolean(),
  estimate: z.number().nullable(),
  standardError: z.number().nullable(),
  degreesOfFreedom: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  p: Probability.nullable(),
  /** The method of `waymark estimate` that gave it, and how the standard error was made. */
  method: z.string(),
  variance: z.string(),
  n: Count,
  clusters: Count.nullable(),
  warnings: z.array(z.string()),
});
export type Estimate = z.infer<typeof Estimate>;
