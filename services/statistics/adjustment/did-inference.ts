// Standard errors of group-time effects and their means from the units' influence, summed by cluster; with few clusters CR2
// with Satterthwaite df, and a randomisation test beside. Sources: regression/influence.ts; Callaway and Sant'Anna (2021)
// J. Econometrics 225:200, theorem 2.
import { type EstimateRow, waldRow, withoutInterval } from '../answer.ts';
import { type Integers, type Vector, zeros } from '../arrays.ts';
import { demand } from '../errors.ts';
import { fewClusters, fewForSandwich, TOO_FEW_CLUSTERS_PER_ARM } from '../regression/cluster-rules.ts';
import { clusterVariance } from '../regression/influence.ts';
import type { Spec } from '../spec.ts';
import type { Effect } from './did-aggregates.ts';
import type { Panel } from './did-panel.ts';

export interface DidInference {
  readonly adds: Record<string, unknown>;
  /** Whether effects need their `wide` influence. */
  readonly corrects: boolean;
  rowOf(term: string, effect: Effect, level: number, cell?: Cohorts): EstimateRow;
}

/** The two cohorts of one comparison: 1 treated, 0 compared to, 2 neither. */
export interface Cohorts {
  readonly code: Integers;
  readonly sizes: readonly [number, number];
}

/** Whether a panel's clusters are few, and how they fall to those ever treated and those compared to. */
export function didClusters(panel: Panel, comparable: (unit: number) => boolean) {
  const { cluster } = panel;
  if (!cluster) return null;
  const treated = new Set<number>();
  const control = new Set<number>();
  for (let u = 0; u < panel.n; u++) {
    const own = cluster[u] as number;
    if (panel.first[u] > 0) treated.add(own);
    if (comparable(u)) control.add(own);
  }
  const count = new Set(cluster).size;
  demand(
    count > 1,
    'one-cluster',
    'the units lie in one cluster; variation between clusters needs two or more',
    'cluster',
  );
  const mixed = [...treated].some((c) => control.has(c));
  demand(
    mixed || Math.min(treated.size, control.size) > 1,
    'one-cluster-per-arm',
    'the treated, or those they are compared to, are one cluster: its change cannot be told from the effect',
    'cluster',
  );
  const perArm = { treated: treated.size, control: control.size };
  return { count, perArm, few: fewClusters({ count, perArm }), corrected: fewForSandwich({ count, perArm }) };
}

export function didInference(
  spec: Spec,
  panel: Panel,
  clusters: ReturnType<typeof didClusters>,
  warnings: Set<string>,
): DidInference {
  const { n, cluster, first } = panel;
  if (!cluster || !clusters) {
    const seOf = ({ influence }: Effect): number => Math.sqrt(influence.reduce((s, x) => s + x * x, 0)) / n;
    return {
      adds: {},
      corrects: false,
      rowOf: (term, effect, level) => waldRow(term, effect.estimate, seOf(effect), null, level),
    };
  }
  const vcov = spec.vcov ?? (clusters.corrected ? 'CR2' : 'CR0');
  const rule = spec.df ?? (vcov === 'CR2' ? 'satterthwaite' : 'normal');
  if (clusters.few) warnings.add('few-clusters');
  if (clusters.few && vcov !== 'CR2') warnings.add('few-clusters-without-correction');
  const groups = [...new Set(first)];
  const place = new Map(groups.map((g, i) => [g, i]));
  const cohort = Int32Array.from(first, (g) => place.get(g) ?? 0);
  const grouping = {
    name: 'cluster',
    code: cluster,
    levels: Array.from({ length: panel.clusterCount }, (_, c) => String(c)),
  };
  const squaresByCluster = (influence: Vector): number => {
    const sums = zeros(panel.clusterCount);
    for (let u = 0; u < n; u++) sums[cluster[u]] += influence[u];
    return sums.reduce((s, x) => s + x * x, 0);
  };
  const dfOf = (effect: Effect, cell?: Cohorts): number | null => {
    const common = { influence: effect.influence, weights: null };
    const parts = cell
      ? {
          ...common,
          cohort: cell.code,
          cohorts: 3,
          spread: Float64Array.of(1 / cell.sizes[0] ** 2, 1 / cell.sizes[1] ** 2, 0),
        }
      : { ...common, cohort, cohorts: groups.length };
    return clusterVariance(parts, grouping).df;
  };
  return {
    adds: { vcovType: vcov, df: rule, nClusters: clusters.count, clustersPerArm: clusters.perArm },
    corrects: vcov === 'CR2',
    rowOf(term, effect, level, cell) {
      const influence = vcov === 'CR2' ? (effect.wide ?? effect.influence) : effect.influence;
      const se = Math.sqrt(squaresByCluster(influence)) / n;
      const df =
        rule === 'satterthwaite' ? dfOf(effect, cell) : rule === 'clusters-1' ? clusters.count - 1 : null;
      const row = waldRow(term, effect.estimate, se, df, level);
      const tooFew =
        Math.min(effect.clusters.treated.size, effect.clusters.control.size) < TOO_FEW_CLUSTERS_PER_ARM;
      if (tooFew) warnings.add('too-few-clusters');
      const unknown = rule === 'satterthwaite' && df === null;
      return tooFew || unknown ? withoutInterval(row) : row;
    },
  };
}
