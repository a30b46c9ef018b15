// The headline effect: trial minus comparison among matured participants, with errors clustered on the unit of allocation.
// A linear model of the event on the arm gives the risk difference; CR2 with Satterthwaite df (Bell and McCaffrey 2002;
// Pustejovsky and Tipton 2018) keeps it honest when clusters are few. With one binary regressor and clusters that lie in
// one arm, the hat matrix of a cluster of n among its arm's N is 11'/N, so both have the closed forms below.
import type { Effect } from '../../schemas/result.ts';
import { waldRow } from '../statistics/answer.ts';

/** Clusters of one arm that are alike: `clusters` of them, each with `size` participants of whom `events` had the event. */
export interface ClusterShape {
  arm: number;
  size: number;
  events: number;
  clusters: number;
}

/** Fewer clusters than this in an arm carry no interval (statistics.md, safety). */
const LEAST_CLUSTERS = 4;

interface ArmMoments {
  n: number;
  risk: number;
  clusters: number;
  variance: number;
  /** Trace of the arm's part of the working variance matrix of the estimator, and of that part squared. */
  trace: number;
  traceSquared: number;
}

function armMoments(shapes: readonly ClusterShape[]): ArmMoments {
  const sum = (of: (shape: ClusterShape) => number): number =>
    shapes.reduce((total, shape) => total + shape.clusters * of(shape), 0);
  const n = sum(({ size }) => size);
  const risk = sum(({ events }) => events) / n;
  const weight = ({ size }: ClusterShape): number => 1 / (n * n * (1 - size / n));
  return {
    n,
    risk,
    clusters: sum(() => 1),
    variance: sum((shape) => weight(shape) * (shape.events - shape.size * risk) ** 2),
    trace: sum((shape) => weight(shape) * shape.size * (1 - shape.size / n)),
    traceSquared:
      sum((shape) => weight(shape) ** 2 * (shape.size ** 2 - (2 * shape.size ** 3) / n)) +
      sum((shape) => weight(shape) * shape.size ** 2) ** 2 / n ** 2,
  };
}

/** Null, with a warning that says why, where the data carry no estimate or no interval. */
export function riskDifference(shapes: readonly ClusterShape[]): {
  effect: Effect | null;
  warnings: string[];
} {
  const byArm = [1, 0].map((arm) => shapes.filter((shape) => shape.arm === arm && shape.size > 0));
  if (byArm.some((arm) => arm.length === 0)) return { effect: null, warnings: ['nobody-matured-in-one-arm'] };
  const [trial, comparison] = byArm.map(armMoments) as [ArmMoments, ArmMoments];
  if (Math.min(trial.clusters, comparison.clusters) < LEAST_CLUSTERS)
    return { effect: null, warnings: ['too-few-clusters'] };
  const variance = trial.variance + comparison.variance;
  if (variance === 0) return { effect: null, warnings: ['no-variation'] };
  const df = (trial.trace + comparison.trace) ** 2 / (trial.traceSquared + comparison.traceSquared);
  const row = waldRow('arm', trial.risk - comparison.risk, Math.sqrt(variance), df, 0.95);
  if (
    row.estimate === null ||
    row.se === null ||
    row.lower === null ||
    row.upper === null ||
    row.p === null
  ) {
    return { effect: null, warnings: ['not-estimable'] };
  }
  return {
    effect: {
      measure: 'risk-difference',
      estimate: row.estimate,
      standardError: row.se,
      degreesOfFreedom: df,
      lower: row.lower,
      upper: row.upper,
      p: row.p,
      method: 'unadjusted, CR2 clustered on the unit of allocation, Satterthwaite df',
      clusters: trial.clusters + comparison.clusters,
    },
    warnings: [],
  };
}
