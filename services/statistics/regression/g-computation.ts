// Standardised risks under each arm from a logistic model, with delta-method intervals from the chosen covariance.
// Sources: Robins (1986); Snowden, Rose and Mortimer (2011) Am. J. Epidemiol. 173:731; delta method as Ge et al. (2011)
// Drug Inf. J. 45:481, eq. 4-6: covariates are taken as fixed.
import { type Answer, type EstimateRow, ratioTwin, type Scale } from '../answer.ts';
import type { Vector } from '../arrays.ts';
import { needed, type Sample } from '../data/roles.ts';
import { quadratic, toRows } from '../linear-algebra/matrix.ts';
import type { Spec } from '../spec.ts';
import { inferenceOf, inferredRow } from './inference.ts';
import { besidePermutation, clusterCounts, fitModel } from './models.ts';
import { standardised } from './standardise.ts';

export function gComputation(spec: Spec, sample: Sample): Answer {
  needed(spec, 'arm');
  const { fit, design, table, warnings } = fitModel(spec, sample, 'binomial');
  const estimand = spec.estimand ?? 'ate';
  const target = estimand === 'att' ? (design.arm?.treated ?? null) : null;
  const a = standardised(fit, design, 1, target);
  const b = standardised(fit, design, 0, target);
  const combine = (f: (x: number, y: number) => number): Vector =>
    a.gradient.map((x, j) => f(x, b.gradient[j] as number));
  const odds = (p: number): number => p * (1 - p);
  const quantities: { term: string; value: number; contrast: Vector; scale: Scale }[] = [
    { term: 'risk-treated', value: a.risk, contrast: a.gradient, scale: 'identity' },
    { term: 'risk-control', value: b.risk, contrast: b.gradient, scale: 'identity' },
    {
      term: 'risk-difference',
      value: a.risk - b.risk,
      contrast: combine((x, y) => x - y),
      scale: 'identity',
    },
    {
      term: 'risk-ratio',
      value: Math.log(a.risk / b.risk),
      contrast: combine((x, y) => x / a.risk - y / b.risk),
      scale: 'log',
    },
    {
      term: 'odds-ratio',
      value: Math.log((a.risk * (1 - b.risk)) / (b.risk * (1 - a.risk))),
      contrast: combine((x, y) => x / odds(a.risk) - y / odds(b.risk)),
      scale: 'log',
    },
  ];
  const inference = inferenceOf(
    spec,
    fit,
    table,
    design,
    quantities.map((q) => q.contrast),
  );
  const estimates = quantities.map(({ term, value, contrast, scale }, place): EstimateRow => {
    const row = inferredRow(
      inference,
      term,
      value,
      quadratic(inference.v, contrast),
      place,
      spec.level,
      scale,
    );
    return scale === 'log' ? ratioTwin(row) : row;
  });
  return {
    method: 'g-computation',
    n: fit.n,
    warnings: [...warnings, ...inference.warnings],
    estimand,
    estimates,
    terms: fit.terms,
    coefficients: Array.from(fit.beta),
    vcov: toRows(inference.v),
    vcovType: inference.vcov,
    df: inference.rule,
    ...(inference.vcov === 'CR2' ? { root: 'working' } : {}),
    ...clusterCounts(inference),
    converged: fit.converged,
    iterations: fit.iterations,
    ...besidePermutation(spec, inference, design, fit),
  };
}
