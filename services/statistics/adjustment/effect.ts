// The effect that weights or pairs give: the weighted difference of the arms' outcomes. Its standard error takes the weights as
// known. Sources: robust to weighting: Austin and Small (2014) Statist. Med. 33:4306 (pairs as clusters); clusters of the
// data: as any weighted least squares.
import { type EstimateRow, waldRow } from '../answer.ts';
import { integers, type Vector, zeros } from '../arrays.ts';
import { type Design, INTERCEPT } from '../data/design.ts';
import type { TwoArms } from '../data/roles.ts';
import { numbersOf, selectRows, type Table } from '../data/table.ts';
import { get } from '../linear-algebra/matrix.ts';
import { fewClusters, oneColumn, tooFewClusters } from '../regression/cluster-rules.ts';
import { type Fit, fitLinear } from '../regression/fit.ts';
import { inferenceOf, inferredRow, unitContrasts } from '../regression/inference.ts';
import { clusterCounts } from '../regression/models.ts';
import { clustered } from '../regression/robust.ts';
import type { Spec } from '../spec.ts';
import { wildTest } from '../trial/wild-bootstrap.ts';
import type { Pair } from './nearest.ts';

interface Effect {
  row: EstimateRow;
  warnings: readonly string[];
  beside: Record<string, unknown>;
}

/** The weighted difference with the covariance of its clusters, few of them judged also by a wild bootstrap. */
function clusteredEffect(spec: Spec, table: Table, fit: Fit, design: Design): Effect {
  oneColumn(spec);
  const inference = inferenceOf(spec, fit, table, design, unitContrasts(2));
  const { clusters } = inference;
  const term = design.terms[1] ?? '';
  const row = inferredRow(inference, term, fit.beta[1], get(inference.v, 1, 1), 1, spec.level);
  const beside: Record<string, unknown> = {
    vcovType: inference.vcov,
    df: inference.rule,
    ...clusterCounts(inference),
  };
  const grouping = clusters?.groupings[0];
  if (clusters && grouping && fewClusters(clusters) && !tooFewClusters(clusters)) {
    const { p, draws } = wildTest(fit, design, grouping, 1, spec.seed ?? 1);
    beside.wildBootstrap = { p, draws };
  }
  return { row, warnings: inference.warnings, beside };
}

/** The weighted difference, robust to weighting; clusters are those given, else the matched sets. */
export function effectOf(
  spec: Spec,
  table: Table,
  arm: TwoArms,
  weights: Vector,
  pairs: readonly Pair[] | null,
): Effect {
  const term = arm.name;
  const all = numbersOf(table, spec.outcome ?? '');
  const keep: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i] > 0) keep.push(i);
  const pick = (from: Vector): Vector => Float64Array.from(keep, (row) => from[row] as number);
  const values = zeros(keep.length * 2);
  values.fill(1, 0, keep.length);
  const treated = pick(arm.treated);
  values.set(treated, keep.length);
  const design = {
    x: { rows: keep.length, columns: 2, values },
    terms: [INTERCEPT, term],
    arm: null,
    armColumn: 1,
  };
  const fit = fitLinear(design, pick(all), pick(weights));
  if (spec.cluster) {
    const rows = selectRows(table, Int32Array.from(keep));
    return clusteredEffect(spec, rows, fit, { ...design, arm: { ...arm, treated } });
  }
  const plain = (row: EstimateRow, warnings: string[] = []): Effect => ({ row, warnings, beside: {} });
  if (pairs && !spec.replace) {
    const place = new Map(keep.map((row, i) => [row, i]));
    const code = integers(keep.length);
    const sets = new Map<number, number>();
    for (const pair of pairs) {
      const set = sets.get(pair.treated) ?? sets.size;
      sets.set(pair.treated, set);
      code[place.get(pair.treated) ?? 0] = set;
      code[place.get(pair.control) ?? 0] = set;
    }
    if (sets.size < 2) return plain(waldRow(term, fit.beta[1], null, null, spec.level), ['one-pair']);
    const grouping = { name: 'pair', code, levels: Array.from({ length: sets.size }, (_, i) => String(i)) };
    const se = Math.sqrt(get(clustered(fit, grouping, 'CR1').v, 1, 1));
    return plain(waldRow(term, fit.beta[1], se, null, spec.level));
  }
  const robust: Spec = { method: spec.method, level: spec.level, vcov: 'HC1', df: 'normal' };
  const inference = inferenceOf(robust, fit, table, design, unitContrasts(2));
  const row = inferredRow(inference, term, fit.beta[1], get(inference.v, 1, 1), 1, spec.level);
  return plain(row, inference.warnings);
}
