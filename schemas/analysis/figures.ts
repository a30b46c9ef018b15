// What figures are drawn from: curves over time, effects by subgroup, and councils side by side.
import { z } from 'zod';
import { CouncilCode } from '../case-event.ts';
import { Covariate } from '../protocol/analysis-plan.ts';
import { Arm } from '../protocol.ts';
import { Estimate } from './estimate.ts';

const Count = z.int().min(0);
const Probability = z.number().min(0).max(1);

/** Participants of one arm whose outcome is known, and how many had the event. */
const ArmEvents = z.strictObject({ arm: Arm, n: Count, events: Count });

export const SubgroupResult = z.strictObject({
  by: Covariate,
  words: z.string(),
  levels: z.array(
    z.strictObject({ level: z.string(), n: Count, arms: z.array(ArmEvents), effect: Estimate.nullable() }),
  ),
  /** Whether the effect differs between levels: an F test on the products of arm and level. */
  interaction: z
    .strictObject({ statistic: z.number(), df: Count, denominatorDf: z.number().nullable(), p: Probability })
    .nullable(),
  warnings: z.array(z.string()),
});
export type SubgroupResult = z.infer<typeof SubgroupResult>;

/**
 * Cumulative incidence of one arm (Aalen and Johansen, 1978), worked out from cumulative counts that are rounded to the
 * middle of runs of the protocol's disclosure threshold: no step says that fewer children had the event.
 */
export const Curve = z.strictObject({
  arm: Arm,
  /** Whether 18th birthdays and deaths compete (they do in Fine and Gray); else they censor. */
  competing: z.boolean(),
  /** The curve from each day on; the first is day 0. `atRisk` is rounded too. */
  steps: z.array(z.strictObject({ day: Count, incidence: Probability, atRisk: Count })),
});
export type Curve = z.infer<typeof Curve>;

export const CouncilResult = z.strictObject({
  council: CouncilCode,
  arms: z.array(ArmEvents),
});
export type CouncilResult = z.infer<typeof CouncilResult>;
