// The share of arrangements at least as extreme as the trial's own, and the shifts of the treated it does not reject.
// Sources: Fisher (1935), ch. 2; interval by inverting the test, Garthwaite (1996) Biometrics 52:1387; Monte Carlo p with the
// observed arrangement counted: Phipson and Smyth (2010).
import { type Integers, zeros } from '../arrays.ts';
import { random } from '../random.ts';
import { arrangements, countArrangements, type Units } from './arrangements.ts';

export const EXHAUSTIVE_BELOW = 10_000;
export const DEFAULT_DRAWS = 9_999;
/** Statistics this close count as equal: they differ by the order of summation only. */
const TIE = 1e-10;

export type Statistic = 'mean-difference' | 'cluster-mean-difference' | 'studentised';

/** The statistic as a line in a shift of the treated: value(delta) = base - slope delta. */
interface Line {
  base: number;
  slope: number;
}

function meanLine(units: Units, arm: Integers, byUnit: boolean): Line {
  let n1 = 0;
  let n0 = 0;
  let y1 = 0;
  let y0 = 0;
  let z1 = 0;
  let z0 = 0;
  for (let u = 0; u < arm.length; u++) {
    const size: number = byUnit ? 1 : units.size[u];
    const total: number = byUnit ? units.total[u] / units.size[u] : units.total[u];
    const shifted: number = units.arm[u] === 1 ? size : 0;
    if (arm[u] === 1) {
      n1 += size;
      y1 += total;
      z1 += shifted;
    } else {
      n0 += size;
      y0 += total;
      z0 += shifted;
    }
  }
  return { base: y1 / n1 - y0 / n0, slope: z1 / n1 - z0 / n0 };
}

/** Welch's t on unit means, for a shift `delta` taken from the units treated in the data. */
export function studentised(units: Units, arm: Integers, delta: number): number {
  const n = [0, 0];
  const s = [0, 0];
  const q = [0, 0];
  for (let u = 0; u < arm.length; u++) {
    const g = arm[u] as number;
    const y: number = units.total[u] / units.size[u] - (units.arm[u] === 1 ? delta : 0);
    n[g] = (n[g] ?? 0) + 1;
    s[g] = (s[g] ?? 0) + y;
    q[g] = (q[g] ?? 0) + y * y;
  }
  const [n0, n1] = n as [number, number];
  const [s0, s1] = s as [number, number];
  const [q0, q1] = q as [number, number];
  const v =
    Math.max(0, q0 - (s0 * s0) / n0) / (n0 - 1) / n0 + Math.max(0, q1 - (s1 * s1) / n1) / (n1 - 1) / n1;
  const d = s1 / n1 - s0 / n0;
  return v > 0 ? d / Math.sqrt(v) : d === 0 ? 0 : Math.sign(d) * 1e300;
}

export interface Tested {
  p: number;
  arrangements: number;
  exhaustive: boolean;
  statistic: number;
  estimate: number;
  lower: number | null;
  upper: number | null;
}

/** Tests no effect; `level` null asks for no interval. */
export function randomisationTest(
  units: Units,
  statistic: Statistic,
  draws: number,
  seed: number,
  level: number | null,
): Tested {
  const shape = units.strata.map((members) => {
    let treated = 0;
    for (const u of members) treated += units.arm[u] as number;
    return { size: members.length, treated };
  });
  const possible = countArrangements(shape);
  const exhaustive = possible < EXHAUSTIVE_BELOW;
  const used = exhaustive ? possible : draws;
  const byUnit = statistic === 'cluster-mean-difference';
  const observed = meanLine(units, units.arm, byUnit || statistic === 'studentised');
  const estimate = observed.base;
  // every p is a share of arrangements; random ones count the observed arrangement once more
  const share = (extreme: number): number => (exhaustive ? extreme / used : (extreme + 1) / (used + 1));
  let pOf: (delta: number) => number;
  if (statistic === 'studentised') {
    const kept: Integers[] = [];
    for (const arm of arrangements(units, exhaustive, draws, random(seed)))
      kept.push(arm.slice() as Integers);
    pOf = (delta) => {
      const limit = Math.abs(studentised(units, units.arm, delta)) * (1 - TIE);
      let extreme = 0;
      for (const arm of kept) if (Math.abs(studentised(units, arm, delta)) >= limit) extreme++;
      return share(extreme);
    };
  } else {
    const base = zeros(used);
    const slope = zeros(used);
    let k = 0;
    for (const arm of arrangements(units, exhaustive, draws, random(seed))) {
      const line = meanLine(units, arm, byUnit);
      base[k] = line.base;
      slope[k++] = line.slope;
    }
    let scale = Math.abs(estimate);
    for (let i = 0; i < used; i++) scale = Math.max(scale, Math.abs(base[i]));
    pOf = (delta) => {
      const limit = Math.abs(observed.base - observed.slope * delta) - TIE * (scale + Math.abs(delta));
      let extreme = 0;
      for (let i = 0; i < used; i++) if (Math.abs(base[i] - slope[i] * delta) >= limit) extreme++;
      return share(extreme);
    };
  }
  const p = pOf(0);
  const ends =
    level === null ? [null, null] : [-1, 1].map((side) => invert(pOf, estimate, side, 1 - level, units));
  return {
    p,
    arrangements: used,
    exhaustive,
    statistic: statistic === 'studentised' ? studentised(units, units.arm, 0) : estimate,
    estimate,
    lower: ends[0] ?? null,
    upper: ends[1] ?? null,
  };
}

/** The shift on one side of the estimate at which p falls to alpha; null when it never does. */
function invert(
  pOf: (delta: number) => number,
  estimate: number,
  side: number,
  alpha: number,
  units: Units,
): number | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let u = 0; u < units.size.length; u++) {
    const y = units.total[u] / units.size[u];
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  let step = (high - low) / 16;
  if (!(step > 0)) return null;
  let inside = estimate;
  let outside = estimate + side * step;
  for (let i = 0; i < 24 && pOf(outside) > alpha; i++) {
    inside = outside;
    step *= 2;
    outside = estimate + side * step;
  }
  if (pOf(outside) > alpha) return null;
  for (let i = 0; i < 60; i++) {
    const middle = (inside + outside) / 2;
    if (Math.abs(outside - inside) <= 1e-12 * (Math.abs(inside) + step)) break;
    if (pOf(middle) > alpha) inside = middle;
    else outside = middle;
  }
  return (inside + outside) / 2;
}
