// Restricted mean survival time to tau by arm, and its difference. Sources: Uno et al. (2014) J. Clin. Oncol. 32:2380;
// Royston and Parmar (2013); variance from Greenwood's increments, as Klein and Moeschberger (2003), eq. 4.5.2; for clusters,
// and weights that are no counts, from the influence of every row on the area.
import { type Answer, type EstimateRow, ratioTwin, waldRow, withoutInterval } from '../answer.ts';
import { type Integers, integers, type Vector, zeros } from '../arrays.ts';
import { type Grouping, type Sample, twoArms } from '../data/roles.ts';
import { demand } from '../errors.ts';
import {
  type Clusters,
  clusterWarnings,
  fewClusters,
  type OneWay,
  oneWayClusters,
  tooFewClusters,
} from '../regression/cluster-rules.ts';
import { clusterVariance } from '../regression/influence.ts';
import { clusterCounts, permutationBeside } from '../regression/models.ts';
import { positiveRows } from '../regression/positive-rows.ts';
import type { Spec } from '../spec.ts';
import { armsOf, type FollowUp, followUpOf, rowsByGroup } from './follow-up.ts';
import { type Curve, curveOf } from './kaplan-meier.ts';
import { areaInfluence } from './rmst-influence.ts';

/** Area under a curve to tau with its variance. */
export function restrictedMean(curve: Curve, tau: number): { mean: number; variance: number } {
  const steps: { from: number; to: number; survival: number; spread: number }[] = [];
  let from = 0;
  let s = 1;
  let spread = 0;
  for (let j = 0; j < curve.times.length && curve.times[j] <= tau; j++) {
    steps.push({ from, to: curve.times[j], survival: s, spread });
    from = curve.times[j];
    s = curve.survival[j];
    const d: number = curve.events[j];
    const r: number = curve.atRisk[j];
    spread = d > 0 && r > d ? d / (r * (r - d)) : 0;
  }
  steps.push({ from, to: tau, survival: s, spread });
  let area = 0;
  let variance = 0;
  for (const step of steps.reverse()) {
    area += (step.to - step.from) * step.survival;
    // the event at `from` moves all the area after it
    variance += area * area * step.spread;
  }
  return { mean: area, variance };
}

interface Spread {
  readonly se: number;
  readonly df: number | null;
  /** No df can be given, and so no interval. */
  readonly unknown?: boolean;
}

/** One arm's mean, and each of its rows' part in it. */
interface ArmMean {
  readonly mean: number;
  readonly variance: number;
  readonly rows: Integers;
  readonly influence: Vector;
}

/** The standard error of a combination of the arms' means, `slopes` by arm. */
type SpreadOf = (slopes: readonly number[]) => Spread;

export function rmst(spec: Spec, sample: Sample): Answer {
  const { table, warnings: dropped } = positiveRows(spec, sample.table);
  const followUp = followUpOf(spec, table);
  const arm = twoArms(spec, table);
  const groups = armsOf(spec, table);
  const rows = rowsByGroup(groups);
  const curves = rows.map((own) => curveOf(followUp, own));
  const last = curves.map((curve) => curve.times[curve.times.length - 1] as number);
  const tau = spec.tau ?? Math.min(...last);
  demand(tau > 0, 'bad-option', '"tau" is a time above 0', 'tau');
  const warnings = [...dropped];
  const means = curves.map((curve, g): ArmMean => {
    const end = curve.survival[curve.survival.length - 1] as number;
    demand(
      tau <= (last[g] ?? 0) || end === 0,
      'tau-beyond-follow-up',
      `arm "${groups.levels[g]}" is followed to ${last[g]} only; choose "tau" at or below it`,
      'tau',
    );
    if (curve.events.every((d) => d === 0) && !warnings.includes('no-events')) warnings.push('no-events');
    const own = rows[g] as Integers;
    return {
      ...restrictedMean(curve, tau),
      rows: own,
      influence: areaInfluence(curve, followUp, own, tau),
    };
  });
  const clusters = oneWayClusters(spec, table, arm.treated);
  const { vcov, spreadOf } = clusters
    ? clusteredSpread(spec, clusters, groups, means, followUp)
    : { vcov: null, spreadOf: rowSpread(means, followUp) };
  warnings.push(...clusterWarnings(clusters, vcov === 'CR2'));
  const shown = (row: EstimateRow): EstimateRow =>
    clusters && tooFewClusters(clusters) ? withoutInterval(row) : row;
  const row = (
    term: string,
    value: number,
    slopes: readonly number[],
    scale: 'identity' | 'log' = 'identity',
  ) => {
    const { se, df, unknown } = spreadOf(slopes);
    const made = waldRow(term, value, se, df, spec.level, scale);
    return unknown ? withoutInterval(made) : shown(made);
  };
  const treated = groups.levels.indexOf(arm.treatedLevel);
  const only = (g: number, slope: number): number[] => means.map((_, h) => (h === g ? slope : 0));
  const signed = (a: number, b: number): number[] => means.map((_, g) => (g === treated ? a : -b));
  const a = means[treated]?.mean ?? 0;
  const b = means[1 - treated]?.mean ?? 0;
  const perArm = means.map(({ mean }, g) => ({
    ...row('rmst', mean, only(g, 1)),
    arm: groups.levels[g] ?? '',
  }));
  return {
    method: 'rmst',
    n: table.n,
    warnings,
    tau,
    estimates: [
      row('difference', a - b, signed(1, 1)),
      ...(a > 0 && b > 0 ? [ratioTwin(row('ratio', Math.log(a / b), signed(1 / a, 1 / b), 'log'))] : []),
      ...perArm,
    ],
    arms: perArm.map(({ arm: name, estimate, se }) => ({ arm: name, rmst: estimate, se })),
    ...(vcov ? { vcovType: vcov } : {}),
    ...clusterCounts({ clusters }),
    ...permutationOf(spec, clusters, arm.treated, followUp, tau),
  };
}

/** Independent rows: Greenwood, or the squares of the parts when weights are no counts of rows. */
function rowSpread(means: readonly ArmMean[], followUp: FollowUp): SpreadOf {
  const fractional = followUp.weights?.some((w) => !Number.isInteger(w)) ?? false;
  const variances = means.map(({ variance, influence }) =>
    fractional ? influence.reduce((s, x) => s + x * x, 0) : variance,
  );
  return (slopes) => ({
    se: Math.sqrt(slopes.reduce((s, slope, g) => s + slope * slope * (variances[g] ?? 0), 0)),
    df: null,
  });
}

function clusteredSpread(
  spec: Spec,
  clusters: OneWay,
  arms: Grouping,
  means: readonly ArmMean[],
  followUp: FollowUp,
): { vcov: string; spreadOf: SpreadOf } {
  const vcov = spec.vcov ?? (fewClusters(clusters) ? 'CR2' : 'CR0');
  const rule = spec.df ?? (vcov === 'CR2' ? 'satterthwaite' : 'normal');
  const n = arms.code.length;
  const spreadOf: SpreadOf = (slopes) => {
    const influence = zeros(n);
    means.forEach(({ rows, influence: own }, g) => {
      for (let i = 0; i < rows.length; i++) influence[rows[i]] = (slopes[g] ?? 0) * own[i];
    });
    const parts = { influence, cohort: arms.code, cohorts: arms.levels.length, weights: followUp.weights };
    const { plain, corrected, df } = clusterVariance(parts, clusters.grouping);
    return {
      se: Math.sqrt(vcov === 'CR2' ? corrected : plain),
      df: rule === 'satterthwaite' ? df : rule === 'clusters-1' ? clusters.count - 1 : null,
      unknown: rule === 'satterthwaite' && df === null,
    };
  };
  return { vcov, spreadOf };
}

/** Clusters reshuffled, on each row's part in the area under the curve of both arms together. */
function permutationOf(
  spec: Spec,
  clusters: Clusters | null,
  treated: Vector,
  followUp: FollowUp,
  tau: number,
): Record<string, unknown> {
  if (!clusters?.wholeArms || !fewClusters(clusters)) return {};
  const all = integers(treated.length);
  for (let i = 0; i < all.length; i++) all[i] = i;
  const { weights } = followUp;
  const parts = areaInfluence(curveOf(followUp, all), followUp, all, tau);
  if (weights) for (let i = 0; i < parts.length; i++) parts[i] /= weights[i];
  return permutationBeside(spec, clusters, treated, parts, weights);
}
