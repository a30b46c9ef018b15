// Linear model with a random intercept by cluster, by restricted maximum likelihood. Sources: Patterson and Thompson
// (1971) Biometrika 58:545; Laird and Ware (1982); Satterthwaite df: Giesbrecht and Burns (1985) Biometrics 41:477.
import { type Answer, waldRow, withoutInterval } from '../answer.ts';
import { type Vector, zeros } from '../arrays.ts';
import { needed, type Sample } from '../data/roles.ts';
import { demand } from '../errors.ts';
import {
  cholesky,
  choleskyInverse,
  choleskySolve,
  isFactor,
  logDeterminant,
} from '../linear-algebra/cholesky.ts';
import { apply, get, type Matrix, matrix, quadratic, scaled, toRows } from '../linear-algebra/matrix.ts';
import type { Spec } from '../spec.ts';
import { clusterWarnings, oneWayClusters, tooFewClusters } from './cluster-rules.ts';
import { onTerms } from './fit.ts';
import { besidePermutation, fitModel } from './models.ts';

/** The criterion at lambda = between / residual variance, with its slope. */
interface State {
  criterion: number;
  slope: number;
  /** Slopes of the determinant part and of the residual sum of squares. */
  determinantSlope: number;
  rss: number;
  rssSlope: number;
  gamma: Vector;
  inverse: Matrix;
  /** Derivative of X'V^-1X in lambda. */
  drift: Matrix;
}

export function mixedLinear(spec: Spec, sample: Sample): Answer {
  needed(spec, 'cluster');
  const { fit, design, table, warnings } = fitModel(spec, sample, 'gaussian');
  demand(fit.weights === null, 'bad-option', 'mixed-linear takes no weights', 'weights');
  const clusters = oneWayClusters(spec, table, design.arm?.treated ?? null);
  demand(clusters, 'missing-role', 'mixed-linear needs "cluster"', 'cluster');
  const { grouping } = clusters;
  const { n, p, z, outcome } = fit;
  const count = grouping.levels.length;
  demand(
    count < n,
    'singleton-clusters',
    'every cluster has one row; its variance cannot be told from the residual',
    'cluster',
  );
  demand(n > p, 'too-few-rows', `${n} rows leave nothing beyond ${p} terms`);
  const sizes = zeros(count);
  const sums = zeros(count * p);
  const totals = zeros(count);
  const gram = matrix(p, p);
  const right = zeros(p);
  // work on residuals of the ordinary fit: the random part sees only those, and no digits cancel
  const rest = zeros(n);
  for (let i = 0; i < n; i++) rest[i] = outcome[i] - fit.fitted[i];
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const g: number = grouping.code[i];
    sizes[g] += 1;
    totals[g] += rest[i];
    squares += rest[i] * rest[i];
    for (let j = 0; j < p; j++) {
      sums[g * p + j] += z[i * p + j];
      right[j] += z[i * p + j] * rest[i];
      for (let k = 0; k <= j; k++) gram.values[k + j * p] += z[i * p + j] * z[i * p + k];
    }
  }
  demand(
    squares > 1e-24 * outcome.reduce((s, y) => s + y * y, 0),
    'no-variation',
    'the terms fit the outcome exactly; nothing is left between or within clusters',
    'outcome',
  );
  for (let j = 0; j < p; j++) for (let k = 0; k < j; k++) gram.values[j + k * p] = gram.values[k + j * p];

  const at = (lambda: number): State => {
    const a = matrix(p, p);
    a.values.set(gram.values);
    const b = right.slice() as Vector;
    const drift = matrix(p, p);
    let determinant = 0;
    let determinantSlope = 0;
    let yy = squares;
    for (let g = 0; g < count; g++) {
      const below = 1 + sizes[g] * lambda;
      const k = lambda / below;
      const dk = 1 / (below * below);
      determinant += Math.log(below);
      determinantSlope += sizes[g] / below;
      yy -= k * totals[g] * totals[g];
      for (let j = 0; j < p; j++) {
        const s: number = sums[g * p + j];
        b[j] -= k * s * totals[g];
        for (let m = 0; m < p; m++) {
          a.values[m + j * p] -= k * s * sums[g * p + m];
          drift.values[m + j * p] -= dk * s * sums[g * p + m];
        }
      }
    }
    const factor = cholesky(a);
    demand(
      isFactor(factor),
      'singular-design',
      'a term is constant within and between clusters; leave it out',
      'covariates',
    );
    const gamma = choleskySolve(factor, b);
    const inverse = choleskyInverse(factor);
    let rss = yy;
    for (let j = 0; j < p; j++) rss -= gamma[j] * b[j];
    let rssSlope = 0;
    for (let g = 0; g < count; g++) {
      let r: number = totals[g];
      for (let j = 0; j < p; j++) r -= sums[g * p + j] * gamma[j];
      rssSlope -= (r / (1 + sizes[g] * lambda)) ** 2;
    }
    for (let j = 0; j < p; j++)
      for (let m = 0; m < p; m++) determinantSlope += get(inverse, j, m) * get(drift, m, j);
    return {
      criterion: (n - p) * Math.log(rss / (n - p)) + determinant + logDeterminant(factor),
      slope: determinantSlope + ((n - p) * rssSlope) / rss,
      determinantSlope,
      rss,
      rssSlope,
      gamma,
      inverse,
      drift,
    };
  };

  // the least of a grid in lambda brackets the optimum; its slope is then bisected to the last bit
  const grid = [0, ...Array.from({ length: 121 }, (_, i) => 10 ** (-7 + i / 10))];
  const values = grid.map((lambda) => at(lambda).criterion);
  let best = 0;
  values.forEach((value, i) => {
    if (value < (values[best] ?? 0)) best = i;
  });
  let lambda = 0;
  let iterations = grid.length;
  if (best > 0 || at(0).slope < 0) {
    let low = grid[Math.max(0, best - 1)] ?? 0;
    let high = grid[Math.min(grid.length - 1, best + 1)] ?? 1;
    for (let i = 0; i < 200 && high - low > 1e-15 * high; i++) {
      lambda = (low + high) / 2;
      if (at(lambda).slope > 0) high = lambda;
      else low = lambda;
      iterations++;
    }
  }
  const state = at(lambda);
  const residual = state.rss / (n - p);
  const between = lambda * residual;
  const all = [...warnings];
  if (lambda < 1e-7) all.push('variance-at-zero');
  const gamma = fit.gamma.map((b, j) => b + (state.gamma[j] as number)) as Vector;
  const beta = apply(fit.transform, gamma);
  const v = onTerms(fit, scaled(state.inverse, residual));

  const dfOf = (term: number): number | null => {
    if (spec.df === 'normal') return null;
    if (spec.df === 'clusters-1') return count - 1;
    if (lambda < 1e-7) return n - p;
    const contrast = zeros(p);
    for (let j = 0; j < p; j++) contrast[j] = fit.transform.values[term + j * p];
    const step = 1e-5 * lambda;
    const up = at(lambda + step);
    const down = at(lambda - step);
    const h11 = (n - p) / residual ** 2;
    const h12 = -state.rssSlope / residual ** 2;
    const h22 =
      (up.determinantSlope - down.determinantSlope) / (2 * step) +
      (up.rssSlope - down.rssSlope) / (2 * step) / residual;
    const u = quadratic(state.inverse, contrast);
    const direction = apply(state.inverse, contrast);
    const g1 = u;
    const g2 = -residual * quadratic(state.drift, direction);
    const det = h11 * h22 - h12 * h12;
    const variance = (2 * (g1 * g1 * h22 - 2 * g1 * g2 * h12 + g2 * g2 * h11)) / det;
    const df = (2 * (residual * u) ** 2) / variance;
    return det > 0 && Number.isFinite(df) && df > 0 ? df : count - 1;
  };
  all.push(...clusterWarnings(clusters, true));
  const estimates = fit.terms.map((term, j) => {
    const row = waldRow(term, beta[j], Math.sqrt(get(v, j, j)), dfOf(j), spec.level);
    return tooFewClusters(clusters) ? withoutInterval(row) : row;
  });
  return {
    method: 'mixed-linear',
    n,
    warnings: all,
    estimates,
    varianceComponents: { cluster: between, residual },
    icc: between / (between + residual),
    terms: fit.terms,
    vcov: toRows(v),
    remlCriterion: state.criterion + (n - p) * (1 + Math.log(2 * Math.PI)) - 2 * logOf(fit.transform),
    nClusters: count,
    converged: true,
    iterations,
    ...besidePermutation(spec, { clusters }, design, fit),
  };
}

/** Sum of the logs of the diagonal: the determinant that the orthonormal scale leaves out of the criterion. */
function logOf(transform: Matrix): number {
  let s = 0;
  for (let j = 0; j < transform.rows; j++) s += Math.log(Math.abs(get(transform, j, j)));
  return s;
}
