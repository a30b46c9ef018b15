// How alike the arms are on the index day, covariate by covariate, over everybody enrolled: never over who was followed.
import type { BalanceRow } from '../../../schemas/analysis.ts';
import type { Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import { measure, referenceSpread } from '../../statistics/adjustment/balance.ts';
import { sortLevels } from '../../statistics/data/table.ts';
import type { AnalysisParticipant } from './participant.ts';

function row(
  label: string,
  participants: readonly AnalysisParticipant[],
  numberOf: (participant: AnalysisParticipant) => number | null,
): BalanceRow {
  const known = participants.flatMap((one) => {
    const value = numberOf(one);
    return value === null ? [] : [{ treated: one.arm === 'trial' ? 1 : 0, value }];
  });
  const x = Float64Array.from(known, ({ value }) => value);
  const treated = Float64Array.from(known, (one) => one.treated);
  const inArm = (arm: Arm) => participants.filter((one) => one.arm === arm);
  const missing = (arm: Arm) => inArm(arm).filter((one) => numberOf(one) === null).length;
  const mean = (arm: number): number | null => {
    const values = known.filter((one) => one.treated === arm);
    return values.length === 0 ? null : values.reduce((sum, { value }) => sum + value, 0) / values.length;
  };
  const comparable = mean(1) !== null && mean(0) !== null;
  const { smd, varianceRatio } = comparable
    ? measure(x, treated, null, referenceSpread(x, treated, false))
    : { smd: null, varianceRatio: null };
  const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null);
  return {
    covariate: label,
    trial: mean(1),
    comparison: mean(0),
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
    if (values.every((value) => value === null || typeof value === 'number')) {
      return [
        row(name, participants, (one) => {
          const value = one.covariates[name];
          return typeof value === 'number' ? value : null;
        }),
      ];
    }
    const levels = sortLevels([
      ...new Set(values.flatMap((value) => (value === null ? [] : [String(value)]))),
    ]);
    return levels.map((level) =>
      row(`${name}=${level}`, participants, (one) => {
        const value = one.covariates[name];
        return value === null ? null : Number(String(value) === level);
      }),
    );
  });
}
