// Who was looked at, who takes part, how alike the arms are, and where everybody went.
import { z } from 'zod';
import { Slug } from '../outcome.ts';
import { Arm } from '../protocol.ts';

const Count = z.int().min(0);
const Probability = z.number().min(0).max(1);

/** screened = enrolled + excluded, by reason; enrolled = the participants of both arms. */
export const Flow = z.strictObject({
  /** Children in the councils' records. */
  screened: Count,
  /** Reasons that occur, in the order in which they are asked; a child has the first that holds. */
  excluded: z.array(z.strictObject({ reason: Slug, count: Count })),
  enrolled: Count,
  allocated: z.array(z.strictObject({ arm: Arm, participants: Count, units: Count, councils: Count })),
});
export type Flow = z.infer<typeof Flow>;

/**
 * Where everybody went, for one arm, outcome and horizon:
 * enrolled = notAtRisk + pending + matured, and analysed = matured - straddling - missingCovariates.
 */
export const AnalysisSet = z.strictObject({
  arm: Arm,
  enrolled: Count,
  /** Known to be not at risk; of an outcome with a clock of its own only once its time is over. */
  notAtRisk: Count,
  pending: Count,
  matured: Count,
  /** Null, like the risk, while effects are withheld. */
  censored: Count.nullable(),
  events: Count.nullable(),
  /** Matured, left out as planned because a change of recording falls within their follow-up. */
  straddling: Count,
  /** Of the others, left out of the adjusted analysis for want of a covariate. */
  missingCovariates: Count,
  analysed: Count,
  /** Clusters with a matured participant. */
  clusters: Count,
  risk: Probability.nullable(),
});
export type AnalysisSet = z.infer<typeof AnalysisSet>;

/** A number's mean in each arm, or the share of everybody in the arm in one category; not known is a category too. */
export const BalanceRow = z.strictObject({
  /** `age`, or `sex=F`. */
  covariate: z.string(),
  of: Slug,
  /** The category; null for a number. */
  level: z.string().nullable(),
  trial: z.number().nullable(),
  comparison: z.number().nullable(),
  /** Children in the category, or whose number is known. */
  counts: z.strictObject({ trial: Count, comparison: Count }),
  /** Standard deviation (n - 1) of a number; null for a category. */
  sd: z.strictObject({ trial: z.number().nullable(), comparison: z.number().nullable() }),
  standardisedDifference: z.number().nullable(),
  varianceRatio: z.number().nullable(),
  /** Children of whom the covariate is not known. */
  missing: z.strictObject({ trial: Count, comparison: Count }),
});
export type BalanceRow = z.infer<typeof BalanceRow>;

/** What weighting or matching came to, for the primary outcome. */
export const Matching = z.strictObject({
  use: z.string(),
  /** Standardised differences before and after. */
  balance: z.array(
    z.strictObject({ covariate: z.string(), before: z.number().nullable(), after: z.number().nullable() }),
  ),
  /** Children as good as whom the weighted arms are (Kish, 1965). */
  effective: z.strictObject({ trial: z.number(), comparison: z.number() }),
  /** Children of the trial arm without anybody to compare with. */
  unmatched: Count.nullable(),
});
export type Matching = z.infer<typeof Matching>;
