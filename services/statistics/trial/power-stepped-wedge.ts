// Power and size of a stepped wedge with new rows in every period and a constant cluster effect.
// Source: Hussey and Hughes (2007) Contemp. Clin. Trials 28:182, eq. 8.
import type { Answer } from '../answer.ts';
import { normalCdf, normalQuantile } from '../distributions.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';
import { armValues, number, rising } from './power-numbers.ts';

/** Variance of the effect when `per` clusters cross over at each of `steps`; `between` and `error` are those of a cluster and of a cluster-period's mean. */
function effectVariance(per: number, steps: number, between: number, error: number): number {
  const periods = steps + 1;
  const clusters = per * steps;
  let u = 0;
  let w = 0;
  let v = 0;
  for (let s = 1; s <= steps; s++) {
    const treated = periods - s;
    u += per * treated;
    v += per * treated * treated;
  }
  for (let t = 0; t < periods; t++) w += (per * t) ** 2;
  const below =
    (clusters * u - w) * error + (u * u + clusters * periods * u - periods * w - clusters * v) * between;
  return (clusters * error * (error + periods * between)) / below;
}

/** The spread of one row: asked for, or that of a proportion half way between the arms. */
function rowVariance(spec: Spec, a: number, b: number): number {
  const sd = number(spec, 'sd');
  const middle = (a + b) / 2;
  const binary = spec.outcomeType === 'proportions' || (sd === undefined && b > 0 && b < 1);
  return binary ? middle * (1 - middle) : (sd ?? 1) ** 2;
}

function layoutOf(spec: Spec): { steps: number; size: number } {
  const steps = number(spec, 'steps');
  const size = number(spec, 'clusterSize');
  demand(
    steps && size,
    'missing-role',
    'a stepped wedge needs "steps" and "clusterSize" (per period)',
    'steps',
  );
  demand(
    Number.isInteger(steps) && steps >= 2,
    'bad-option',
    'a stepped wedge has 2 steps or more: with one, treatment and time are the same',
    'steps',
  );
  return { steps, size };
}

export function steppedWedge(spec: Spec): Answer {
  const { steps, size } = layoutOf(spec);
  const given = armValues(spec);
  const b = given.b ?? 0;
  const a = given.a ?? b + (number(spec, 'mde') ?? 0);
  const icc = number(spec, 'icc') ?? 0;
  const alpha = spec.alpha ?? 0.05;
  const sided = spec.sided ?? 2;
  const variance = rowVariance(spec, a, b);
  demand(variance > 0, 'bad-option', 'the spread is above 0', 'sd');
  const seWith = (per: number): number =>
    Math.sqrt(effectVariance(per, steps, icc * variance, ((1 - icc) * variance) / size));
  const z = -normalQuantile(alpha / sided);
  const powerAt = (per: number): number => {
    const shift = Math.abs(a - b) / seWith(per);
    return normalCdf(shift - z) + (sided === 2 ? normalCdf(-shift - z) : 0);
  };
  const target = number(spec, 'power');
  const clusters = number(spec, 'clusters');
  const asked = clusters === undefined ? number(spec, 'clustersPerStep') : clusters / steps;
  demand(asked !== undefined || target !== undefined, 'missing-role', 'give "power" or "clusters"', 'power');
  const perStep = asked ?? Math.ceil(rising(powerAt, target ?? 0.8, 1e-6, 1e7) - 1e-9);
  return {
    method: 'power',
    n: perStep * steps * (steps + 1) * size,
    warnings: [],
    design: 'stepped-wedge',
    clusters: perStep * steps,
    clustersPerStep: perStep,
    periods: steps + 1,
    power: powerAt(perStep),
    effect: a - b,
    effectSe: seWith(perStep),
    alpha,
    sided,
  };
}
