// The clusters of a design and what few of them forbid: under 40 clusters, or under 20 an arm, the small-sample covariance
// and t reference; under 4 an arm no interval; one an arm refused.
import { integers, type Vector } from '../arrays.ts';
import { type Grouping, groupingOf } from '../data/roles.ts';
import type { Table } from '../data/table.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';

export const FEW_CLUSTERS = 40;
export const FEW_CLUSTERS_PER_ARM = 20;
export const FEW_FOR_SANDWICH = 50;
export const TOO_FEW_CLUSTERS_PER_ARM = 4;

/** The clusters of a design, and how they fall to the arms. */
export interface Clusters {
  readonly groupings: readonly Grouping[];
  /** The smaller number of clusters, of the two ways where there are two. */
  readonly count: number;
  readonly perArm: { treated: number; control: number } | null;
  /** Each cluster lies in one arm only: arms were given to clusters. */
  readonly wholeArms: boolean;
}

export function clustersOf(spec: Spec, table: Table, treated: Vector | null): Clusters | null {
  const names = spec.cluster ?? [];
  if (names.length === 0) return null;
  demand(names.length <= 2, 'too-many-clusters', 'give one cluster column or two', 'cluster');
  const groupings = names.map((name) => groupingOf(table, name));
  const smallest = groupings.reduce((best, g) => (g.levels.length < best.levels.length ? g : best));
  demand(
    smallest.levels.length > 1,
    'one-cluster',
    `"${smallest.name}" holds one cluster; variation between clusters needs two or more`,
    'cluster',
  );
  if (!treated) return { groupings, count: smallest.levels.length, perArm: null, wholeArms: false };
  const seen = integers(smallest.levels.length);
  for (let i = 0; i < treated.length; i++) seen[smallest.code[i]] |= treated[i] === 1 ? 1 : 2;
  let inTreated = 0;
  let inControl = 0;
  let mixed = 0;
  for (const s of seen) {
    if (s & 1) inTreated++;
    if (s & 2) inControl++;
    if (s === 3) mixed++;
  }
  const wholeArms = mixed === 0;
  demand(
    !wholeArms || Math.min(inTreated, inControl) > 1,
    'one-cluster-per-arm',
    `an arm has one "${smallest.name}" only: its effect cannot be told from that cluster's own`,
    'cluster',
  );
  return {
    groupings,
    count: smallest.levels.length,
    perArm: { treated: inTreated, control: inControl },
    wholeArms,
  };
}

/** Clusters of the one column a method takes. */
export interface OneWay extends Clusters {
  readonly grouping: Grouping;
}

/** As `clustersOf`, for a method that takes one cluster column; null without any. */
export function oneWayClusters(spec: Spec, table: Table, treated: Vector | null): OneWay | null {
  oneColumn(spec);
  const clusters = clustersOf(spec, table, treated);
  const grouping = clusters?.groupings[0];
  return clusters && grouping ? { ...clusters, grouping } : null;
}

/** Refuses two cluster columns where one is meant. */
export function oneColumn(spec: Spec): void {
  demand(
    (spec.cluster?.length ?? 0) <= 1,
    'bad-option',
    `${spec.method} takes one cluster column`,
    'cluster',
  );
}

/** Whether the small-sample rule applies. */
export function fewClusters({ count, perArm }: Pick<Clusters, 'count' | 'perArm'>): boolean {
  return (
    count < FEW_CLUSTERS ||
    (perArm !== null && Math.min(perArm.treated, perArm.control) < FEW_CLUSTERS_PER_ARM)
  );
}

/**
 * Whether a plain robust covariance would be too small, where it is the default (gee, cox, did, differences of curves): simulations of it reject too often
 * up to 50 clusters (Mancl and DeRouen 2001, Biometrics 57:126; our self-test, at 40).
 */
export const fewForSandwich = (clusters: Pick<Clusters, 'count' | 'perArm'>): boolean =>
  fewClusters(clusters) || clusters.count < FEW_FOR_SANDWICH;

/** Whether an arm has too few clusters for an interval. */
export const tooFewClusters = ({ perArm }: Pick<Clusters, 'perArm'>): boolean =>
  perArm !== null && Math.min(perArm.treated, perArm.control) < TOO_FEW_CLUSTERS_PER_ARM;

/** What an answer says of its clusters; `corrected` when its covariance allows for few of them. */
export function clusterWarnings(clusters: Clusters | null, corrected: boolean): string[] {
  if (!clusters) return [];
  const few = fewClusters(clusters);
  return [
    ...(few ? ['few-clusters'] : []),
    ...(few && !corrected ? ['few-clusters-without-correction'] : []),
    ...(tooFewClusters(clusters) ? ['too-few-clusters'] : []),
  ];
}

/** df of a method whose covariance has no degrees of freedom of its own: clusters less one when they are few. */
export function clusterDf(spec: Spec, clusters: Clusters | null): number | null {
  if (!clusters || spec.df === 'normal') return null;
  return spec.df === 'clusters-1' || fewClusters(clusters) ? clusters.count - 1 : null;
}

export interface ArmClusters {
  readonly grouping: Grouping;
  /** Clusters in each arm. */
  readonly counts: readonly number[];
  readonly few: boolean;
}

/** Clusters in each of any number of arms, under the same rules. */
export function clustersByArm(spec: Spec, table: Table, arms: Grouping): ArmClusters | null {
  const [name] = spec.cluster ?? [];
  if (name === undefined) return null;
  oneColumn(spec);
  const grouping = groupingOf(table, name);
  const pairs = new Set<number>();
  const width = arms.levels.length;
  for (let i = 0; i < table.n; i++)
    pairs.add((grouping.code[i] as number) * width + (arms.code[i] as number));
  const counts = arms.levels.map(() => 0);
  for (const pair of pairs) counts[pair % width] = (counts[pair % width] ?? 0) + 1;
  demand(
    grouping.levels.length > 1,
    'one-cluster',
    `"${name}" holds one cluster; variation between clusters needs two or more`,
    'cluster',
  );
  const wholeArms = pairs.size === grouping.levels.length;
  demand(
    !wholeArms || Math.min(...counts) > 1,
    'one-cluster-per-arm',
    `an arm has one "${name}" only: its spread cannot be told from that cluster's own`,
    'cluster',
  );
  const few =
    grouping.levels.length < FEW_CLUSTERS || (width > 1 && Math.min(...counts) < FEW_CLUSTERS_PER_ARM);
  return { grouping, counts, few };
}

export function armClusterWarnings(clusters: ArmClusters | null): string[] {
  if (!clusters) return [];
  const few = clusters.few ? ['few-clusters', 'few-clusters-without-correction'] : [];
  return Math.min(...clusters.counts) < TOO_FEW_CLUSTERS_PER_ARM ? [...few, 'too-few-clusters'] : few;
}

/** How an arm's own curve is judged: t on its clusters less one when they are few; nothing under 4 of them. */
export function armReference(
  spec: Spec,
  clusters: ArmClusters | null,
  arm: number,
): { df: number | null; noSe: boolean; noInterval: boolean } {
  if (!clusters) return { df: null, noSe: false, noInterval: false };
  const count = clusters.counts[arm] ?? 0;
  const byT = spec.df === 'clusters-1' || (spec.df === undefined && clusters.few);
  return {
    df: byT && count > 1 ? count - 1 : null,
    noSe: count < 2,
    noInterval: count < TOO_FEW_CLUSTERS_PER_ARM,
  };
}
