// Size, power or detectable effect of two-arm and stepped-wedge designs. Sources: proportions: Fleiss, Levin and Paik
// (2003), eq. 4.14 without correction; means: noncentral t (Cohen 1988); clusters: Donner and Klar (2000), with unequal
// sizes of Eldridge, Ashby and Kerry (2006) Int. J. Epidemiol. 35:1292, eq. 5; baseline: Borm, Fransen and Lemmens (2007);
// stepped wedge: Hussey and Hughes (2007) Contemp. Clin. Trials 28:182, eq. 8.
import type { Answer } from '../answer.ts';
import { normalCdf, normalQuantile, tQuantile } from '../distributions.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';
import { noncentralTUpper } from './noncentral-t.ts';

interface Design {
  kind: 'proportions' | 'means';
  a: number;
  b: number;
  sd: number;
  alpha: number;
  sided: 1 | 2;
  designEffect: number;
}

const number = (spec: Spec, ...names: string[]): number | undefined => {
  for (const name of names) if (typeof spec[name] === 'number') return spec[name] as number;
  return undefined;
};

/** Power with `perArm` subjects in each arm; a cluster design counts for perArm / designEffect of them. */
function powerOf(design: Design, perArm: number): number {
  const n = perArm / design.designEffect;
  const d = Math.abs(design.a - design.b);
  const tail = design.alpha / design.sided;
  if (design.kind === 'means') {
    const df = 2 * n - 2;
    if (df <= 0) return 0;
    const critical = -tQuantile(tail, df);
    const shift = (d / design.sd) * Math.sqrt(n / 2);
    // a two-sided test may also reject on the wrong side
    const wrong = design.sided === 2 ? noncentralTUpper(critical, df, -shift) : 0;
    return noncentralTUpper(critical, df, shift) + wrong;
  }
  const middle = (design.a + design.b) / 2;
  const pooled = Math.sqrt(2 * middle * (1 - middle));
  const own = Math.sqrt(design.a * (1 - design.a) + design.b * (1 - design.b));
  const wrong = design.sided === 2 ? normalCdf((-Math.sqrt(n) * d + normalQuantile(tail) * pooled) / own) : 0;
  return normalCdf((Math.sqrt(n) * d + normalQuantile(tail) * pooled) / own) + wrong;
}

/** The x between low and high at which a rising f reaches target. */
function rising(f: (x: number) => number, target: number, low: number, high: number): number {
  let a = low;
  let b = high;
  for (let i = 0; i < 200 && b - a > 1e-13 * Math.max(1, Math.abs(b)); i++) {
    const middle = (a + b) / 2;
    if (f(middle) < target) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

export function power(spec: Spec): Answer {
  const kind = (spec.design as string | undefined) ?? 'proportions';
  if (kind === 'stepped-wedge') return steppedWedge(spec);
  demand(
    kind === 'proportions' || kind === 'means',
    'bad-option',
    '"design" is proportions, means or stepped-wedge',
    'design',
  );
  const values = (spec.values as number[] | undefined) ?? [];
  const b = values[1] ?? number(spec, 'b', 'p2', 'control', 'mean2') ?? (kind === 'means' ? 0 : undefined);
  demand(b !== undefined, 'missing-role', 'give the control arm\'s value in "b"', 'b');
  const target = number(spec, 'power');
  const mde = number(spec, 'mde');
  const a =
    values[0] ?? number(spec, 'a', 'p1', 'treated', 'mean1') ?? (mde === undefined ? undefined : b + mde);
  const icc = number(spec, 'icc') ?? 0;
  const size = number(spec, 'clusterSize') ?? 1;
  const cv = number(spec, 'cv') ?? 0;
  const baseline = number(spec, 'baselineCorrelation') ?? 0;
  demand(icc >= 0 && icc < 1, 'bad-option', '"icc" lies from 0 to below 1', 'icc');
  demand(
    Math.abs(baseline) < 1,
    'bad-option',
    '"baselineCorrelation" lies between -1 and 1',
    'baselineCorrelation',
  );
  const clustered = spec.clusterSize !== undefined;
  const inflation = 1 + ((cv * cv + 1) * size - 1) * icc;
  const design: Design = {
    kind,
    a: a ?? b,
    b,
    sd: number(spec, 'sd') ?? 1,
    alpha: spec.alpha ?? 0.05,
    sided: spec.sided ?? 2,
    designEffect: inflation * (1 - baseline * baseline),
  };
  if (kind === 'proportions')
    demand(
      design.a > 0 && design.a < 1 && b > 0 && b < 1,
      'bad-option',
      'a proportion lies between 0 and 1',
      'a',
    );
  const clusters = number(spec, 'clusters');
  const total = number(spec, 'n') ?? (number(spec, 'nPerArm') ?? 0) * 2;
  const givenPerArm = total > 0 ? total / 2 : clusters === undefined ? undefined : (clusters / 2) * size;
  const answer = (perArm: number, found: number, effect: number, exact: number | null): Answer => ({
    method: 'power',
    n: clustered ? 2 * Math.ceil(perArm / size - 1e-9) * size : 2 * perArm,
    warnings: clustered && Math.ceil(perArm / size - 1e-9) < 20 ? ['few-clusters'] : [],
    design: kind,
    nPerArm: perArm,
    nPerArmExact: exact,
    clusters: clustered ? 2 * Math.ceil(perArm / size - 1e-9) : null,
    clustersPerArm: clustered ? Math.ceil(perArm / size - 1e-9) : null,
    power: found,
    effect,
    mde: effect,
    designEffect: inflation,
    alpha: design.alpha,
    sided: design.sided,
  });
  if (givenPerArm === undefined) {
    demand(
      target !== undefined && a !== undefined && a !== b,
      'missing-role',
      'give two of: n, power, and the arms\' values (or "mde")',
      'n',
    );
    const exact = rising((n) => powerOf(design, n), target, 1.0001 * design.designEffect, 1e10);
    const perArm = Math.ceil(exact - 1e-9);
    return answer(perArm, powerOf(design, perArm), design.a - b, exact);
  }
  if (a !== undefined && target === undefined)
    return answer(givenPerArm, powerOf(design, givenPerArm), design.a - b, null);
  demand(
    target !== undefined,
    'missing-role',
    'give two of: n, power, and the arms\' values (or "mde")',
    'power',
  );
  const reach = kind === 'proportions' ? 1 - b - 1e-12 : 1e6 * design.sd;
  const effect = rising((d) => powerOf({ ...design, a: b + d }, givenPerArm), target, 1e-12, reach);
  const found = powerOf({ ...design, a: b + effect }, givenPerArm);
  demand(
    Math.abs(found - target) < 1e-6,
    'out-of-reach',
    'no effect reaches that power with so few; raise n',
    'n',
  );
  return answer(givenPerArm, found, effect, null);
}

function steppedWedge(spec: Spec): Answer {
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
  const values = (spec.values as number[] | undefined) ?? [];
  const b = values[1] ?? number(spec, 'b', 'p2', 'control') ?? 0;
  const a = values[0] ?? number(spec, 'a', 'p1', 'treated') ?? b + (number(spec, 'mde') ?? 0);
  const icc = number(spec, 'icc') ?? 0;
  const alpha = spec.alpha ?? 0.05;
  const sided = spec.sided ?? 2;
  const binary = spec.outcomeType === 'proportions' || (number(spec, 'sd') === undefined && b > 0 && b < 1);
  const middle = (a + b) / 2;
  const variance = binary ? middle * (1 - middle) : (number(spec, 'sd') ?? 1) ** 2;
  const between = icc * variance;
  const error = ((1 - icc) * variance) / size;
  const periods = steps + 1;
  /** Variance of the effect with `per` clusters crossing over at each step. */
  const effectVariance = (per: number): number => {
    const i = per * steps;
    let u = 0;
    let w = 0;
    let v = 0;
    for (let s = 1; s <= steps; s++) {
      const treated = periods - s;
      u += per * treated;
      v += per * treated * treated;
    }
    for (let t = 0; t < periods; t++) w += (per * t) ** 2;
    const below = (i * u - w) * error + (u * u + i * periods * u - periods * w - i * v) * between;
    return (i * error * (error + periods * between)) / below;
  };
  demand(variance > 0, 'bad-option', 'the spread is above 0', 'sd');
  const z = -normalQuantile(alpha / sided);
  const powerAt = (per: number): number => {
    const shift = Math.abs(a - b) / Math.sqrt(effectVariance(per));
    return normalCdf(shift - z) + (sided === 2 ? normalCdf(-shift - z) : 0);
  };
  const target = number(spec, 'power');
  const clusters = number(spec, 'clusters');
  const given = clusters === undefined ? number(spec, 'clustersPerStep') : clusters / steps;
  demand(given !== undefined || target !== undefined, 'missing-role', 'give "power" or "clusters"', 'power');
  const perStep = given ?? Math.ceil(rising(powerAt, target ?? 0.8, 1e-6, 1e7) - 1e-9);
  return {
    method: 'power',
    n: perStep * steps * periods * size,
    warnings: [],
    design: 'stepped-wedge',
    clusters: perStep * steps,
    clustersPerStep: perStep,
    periods,
    power: powerAt(perStep),
    effect: a - b,
    effectSe: Math.sqrt(effectVariance(perStep)),
    alpha,
    sided,
  };
}
