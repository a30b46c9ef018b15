// Size, power or detectable effect of two-arm designs. Sources: proportions: Fleiss, Levin and Paik (2003), eq. 4.14
// without correction; means: noncentral t (Cohen 1988); clusters: Donner and Klar (2000), with unequal sizes of Eldridge,
// Ashby and Kerry (2006) Int. J. Epidemiol. 35:1292, eq. 5; baseline: Borm, Fransen and Lemmens (2007).
import type { Answer } from '../answer.ts';
import { normalCdf, normalQuantile, tQuantile } from '../distributions.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';
import { noncentralTUpper } from './noncentral-t.ts';
import { armValues, number, rising } from './power-numbers.ts';
import { steppedWedge } from './power-stepped-wedge.ts';

interface Design {
  readonly kind: 'proportions' | 'means';
  /** The trial arm's proportion or mean; undefined where it is to be solved. */
  readonly a: number | undefined;
  readonly b: number;
  readonly sd: number;
  readonly alpha: number;
  readonly sided: 1 | 2;
  /** Mean rows of a cluster; undefined where persons are allocated one by one. */
  readonly clusterSize: number | undefined;
  /** Variance of a clustered arm over that of as many independent persons. */
  readonly designEffect: number;
  /** Variance left once the baseline is adjusted for. */
  readonly afterBaseline: number;
}

const GIVE_TWO = 'give two of: n, power, and the arms\' values (or "mde")';

function meansPower({ sd, sided }: Design, n: number, d: number, tail: number): number {
  const df = 2 * n - 2;
  if (df <= 0) return 0;
  const critical = -tQuantile(tail, df);
  const shift = (d / sd) * Math.sqrt(n / 2);
  // a two-sided test may also reject on the wrong side
  const wrong = sided === 2 ? noncentralTUpper(critical, df, -shift) : 0;
  return noncentralTUpper(critical, df, shift) + wrong;
}

function proportionsPower({ b, sided }: Design, n: number, a: number, tail: number): number {
  const d = Math.abs(a - b);
  const middle = (a + b) / 2;
  const pooled = Math.sqrt(2 * middle * (1 - middle));
  const own = Math.sqrt(a * (1 - a) + b * (1 - b));
  const reach = (shift: number): number => normalCdf((shift + normalQuantile(tail) * pooled) / own);
  return reach(Math.sqrt(n) * d) + (sided === 2 ? reach(-Math.sqrt(n) * d) : 0);
}

/** Power with `perArm` persons in each arm, when the trial arm shows `a`. */
function powerOf(design: Design, perArm: number, a: number): number {
  const n = perArm / (design.designEffect * design.afterBaseline);
  const tail = design.alpha / design.sided;
  return design.kind === 'means'
    ? meansPower(design, n, Math.abs(a - design.b), tail)
    : proportionsPower(design, n, a, tail);
}

function designOf(spec: Spec, kind: Design['kind']): Design {
  const given = armValues(spec);
  const b = given.b ?? (kind === 'means' ? 0 : undefined);
  demand(b !== undefined, 'missing-role', 'give the control arm\'s value in "b"', 'b');
  const mde = number(spec, 'mde');
  const a = given.a ?? (mde === undefined ? undefined : b + mde);
  const icc = number(spec, 'icc') ?? 0;
  const clusterSize = number(spec, 'clusterSize');
  const cv = number(spec, 'cv') ?? 0;
  const baseline = number(spec, 'baselineCorrelation') ?? 0;
  demand(icc >= 0 && icc < 1, 'bad-option', '"icc" lies from 0 to below 1', 'icc');
  demand(
    Math.abs(baseline) < 1,
    'bad-option',
    '"baselineCorrelation" lies between -1 and 1',
    'baselineCorrelation',
  );
  if (kind === 'proportions')
    demand(
      (a ?? b) > 0 && (a ?? b) < 1 && b > 0 && b < 1,
      'bad-option',
      'a proportion lies between 0 and 1',
      'a',
    );
  return {
    kind,
    a,
    b,
    sd: number(spec, 'sd') ?? 1,
    alpha: spec.alpha ?? 0.05,
    sided: spec.sided ?? 2,
    clusterSize,
    designEffect: 1 + ((cv * cv + 1) * (clusterSize ?? 1) - 1) * icc,
    afterBaseline: 1 - baseline * baseline,
  };
}

/** Persons in an arm, if the specification says so by any of its names. */
function perArmOf(spec: Spec, { clusterSize = 1 }: Design): number | undefined {
  const total = number(spec, 'n') ?? (number(spec, 'nPerArm') ?? 0) * 2;
  const clusters = number(spec, 'clusters');
  if (total > 0) return total / 2;
  return clusters === undefined ? undefined : (clusters / 2) * clusterSize;
}

function answerOf(
  design: Design,
  found: { perArm: number; power: number; effect: number; exact: number | null },
): Answer {
  const { clusterSize } = design;
  const perArm = clusterSize === undefined ? null : Math.ceil(found.perArm / clusterSize - 1e-9);
  return {
    method: 'power',
    n: 2 * (perArm === null || clusterSize === undefined ? found.perArm : perArm * clusterSize),
    warnings: perArm !== null && perArm < 20 ? ['few-clusters'] : [],
    design: design.kind,
    nPerArm: found.perArm,
    nPerArmExact: found.exact,
    clusters: perArm === null ? null : 2 * perArm,
    clustersPerArm: perArm,
    power: found.power,
    effect: found.effect,
    mde: found.effect,
    designEffect: design.designEffect,
    alpha: design.alpha,
    sided: design.sided,
  };
}

function solveSize(design: Design, target: number | undefined): Answer {
  const { a, b } = design;
  demand(target !== undefined && a !== undefined && a !== b, 'missing-role', GIVE_TWO, 'n');
  const least = 1.0001 * design.designEffect * design.afterBaseline;
  const exact = rising((n) => powerOf(design, n, a), target, least, 1e10);
  const perArm = Math.ceil(exact - 1e-9);
  return answerOf(design, { perArm, power: powerOf(design, perArm, a), effect: a - b, exact });
}

function solveEffect(design: Design, perArm: number, target: number | undefined): Answer {
  demand(target !== undefined, 'missing-role', GIVE_TWO, 'power');
  const { b } = design;
  const reach = design.kind === 'proportions' ? 1 - b - 1e-12 : 1e6 * design.sd;
  const effect = rising((d) => powerOf(design, perArm, b + d), target, 1e-12, reach);
  const power = powerOf(design, perArm, b + effect);
  demand(
    Math.abs(power - target) < 1e-6,
    'out-of-reach',
    'no effect reaches that power with so few; raise n',
    'n',
  );
  return answerOf(design, { perArm, power, effect, exact: null });
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
  const design = designOf(spec, kind);
  const target = number(spec, 'power');
  const perArm = perArmOf(spec, design);
  if (perArm === undefined) return solveSize(design, target);
  if (design.a === undefined || target !== undefined) return solveEffect(design, perArm, target);
  const found = powerOf(design, perArm, design.a);
  return answerOf(design, { perArm, power: found, effect: design.a - design.b, exact: null });
}
