// Which covariance and which degrees of freedom a fit is judged by: with few clusters CR2 with Satterthwaite df.
import type { EstimateRow, Scale } from '../answer.ts';
import { ratioTwin, waldRow, withoutInterval } from '../answer.ts';
import { type Vector, zeros } from '../arrays.ts';
import type { Design } from '../data/design.ts';
import type { Table } from '../data/table.ts';
import { demand } from '../errors.ts';
import { get, type Matrix, quadratic } from '../linear-algebra/matrix.ts';
import type { DfRule, Spec, Vcov } from '../spec.ts';
import { type Clusters, clustersOf, clusterWarnings, fewClusters, tooFewClusters } from './cluster-rules.ts';
import type { Fit } from './fit.ts';
import { type Covariance, classical, heteroskedastic } from './heteroskedastic.ts';
import { type ClusterType, clustered } from './robust.ts';
import { clusteredWeighted } from './robust-weighted.ts';
import { twoWay } from './two-way.ts';

export interface Inference {
  readonly vcov: Vcov;
  readonly rule: DfRule;
  readonly v: Matrix;
  readonly clusters: Clusters | null;
  readonly warnings: string[];
  readonly noInterval: boolean;
  /** df of a contrast given when the inference was made, by its place. */
  dfOf(contrast: number): number | null;
}

export function inferenceOf(
  spec: Spec,
  fit: Fit,
  table: Table,
  design: Design,
  contrasts: readonly Vector[],
): Inference {
  const clusters = clustersOf(spec, table, design.arm?.treated ?? null);
  const warnings: string[] = [];
  const few = clusters !== null && fewClusters(clusters);
  const vcov: Vcov = spec.vcov ?? defaultVcov(fit, clusters, few);
  demand(vcov !== 'jackknife', 'bad-option', '"vcov":"jackknife" is for cox; "CR3" comes near it', 'vcov');
  const needsClusters = vcov.startsWith('CR') || vcov === 'two-way';
  demand(!needsClusters || clusters, 'missing-role', `"vcov":"${vcov}" needs "cluster"`, 'cluster');
  demand(
    vcov !== 'two-way' || clusters?.groupings.length === 2,
    'missing-role',
    '"vcov":"two-way" needs two cluster columns',
    'cluster',
  );
  if (clusters && !needsClusters) warnings.push('clusters-ignored');
  if (clusters?.groupings.length === 2 && needsClusters && vcov !== 'two-way')
    warnings.push('second-cluster-not-used');
  const adjusted = vcov === 'CR2' || vcov === 'CR3';
  const gaussian = fit.family === 'gaussian';
  const rule: DfRule =
    spec.df ?? (adjusted ? 'satterthwaite' : needsClusters ? 'clusters-1' : gaussian ? 'residual' : 'normal');
  demand(
    rule !== 'satterthwaite' || (needsClusters && vcov !== 'two-way'),
    'bad-option',
    '"df":"satterthwaite" needs one cluster column and a CR vcov',
    'df',
  );
  demand(rule !== 'clusters-1' || clusters, 'bad-option', '"df":"clusters-1" needs "cluster"', 'df');
  if (fit.n === fit.p) warnings.push('saturated');

  let covariance: Covariance;
  const first = clusters?.groupings[0];
  if (needsClusters && first && clusters) {
    const second = clusters.groupings[1];
    covariance =
      vcov === 'two-way' && second
        ? twoWay(fit, first, second)
        : (adjusted || rule === 'satterthwaite') && gaussian && fit.weights
          ? clusteredWeighted(fit, first, vcov as ClusterType, contrasts)
          : clustered(fit, first, vcov as ClusterType, rule === 'satterthwaite' ? contrasts : []);
  } else if (vcov === 'classical') covariance = { v: classical(fit), df: [], exactFits: 0 };
  else covariance = heteroskedastic(fit, vcov as 'HC0');
  if (covariance.exactFits > 0 && needsClusters) warnings.push('clusters-fitted-exactly');
  else if (covariance.exactFits > 0) warnings.push('leverage-one');
  if (needsClusters) warnings.push(...clusterWarnings(clusters, adjusted));
  else if (clusters && tooFewClusters(clusters)) warnings.push('too-few-clusters');
  return {
    vcov,
    rule,
    v: covariance.v,
    clusters,
    warnings,
    noInterval: needsClusters && clusters !== null && tooFewClusters(clusters),
    dfOf(contrast) {
      if (rule === 'satterthwaite') return covariance.df[contrast] ?? null;
      if (rule === 'clusters-1') return (clusters?.count ?? 1) - 1;
      return rule === 'residual' ? fit.n - fit.p : null;
    },
  };
}

function defaultVcov(fit: Fit, clusters: Clusters | null, few: boolean): Vcov {
  if (clusters) return clusters.groupings.length === 2 ? 'two-way' : few ? 'CR2' : 'CR1';
  if (fit.family === 'poisson') return 'HC0';
  return fit.family === 'gaussian' && fit.weights === null
    ? 'classical'
    : fit.family === 'gaussian'
      ? 'HC1'
      : 'classical';
}

/** The unit contrast of each term. */
export const unitContrasts = (p: number): Vector[] =>
  Array.from({ length: p }, (_, j) => {
    const c = zeros(p);
    c[j] = 1;
    return c;
  });

/** A row that an undefined df or a forbidden interval leaves without p and ends. */
export function inferredRow(
  inference: Inference,
  term: string,
  estimate: number,
  variance: number,
  contrast: number,
  level: number,
  scale: Scale = 'identity',
): EstimateRow {
  const df = inference.dfOf(contrast);
  const negative = !(variance >= 0);
  if (negative && !inference.warnings.includes('negative-variance'))
    inference.warnings.push('negative-variance');
  const row = waldRow(term, estimate, negative ? null : Math.sqrt(variance), df, level, scale);
  const undefinedDf = df === null && inference.rule === 'satterthwaite';
  if (undefinedDf && !inference.warnings.includes('df-undefined')) inference.warnings.push('df-undefined');
  return inference.noInterval || undefinedDf ? withoutInterval(row) : row;
}

/** One row per term; ratio models give the log row first, then its exponentiated twin. */
export function termRows(fit: Fit, inference: Inference, level: number): EstimateRow[] {
  const ratio = fit.family !== 'gaussian';
  return fit.terms.flatMap((term, j) => {
    const row = inferredRow(
      inference,
      term,
      fit.beta[j],
      get(inference.v, j, j),
      j,
      level,
      ratio ? 'log' : 'identity',
    );
    return ratio ? [row, ratioTwin(row)] : [row];
  });
}

export const varianceOf = (inference: Inference, contrast: Vector): number =>
  quadratic(inference.v, contrast);
