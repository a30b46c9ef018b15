// Draws of the wild cluster bootstrap: each costs only the clusters' scores (Roodman et al. 2019, Stata J. 19:4, sec. 5), and
// its squared statistic is a ratio of parabolas in the null value. Weights: Rademacher; Webb (2014), six points.
import { type Vector, zeros } from '../arrays.ts';
import type { Random } from '../random.ts';
import { drawBlocks } from './draws.ts';

const WEBB = [-Math.sqrt(1.5), -1, -Math.sqrt(0.5), Math.sqrt(0.5), 1, Math.sqrt(1.5)];

/** By cluster, with index 0 for residuals under a null of zero and 1 for what a unit more of the null takes from them. */
export interface WildTask {
  readonly kind: 'wild';
  readonly count: number;
  readonly p: number;
  /** A cluster's part in the coefficient. */
  readonly q0: Vector;
  readonly q1: Vector;
  /** Its scores, and its share of a refitted score. */
  readonly r0: Vector;
  readonly r1: Vector;
  readonly carried: Vector;
  readonly law: 'rademacher' | 'webb';
  readonly seed: number;
  readonly draws: number;
  /** Every pattern of signs instead of random ones: draw b has the signs of its bits. */
  readonly exhaustive: boolean;
}

/** Writes numerator and squared denominator of the statistic under multipliers `v`. */
function statisticOf(task: WildTask, v: Vector, total: Vector, into: Vector, place: number): void {
  const { count, p, q0, q1, r0, r1, carried } = task;
  total.fill(0);
  let a = 0;
  let b = 0;
  for (let g = 0, base = 0; g < count; g++, base += p) {
    const s: number = v[g];
    a += s * q0[g];
    b += s * q1[g];
    for (let j = 0; j < p; j++) {
      total[j] += s * r0[base + j];
      total[p + j] += s * r1[base + j];
    }
  }
  let c = 0;
  let d = 0;
  let e = 0;
  for (let g = 0, base = 0; g < count; g++, base += p) {
    let s0: number = v[g] * q0[g];
    let s1: number = v[g] * q1[g];
    for (let j = 0; j < p; j++) {
      s0 -= carried[base + j] * total[j];
      s1 -= carried[base + j] * total[p + j];
    }
    c += s0 * s0;
    d += s0 * s1;
    e += s1 * s1;
  }
  into[place] = a;
  into[place + 1] = b;
  into[place + 2] = c;
  into[place + 3] = d;
  into[place + 4] = e;
}

/** The numbers of the data's own statistic. */
export function ownWild(task: WildTask): Vector {
  const into = zeros(5);
  statisticOf(task, zeros(task.count).fill(1) as Vector, zeros(2 * task.p), into, 0);
  return into;
}

export function wildDraws(task: WildTask, from: number, to: number): Vector {
  const { count, p, law, seed, exhaustive } = task;
  const v = zeros(count);
  const total = zeros(2 * p);
  let pattern = from;
  const one = (source: Random, into: Vector, place: number): void => {
    if (exhaustive) {
      for (let g = 0; g < count; g++) v[g] = (pattern >> g) & 1 ? -1 : 1;
      pattern++;
    } else if (law === 'webb') for (let g = 0; g < count; g++) v[g] = WEBB[source.below(6)] ?? 1;
    else for (let g = 0; g < count; g++) v[g] = source.below(2) === 1 ? 1 : -1;
    statisticOf(task, v, total, into, place);
  };
  return drawBlocks(seed, from, to, 5, one);
}
