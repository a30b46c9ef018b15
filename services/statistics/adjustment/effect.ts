// The effect that weights or pairs give: the weighted difference of the arms' outcomes. Its standard error takes the weights as
// known, but for few clusters. Sources: robust to weighting: Austin and Small (2014) Statist. Med. 33:4306 (pairs as clusters);
// clusters of the data: the sandwich of weighted least squares.
import { type EstimateRow, waldRow, withoutInterval } from '../answer.ts';
import { integers, type Vector, zeros } from '../arrays.ts';
import { covariateColumns, type Design, INTERCEPT } from '../data/design.ts';
import type { Grouping, TwoArms } from '../data/roles.ts';
import { columnOf, numbersOf, selectRows, type Table } from '../data/table.ts';
import { demand } from '../errors.ts';
import { get } from '../linear-algebra/matrix.ts';
import {
  clusterWarnings,
  fewClusters,
  oneColumn,
  oneWayClusters,
  tooFewClusters,
} from '../regression/cluster-rules.ts';
import { type Fit, fitLinear } from '../regression/fit.ts';
import { inferenceOf, inferredRow, unitContrasts } from '../regression/inference.ts';
import { clusterCounts } from '../regression/models.ts';
import { clustered } from '../regression/robust.ts';
import { twoWay } from '../regression/two-way.ts';
import type { Spec } from '../spec.ts';
import { wildTest } from '../trial/wild-bootstrap.ts';
import { estimatedWeightsVariance } from './estimated-weights.ts';
import type { Pair } from './nearest.ts';
import type { WeightModel } from './weight-models.ts';

interface Effect {
  row: EstimateRow;
  warnings: readonly string[];
  beside: Record<string, unknown>;
}

/** The matched sets of the rows kept. */
function setsOf(pairs: readonly Pair[], keep: readonly number[]): Grouping {
  const place = new Map(keep.map((row, i) => [row, i]));
  const code = integers(keep.length);
  const sets = new Map<number, number>();
  for (const pair of pairs) {
    const set = sets.get(pair.treated) ?? sets.size;
    sets.set(pair.treated, set);
    code[place.get(pair.treated) ?? 0] = set;
    code[place.get(pair.control) ?? 0] = set;
  }
  return { name: 'pair', code, levels: Array.from({ length: sets.size }, (_, i) => String(i)) };
}

/** Clusters of the data and matched sets at once: Abadie and Spiess (2022) JASA 117:983 for the sets. */
function twoWayEffect(spec: Spec, table: Table, fit: Fit, design: Design, sets: Grouping | null): Effect {
  demand(
    sets && !spec.replace,
    'bad-option',
    '"vcov":"two-way" is by cluster and matched set: it needs "use":"nearest" without replacement',
    'vcov',
  );
  const clusters = oneWayClusters(spec, table, design.arm?.treated ?? null);
  demand(clusters, 'missing-role', '"vcov":"two-way" needs "cluster"', 'cluster');
  const variance = get(twoWay(fit, clusters.grouping, sets).v, 1, 1);
  const df = spec.df === 'normal' ? null : Math.min(clusters.count, sets.levels.length) - 1;
  const term = design.terms[1] ?? '';
  const se = variance > 0 ? Math.sqrt(variance) : null;
  const row = waldRow(term, fit.beta[1], se, df, spec.level);
  return {
    row: tooFewClusters(clusters) ? withoutInterval(row) : row,
    warnings: [...clusterWarnings(clusters, false), ...(se === null ? ['negative-variance'] : [])],
    beside: { vcovType: 'two-way', df: df === null ? 'normal' : 'clusters-1', nClusters: clusters.count },
  };
}

/**
 * The weighted difference with the covariance of its clusters, few of them judged also by a wild bootstrap. The covariance by
 * default for few clusters takes weights as estimated where their model is known; any other, asked for or not, as known.
 */
function clusteredEffect(
  spec: Spec,
  table: Table,
  fit: Fit,
  design: Design,
  model: () => WeightModel | null,
): Effect {
  oneColumn(spec);
  const inference = inferenceOf(spec, fit, table, design, unitContrasts(fit.p));
  const { clusters } = inference;
  const term = design.terms[1] ?? '';
  const grouping = clusters?.groupings[0];
  const weights = spec.vcov === undefined && inference.vcov === 'CR2' ? model() : null;
  // weights too small for a double leave rows out that the model has
  const estimated =
    grouping && weights?.scores.rows === fit.n ? estimatedWeightsVariance(fit, weights, grouping) : null;
  const judged =
    estimated && inference.rule === 'satterthwaite' ? { ...inference, dfOf: () => estimated.df } : inference;
  const variance = estimated ? estimated.variance : get(inference.v, 1, 1);
  const row = inferredRow(judged, term, fit.beta[1], variance, 1, spec.level);
  const beside: Record<string, unknown> = {
    vcovType: inference.vcov,
    df: inference.rule,
    weightsTaken: estimated ? 'estimated' : 'known',
    ...clusterCounts(inference),
  };
  if (spec.beside !== false && clusters && grouping && fewClusters(clusters) && !tooFewClusters(clusters)) {
    const { p, draws } = wildTest(fit, design, grouping, 1, spec.seed ?? 1);
    beside.wildBootstrap = { p, draws };
  }
  return { row, warnings: inference.warnings, beside };
}

/** Intercept, arm and, for an outcome model, the covariates that vary among these rows. */
function effectDesign(spec: Spec, table: Table, arm: TwoArms, treated: Vector): Design {
  const names = spec.outcomeModel === 'linear' ? (spec.covariates ?? []).filter(variesIn(table)) : [];
  const { terms, columns } = covariateColumns(table, names);
  const values = zeros(table.n * (2 + columns.length));
  values.fill(1, 0, table.n);
  [treated, ...columns].forEach((column, j) => {
    values.set(column, (j + 1) * table.n);
  });
  return {
    x: { rows: table.n, columns: 2 + columns.length, values },
    terms: [INTERCEPT, arm.name, ...terms],
    arm: { ...arm, treated },
    armColumn: 1,
  };
}

const variesIn = (table: Table) => (name: string) => {
  const found = columnOf(table, name);
  const values: ArrayLike<number> = found.kind === 'numeric' ? found.values : found.codes;
  for (let i = 1; i < table.n; i++) if (values[i] !== values[0]) return true;
  return false;
};

/**
 * The weighted difference, or with an outcome model the arm's coefficient beside the covariates (Ho et al. 2007, Political
 * Analysis 15:199); robust to weighting. Clusters are those given, else the matched sets.
 */
export function effectOf(
  spec: Spec,
  all: Table,
  arm: TwoArms,
  weights: Vector,
  pairs: readonly Pair[] | null,
  model: () => WeightModel | null,
): Effect {
  const term = arm.name;
  const keep: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i] > 0) keep.push(i);
  const pick = (from: Vector): Vector => Float64Array.from(keep, (row) => from[row] as number);
  const table = selectRows(all, Int32Array.from(keep));
  const design = effectDesign(spec, table, arm, pick(arm.treated));
  const fit = fitLinear(design, numbersOf(table, spec.outcome ?? ''), pick(weights));
  const sets = pairs && !spec.replace ? setsOf(pairs, keep) : null;
  if (spec.vcov === 'two-way') return twoWayEffect(spec, table, fit, design, sets);
  // an outcome model has taken the covariates' part from the residuals already
  if (spec.cluster) return clusteredEffect(spec, table, fit, design, fit.p === 2 ? model : () => null);
  const plain = (row: EstimateRow, warnings: string[] = []): Effect => ({ row, warnings, beside: {} });
  if (sets) {
    if (sets.levels.length < 2)
      return plain(waldRow(term, fit.beta[1], null, null, spec.level), ['one-pair']);
    const se = Math.sqrt(get(clustered(fit, sets, 'CR1').v, 1, 1));
    return plain(waldRow(term, fit.beta[1], se, null, spec.level));
  }
  const robust: Spec = { method: spec.method, level: spec.level, vcov: 'HC1', df: 'normal' };
  const inference = inferenceOf(robust, fit, table, { ...design, arm: null }, unitContrasts(fit.p));
  const row = inferredRow(inference, term, fit.beta[1], get(inference.v, 1, 1), 1, spec.level);
  return plain(row, inference.warnings);
}
