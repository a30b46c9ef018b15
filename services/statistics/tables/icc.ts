// Intracluster correlation from one-way analysis of variance; on the logit scale from icc-logistic.ts.
// Sources: Donner (1986) Int. Statist. Rev. 54:67, eq. 2.2; exact F interval of Searle (1971), Linear Models, ch. 9,
// with the average size n0.
import { type Answer, waldRow } from '../answer.ts';
import { type Vector, zeros } from '../arrays.ts';
import { binaryOf, crossed, needed, type Sample } from '../data/roles.ts';
import { numbersOf } from '../data/table.ts';
import { fQuantile } from '../distributions.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';
import { logisticIcc } from './icc-logistic.ts';

interface Clusters {
  readonly sizes: Vector;
  readonly sums: Vector;
  readonly withinSquares: number;
}

function clusters(code: Int32Array, count: number, outcome: Vector): Clusters {
  const sizes = zeros(count);
  const sums = zeros(count);
  for (let i = 0; i < outcome.length; i++) {
    const g = code[i] as number;
    sizes[g] += 1;
    sums[g] += outcome[i];
  }
  let withinSquares = 0;
  for (let i = 0; i < outcome.length; i++) {
    const g = code[i] as number;
    withinSquares += (outcome[i] - sums[g] / sizes[g]) ** 2;
  }
  return { sizes, sums, withinSquares };
}

export function icc(spec: Spec, { table }: Sample): Answer {
  needed(spec, 'cluster');
  const type = spec.type ?? 'anova';
  demand(
    type === 'anova' || type === 'logistic' || type === 'unadjusted logistic',
    'bad-option',
    '"type" is anova or logistic',
    'type',
  );
  const logistic = type !== 'anova';
  const name = needed(spec, 'outcome');
  const outcome = logistic ? binaryOf(table, name) : numbersOf(table, name);
  const grouping = crossed(table, spec.cluster ?? []);
  const k = grouping.levels.length;
  const n = table.n;
  demand(k > 1, 'one-cluster', 'the intracluster correlation needs two clusters or more', 'cluster');
  demand(
    n > k,
    'singleton-clusters',
    'every cluster has one row; there is nothing within to compare',
    'cluster',
  );
  const groups = clusters(grouping.code, k, outcome);
  let squaredSizes = 0;
  let between = 0;
  let total = 0;
  for (let g = 0; g < k; g++) total += groups.sums[g];
  const grand = total / n;
  for (let g = 0; g < k; g++) {
    squaredSizes += groups.sizes[g] ** 2;
    between += groups.sizes[g] * (groups.sums[g] / groups.sizes[g] - grand) ** 2;
  }
  const meanSize = n / k;
  const sizeVariance = Math.max(0, (squaredSizes - (n * n) / k) / (k - 1));
  const sizes = {
    nClusters: k,
    meanClusterSize: meanSize,
    cvClusterSize: Math.sqrt(sizeVariance) / meanSize,
  };
  const warnings: string[] = [];

  if (logistic) {
    demand(total > 0 && total < n, 'no-variation', 'the outcome is the same in every row', 'outcome');
    const { value, se, lower, upper, varianceBetween, atZero } = logisticIcc(
      groups.sums,
      groups.sizes,
      spec.level,
    );
    if (atZero) warnings.push('variance-at-zero');
    const row = waldRow('icc', value, se, null, spec.level);
    return {
      method: 'icc',
      n,
      warnings,
      type: 'logistic',
      icc: value,
      ...sizes,
      varianceBetween,
      estimates: [{ ...row, statistic: null, p: null, lower, upper }],
    };
  }
  const n0 = (n - squaredSizes / n) / (k - 1);
  const msb = between / (k - 1);
  const msw = groups.withinSquares / (n - k);
  const defined = msb + (n0 - 1) * msw > 0;
  if (!defined) warnings.push('no-variation');
  const value = defined ? (msb - msw) / (msb + (n0 - 1) * msw) : null;
  const f = msw > 0 ? msb / msw : null;
  const tail = (1 - spec.level) / 2;
  const end = (quantile: number): number | null =>
    f === null ? null : (f / quantile - 1) / (f / quantile + n0 - 1);
  // Swiger et al. (1964): large-sample standard error for unequal sizes
  const r = value ?? 0;
  const se =
    value === null
      ? null
      : Math.sqrt((2 * (n - 1) * (1 - r) ** 2 * (1 + (n0 - 1) * r) ** 2) / (n0 ** 2 * (n - k) * (k - 1)));
  const row = waldRow('icc', value, se, null, spec.level);
  return {
    method: 'icc',
    n,
    warnings,
    type: 'anova',
    icc: value,
    ...sizes,
    n0,
    meanSquareBetween: msb,
    meanSquareWithin: msw,
    estimates: [
      {
        ...row,
        statistic: f,
        df: null,
        p: null,
        lower: end(fQuantile(1 - tail, k - 1, n - k)),
        upper: end(fQuantile(tail, k - 1, n - k)),
      },
    ],
  };
}
