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

const Interval = z.strictObject({
  estimate: z.number().nullable(),
  standardError: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  p: Probability.nullable(),
});

/** Effects by waves since a council began (Callaway and Sant'Anna, 2021, eq. 3.4); before it began they should be nought. */
export const EventStudy = z.strictObject({
  /** First days of the waves compared: those in which everybody of every council has been followed. */
  waves: z.array(z.string()),
  /** Councils that began, and all that they are compared with. */
  councils: z.strictObject({ began: Count, compared: Count }),
  steps: z.array(Interval.extend({ event: z.int() })),
  /** The smallest p of the steps before councils began, times their number (Bonferroni). */
  preTrendP: Probability.nullable(),
});
export type EventStudy = z.infer<typeof EventStudy>;

/** The planned estimate under another choice that the protocol names. */
export const SensitivityResult = z.strictObject({
  id: z.string(),
  words: z.string(),
  estimate: Estimate.nullable(),
  /** Why there is none. */
  without: z.string().nullable(),
});
export type SensitivityResult = z.infer<typeof SensitivityResult>;

/** Councils' own risk differences and what they come to together: random effects by REML, Hartung and Knapp's interval. */
export const Pooled = z.strictObject({
  councils: z.array(Interval.extend({ council: CouncilCode })),
  summary: Interval,
  /** Where the effect of another council like these would lie. */
  prediction: z.strictObject({ lower: z.number().nullable(), upper: z.number().nullable() }),
  tau2: z.number(),
  i2: z.number(),
});
export type Pooled = z.infer<typeof Pooled>;
