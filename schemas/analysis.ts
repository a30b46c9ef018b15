// An analysis record: what a locked plan made of one snapshot of outcomes. The same inputs give the same bytes, so it holds
// no clock; every number can be remade from the protocol, the snapshot and the code version it names.
import { z } from 'zod';
import { CostConsequence } from './analysis/costs.ts';
import { Estimate } from './analysis/estimate.ts';
import {
  CouncilResult,
  Curve,
  EventStudy,
  Pooled,
  SensitivityResult,
  SubgroupResult,
} from './analysis/figures.ts';
import { InterimState } from './analysis/interim.ts';
import { AnalysisSet, BalanceRow, Flow, Matching } from './analysis/participants.ts';
import { Study } from './analysis/study.ts';
import { CivilDate } from './calendar.ts';
import { Slug } from './outcome.ts';
import { DataSource } from './protocol.ts';

export * from './analysis/costs.ts';
export * from './analysis/estimate.ts';
export * from './analysis/figures.ts';
export * from './analysis/interim.ts';
export * from './analysis/participants.ts';
export * from './analysis/study.ts';

const Count = z.int().min(0);
const Probability = z.number().min(0).max(1);

export const OutcomeAnalysis = z.strictObject({
  outcome: Slug,
  horizon: z.int(),
  role: z.enum(['primary', 'secondary', 'negative-control']),
  sets: z.array(AnalysisSet),
  estimates: z.array(Estimate),
  /** The p of the planned estimate, adjusted for the number of secondary tests. */
  adjustedP: Probability.nullable(),
  subgroups: z.array(SubgroupResult),
  /** Of first events at the last horizon: everybody at risk, followed to the last complete day. */
  curves: z.array(Curve),
  /** Of the primary outcome: its matured participants, council by council. */
  councils: z.array(CouncilResult),
  /** Of differences in differences. */
  eventStudy: EventStudy.nullable(),
  /** Of the primary outcome, in the order of the plan. */
  sensitivity: z.array(SensitivityResult),
  /** Of the primary outcome, where councils have both arms. */
  pooled: Pooled.nullable(),
  warnings: z.array(z.string()),
});
export type OutcomeAnalysis = z.infer<typeof OutcomeAnalysis>;

/** A check that must hold before effects are looked at. A failed gate withholds them until somebody says why not. */
export const Gate = z.strictObject({
  id: Slug,
  state: z.enum(['passed', 'failed', 'accepted', 'not-applicable']),
  /** What was found, in words with its numbers. */
  words: z.string(),
  /** Numbers of children that the words give away: small ones keep the words out of reports. */
  children: z.array(Count),
  accepted: z.strictObject({ by: z.string().min(1), reason: z.string().min(1) }).nullable(),
});
export type Gate = z.infer<typeof Gate>;

export const AnalysisRecord = z.strictObject({
  analysisVersion: z.literal(4),
  evaluation: Slug,
  title: z.string(),
  dataSource: DataSource,
  protocolHash: z.string(),
  definitions: z.array(
    z.strictObject({ id: Slug, version: z.int(), hash: z.string(), title: z.string(), words: z.string() }),
  ),
  /** SHA-256 over one line of JSON a participant (unit, arm, covariates, outcomes), in order of council and child. */
  snapshotHash: z.string(),
  codeVersion: z.string(),
  asOf: CivilDate.nullable(),
  study: Study,
  participants: z.strictObject({ trial: Count, comparison: Count }),
  flow: Flow,
  balance: z.array(BalanceRow),
  matching: Matching.nullable(),
  gates: z.array(Gate),
  /** True when a gate failed and nobody accepted it: estimates and risks are left out. */
  withheld: z.boolean(),
  results: z.array(OutcomeAnalysis),
  /** Where the plan has looks before the end. */
  interim: InterimState.nullable(),
  /** Where unit costs were given; null too while effects are withheld. */
  costs: CostConsequence.nullable(),
});
export type AnalysisRecord = z.infer<typeof AnalysisRecord>;
