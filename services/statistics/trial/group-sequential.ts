// Boundaries of a group sequential design. Sources: Armitage, McPherson and Rowe (1969) JRSS A 132:235 (recursive
// integration); O'Brien and Fleming (1979); Pocock (1977); Lan and DeMets (1983) Biometrika 70:659, and (1989) Statist. Med.
// 8:1191 for a time of spending apart from the information; Hwang, Shih and De Cani (1990) Statist. Med. 9:1439.
import type { Answer } from '../answer.ts';
import { type Vector, zeros } from '../arrays.ts';
import { normalPdf, normalQuantile, normalUpper } from '../distributions.ts';
import { demand } from '../errors.ts';
import { gaussLegendre } from '../linear-algebra/quadrature.ts';
import type { Spec } from '../spec.ts';

/** Beyond this many standard deviations the normal density adds nothing to a double. */
const REACH = 10;
const NODES = 24;

/** The sub-density of the statistic at one look over those not yet stopped. */
interface Path {
  readonly z: Vector;
  /** Density times quadrature weight. */
  readonly mass: Vector;
  readonly t: number;
}

/** Nodes over [low, high] in panels no wider than `width`. */
function nodes(low: number, high: number, width: number): { z: Vector; w: Vector } {
  const { nodes: x, weights } = gaussLegendre(NODES);
  const panels = Math.max(1, Math.ceil((high - low) / width));
  const z = zeros(panels * NODES);
  const w = zeros(panels * NODES);
  const half = (high - low) / panels / 2;
  for (let k = 0; k < panels; k++)
    for (let i = 0; i < NODES; i++) {
      z[k * NODES + i] = low + half * (2 * k + 1 + x[i]);
      w[k * NODES + i] = half * weights[i];
    }
  return { z, w };
}

/** Probability of crossing `c` at information t, given the path so far. */
function crossing(path: Path | null, t: number, c: number, twoSided: boolean): number {
  if (!path) return (twoSided ? 2 : 1) * normalUpper(c);
  const drift = Math.sqrt(t - path.t);
  let p = 0;
  for (let i = 0; i < path.z.length; i++) {
    const from = path.z[i] * Math.sqrt(path.t);
    const to = c * Math.sqrt(t);
    p += path.mass[i] * normalUpper((to - from) / drift);
    if (twoSided) p += path.mass[i] * normalUpper((to + from) / drift);
  }
  return p;
}

/** The path after a look at which those beyond `c` stopped. */
function continued(path: Path | null, t: number, next: number, c: number, twoSided: boolean): Path {
  // panels resolve the kernel of the look to come as well as the density itself
  const kernel = Math.sqrt(Math.max(1e-6, (next - t) / next));
  const past = path ? Math.sqrt((t - path.t) / t) : 1;
  const low = twoSided ? -Math.min(c, REACH) : -REACH;
  const { z, w } = nodes(low, Math.min(c, REACH), Math.min(1.5, 3 * kernel, 3 * past));
  const mass = zeros(z.length);
  for (let i = 0; i < z.length; i++) {
    let density = 0;
    if (!path) density = normalPdf(z[i]);
    else {
      const drift = Math.sqrt(t - path.t);
      const to = z[i] * Math.sqrt(t);
      for (let k = 0; k < path.z.length; k++)
        density += path.mass[k] * normalPdf((to - path.z[k] * Math.sqrt(path.t)) / drift);
      density *= Math.sqrt(t) / drift;
    }
    mass[i] = density * w[i];
  }
  return { z, mass, t };
}

/** The root of a falling function by bisection to the last bit. */
function falling(f: (x: number) => number, low: number, high: number): number {
  let a = low;
  let b = high;
  for (let i = 0; i < 90 && b - a > 1e-14 * Math.max(1, b); i++) {
    const middle = (a + b) / 2;
    if (f(middle) > 0) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

/** Cumulative alpha one side may have spent at information fraction t. */
const SPENDING: Readonly<Record<string, (alpha: number, t: number, gamma: number) => number>> = {
  'obrien-fleming': (alpha, t) => 2 * normalUpper(-normalQuantile(alpha / 2) / Math.sqrt(t)),
  pocock: (alpha, t) => alpha * Math.log(1 + (Math.E - 1) * t),
  'hwang-shih-decani': (alpha, t, gamma) =>
    gamma === 0 ? alpha * t : (alpha * -Math.expm1(-gamma * t)) / -Math.expm1(-gamma),
};

const CLASSIC: Readonly<Record<string, (t: number) => number>> = {
  'classic-obrien-fleming': (t) => 1 / Math.sqrt(t),
  'classic-pocock': () => 1,
};

/** Boundaries that spend `spent[k]` in total by look k. */
function bySpending(fractions: readonly number[], spent: readonly number[], twoSided: boolean): number[] {
  let path: Path | null = null;
  return fractions.map((t, k) => {
    const increment = (spent[k] ?? 0) - (spent[k - 1] ?? 0);
    const from = path;
    const c = increment > 1e-300 ? falling((x) => crossing(from, t, x, twoSided) - increment, -3, 38) : 38;
    path = continued(path, t, fractions[k + 1] ?? t * 2, c, twoSided);
    return c;
  });
}

/** Crossing probabilities look by look for given boundaries, summed. */
function spentBy(fractions: readonly number[], bounds: readonly number[], twoSided: boolean): number[] {
  let path: Path | null = null;
  let total = 0;
  return fractions.map((t, k) => {
    const c = bounds[k] ?? 0;
    total += crossing(path, t, c, twoSided);
    path = continued(path, t, fractions[k + 1] ?? t * 2, c, twoSided);
    return total;
  });
}

/** When alpha is spent: by the information unless told. */
function spendingTimes({ spendingTime }: Spec, fractions: readonly number[]): readonly number[] {
  if (!spendingTime) return fractions;
  demand(
    spendingTime.length === fractions.length &&
      spendingTime.every((t, k) => t > 0 && t <= 1 && t >= (spendingTime[k - 1] ?? 0)),
    'bad-option',
    '"spendingTime" has one share for each look, above 0 and at most 1, and never falls',
    'spendingTime',
  );
  return spendingTime;
}

export function groupSequential(spec: Spec): Answer {
  const information = spec.information ?? [];
  demand(
    information.length > 0 && information.length <= 50,
    'missing-role',
    'give "information" at each look, 1 to 50 looks',
    'information',
  );
  demand(
    information.every((t, k) => t > (information[k - 1] ?? 0)),
    'bad-option',
    '"information" rises from look to look',
    'information',
  );
  const last = information[information.length - 1] ?? 1;
  const fractions = information.map((t) => (last > 1 ? t / last : t));
  const alpha = spec.alpha ?? 0.025;
  const sided = spec.sided ?? 1;
  const twoSided = sided === 2;
  demand(alpha < (twoSided ? 1 : 0.5), 'bad-option', '"alpha" is below one half for one side', 'alpha');
  const name = spec.spending ?? 'obrien-fleming';
  const spend = SPENDING[name];
  const classic = CLASSIC[name];
  demand(
    spend || classic,
    'bad-option',
    `"spending" is one of ${[...Object.keys(SPENDING), ...Object.keys(CLASSIC)].join(', ')}`,
    'spending',
  );
  let z: number[];
  let spent: number[];
  if (spend) {
    const gamma = spec.gamma ?? -4;
    spent = spendingTimes(spec, fractions).map((t) => sided * spend(alpha / sided, t, gamma));
    z = bySpending(fractions, spent, twoSided);
  } else {
    const shape = classic ?? (() => 1);
    const total = (c: number): number =>
      spentBy(
        fractions,
        fractions.map((t) => c * shape(t)),
        twoSided,
      ).at(-1) ?? 0;
    const c = falling((x) => total(x) - alpha, 0.1, 12);
    z = fractions.map((t) => c * shape(t));
    spent = spentBy(fractions, z, twoSided);
  }
  return {
    method: 'group-sequential',
    n: information.length,
    warnings: spend && (spec.spendingTime?.at(-1) ?? last) < 1 ? ['information-below-one'] : [],
    spending: name,
    alpha,
    sided,
    information: fractions,
    z,
    p: z.map((c) => sided * normalUpper(c)),
    spent,
  };
}
