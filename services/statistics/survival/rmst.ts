// Restricted mean survival time to tau by arm, and its difference. Source: Uno et al. (2014) J. Clin. Oncol. 32:2380;
// Royston and Parmar (2013); variance from Greenwood's increments, as Klein and Moeschberger (2003), eq. 4.5.2.
import { type Answer, ratioTwin, waldRow } from '../answer.ts';
import { needed, type Sample, twoArms } from '../data/roles.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';
import { armsOf, followUpOf, rowsByGroup } from './follow-up.ts';
import { type Curve, curveOf } from './kaplan-meier.ts';

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

export function rmst(spec: Spec, { table }: Sample): Answer {
  const followUp = followUpOf(spec, table);
  const arm = twoArms(spec, table);
  needed(spec, 'arm');
  const groups = armsOf(spec, table);
  const rows = rowsByGroup(groups);
  const curves = rows.map((own) => curveOf(followUp, own));
  const last = curves.map((curve) => curve.times[curve.times.length - 1] as number);
  const tau = spec.tau ?? Math.min(...last);
  demand(tau > 0, 'bad-option', '"tau" is a time above 0', 'tau');
  const warnings: string[] = [];
  const perArm = curves.map((curve, g) => {
    const end = curve.survival[curve.survival.length - 1] as number;
    demand(
      tau <= (last[g] ?? 0) || end === 0,
      'tau-beyond-follow-up',
      `arm "${groups.levels[g]}" is followed to ${last[g]} only; choose "tau" at or below it`,
      'tau',
    );
    if (curve.events.every((d) => d === 0)) warnings.push('no-events');
    return restrictedMean(curve, tau);
  });
  const treated = groups.levels.indexOf(arm.treatedLevel);
  const control = groups.levels.indexOf(arm.controlLevel);
  const a = perArm[treated] ?? { mean: 0, variance: 0 };
  const b = perArm[control] ?? { mean: 0, variance: 0 };
  const { level } = spec;
  const logRow =
    a.mean > 0 && b.mean > 0
      ? waldRow(
          'ratio',
          Math.log(a.mean / b.mean),
          Math.sqrt(a.variance / a.mean ** 2 + b.variance / b.mean ** 2),
          null,
          level,
          'log',
        )
      : null;
  return {
    method: 'rmst',
    n: table.n,
    warnings: [...new Set(warnings)],
    tau,
    estimates: [
      waldRow('difference', a.mean - b.mean, Math.sqrt(a.variance + b.variance), null, level),
      ...(logRow ? [ratioTwin(logRow)] : []),
      ...perArm.map(({ mean, variance }, g) => ({
        ...waldRow('rmst', mean, Math.sqrt(variance), null, level),
        arm: groups.levels[g] ?? '',
      })),
    ],
    arms: perArm.map(({ mean, variance }, g) => ({
      arm: groups.levels[g] ?? '',
      rmst: mean,
      se: Math.sqrt(variance),
    })),
  };
}
