// Generalised estimating equations. Source: Liang and Zeger (1986) Biometrika 73:13: estimating eq. 6, robust variance
// theorem 2; exchangeable correlation and scale by moments over all pairs, without a term for estimated coefficients.
import { type Answer, ratioTwin, waldRow, withoutInterval } from '../answer.ts';
import { type Vector, zeros } from '../arrays.ts';
import { needed, type Sample } from '../data/roles.ts';
import { demand, StatisticsError } from '../errors.ts';
import { cholesky, choleskyInverse, choleskySolve, isFactor } from '../linear-algebra/cholesky.ts';
import { apply, get, type Matrix, matrix, multiply, symmetrised, toRows } from '../linear-algebra/matrix.ts';
import type { Spec } from '../spec.ts';
import { type Fit, onTerms } from './fit.ts';
import { clustersOf, FEW_CLUSTERS, fewClusters, TOO_FEW_CLUSTERS_PER_ARM } from './inference.ts';
import { fitModel } from './models.ts';
import { clusterRows } from './robust.ts';

const MAX_ITERATIONS = 100;
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
  const clusters = clustersOf(spec, table, design.arm?.treated ?? null);
  const grouping = clusters?.groupings[0];
  demand(
    clusters && grouping && clusters.groupings.length === 1,
    'bad-option',
    'gee takes one cluster column',
    'cluster',
  );
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
  /** Cluster scores and the bread at a correlation; D'V^-1 of a canonical link keeps Z times the spread. */
  const equations = (alpha: number): { bread: Matrix; scores: Vector; right: Vector } => {
    const bread = matrix(p, p);
    const right = zeros(p);
    const count = starts.length - 1;
    const scores = zeros(count * p);
    const total = zeros(p);
    for (let g = 0; g < count; g++) {
      const size: number = starts[g + 1] - starts[g];
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
          scores[g * p + j] += a * d * residual[i];
          for (let m = 0; m <= j; m++) bread.values[m + j * p] += a * d * w * z[i * p + m];
        }
      }
      for (let j = 0; j < p; j++) {
        scores[g * p + j] -= b * total[j] * residuals;
        right[j] += scores[g * p + j];
        for (let m = 0; m <= j; m++) bread.values[m + j * p] -= b * total[j] * total[m];
      }
    }
    for (let j = 0; j < p; j++) for (let m = 0; m < j; m++) bread.values[j + m * p] = bread.values[m + j * p];
    return { bread, scores, right };
  };

  evaluate();
  let now = moments();
  let iterations = 0;
  let converged = false;
  while (!converged && iterations < MAX_ITERATIONS) {
    iterations++;
    const { bread, right } = equations(now.alpha);
    const factor = cholesky(bread);
    if (!isFactor(factor))
      throw new StatisticsError(
        'not-converged',
        'the estimating equations became singular; simplify the model',
        'covariates',
      );
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
  const { bread, scores } = equations(now.alpha);
  const factor = cholesky(bread);
  if (!isFactor(factor))
    throw new StatisticsError(
      'not-converged',
      'the estimating equations became singular; simplify the model',
      'covariates',
    );
  const inverse = choleskyInverse(factor);
  const meat = matrix(p, p);
  for (let g = 0; g < scores.length / p; g++)
    for (let j = 0; j < p; j++)
      for (let k = 0; k < p; k++) meat.values[j + k * p] += scores[g * p + j] * scores[g * p + k];
  const settled: Fit = { ...fit, gamma };
  const v = onTerms(settled, symmetrised(multiply(multiply(inverse, meat), inverse)));
  const beta = apply(fit.transform, gamma);
  const all = [...warnings];
  if (fewClusters(clusters)) all.push('few-clusters', 'few-clusters-without-correction');
  const tooFew =
    clusters.perArm !== null &&
    Math.min(clusters.perArm.treated, clusters.perArm.control) < TOO_FEW_CLUSTERS_PER_ARM;
  if (tooFew) all.push('too-few-clusters');
  const df =
    spec.df === 'clusters-1' || (spec.df === undefined && clusters.count < FEW_CLUSTERS)
      ? clusters.count - 1
      : null;
  const estimates = fit.terms.flatMap((term, j) => {
    const made = waldRow(
      term,
      beta[j],
      Math.sqrt(get(v, j, j)),
      df,
      spec.level,
      binomial ? 'log' : 'identity',
    );
    const row = tooFew ? withoutInterval(made) : made;
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
    nClusters: clusters.count,
    converged,
    iterations,
  };
}
