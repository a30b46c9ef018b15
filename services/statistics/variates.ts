// Random variates beyond the uniform and the normal.
import type { Random } from './random.ts';

/** Exponential with mean 1. */
export const exponential = (source: Random): number => -Math.log(source.uniform());

/** Gamma with the given shape, 1 or more, and scale 1 (Marsaglia and Tsang 2000, ACM TOMS 26:363). */
export function gamma(shape: number, source: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = source.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(source.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Beta with both shapes 1 or more. */
export function beta(a: number, b: number, source: Random): number {
  const x = gamma(a, source);
  return x / (x + gamma(b, source));
}

/**
 * Positive stable with index `alpha` below 1, whose Laplace transform is exp(-s^alpha) (Kanter 1975, Ann. Prob. 3:697).
 * As a shared frailty it keeps marginal hazards proportional, with Kendall's tau 1 - alpha within a cluster (Hougaard
 * 1986, Biometrika 73:387).
 */
export function positiveStable(alpha: number, source: Random): number {
  const u = Math.PI * source.uniform();
  const first = Math.sin(alpha * u) / Math.sin(u) ** (1 / alpha);
  return first * (Math.sin((1 - alpha) * u) / exponential(source)) ** ((1 - alpha) / alpha);
}
