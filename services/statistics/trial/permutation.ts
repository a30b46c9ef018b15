// Randomisation tests: the arms are reshuffled as the trial could have given them out, whole clusters within strata.
// Sources: Fisher (1935), ch. 2; Edgington and Onghena (2007); interval by inverting the test, Garthwaite (1996)
// Biometrics 52:1387; Monte Carlo p with the observed arrangement counted: Phipson and Smyth (2010).
import { type Answer, finite } from '../answer.ts';
import { type Integers, integers, mean, type Vector, zeros } from '../arrays.ts';
import { crossed, type Grouping, needed, type Sample, twoArms, weightsOf } from '../data/roles.ts';
import { numbersOf } from '../data/table.ts';
import { demand } from '../errors.ts';
import { type Random, random, shuffle } from '../random.ts';
import type { Spec } from '../spec.ts';

export const EXHAUSTIVE_BELOW = 10_000;
const DEFAULT_DRAWS = 9_999;
/** Statistics this close count as equal: they differ by the order of summation only. */
const TIE = 1e-10;

/** What is reshuffled: units (rows or clusters) with their arm, stratum and sums. */
interface Units {
  readonly arm: Integers;
  readonly strata: Integers[];
  readonly size: Vector;
  readonly total: Vector;
}

type Statistic = 'mean-difference' | 'cluster-mean-difference' | 'studentised';

/** Every arrangement, or random ones, as arm codes by unit. */
function* arrangements(
  units: Units,
  exhaustive: boolean,
  draws: number,
  source: Random,
): Generator<Integers> {
  const current = units.arm.slice() as Integers;
  if (!exhaustive) {
    for (let draw = 0; draw < draws; draw++) {
      for (const members of units.strata) {
        const labels = members.map((u) => units.arm[u] as number) as Integers;
        shuffle(labels, source);
        members.forEach((u, i) => {
          current[u] = labels[i];
        });
      }
      yield current;
    }
    return;
  }
  const within = function* (stratum: number): Generator<Integers> {
    const members = units.strata[stratum];
    if (!members) {
      yield current;
      return;
    }
    let treated = 0;
    for (const u of members) treated += units.arm[u] as number;
    for (const chosen of combinations(members.length, treated)) {
      for (const u of members) current[u] = 0;
      for (const i of chosen) current[members[i] as number] = 1;
      yield* within(stratum + 1);
    }
  };
  yield* within(0);
}

/** Every choice of k from n, in lexical order. */
function* combinations(n: number, k: number): Generator<readonly number[]> {
  const chosen = Array.from({ length: k }, (_, i) => i);
  while (true) {
    yield chosen;
    let i = k - 1;
    while (i >= 0 && chosen[i] === n - k + i) i--;
    if (i < 0) return;
    chosen[i] = (chosen[i] ?? 0) + 1;
    for (let j = i + 1; j < k; j++) chosen[j] = (chosen[j - 1] ?? 0) + 1;
  }
}

/** How many arrangements there are, counted until they pass any use. */
export function countArrangements(strata: readonly { size: number; treated: number }[]): number {
  let count = 1;
  for (const { size, treated } of strata) {
    let c = 1;
    for (let i = 1; i <= treated; i++) c = (c * (size - treated + i)) / i;
    count *= Math.round(c);
    if (count > 1e15) return Number.POSITIVE_INFINITY;
  }
  return count;
}

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
function studentised(units: Units, arm: Integers, delta: number): number {
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

function unitsOf(
  outcome: Vector,
  treated: Vector,
  weights: Vector | null,
  cluster: Grouping | null,
  strata: Grouping,
): Units {
  const count = cluster ? cluster.levels.length : outcome.length;
  const arm = integers(count).fill(-1) as Integers;
  const stratum = integers(count);
  const size = zeros(count);
  const total = zeros(count);
  // differences do not see the level: without it they keep their digits, and ties stay ties
  const level = mean(outcome);
  for (let i = 0; i < outcome.length; i++) {
    const u: number = cluster ? cluster.code[i] : i;
    const w: number = weights ? weights[i] : 1;
    const z: number = treated[i];
    demand(
      arm[u] === -1 || arm[u] === z,
      'arm-varies-in-cluster',
      `cluster "${cluster?.levels[u]}" has rows in both arms; leave "cluster" out or use it as "strata"`,
      'cluster',
    );
    demand(
      arm[u] === -1 || stratum[u] === strata.code[i],
      'stratum-varies-in-cluster',
      `cluster "${cluster?.levels[u]}" lies in two strata`,
      'strata',
    );
    arm[u] = z;
    stratum[u] = strata.code[i];
    size[u] += w;
    total[u] += w * (outcome[i] - level);
  }
  const members: number[][] = strata.levels.map(() => []);
  for (let u = 0; u < count; u++) members[stratum[u]]?.push(u);
  return { arm, size, total, strata: members.map((list) => Int32Array.from(list)) };
}

interface Tested {
  p: number;
  arrangements: number;
  exhaustive: boolean;
  statistic: number;
  estimate: number;
  lower: number | null;
  upper: number | null;
}

function test(units: Units, statistic: Statistic, draws: number, seed: number, level: number | null): Tested {
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

/** The p that stands beside a regression with few clusters: difference of cluster means, clusters reshuffled. */
export function clusterPermutation(
  outcome: Vector,
  treated: Vector,
  cluster: Grouping,
  weights: Vector | null,
  seed: number,
): { p: number; arrangements: number; exhaustive: boolean; statistic: string } {
  const all: Grouping = { name: '', code: integers(outcome.length), levels: [''] };
  const units = unitsOf(outcome, treated, weights, cluster, all);
  const { p, arrangements, exhaustive } = test(units, 'cluster-mean-difference', DEFAULT_DRAWS, seed, null);
  return { p, arrangements, exhaustive, statistic: 'cluster-mean-difference' };
}

export function permutation(spec: Spec, { table }: Sample): Answer {
  const outcome = numbersOf(table, needed(spec, 'outcome'));
  const arm = twoArms(spec, table);
  const cluster = spec.cluster === undefined ? null : crossed(table, spec.cluster);
  const strata = crossed(table, spec.strata ?? []);
  const statistic = (spec.statistic ?? 'mean-difference') as Statistic;
  demand(
    ['mean-difference', 'cluster-mean-difference', 'studentised'].includes(statistic),
    'bad-option',
    '"statistic" is mean-difference, cluster-mean-difference or studentised',
    'statistic',
  );
  const draws = spec.draws ?? DEFAULT_DRAWS;
  const units = unitsOf(outcome, arm.treated, weightsOf(spec, table), cluster, strata);
  demand(
    statistic !== 'studentised' || Math.min(...countByArm(units.arm)) >= 2,
    'too-few-rows',
    'a studentised statistic needs two units an arm',
    'statistic',
  );
  const tested = test(units, statistic, draws, spec.seed ?? 1, spec.level);
  const warnings: string[] = [];
  if (tested.arrangements === 1) warnings.push('one-arrangement');
  if (tested.exhaustive && 1 / tested.arrangements > 1 - spec.level) warnings.push('too-few-arrangements');
  if (tested.lower === null || tested.upper === null) warnings.push('interval-open');
  return {
    method: 'permutation',
    n: table.n,
    warnings,
    statistic,
    p: tested.p,
    arrangements: tested.arrangements,
    exhaustive: tested.exhaustive,
    observed: finite(tested.statistic),
    nUnits: units.arm.length,
    ...(tested.exhaustive ? {} : { seed: spec.seed ?? 1 }),
    estimates: [
      {
        term: arm.name,
        estimate: tested.estimate,
        se: null,
        df: null,
        statistic: finite(tested.statistic),
        p: tested.p,
        lower: tested.lower,
        upper: tested.upper,
        scale: 'identity',
      },
    ],
  };
}

function countByArm(arm: Integers): [number, number] {
  let treated = 0;
  for (const z of arm) treated += z;
  return [arm.length - treated, treated];
}
