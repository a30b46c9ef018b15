// An analysis record: what a locked plan made of one snapshot of outcomes. The same inputs give the same bytes, so it holds
// no clock; every number can be remade from the protocol, the snapshot and the code version it names.
import { z } from 'zod';
import { CivilDate } from './calendar.ts';
import { Slug } from './outcome.ts';
import { Covariate } from './protocol/analysis-plan.ts';
import { Arm, DataSource } from './protocol.ts';

const Count = z.int().min(0);
const Probability = z.number().min(0).max(1);

/**
 * Where everybody went, for one arm, outcome and horizon:
 * enrolled = notAtRisk + pending + matured, and analysed = matured - missingCovariates.
 */
export const AnalysisSet = z.strictObject({
  arm: Arm,
  enrolled: Count,
  notAtRisk: Count,
  pending: Count,
  matured: Count,
  /** Null, like the risk, while effects are withheld. */
  censored: Count.nullable(),
  events: Count.nullable(),
  /** Matured, left out of the adjusted analysis for want of a covariate. */
  missingCovariates: Count,
  /** Clusters with a matured participant. */
  clusters: Count,
  risk: Probability.nullable(),
});
export type AnalysisSet = z.infer<typeof AnalysisSet>;

export const Measure = z.enum([
  'risk-difference',
  'risk-ratio',
  'odds-ratio',
  'hazard-ratio',
  'restricted-mean-difference',
]);

/** One estimate: trial against comparison. Differences are of probabilities (or days), ratios are on their own scale. */
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

export const SubgroupResult = z.strictObject({
  by: Covariate,
  words: z.string(),
  levels: z.array(z.strictObject({ level: z.string(), n: Count, effect: Estimate.nullable() })),
  /** Whether the effect differs between levels: an F test on the products of arm and level. */
  interaction: z
    .strictObject({ statistic: z.number(), df: Count, denominatorDf: z.number().nullable(), p: Probability })
    .nullable(),
  warnings: z.array(z.string()),
});
export type SubgroupResult = z.infer<typeof SubgroupResult>;

export const OutcomeAnalysis = z.strictObject({
  outcome: Slug,
  horizon: z.int(),
  role: z.enum(['primary', 'secondary', 'negative-control']),
  sets: z.array(AnalysisSet),
  estimates: z.array(Estimate),
  /** The p of the planned estimate, adjusted for the number of secondary tests. */
  adjustedP: Probability.nullable(),
  subgroups: z.array(SubgroupResult),
  warnings: z.array(z.string()),
});
export type OutcomeAnalysis = z.infer<typeof OutcomeAnalysis>;

export const BalanceRow = z.strictObject({
  covariate: z.string(),
  trial: z.number().nullable(),
  comparison: z.number().nullable(),
  standardisedDifference: z.number().nullable(),
  varianceRatio: z.number().nullable(),
  missing: z.strictObject({ trial: Count, comparison: Count }),
});
export type BalanceRow = z.infer<typeof BalanceRow>;

/** A check that must hold before effects are looked at. A failed gate withholds them until somebody says why not. */
export const Gate = z.strictObject({
  id: Slug,
  state: z.enum(['passed', 'failed', 'accepted', 'not-applicable']),
  /** What was found, in words with its numbers. */
  words: z.string(),
  accepted: z.strictObject({ by: z.string().min(1), reason: z.string().min(1) }).nullable(),
});
export type Gate = z.infer<typeof Gate>;

export const AnalysisRecord = z.strictObject({
  analysisVersion: z.literal(1),
  evaluation: Slug,
  title: z.string(),
  dataSource: DataSource,
  protocolHash: z.string(),
  definitions: z.array(z.strictObject({ id: Slug, version: z.int(), hash: z.string() })),
  /** SHA-256 over every participant's unit, arm, covariates and outcomes, in order of council and child. */
  snapshotHash: z.string(),
  codeVersion: z.string(),
  asOf: CivilDate.nullable(),
  participants: z.strictObject({ trial: Count, comparison: Count }),
  balance: z.array(BalanceRow),
  gates: z.array(Gate),
  /** True when a gate failed and nobody accepted it: estimates and risks are left out. */
  withheld: z.boolean(),
  results: z.array(OutcomeAnalysis),
});
export type AnalysisRecord = z.infer<typeof AnalysisRecord>;
