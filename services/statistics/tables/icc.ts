// Intracluster correlation from one-way analysis of variance, or on the logit scale from a random-intercept model.
// Sources: Donner (1986) Int. Statist. Rev. 54:67, eq. 2.2; exact F interval of Searle (1971), Linear Models, ch. 9,
// with the average size n0; logit scale: sigma2 / (sigma2 + pi2/3) (Eldridge, Ukoumunne and Carlin 2009, eq. 9).
import { type Answer, waldRow } from '../answer.ts';
import { type Vector, zeros } from '../arrays.ts';
import { binaryOf, crossed, needed, type Sample } from '../data/roles.ts';
import { numbersOf } from '../data/table.ts';
import { critical, fQuantile } from '../distributions.ts';
import { demand } from '../errors.ts';
import { gaussHermite } from '../linear-algebra/quadrature.ts';
import type { Spec } from '../spec.ts';

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

/** Marginal log likelihood of a logistic random intercept model from each cluster's events and size. */
function logisticLikelihood({ sizes, sums }: Clusters, intercept: number, sigma: number): number {
  const { nodes, weights } = gaussHermite(40);
  let total = 0;
  for (let g = 0; g < sizes.length; g++) {
    const y: number = sums[g];
    const n: number = sizes[g];
    const f = (u: number): number => {
      const eta = intercept + sigma * u;
      return y * eta - n * (eta > 30 ? eta : Math.log1p(Math.exp(eta))) - (u * u) / 2;
    };
    // adaptive rule (Liu and Pierce 1994): centre on the mode of the integrand
    let mode = 0;
    let curvature = 1;
    for (let i = 0; i < 50; i++) {
      const mu = 1 / (1 + Math.exp(-(intercept + sigma * mode)));
      const slope = sigma * (y - n * mu) - mode;
      curvature = n * sigma * sigma * mu * (1 - mu) + 1;
      mode += slope / curvature;
      if (Math.abs(slope / curvature) < 1e-12) break;
    }
    const width = Math.SQRT2 / Math.sqrt(curvature);
    const top = f(mode);
    let s = 0;
    for (let k = 0; k < nodes.length; k++)
      s += weights[k] * Math.exp(nodes[k] ** 2 + f(mode + width * nodes[k]) - top);
    total += top + Math.log((s * width) / Math.sqrt(2 * Math.PI));
  }
  return total;
}

function maximise(
  f: (x: [number, number]) => number,
  start: [number, number],
): { at: [number, number]; hessian: number[][] } {
  let x = start;
  const derivatives = (p: [number, number]) => {
    const h = 1e-3;
    const e = (i: number, j: number): number => f([p[0] + i * h, p[1] + j * h]);
    const mid = e(0, 0);
    // fourth-order central differences for the slope; second-order for the curvature is enough to steer
    const slope = (a: (k: number) => number): number => (8 * (a(1) - a(-1)) - (a(2) - a(-2))) / (12 * h);
    const bend = (a: (k: number) => number): number =>
      (16 * (a(1) + a(-1)) - (a(2) + a(-2)) - 30 * mid) / (12 * h * h);
    const g = [slope((k) => e(k, 0)), slope((k) => e(0, k))];
    const cross = (e(1, 1) - e(1, -1) - e(-1, 1) + e(-1, -1)) / (4 * h * h);
    return {
      g,
      hessian: [
        [bend((k) => e(k, 0)), cross],
        [cross, bend((k) => e(0, k))],
      ],
      mid,
    };
  };
  let last = derivatives(x);
  for (let i = 0; i < 100; i++) {
    const [[a, b], [, d]] = last.hessian as [[number, number], [number, number]];
    const [g0, g1] = last.g as [number, number];
    const det = a * d - b * b;
    const concave = a < 0 && det > 0;
    const step: [number, number] = concave
      ? [-(d * g0 - b * g1) / det, -(a * g1 - b * g0) / det]
      : [0.1 * Math.sign(g0), 0.1 * Math.sign(g1)];
    let scale = 1;
    while (scale > 1e-6 && f([x[0] + scale * step[0], x[1] + scale * step[1]]) < last.mid - 1e-12) scale /= 2;
    x = [x[0] + scale * step[0], x[1] + scale * step[1]];
    last = derivatives(x);
    if (Math.hypot(step[0], step[1]) * scale < 1e-9) break;
  }
  return { at: x, hessian: last.hessian };
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
    const { at, hessian } = maximise(
      ([b, s]) => logisticLikelihood(groups, b, Math.exp(s)),
      [Math.log(grand / (1 - grand)), Math.log(0.5)],
    );
    const sigma2 = Math.exp(2 * at[1]);
    const value = sigma2 / (sigma2 + Math.PI ** 2 / 3);
    const [[a, b], [, d]] = hessian as [[number, number], [number, number]];
    const det = a * d - b * b;
    const seLog = det > 0 && a < 0 ? Math.sqrt(-a / det) : null;
    if (at[1] < -6 || seLog === null) warnings.push('variance-at-zero');
    // the interval is set on the logit of the correlation, whose slope in log sigma is 2
    const usable = seLog !== null && at[1] >= -6;
    const row = waldRow(
      'icc',
      at[1] < -6 ? 0 : value,
      usable ? seLog * 2 * value * (1 - value) : null,
      null,
      spec.level,
    );
    const z = critical(spec.level, null);
    const logit = Math.log(value / (1 - value));
    const end = (sign: number): number | null =>
      usable ? 1 / (1 + Math.exp(-(logit + sign * z * 2 * (seLog ?? 0)))) : null;
    return {
      method: 'icc',
      n,
      warnings,
      type: 'logistic',
      icc: row.estimate,
      ...sizes,
      varianceBetween: sigma2,
      estimates: [{ ...row, statistic: null, p: null, lower: end(-1), upper: end(1) }],
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
