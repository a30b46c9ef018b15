// How alike the arms are on the index day, covariate by covariate, over everybody enrolled: never over who was followed.
// A category's share is of everybody in the arm, and not known is a category: shares say nothing that counts do not.
import type { BalanceRow } from '../../../schemas/analysis.ts';
import type { Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import { measure, referenceSpread } from '../../statistics/adjustment/balance.ts';
import type { Columns } from './columns.ts';
import type { AnalysisParticipant } from './participant.ts';

export const NOT_KNOWN = 'not known';

const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

interface Moments {
  n: number;
  sum: number;
  mean: number | null;
  sd: number | null;
}

/** Of the rows of one arm. */
function moments(x: Float64Array, treated: Float64Array, arm: 0 | 1): Moments {
  let [n, sum] = [0, 0];
  for (let at = 0; at < x.length; at++) {
    if (treated[at] !== arm) continue;
    n += 1;
    sum += x[at] ?? 0;
  }
  if (n === 0) return { n, sum, mean: null, sd: null };
  const mean = sum / n;
  if (n === 1) return { n, sum, mean, sd: null };
  let squares = 0;
  for (let at = 0; at < x.length; at++) if (treated[at] === arm) squares += ((x[at] ?? 0) - mean) ** 2;
  return { n, sum, mean, sd: Math.sqrt(squares / (n - 1)) };
}

interface Row {
  of: Covariate;
  level: string | null;
  /** Of those whose value is known, in order. */
  x: Float64Array;
  /** 1 in the trial arm. */
  treated: Float64Array;
  missing: BalanceRow['missing'];
}

function row({ of, level, x, treated, missing }: Row): BalanceRow {
  const [inTrial, inComparison] = [moments(x, treated, 1), moments(x, treated, 0)];
  const comparable = inTrial.mean !== null && inComparison.mean !== null;
  const { smd, varianceRatio } = comparable
    ? measure(x, treated, null, referenceSpread(x, treated, false))
    : { smd: null, varianceRatio: null };
  const countOf = ({ n, sum }: Moments) => (level === null ? n : sum);
  return {
    covariate: level === null ? of : `${of}=${level}`,
    of,
    level,
    trial: inTrial.mean,
    comparison: inComparison.mean,
    counts: { trial: countOf(inTrial), comparison: countOf(inComparison) },
    sd:
      level === null ? { trial: inTrial.sd, comparison: inComparison.sd } : { trial: null, comparison: null },
    standardisedDifference: finite(smd),
    varianceRatio: finite(varianceRatio),
    missing,
  };
}

/** 1 where the code is this one. */
function sharing(codes: Int32Array, code: number): Float64Array {
  const x = new Float64Array(codes.length);
  for (let at = 0; at < x.length; at++) if (codes[at] === code) x[at] = 1;
  return x;
}

/** One row a numeric covariate, one a category of the others (a share), in the order of the plan. */
export function balanceOf(
  everybody: Columns,
  participants: readonly AnalysisParticipant[],
  covariates: readonly Covariate[],
): BalanceRow[] {
  const treated = Float64Array.from(participants, ({ arm }) => (arm === 'trial' ? 1 : 0));
  return covariates.flatMap((of) => {
    const column = everybody.covariate(of);
    const isKnown = (at: number) =>
      column.kind === 'numeric' ? !Number.isNaN(column.values[at]) : (column.codes[at] ?? -1) >= 0;
    const missing = { trial: 0, comparison: 0 };
    participants.forEach(({ arm }, at) => {
      if (!isKnown(at)) missing[arm] += 1;
    });
    if (column.kind === 'numeric') {
      const known = (_: number, at: number) => isKnown(at);
      return [
        row({ of, level: null, x: column.values.filter(known), treated: treated.filter(known), missing }),
      ];
    }
    const { codes, levels } = column;
    const share = (level: string, code: number) =>
      row({ of, level, x: sharing(codes, code), treated, missing });
    const notKnown = missing.trial + missing.comparison > 0 ? [share(NOT_KNOWN, -1)] : [];
    return [...levels.map(share), ...notKnown];
  });
}
