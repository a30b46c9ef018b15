// A result record: what one evaluation's outcomes came to, with the hashes that say from which plan and data.
import { z } from 'zod';
import { CivilDate, Instant } from './calendar.ts';
import { Deviation } from './lifecycle.ts';
import { OutcomeDefinition, Slug } from './outcome.ts';
import { Arm, DataSource } from './protocol.ts';

const Count = z.int().min(0);
const Probability = z.number().min(0).max(1);

/** Whole days: how many participants' are known, their mean, and their standard deviation (n - 1). Null where n is too small. */
export const DaysSummary = z.strictObject({
  n: Count,
  mean: z.number().nullable(),
  sd: z.number().nullable(),
});
export type DaysSummary = z.infer<typeof DaysSummary>;

/**
 * Counts of one arm, outcome and horizon. They reconcile:
 * enrolled = notAtRisk + pending + matured, and matured = events + noEvents + censored.
 */
export const ArmCounts = z.strictObject({
  arm: Arm,
  enrolled: Count,
  notAtRisk: Count,
  /** At risk, but the council's feed is not yet complete through index + horizon: unknown, never zero. */
  pending: Count,
  matured: Count,
  events: Count,
  noEvents: Count,
  /** Matured, no event seen before the 18th birthday, death, a move or a declared gap ended observation. */
  censored: Count,
  /** events / matured: the share seen to have the event while a child of this council. Null when matured is 0. */
  risk: Probability.nullable(),
  /** Of an outcome measured in days, over the matured whose days are known: absent for all others. */
  days: DaysSummary.optional(),
});
export type ArmCounts = z.infer<typeof ArmCounts>;

/** Trial minus comparison among matured participants. Probabilities, not percentages. */
export const Effect = z.strictObject({
  measure: z.literal('risk-difference'),
  estimate: z.number(),
  standardError: z.number(),
  degreesOfFreedom: z.number().nullable(),
  lower: z.number(),
  upper: z.number(),
  p: Probability,
  method: z.string(),
  clusters: Count,
});
export type Effect = z.infer<typeof Effect>;

export const OutcomeResult = z.strictObject({
  outcome: Slug,
  horizon: z.int(),
  arms: z.array(ArmCounts),
  effect: Effect.nullable(),
  warnings: z.array(z.string()),
});
export type OutcomeResult = z.infer<typeof OutcomeResult>;

export const ResultRecord = z.strictObject({
  resultVersion: z.literal(1),
  evaluation: Slug,
  title: z.string(),
  dataSource: DataSource,
  protocolHash: z.string(),
  definitions: z.array(
    z.strictObject({ id: Slug, version: z.int(), hash: z.string(), definition: OutcomeDefinition }),
  ),
  codeVersion: z.string(),
  computedAt: Instant,
  participants: z.strictObject({ trial: Count, comparison: Count }),
  /** The day through which every council's feed is complete; null while any council is silent. */
  completeThrough: CivilDate.nullable(),
  waves: z.strictObject({
    total: Count,
    frozen: z.array(z.strictObject({ horizon: z.int(), waves: Count })),
  }),
  results: z.array(OutcomeResult),
  /** What was changed after the protocol was locked, each with its reason, oldest first. */
  deviations: z.array(Deviation),
});
export type ResultRecord = z.infer<typeof ResultRecord>;
