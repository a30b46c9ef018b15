// How alike two weighted arms are, covariate by covariate. Sources: standardised difference and variance ratio: Austin
// (2009) Statist. Med. 28:3083, sec. 2; differences of the empirical distribution: Ho et al. (2007) Political Analysis 15.
import { orderOf, type Vector, zeros } from '../arrays.ts';

export interface BalanceMeasure {
  smd: number | null;
  varianceRatio: number | null;
  ecdfMean: number;
  ecdfMax: number;
}

interface Moments {
  mean: number;
  variance: number;
}

/** Weighted mean and unbiased weighted variance of one arm. */
function moments(x: Vector, treated: Vector, arm: number, weights: Vector | null): Moments {
  let total = 0;
  let squares = 0;
  let mean = 0;
  for (let i = 0; i < x.length; i++) {
    if (treated[i] !== arm) continue;
    const w: number = weights ? weights[i] : 1;
    total += w;
    squares += w * w;
    mean += w * x[i];
  }
  mean /= total;
  let sum = 0;
  for (let i = 0; i < x.length; i++)
    if (treated[i] === arm) sum += (weights ? weights[i] : 1) * (x[i] - mean) ** 2;
  return { mean, variance: (sum * total) / (total * total - squares) };
}

const isBinary = (x: Vector): boolean => x.every((v) => v === 0 || v === 1);

/**
 * The spread differences are measured in: the treated's, or both arms' pooled; always before adjustment. A yes/no covariate
 * has the spread of its proportion, p (1 - p).
 */
export function referenceSpread(x: Vector, treated: Vector, ofTreated: boolean): number {
  const binary = isBinary(x);
  const of = (arm: number): number => {
    const { mean, variance } = moments(x, treated, arm, null);
    return binary ? mean * (1 - mean) : variance;
  };
  return Math.sqrt(ofTreated ? of(1) : (of(1) + of(0)) / 2);
}

export function measure(x: Vector, treated: Vector, weights: Vector | null, spread: number): BalanceMeasure {
  const a = moments(x, treated, 1, weights);
  const b = moments(x, treated, 0, weights);
  const binary = isBinary(x);
  const difference = a.mean - b.mean;
  let ecdfMean = Math.abs(difference);
  let ecdfMax = ecdfMean;
  if (!binary) {
    const order = orderOf(x);
    const totals = zeros(2);
    for (let i = 0; i < x.length; i++) totals[treated[i]] += weights ? weights[i] : 1;
    const reached = zeros(2);
    let sum = 0;
    let distinct = 0;
    ecdfMax = 0;
    for (let k = 0; k < order.length; k++) {
      const i: number = order[k];
      reached[treated[i]] += weights ? weights[i] : 1;
      if (k + 1 < order.length && x[order[k + 1]] === x[i]) continue;
      const gap = Math.abs(reached[1] / totals[1] - reached[0] / totals[0]);
      sum += gap;
      distinct++;
      ecdfMax = Math.max(ecdfMax, gap);
    }
    ecdfMean = sum / distinct;
  }
  return {
    smd: spread > 0 ? difference / spread : null,
    varianceRatio: binary || !(b.variance > 0) ? null : a.variance / b.variance,
    ecdfMean,
    ecdfMax,
  };
}

/** Kish's effective sample size of each arm. */
export function effectiveSizes(treated: Vector, weights: Vector): { treated: number; control: number } {
  const s = [0, 0];
  const q = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    const arm = treated[i] === 1 ? 1 : 0;
    s[arm] = (s[arm] ?? 0) + weights[i];
    q[arm] = (q[arm] ?? 0) + weights[i] ** 2;
  }
  const size = (arm: number): number => ((q[arm] ?? 0) > 0 ? (s[arm] ?? 0) ** 2 / (q[arm] ?? 1) : 0);
  return { treated: size(1), control: size(0) };
}
