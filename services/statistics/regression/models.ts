// Linear, logistic and modified Poisson regression with a covariance named by the specification.
// Sources: fit.ts and robust.ts; modified Poisson: Zou (2004) Am. J. Epidemiol. 159:702, eq. 3.
import type { Answer } from '../answer.ts';
import type { Vector } from '../arrays.ts';
import { type Design, designOf } from '../data/design.ts';
import { binaryOf, needed, type Sample } from '../data/roles.ts';
import { numbersOf, type Table } from '../data/table.ts';
import { toRows } from '../linear-algebra/matrix.ts';
import type { Spec } from '../spec.ts';
import { clusterPermutation } from '../trial/permutation.ts';
import { type Clusters, fewClusters } from './cluster-rules.ts';
import { type Fit, fitGlm, fitLinear } from './fit.ts';
import { type Inference, inferenceOf, termRows, unitContrasts } from './inference.ts';
import { positiveRows } from './positive-rows.ts';

export interface FittedModel {
  readonly fit: Fit;
  readonly design: Design;
  readonly table: Table;
  readonly warnings: string[];
}

export function fitModel(spec: Spec, sample: Sample, family: Fit['family']): FittedModel {
  const { table, weights, warnings } = positiveRows(spec, sample.table);
  const name = needed(spec, 'outcome');
  const outcome = family === 'gaussian' ? numbersOf(table, name) : binaryOf(table, name);
  const design = designOf(spec, table);
  const fit =
    family === 'gaussian' ? fitLinear(design, outcome, weights) : fitGlm(family, design, outcome, weights);
  return { fit, design, table, warnings: [...warnings] };
}

const FAMILY = { linear: 'gaussian', logistic: 'binomial', 'modified-poisson': 'poisson' } as const;

export function regression(spec: Spec, sample: Sample): Answer {
  const { fit, design, table, warnings } = fitModel(spec, sample, FAMILY[spec.method as keyof typeof FAMILY]);
  const inference = inferenceOf(spec, fit, table, design, unitContrasts(fit.p));
  const estimates = termRows(fit, inference, spec.level);
  if (fit.family === 'gaussian' && fit.deviance <= 1e-24 * fit.outcome.reduce((s, y) => s + y * y, 0))
    warnings.push('perfect-fit');
  return {
    method: spec.method,
    n: fit.n,
    warnings: [...warnings, ...inference.warnings],
    estimates,
    terms: fit.terms,
    vcov: toRows(inference.v),
    vcovType: inference.vcov,
    df: inference.rule,
    ...(inference.vcov === 'CR2' && fit.family !== 'gaussian' ? { root: 'working' } : {}),
    ...clusterCounts(inference),
    converged: fit.converged,
    iterations: fit.iterations,
    deviance: fit.deviance,
    ...(fit.family === 'gaussian' ? { sigma: Math.sqrt(fit.dispersion), residualDf: fit.n - fit.p } : {}),
    ...besidePermutation(spec, inference, design, fit),
  };
}

export function clusterCounts({ clusters }: Pick<Inference, 'clusters'>): Record<string, unknown> {
  if (!clusters) return {};
  return { nClusters: clusters.count, ...(clusters.perArm ? { clustersPerArm: clusters.perArm } : {}) };
}

/** With few clusters given whole to arms, the permutation p that needs no large-sample argument stands beside. */
export function permutationBeside(
  spec: Spec,
  clusters: Clusters | null,
  treated: Vector | null,
  outcome: Vector,
  weights: Vector | null,
): Record<string, unknown> {
  const grouping = clusters?.groupings[0];
  if (spec.beside === false) return {};
  if (!clusters || !grouping || !treated || !clusters.wholeArms || !fewClusters(clusters)) return {};
  return { permutation: clusterPermutation(outcome, treated, grouping, weights, spec.seed ?? 1) };
}

export const besidePermutation = (
  spec: Spec,
  { clusters }: Pick<Inference, 'clusters'>,
  design: Design,
  fit: Fit,
): Record<string, unknown> =>
  permutationBeside(spec, clusters, design.arm?.treated ?? null, fit.outcome, fit.weights);
