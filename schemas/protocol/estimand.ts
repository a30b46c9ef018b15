// What is to be estimated, in the five attributes of ICH E9(R1): population, conditions, variable, intercurrent events, summary.
// Population, conditions and variable are the protocol's own parts; the other two stand here.
import { z } from 'zod';

export const Estimand = z.strictObject({
  words: z.string().min(1).max(800),
  /** `assignment`: everyone as allocated or exposed. `treated`: the effect on those in the trial arm. */
  effect: z.enum(['assignment', 'treated']),
  summary: z.enum(['risk-difference', 'risk-ratio', 'odds-ratio', 'hazard-ratio', 'mean-difference']),
  intercurrentEvents: z
    .array(
      z.strictObject({
        event: z.string().min(1).max(120),
        handling: z.enum(['treatment-policy', 'composite', 'while-observed', 'hypothetical']),
      }),
    )
    .max(12),
});
export type Estimand = z.infer<typeof Estimand>;
