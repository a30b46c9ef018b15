// What a trial could have given out: units (rows or whole clusters) with their arms, reshuffled within strata.
// Source: Edgington and Onghena (2007), Randomization Tests, ch. 3.
import { type Integers, integers, mean, type Vector, zeros } from '../arrays.ts';
import type { Grouping } from '../data/roles.ts';
import { demand } from '../errors.ts';

/** What is reshuffled: units (rows or clusters) with their arm, stratum and sums. */
export interface Units {
  readonly arm: Integers;
  readonly strata: Integers[];
  readonly size: Vector;
  readonly total: Vector;
}

/** Every arrangement there is, as arm codes by unit. */
export function* arrangements(units: Units): Generator<Integers> {
  const current = units.arm.slice() as Integers;
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

/** Sums the rows of each unit; a unit in two arms or two strata is refused. */
export function unitsOf(
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
