// What was planted against what was found, for the one comparison that an example's plan is about.
import type { Estimate } from '../../../schemas/analysis.ts';
import { type Cohort, type Truth, truthOf } from '../../simulator/cohort/cohort.ts';
import type { Planted } from '../../simulator/cohort/spec.ts';
import { text } from '../../simulator/days.ts';
import { plannedEstimate } from '../plan/estimates.ts';
import { waveStart } from '../plan/participant.ts';
import type { Analysed } from './example.ts';

/** Which planted event shows itself in which outcome. */
const events: Readonly<Record<string, Planted['event']>> = {
  'in-care': 'care',
  'care-entry': 'care',
  're-referral': 'further-referral',
  'repeat-cp-plan': 'repeat-plan',
};

export interface Recovery {
  outcome: string;
  horizon: number;
  /** Null where no estimate was made. */
  planted: Truth | null;
  estimate: Pick<Estimate, 'estimate' | 'lower' | 'upper' | 'method' | 'variance'> | null;
  /** Whether the interval holds what was planted. */
  covered: boolean | null;
}

/**
 * The truth that the planned method is about: of differences in differences the councils that had begun, in the waves
 * compared, councils counting alike; of the treated where the estimand is theirs; else of everybody analysed.
 */
export function plantedFor({ cohort, record }: Analysed, outcome: string, horizon: number): Truth | null {
  const event = events[outcome];
  const result = record.results.find((one) => one.outcome === outcome && one.horizon === horizon);
  const pick = (truths: Truth[]) =>
    truths.find((one) => one.event === event && one.months === horizon) ?? null;
  const waves = result?.eventStudy?.waves;
  if (waves) return pick(overCouncils(cohort, waves, record.study.waves));
  if (record.study.estimand.effect === 'treated') return pick(truthOf(cohort, (_, arm) => arm === 'trial'));
  return pick(truthOf(cohort));
}

/** The mean over councils and waves of the means within each, of those that had begun. */
function overCouncils(cohort: Cohort, waves: readonly string[], by: 'month' | 'quarter' | 'year'): Truth[] {
  const cells = cohort.protocol.councils.flatMap((council) =>
    waves.map((wave) =>
      truthOf(
        cohort,
        (family, arm) =>
          arm === 'trial' && family.council === council && waveStart(text(family.indexDay), by) === wave,
      ),
    ),
  );
  const filled = cells.filter((cell) => cell.length > 0);
  const [first = []] = filled;
  return first.map((one, at) => {
    const mean = (of: (truth: Truth) => number) =>
      filled.reduce((sum, cell) => sum + of(cell[at] ?? one), 0) / filled.length;
    return {
      ...one,
      children: filled.reduce((sum, cell) => sum + (cell[at]?.children ?? 0), 0),
      trial: mean(({ trial }) => trial),
      comparison: mean(({ comparison }) => comparison),
      difference: mean(({ difference }) => difference),
    };
  });
}

/** Every outcome and horizon of a record beside its truth. */
export const recoveries = (analysed: Analysed): Recovery[] =>
  analysed.record.results.map((result) => {
    const { outcome, horizon } = result;
    const found = plannedEstimate(result.estimates, 'risk-difference') ?? null;
    const planted = plantedFor(analysed, outcome, horizon);
    const covered =
      found?.lower == null || found.upper === null || planted === null
        ? null
        : found.lower <= planted.difference && planted.difference <= found.upper;
    return { outcome, horizon, planted, estimate: found, covered };
  });
