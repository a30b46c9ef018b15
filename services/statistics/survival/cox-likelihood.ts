// The partial likelihood with its score and information, tied deaths by Efron or Breslow, in one pass over the rows.
// Sources: Cox (1972) JRSS B 34:187; Efron (1977) JASA 72:557, eq. 5.1; Breslow (1974) Biometrics 30:89.
import { type Vector, zeros } from '../arrays.ts';
import { type Matrix, matrix } from '../linear-algebra/matrix.ts';
import type { Ordered } from './cox-rows.ts';

export interface Accumulated {
  logLikelihood: number;
  score: Vector;
  information: Matrix;
}

/** What is known at one event time: sums over the risk set and over the tied deaths, and its part of the answer. */
export interface EventTime {
  first: number;
  last: number;
  deaths: number;
  deathWeight: number;
  s0: number;
  s1: Vector;
  d0: number;
  d1: Vector;
}

/**
 * Walks the event times of every stratum from the last to the first, keeping risk-set sums up to date. `visit` gets the
 * sums and the second moments of the risk set and of the tied deaths.
 */
export function walk(
  data: Ordered,
  risk: Vector,
  second: boolean,
  visit: (at: EventTime, s2: Vector, d2: Vector) => void,
): void {
  const { p, x, time, start, event, strata, byStart, weight } = data;
  const at: EventTime = {
    first: 0,
    last: 0,
    deaths: 0,
    deathWeight: 0,
    s0: 0,
    s1: zeros(p),
    d0: 0,
    d1: zeros(p),
  };
  const { s1, d1 } = at;
  const s2 = zeros(p * p);
  const d2 = zeros(p * p);
  const enter = (i: number, sign: number): void => {
    const r = sign * (risk[i] as number);
    at.s0 += r;
    const base = i * p;
    for (let j = 0; j < p; j++) {
      const rx = r * x[base + j];
      s1[j] += rx;
      if (second) for (let k = 0; k <= j; k++) s2[j * p + k] += rx * x[base + k];
    }
  };
  for (let s = 0; s + 1 < strata.length; s++) {
    const from: number = strata[s];
    at.s0 = 0;
    s1.fill(0);
    s2.fill(0);
    let leaving = from;
    let i: number = strata[s + 1] - 1;
    while (i >= from) {
      const t: number = time[i];
      at.last = i;
      at.deaths = 0;
      at.deathWeight = 0;
      at.d0 = 0;
      d1.fill(0);
      if (second) d2.fill(0);
      for (; i >= from && time[i] === t; i--) {
        enter(i, 1);
        if (event[i] === 0) continue;
        const r: number = risk[i];
        at.deaths++;
        at.deathWeight += weight ? weight[i] : 1;
        at.d0 += r;
        const base = i * p;
        for (let j = 0; j < p; j++) {
          const rx = r * x[base + j];
          d1[j] += rx;
          if (second) for (let k = 0; k <= j; k++) d2[j * p + k] += rx * x[base + k];
        }
      }
      at.first = i + 1;
      if (start && byStart) {
        // those entering at or after t were not at risk just before it
        while (leaving < strata[s + 1] && start[byStart[leaving]] >= t) enter(byStart[leaving++], -1);
      }
      if (at.deaths > 0) visit(at, s2, d2);
    }
  }
}

/** Log relative risks and weighted relative risks of the ordered rows. */
export function relativeRisk(data: Ordered, beta: Vector): { eta: Vector; risk: Vector } {
  const { n, p, x, weight } = data;
  const eta = zeros(n);
  const risk = zeros(n);
  for (let i = 0, base = 0; i < n; i++, base += p) {
    let s = 0;
    for (let j = 0; j < p; j++) s += x[base + j] * beta[j];
    eta[i] = s;
    risk[i] = Math.exp(Math.min(s, 300)) * (weight ? weight[i] : 1);
  }
  return { eta, risk };
}

/** Log partial likelihood, score and information; `each` also gets every event time's own mean and variance. */
export function accumulate(
  data: Ordered,
  beta: Vector,
  efron: boolean,
  each?: (at: EventTime, u: Vector, v: Vector) => void,
): Accumulated {
  const { p, x, event, weight } = data;
  const { eta, risk } = relativeRisk(data, beta);
  const score = zeros(p);
  const information = matrix(p, p);
  let logLikelihood = 0;
  const u = zeros(p);
  const v = zeros(p * p);
  const bar = zeros(p);
  walk(data, risk, true, (at, s2, d2) => {
    u.fill(0);
    v.fill(0);
    for (let i = at.first; i <= at.last; i++) {
      if (event[i] === 0) continue;
      const w: number = weight ? weight[i] : 1;
      logLikelihood += w * eta[i];
      for (let j = 0; j < p; j++) u[j] += w * x[i * p + j];
    }
    // Efron thins the tied deaths out of the risk set one by one; Breslow and a single death do so once
    const steps = efron ? at.deaths : 1;
    const each1 = at.deathWeight / steps;
    for (let step = 0; step < steps; step++) {
      const share = efron ? step / at.deaths : 0;
      const s0 = at.s0 - share * at.d0;
      logLikelihood -= each1 * Math.log(s0);
      for (let j = 0; j < p; j++) {
        bar[j] = (at.s1[j] - share * at.d1[j]) / s0;
        u[j] -= each1 * bar[j];
        for (let k = 0; k <= j; k++)
          v[j * p + k] += each1 * ((s2[j * p + k] - share * d2[j * p + k]) / s0 - bar[j] * bar[k]);
      }
    }
    for (let j = 0; j < p; j++) {
      score[j] += u[j];
      for (let k = 0; k <= j; k++) information.values[k + j * p] += v[j * p + k];
    }
    each?.(at, u, v);
  });
  for (let j = 0; j < p; j++)
    for (let k = 0; k < j; k++) information.values[j + k * p] = information.values[k + j * p];
  return { logLikelihood, score, information };
}
