// A disclosure policy is data: what is too small to show, whether zeros may be shown, and what else must hide it.
import { z } from 'zod';
import { Slug } from './outcome.ts';

/** Counts are published as multiples: of `to` (5: 0, 5, 10 …), or at the middle of runs of `to` (6: 0, 3, 9, 15 …). */
export const CountRounding = z.strictObject({
  rule: z.enum(['nearest', 'midpoint']),
  to: z.int().min(2).max(100),
});
export type CountRounding = z.infer<typeof CountRounding>;

export const DisclosurePolicy = z.strictObject({
  id: Slug,
  title: z.string().min(1).max(120),
  source: z.string().min(1).max(400),
  /** Counts from 1 to `threshold` - 1 are never shown. */
  threshold: z.int().min(1).max(100),
  zeros: z.enum(['shown', 'hidden']),
  /** Whether further cells are hidden so that no hidden cell can be worked out from totals. */
  complementary: z.boolean(),
  rounding: CountRounding.nullable(),
});
export type DisclosurePolicy = z.infer<typeof DisclosurePolicy>;
