// How alike the arms are on the index day, covariate by covariate, over everybody enrolled: never over who was followed.
// A category's share is of everybody in the arm, and not known is a category: shares say nothing that counts do not.
import type { BalanceRow } from '../../../schemas/analysis.ts';
import type { Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import { measure, referenceSpread } from '../../statistics/adjustment/balance.ts';
import { sortLevels } from '../../statistics/data/table.ts';
import type { AnalysisParticipant, CovariateValue } from './participant.ts';

export const NOT_KNOWN = 'not known';

const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

function moments(values: readonly number[]): { mean: number | null; sd: number | null } {
  const n = values.length;
  if (n === 0) return { mean: null, sd: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, sd: null };
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)) };
}

/** @param numberOf null: left out of this row */
function row(
  of: Covariate,
  level: string | null,
  participants: readonly AnalysisParticipant[],
  numberOf: (value: CovariateValue) => number | null,
): BalanceRow {
  const known = participants.flatMap((one) => {
    const value = numberOf(one.covariates[of]);
    return value === null ? [] : [{ treated: one.arm === 'trial' ? 1 : 0, value }];
  });
  const x = Float64Array.from(known, ({ value }) => value);
  const treated = Float64Array.from(known, (one) => one.treated);
  const [comparison, trial] = [0, 1].map((arm) =>
    known.filter((one) => one.treated === arm).map(({ value }) => value),
  ) as [number[], number[]];
  const [inTrial, inComparison] = [moments(trial), moments(comparison)];
  const comparable = inTrial.mean !== null && inComparison.mean !== null;
  const { smd, varianceRatio } = comparable
    ? measure(x, treated, null, referenceSpread(x, treated, false))
    : { smd: null, varianceRatio: null };
  const missing = (arm: string) =>
    participants.filter((one) => one.arm === arm && one.covariates[of] === null).length;
  const countOf = (values: number[]) =>
    level === null ? values.length : values.reduce((sum, value) => sum + value, 0);
  return {
    covariate: level === null ? of : `${of}=${level}`,
    of,
    level,
    trial: inTrial.mean,
    comparison: inComparison.mean,
    counts: { trial: countOf(trial), comparison: countOf(comparison) },
    sd:
      level === null ? { trial: inTrial.sd, comparison: inComparison.sd } : { trial: null, comparison: null },
    standardisedDifference: finite(smd),
    varianceRatio: finite(varianceRatio),
    missing: { trial: missing('trial'), comparison: missing('comparison') },
  };
}

/** One row a numeric covariate, one a category of the others (a share), in the order of the plan. */
export function balanceOf(
  participants: readonly AnalysisParticipant[],
  covariates: readonly Covariate[],
): BalanceRow[] {
  return covariates.flatMap((name) => {
    const values = participants.map((one) => one.covariates[name]);
    if (values.every((value) => value === null || typeof value === 'number'))
      return [row(name, null, participants, (value) => (typeof value === 'number' ? value : null))];
    const known = values.flatMap((value) => (value === null ? [] : [String(value)]));
    const levels = [...sortLevels([...new Set(known)]), ...(known.length < values.length ? [NOT_KNOWN] : [])];
    return levels.map((level) =>
      row(name, level, participants, (value) =>
        Number((value === null ? NOT_KNOWN : String(value)) === level),
      ),
    );
  });
}
