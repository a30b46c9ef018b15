// Generalised estimating equations. Source: Liang and Zeger (1986) Biometrika 73:13: estimating eq. 6, robust variance
// theorem 2; exchangeable correlation and scale by moments over all pairs, without a term for estimated coefficients. Few
// clusters: Kauermann and Carroll (2001) JASA 96:1387 (CR2), Mancl and DeRouen (2001) Biometrics 57:126 (CR3).
import { type Answer, ratioTwin, waldRow, withoutInterval } from '../answer.ts';
import { type Integers, type Vector, zeros } from '../arrays.ts';
import { needed, type Sample } from '../data/roles.ts';
import { demand, StatisticsError } from '../errors.ts';
import { cholesky, choleskyInverse, choleskySolve, isFactor } from '../linear-algebra/cholesky.ts';
import { gramOfRows } from '../linear-algebra/gram.ts';
import { apply, get, type Matrix, matrix, toRows } from '../linear-algebra/matrix.ts';
import type { Spec } from '../spec.ts';
import { clusterWarnings, fewForSandwich, oneWayClusters, tooFewClusters } from './cluster-rules.ts';
import type { Fit } from './fit.ts';
import { unitContrasts } from './inference.ts';
import { besidePermutation, clusterCounts, fitModel } from './models.ts';
import { type ClusterType, clustered, clusterRows } from './robust.ts';

const MAX_ITERATIONS = 1000;
const TOLERANCE = 1e-11;

interface Moments {
  phi: number;
  alpha: number;
}

export function gee(spec: Spec, sample: Sample): Answer {
  const family = spec.family ?? 'binomial';
  demand(family !== 'poisson', 'bad-option', '"family" is binomial or gaussian', 'family');
  needed(spec, 'cluster');
  const { fit, design, table, warnings } = fitModel(spec, sample, family);
  demand(fit.weights === null, 'bad-option', 'gee takes no weights', 'weights');
  const clusters = oneWayClusters(spec, table, design.arm?.treated ?? null);
  demand(clusters, 'missing-role', 'gee needs "cluster"', 'cluster');
  const { grouping } = clusters;
  const exchangeable = (spec.correlation ?? 'exchangeable') === 'exchangeable';
  const { order, starts } = clusterRows(grouping.code, grouping.levels.length);
  const { n, p, z, outcome } = fit;
  const gamma = fit.gamma.slice() as Vector;
  const mu = zeros(n);
  const spread = zeros(n);
  const residual = zeros(n);
  const binomial = family === 'binomial';

  const evaluate = (): void => {
    for (let i = 0; i < n; i++) {
      let eta = 0;
      for (let j = 0; j < p; j++) eta += z[i * p + j] * gamma[j];
      mu[i] = binomial ? 1 / (1 + Math.exp(-eta)) : eta;
      spread[i] = binomial ? Math.sqrt(mu[i] * (1 - mu[i])) : 1;
      residual[i] = (outcome[i] - mu[i]) / spread[i];
    }
  };
  const moments = (): Moments => {
    let squares = 0;
    let products = 0;
    let pairs = 0;
    for (let g = 0; g + 1 < starts.length; g++) {
      let s = 0;
      let q = 0;
      const size: number = starts[g + 1] - starts[g];
      for (let k: number = starts[g]; k < starts[g + 1]; k++) {
        s += residual[order[k]];
        q += residual[order[k]] ** 2;
      }
      squares += q;
      products += (s * s - q) / 2;
      pairs += (size * (size - 1)) / 2;
    }
    const phi = squares / n;
    return { phi, alpha: exchangeable && pairs > 0 ? products / pairs / phi : 0 };
  };
  /** The score and its slope at a correlation; D'V^-1 of a canonical link keeps Z times the spread. */
  const equations = (alpha: number): { bread: Matrix; right: Vector } => {
    const bread = matrix(p, p);
    const right = zeros(p);
    const count = starts.length - 1;
    const total = zeros(p);
    for (let g = 0; g < count; g++) {
      const size: number = starts[g + 1] - starts[g];
      demand(
        alpha < 1 && 1 + (size - 1) * alpha > 0,
        'bad-correlation',
        `a correlation of ${alpha} cannot hold in a cluster of ${size} rows; use "correlation":"independence"`,
        'correlation',
      );
      const a = 1 / (1 - alpha);
      const b = alpha / ((1 - alpha) * (1 + (size - 1) * alpha));
      total.fill(0);
      let residuals = 0;
      for (let k: number = starts[g]; k < starts[g + 1]; k++) {
        const i: number = order[k];
        residuals += residual[i];
        const w = spread[i];
        for (let j = 0; j < p; j++) {
          const d = w * z[i * p + j];
          total[j] += d;
          right[j] += a * d * residual[i];
          for (let m = 0; m <= j; m++) bread.values[m + j * p] += a * d * w * z[i * p + m];
        }
      }
      for (let j = 0; j < p; j++) {
        right[j] -= b * total[j] * residuals;
        for (let m = 0; m <= j; m++) bread.values[m + j * p] -= b * total[j] * total[m];
      }
    }
    for (let j = 0; j < p; j++) for (let m = 0; m < j; m++) bread.values[j + m * p] = bread.values[m + j * p];
    return { bread, right };
  };

  evaluate();
  let now = moments();
  let iterations = 0;
  let converged = false;
  while (!converged && iterations < MAX_ITERATIONS) {
    iterations++;
    const { bread, right } = equations(now.alpha);
    const factor = cholesky(bread);
    if (!isFactor(factor)) return singular();
    const step = choleskySolve(factor, right);
    for (let j = 0; j < p; j++) gamma[j] += step[j];
    evaluate();
    const next = moments();
    const size = Math.max(1, ...gamma.map(Math.abs));
    converged =
      Math.max(...step.map(Math.abs)) < TOLERANCE * size && Math.abs(next.alpha - now.alpha) < TOLERANCE;
    now = next;
  }
  demand(
    converged,
    'not-converged',
    'the estimating equations did not settle; simplify the model or use independence',
    'covariates',
  );
  const settled = whitened(fit, gamma, { order, starts }, spread, residual, now.alpha);
  const few = fewForSandwich(clusters);
  // asking for the normal reference asks for the large-sample form
  const type = (spec.vcov ?? (few && spec.df !== 'normal' ? 'CR2' : 'CR0')) as ClusterType;
  const adjusts = type === 'CR2' || type === 'CR3';
  const rule = spec.df ?? (adjusts ? 'satterthwaite' : few ? 'clusters-1' : 'normal');
  const { v, df, exactFits } = clustered(
    settled,
    grouping,
    type,
    rule === 'satterthwaite' ? unitContrasts(p) : [],
  );
  const all = [...warnings, ...clusterWarnings(clusters, adjusts)];
  if (exactFits > 0) all.push('clusters-fitted-exactly');
  const dfOf = (term: number): number | null =>
    rule === 'satterthwaite' ? (df[term] ?? null) : rule === 'clusters-1' ? clusters.count - 1 : null;
  const undefinedDf = (term: number): boolean => rule === 'satterthwaite' && dfOf(term) === null;
  if (settled.terms.some((_, j) => undefinedDf(j))) all.push('df-undefined');
  const estimates = fit.terms.flatMap((term, j) => {
    const scale = binomial ? 'log' : 'identity';
    const made = waldRow(term, settled.beta[j], Math.sqrt(get(v, j, j)), dfOf(j), spec.level, scale);
    const row = tooFewClusters(clusters) || undefinedDf(j) ? withoutInterval(made) : made;
    return binomial ? [row, ratioTwin(row)] : [row];
  });
  return {
    method: 'gee',
    n,
    warnings: all,
    family,
    correlation: exchangeable ? 'exchangeable' : 'independence',
    estimates,
    alpha: exchangeable ? now.alpha : 0,
    phi: now.phi,
    terms: fit.terms,
    vcov: toRows(v),
    vcovType: type,
    df: rule,
    ...(type === 'CR2' ? { root: 'working' } : {}),
    ...clusterCounts({ clusters }),
    converged,
    iterations,
    ...besidePermutation(spec, { clusters }, design, fit),
  };
}

/**
 * The settled equations as a least squares fit: rows of design and residuals turned by the symmetric root of the inverse
 * working correlation, which is a I + b J in a cluster. Any cluster covariance of that fit is the model's.
 */
function whitened(
  fit: Fit,
  gamma: Vector,
  { order, starts }: { order: Integers; starts: Integers },
  spread: Vector,
  residual: Vector,
  alpha: number,
): Fit {
  const { n, p } = fit;
  const z = zeros(n * p);
  const score = zeros(n);
  const total = zeros(p);
  for (let g = 0; g + 1 < starts.length; g++) {
    const size: number = starts[g + 1] - starts[g];
    const a = 1 / Math.sqrt(1 - alpha);
    const b = (1 / Math.sqrt(1 + (size - 1) * alpha) - a) / size;
    total.fill(0);
    let residuals = 0;
    for (let k: number = starts[g]; k < starts[g + 1]; k++) {
      const i: number = order[k];
      residuals += residual[i];
      for (let j = 0; j < p; j++) total[j] += spread[i] * fit.z[i * p + j];
    }
    for (let k: number = starts[g]; k < starts[g + 1]; k++) {
      const i: number = order[k];
      score[i] = a * residual[i] + b * residuals;
      for (let j = 0; j < p; j++) z[i * p + j] = a * spread[i] * fit.z[i * p + j] + b * total[j];
    }
  }
  const factor = cholesky(gramOfRows(z, n, p, null));
  if (!isFactor(factor)) return singular();
  const beta = apply(fit.transform, gamma);
  const working = zeros(n).fill(1) as Vector;
  return { ...fit, gamma, beta, z, score, working, bread: choleskyInverse(factor) };
}

function singular(): never {
  throw new StatisticsError(
    'not-converged',
    'the estimating equations became singular; simplify the model',
    'covariates',
  );
}
