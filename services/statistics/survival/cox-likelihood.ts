// The partial likelihood with its score and information, tied deaths by Efron or Breslow. The information is summed by
// row: one at risk at many events enters once, weighted by the hazard it lived through.
// Sources: Cox (1972) JRSS B 34:187; Efron (1977) JASA 72:557, eq. 5.1; Breslow (1974) Biometrics 30:89.
import { type Vector, zeros } from '../arrays.ts';
import { gramOfRows, unpacked } from '../linear-algebra/gram.ts';
import type { Matrix } from '../linear-algebra/matrix.ts';
import type { Ordered } from './cox-rows.ts';

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
 * Walks the event times of every stratum from the last to the first, keeping the sums over the risk set and over the
 * tied deaths up to date for `visit`.
 */
export function walk(data: Ordered, risk: Vector, visit: (at: EventTime) => void): void {
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
  for (let s = 0; s + 1 < strata.length; s++) {
    const from: number = strata[s];
    at.s0 = 0;
    s1.fill(0);
    let leaving = from;
    let i: number = strata[s + 1] - 1;
    while (i >= from) {
      const t: number = time[i];
      at.last = i;
      at.deaths = 0;
      at.deathWeight = 0;
      at.d0 = 0;
      d1.fill(0);
      for (; i >= from && time[i] === t; i--) {
        const r: number = risk[i];
        const base = i * p;
        at.s0 += r;
        for (let j = 0; j < p; j++) s1[j] += r * x[base + j];
        if (event[i] === 0) continue;
        at.deaths++;
        at.deathWeight += weight ? weight[i] : 1;
        at.d0 += r;
        for (let j = 0; j < p; j++) d1[j] += r * x[base + j];
      }
      at.first = i + 1;
      if (start && byStart) {
        // those entering at or after t were not at risk just before it
        while (leaving < strata[s + 1] && start[byStart[leaving]] >= t) {
          const gone: number = byStart[leaving++];
          at.s0 -= risk[gone];
          for (let j = 0; j < p; j++) s1[j] -= risk[gone] * x[gone * p + j];
        }
      }
      if (at.deaths > 0) visit(at);
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

/** Log partial likelihood, its slope (score) and minus its curvature (information). */
export interface Accumulated {
  readonly logLikelihood: number;
  readonly score: Vector;
  readonly information: Matrix;
}

/** Score and information with every event time's own part multiplied by a number for that time. */
export interface Tilted {
  readonly score: Vector;
  readonly information: Matrix;
}

/** Works out the likelihood at `beta`; for each of `tilts` (numbers by ordered row, read at an event time's first row) its tilted parts. */
export function accumulate(
  data: Ordered,
  beta: Vector,
  efron: boolean,
  tilts: readonly Vector[] = [],
): Accumulated & { tilted: Tilted[] } {
  const { n, p, x, event, weight } = data;
  const { eta, risk } = relativeRisk(data, beta);
  const sums = [null, ...tilts].map((tilt) => ({
    tilt,
    score: zeros(p),
    /** Sum of mean mean', lower triangle. */
    means: zeros((p * (p + 1)) / 2),
    hazard: zeros(n),
    tied: zeros(n),
  }));
  let logLikelihood = 0;
  const u = zeros(p);
  const v = zeros((p * (p + 1)) / 2);
  const bar = zeros(p);
  walk(data, risk, (at) => {
    u.fill(0);
    v.fill(0);
    let hazard = 0;
    let tied = 0;
    for (let i = at.first; i <= at.last; i++) {
      if (event[i] === 0) continue;
      const w: number = weight ? weight[i] : 1;
      logLikelihood += w * eta[i];
      for (let j = 0; j < p; j++) u[j] += w * x[i * p + j];
    }
    // Efron thins the tied deaths out of the risk set one by one; Breslow and a single death do so once
    const steps = efron ? at.deaths : 1;
    const each = at.deathWeight / steps;
    const { s1, d1 } = at;
    for (let step = 0; step < steps; step++) {
      const share = efron ? step / at.deaths : 0;
      const s0 = at.s0 - share * at.d0;
      const h = each / s0;
      hazard += h;
      tied += share * h;
      logLikelihood -= each * Math.log(s0);
      for (let j = 0, place = 0; j < p; j++) {
        bar[j] = (s1[j] - share * d1[j]) / s0;
        const s = each * bar[j];
        u[j] -= s;
        for (let k = 0; k <= j; k++, place++) v[place] += s * bar[k];
      }
    }
    for (const { tilt, score, means, hazard: hazards, tied: ties } of sums) {
      const m: number = tilt ? tilt[at.first] : 1;
      for (let j = 0; j < p; j++) score[j] += m * u[j];
      for (let k = 0; k < v.length; k++) means[k] += m * v[k];
      hazards[at.first] = m * hazard;
      ties[at.first] = m * tied;
    }
  });
  const parts = sums.map(({ score, means, hazard, tied }) => {
    const information = gramOfRows(x, n, p, livedThrough(data, hazard, tied, risk));
    const taken = unpacked(means, p).values;
    for (let k = 0; k < taken.length; k++) information.values[k] -= taken[k];
    return { score, information };
  });
  const [own, ...tilted] = parts as [Tilted, ...Tilted[]];
  return { logLikelihood, ...own, tilted };
}

/**
 * Relative risk times the hazard each row lived through, from the hazard of each event time (held at its first row) and
 * the part of it that a tied death is spared.
 */
function livedThrough(data: Ordered, hazard: Vector, tied: Vector, risk: Vector): Vector {
  const { n, time, start, event, strata, byStart } = data;
  const out = zeros(n);
  for (let s = 0; s + 1 < strata.length; s++) {
    const from: number = strata[s];
    const end: number = strata[s + 1];
    let total = 0;
    let spared = 0;
    for (let i = from; i < end; i++) {
      if (i === from || time[i] !== time[i - 1]) {
        total += hazard[i];
        spared = tied[i];
      }
      out[i] = total - (event[i] === 1 ? spared : 0);
    }
    if (!start || !byStart) continue;
    // the hazard run up before entry is given back
    total = 0;
    for (let q = end - 1, k = from; q >= from; q--) {
      const i: number = byStart[q];
      for (; k < end && time[k] <= start[i]; k++) total += hazard[k];
      out[i] -= total;
    }
  }
  for (let i = 0; i < n; i++) out[i] *= risk[i];
  return out;
}
