// Restricted mean survival time to tau by arm, and its difference. Sources: Uno et al. (2014) J. Clin. Oncol. 32:2380;
// Royston and Parmar (2013); variance from Greenwood's increments, as Klein and Moeschberger (2003), eq. 4.5.2; for clusters,
// and weights that are no counts, from the influence of every row on the area.
import { type Answer, type EstimateRow, ratioTwin } from '../answer.ts';
import { type Integers, integers, type Vector } from '../arrays.ts';
import { type Sample, twoArms } from '../data/roles.ts';
import { demand } from '../errors.ts';
import { type Clusters, clusterWarnings, fewClusters, oneWayClusters } from '../regression/cluster-rules.ts';
import { clusterCounts, permutationBeside } from '../regression/models.ts';
import { positiveRows } from '../regression/positive-rows.ts';
import type { Spec } from '../spec.ts';
import { type ArmPart, armContrasts } from './arm-contrast.ts';
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
  const means = curves.map((curve, g): ArmPart => {
    const end = curve.survival[curve.survival.length - 1] as number;
    demand(
      tau <= (last[g] ?? 0) || end === 0,
      'tau-beyond-follow-up',
      `arm "${groups.levels[g]}" is followed to ${last[g]} only; choose "tau" at or below it`,
      'tau',
    );
    if (curve.events.every((d) => d === 0) && !warnings.includes('no-events')) warnings.push('no-events');
    const own = rows[g] as Integers;
    const { mean: value, variance } = restrictedMean(curve, tau);
    return { value, variance, rows: own, influence: areaInfluence(curve, followUp, own, tau) };
  });
  const clusters = oneWayClusters(spec, table, arm.treated);
  const contrasts = armContrasts(spec, groups, clusters, followUp, fewClusters);
  const { vcov } = contrasts;
  warnings.push(...clusterWarnings(clusters, vcov === 'CR2'));
  const row = (
    term: string,
    value: number,
    slopes: readonly number[],
    scale: 'identity' | 'log' = 'identity',
  ): EstimateRow => contrasts.row(means, slopes, term, value, scale);
  const treated = groups.levels.indexOf(arm.treatedLevel);
  const only = (g: number, slope: number): number[] => means.map((_, h) => (h === g ? slope : 0));
  const signed = (a: number, b: number): number[] => means.map((_, g) => (g === treated ? a : -b));
  const a = means[treated]?.value ?? 0;
  const b = means[1 - treated]?.value ?? 0;
  const perArm = means.map(({ value }, g) => ({
    ...row('rmst', value, only(g, 1)),
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
