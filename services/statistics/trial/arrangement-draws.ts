// The statistic of every arrangement, or of random ones, as coefficients in a shift of the units treated in the data.
// Sources: Fisher (1935), ch. 2; studentised: Janssen (1997) Stat. Prob. Lett. 36:9.
import { integers, type Vector, zeros } from '../arrays.ts';
import type { Random } from '../random.ts';
import { arrangements, type Units } from './arrangements.ts';
import { choose, drawBlocks, type Stride } from './draws.ts';

export type Statistic = 'mean-difference' | 'cluster-mean-difference' | 'studentised';

export const strideOf = (statistic: Statistic): Stride => (statistic === 'studentised' ? 5 : 2);

/** Sums over one arm of weights, outcomes, and of both among the units treated in the data. */
const SUMS = { size: 0, y: 1, z: 2, yy: 3, yz: 4 } as const;

/** What each unit adds to the sums of its arm; `total` is over all units. */
interface Parts {
  readonly of: Vector;
  readonly total: Vector;
}

function partsOf(units: Units, statistic: Statistic): Parts {
  const count = units.arm.length;
  const of = zeros(count * 5);
  const total = zeros(5);
  for (let u = 0; u < count; u++) {
    const z: number = units.arm[u];
    const size: number = units.size[u];
    const mean = units.total[u] / size;
    const own =
      statistic === 'mean-difference'
        ? [size, units.total[u], z * size, 0, 0]
        : [1, mean, z, mean * mean, mean * z];
    own.forEach((x, k) => {
      of[u * 5 + k] = x;
      total[k] += x;
    });
  }
  return { of, total };
}

/** Turns the sums of the treated arm of an arrangement into the numbers of its statistic. */
function write(treated: Vector, total: Vector, stride: Stride, into: Vector, place: number): void {
  const n1: number = treated[SUMS.size];
  const n0 = total[SUMS.size] - n1;
  const [y1, z1]: [number, number] = [treated[SUMS.y], treated[SUMS.z]];
  const [y0, z0]: [number, number] = [total[SUMS.y] - y1, total[SUMS.z] - z1];
  into[place] = y1 / n1 - y0 / n0;
  into[place + 1] = z1 / n1 - z0 / n0;
  if (stride === 2) return;
  // Welch's variance of the means, a parabola in the shift
  const spread = (n: number, y: number, z: number, yy: number, yz: number): void => {
    const below = (n - 1) * n;
    into[place + 2] += Math.max(0, yy - (y * y) / n) / below;
    into[place + 3] += (yz - (y * z) / n) / below;
    into[place + 4] += Math.max(0, z - (z * z) / n) / below;
  };
  const [yy, yz]: [number, number] = [treated[SUMS.yy], treated[SUMS.yz]];
  spread(n1, y1, z1, yy, yz);
  spread(n0, y0, z0, total[SUMS.yy] - yy, total[SUMS.yz] - yz);
}

/** Numbers of the trial's own arrangement. */
export function ownNumbers(units: Units, statistic: Statistic): Vector {
  const { of, total } = partsOf(units, statistic);
  const treated = zeros(5);
  for (let u = 0; u < units.arm.length; u++)
    if (units.arm[u] === 1) for (let k = 0; k < 5; k++) treated[k] += of[u * 5 + k];
  const into = zeros(strideOf(statistic));
  write(treated, total, strideOf(statistic), into, 0);
  return into;
}

/** Numbers of all arrangements there are, `count` of them. */
export function everyArrangement(units: Units, statistic: Statistic, count: number): Vector {
  const stride = strideOf(statistic);
  const { of, total } = partsOf(units, statistic);
  const into = zeros(count * stride);
  const treated = zeros(5);
  let place = 0;
  for (const arm of arrangements(units)) {
    treated.fill(0);
    for (let u = 0; u < arm.length; u++)
      if (arm[u] === 1) for (let k = 0; k < 5; k++) treated[k] += of[u * 5 + k];
    write(treated, total, stride, into, place);
    place += stride;
  }
  return into;
}

/** Numbers of the random arrangements from `from` to before `to`. */
export function someArrangements(
  units: Units,
  statistic: Statistic,
  seed: number,
  from: number,
  to: number,
): Vector {
  const stride = strideOf(statistic);
  const { of, total } = partsOf(units, statistic);
  const used = stride === 2 ? 3 : 5;
  const treated = zeros(5);
  const strata = units.strata.map((members) => {
    let count = 0;
    for (const u of members) count += units.arm[u] as number;
    // the smaller arm is drawn; the other is what it leaves
    const fewer = 2 * count <= members.length;
    return {
      members,
      order: integers(members.length),
      size: fewer ? count : members.length - count,
      sign: fewer ? 1 : -1,
    };
  });
  const whole = zeros(5);
  for (const { members, sign } of strata)
    if (sign < 0) for (const u of members) for (let k = 0; k < 5; k++) whole[k] += of[u * 5 + k];
  const begin = (): void => {
    for (const { members, order } of strata) order.set(members);
  };
  const one = (source: Random, into: Vector, place: number): void => {
    treated.set(whole);
    for (const { order, size, sign } of strata) {
      choose(order, size, source);
      for (let i = 0; i < size; i++) {
        const base = (order[i] as number) * 5;
        for (let k = 0; k < used; k++) treated[k] += sign * of[base + k];
      }
    }
    write(treated, total, stride, into, place);
  };
  return drawBlocks(seed, from, to, stride, one, begin);
}
