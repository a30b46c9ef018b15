// The variance of an estimate from what each row adds to it, summed by cluster. CR0 is the infinitesimal jackknife; CR2
// undoes the shrinkage of residuals around a mean of each cohort (an arm, a group of adopters) that the cluster itself helped
// to set. For a difference of means it is Bell and McCaffrey's (2002) CR2 with their df, Survey Methodology 28:169, eq. 4;
// for other estimates the same step on their influence functions.
import { type Integers, type Vector, zeros } from '../arrays.ts';
import type { Grouping } from '../data/roles.ts';
import { NO_RESIDUAL } from './heteroskedastic.ts';

export interface Parts {
  /** What each row adds to the estimate, by weight; sums to 0 in each cohort. */
  readonly influence: Vector;
  readonly cohort: Integers;
  readonly cohorts: number;
  /** Weight of each row in the mean of its cohort; equal when null. */
  readonly weights: Vector | null;
  /** Variance of one row's part in each cohort, up to a common factor; from the parts themselves when left out. */
  readonly spread?: Vector;
}

export interface ClusterVariance {
  readonly plain: number;
  readonly corrected: number;
  /** Satterthwaite df of `corrected`; null where undefined. */
  readonly df: number | null;
  /** Cohorts that one cluster makes alone: they carry no variation between clusters. */
  readonly alone: number;
}

export function clusterVariance(parts: Parts, cluster: Grouping): ClusterVariance {
  const { influence, cohort, cohorts: k, weights } = parts;
  const count = cluster.levels.length;
  const sums = zeros(count * k);
  const mass = zeros(count * k);
  const total = zeros(k);
  const squares = zeros(k);
  for (let i = 0; i < influence.length; i++) {
    const g: number = cohort[i];
    const place = (cluster.code[i] as number) * k + g;
    const w: number = weights ? weights[i] : 1;
    sums[place] += influence[i];
    mass[place] += w;
    total[g] += w;
    squares[g] += influence[i] ** 2;
  }
  const spread =
    parts.spread ?? (squares.map((s, g) => (total[g] > 0 ? s / (total[g] as number) : 0)) as Vector);
  let plain = 0;
  let corrected = 0;
  let alone = 0;
  // covariance of the clusters' corrected sums: diag(d) - sum of u u' over cohorts
  let trace = 0;
  let squared = 0;
  const diagonal = zeros(count);
  const u = zeros(count * k);
  for (let c = 0; c < count; c++) {
    let own = 0;
    let wide = 0;
    for (let g = 0; g < k; g++) {
      const m: number = mass[c * k + g];
      if (m === 0) continue;
      own += sums[c * k + g];
      const rest = 1 - m / total[g];
      if (rest < NO_RESIDUAL) {
        alone++;
        continue;
      }
      const f = 1 / Math.sqrt(rest);
      wide += f * sums[c * k + g];
      diagonal[c] += f * f * spread[g] * m;
      u[c * k + g] = f * Math.sqrt(spread[g] / total[g]) * m;
    }
    plain += own * own;
    corrected += wide * wide;
    trace += diagonal[c];
    squared += diagonal[c] ** 2;
  }
  const cross = zeros(k * k);
  for (let c = 0; c < count; c++)
    for (let g = 0; g < k; g++) {
      const ug: number = u[c * k + g];
      trace -= ug * ug;
      squared -= 2 * diagonal[c] * ug * ug;
      for (let h = 0; h < k; h++) cross[g * k + h] += ug * u[c * k + h];
    }
  for (const x of cross) squared += x * x;
  const df = (trace * trace) / squared;
  return { plain, corrected, df: squared > 0 && Number.isFinite(df) && df > 0 ? df : null, alone };
}
