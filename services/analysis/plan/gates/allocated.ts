// Whether the arms are as they were planned: their sizes, how alike they are, and how many clusters they are made of.
import type { BalanceRow, Matching, OutcomeAnalysis } from '../../../../schemas/analysis.ts';
import type { Protocol } from '../../../../schemas/protocol.ts';
import { estimate } from '../../../statistics/estimate.ts';
import { TOO_FEW_CLUSTERS_PER_ARM } from '../../../statistics/regression/cluster-rules.ts';
import type { Columns } from '../columns.ts';
import { isByBeginning } from '../straddling.ts';
import { arms, type Finding, notApplicable, pass, percent } from './finding.ts';

/** Kohavi, Tang and Xu (2020), ch. 21: a mismatch is called at p below 0.001, for it is tested at every look. */
const SRM_P = 0.001;

export function sampleRatio(protocol: Protocol, everybody: Columns): Finding {
  const { allocation } = protocol;
  if (allocation?.method !== 'seeded')
    return notApplicable('The planned ratio of the arms is not in the protocol.');
  const { unit, arm: armOf } = everybody;
  if (unit.levels.length === 0) return notApplicable('Nobody is enrolled.');
  const drawn = new Int32Array(unit.levels.length);
  unit.codes.forEach((code, row) => {
    drawn[code] = armOf.codes[row] ?? -1;
  });
  const observed = arms.map((arm) => drawn.filter((code) => armOf.levels[code] === arm).length);
  const expected = [allocation.trialShare, 1 - allocation.trialShare];
  const { p } = estimate({ method: 'srm', level: 0.95, observed, expected }, null);
  const words = `${observed[0]} units in the trial arm and ${observed[1]} in the comparison, planned ${percent(allocation.trialShare)} in the trial arm: p = ${Number(p).toPrecision(2)}, called at ${SRM_P}.`;
  return pass(Number(p) >= SRM_P, words, protocol.unit === 'council' ? [] : observed);
}

/** Stuart (2010), Statistical Science 25, sec. 4.2: 0.25 standard deviations is where regression adjustment stops being safe. */
const MOST_IMBALANCE = 0.25;
/** In a randomised study some imbalance is chance: it must also be one that chance brings in under 1 of 1,000 draws. */
const CHANCE_Z = 3.29;

/** Weighted or matched arms are judged after it. */
export function balanceAfter({ use, balance: rows }: Matching): Finding {
  const worst = rows.reduce<Matching['balance'][number] | null>(
    (most, row) => (most && Math.abs(most.after ?? 0) >= Math.abs(row.after ?? 0) ? most : row),
    null,
  );
  if (!worst) return notApplicable('No covariate is known in both arms.');
  const size = Math.abs(worst.after ?? 0);
  return pass(
    size <= MOST_IMBALANCE,
    `After ${use} the largest difference between the arms is ${size.toFixed(2)} standard deviations (${worst.covariate.replace('=', ' ')}); the limit is ${MOST_IMBALANCE.toFixed(2)}.`,
  );
}

export function balance(protocol: Protocol, rows: readonly BalanceRow[], everybody: Columns): Finding {
  // Where arms are councils before and after they began, times and councils differ by design, and the model knows of them.
  const byDesign = isByBeginning(protocol) ? ['wave', 'council'] : [];
  const measured = rows.filter((row) => row.standardisedDifference !== null && !byDesign.includes(row.of));
  if (measured.length === 0) return notApplicable('No covariate is known in both arms.');
  const worst = measured.reduce((a, b) =>
    Math.abs(b.standardisedDifference ?? 0) > Math.abs(a.standardisedDifference ?? 0) ? b : a,
  );
  const size = Math.abs(worst.standardisedDifference ?? 0);
  const chance = CHANCE_Z * Math.sqrt(arms.reduce((sum, arm) => sum + 1 / everybody.unitsOf(arm), 0));
  const limit = protocol.design === 'randomised' ? Math.max(MOST_IMBALANCE, chance) : MOST_IMBALANCE;
  return pass(
    size <= limit,
    `The largest difference between the arms is ${size.toFixed(2)} standard deviations (${worst.covariate.replace('=', ' ')}); the limit is ${limit.toFixed(2)}.`,
    worst.level === null ? [] : [worst.counts.trial, worst.counts.comparison],
  );
}

export function leastClusters({ sets }: OutcomeAnalysis, { unit, analysis }: Protocol): Finding {
  const least = Math.min(...sets.map((set) => set.clusters));
  return pass(
    least >= TOO_FEW_CLUSTERS_PER_ARM,
    `The smaller arm has ${least} clusters with a matured participant; ${TOO_FEW_CLUSTERS_PER_ARM} is the least that carries an interval.`,
    unit === 'council' || analysis?.clusters === 'council' ? [] : [least],
  );
}
