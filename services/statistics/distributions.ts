// Tail areas and quantiles with no cancellation: every p-value is computed as an upper tail, never as 1 - cdf.
// Normal, t, F, beta from @stdlib; the chi-square tail with whole df by its finite recurrence (Abramowitz and Stegun
// 1964, 26.4.4-5), which @stdlib offers only as 1 - cdf.
import beta from '@stdlib/stats-base-dists-beta';
import fisher from '@stdlib/stats-base-dists-f';
import normal from '@stdlib/stats-base-dists-normal';
import student from '@stdlib/stats-base-dists-t';

/** P(Z > z). */
export const normalUpper = (z: number): number => normal.cdf(-z, 0, 1);
/** P(Z <= z). */
export const normalCdf = (z: number): number => normal.cdf(z, 0, 1);
export const normalPdf = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
/** Below this @stdlib's quantile loses digits, and all of them under 1.1e-16, where 1 - p is 1. */
const FAR_TAIL = 1e-10;

/** Newton's steps on log P(Z <= z) = log p, from the first terms of the tail's expansion (Abramowitz and Stegun 1964, 26.2.12). */
function farQuantile(p: number): number {
  const twice = -2 * Math.log(p);
  let z = -Math.sqrt(twice - Math.log(2 * Math.PI * twice));
  for (let i = 0; i < 6; i++) z -= (Math.log(normalCdf(z) / p) * normalCdf(z)) / normalPdf(z);
  return z;
}

/** The z with P(Z <= z) = p. */
export function normalQuantile(p: number): number {
  if (p > 0 && p < FAR_TAIL) return farQuantile(p);
  const z = normal.quantile(p, 0, 1);
  return Number.isFinite(z) ? polish(z, p, normalCdf, normalPdf) : z;
}

/** One Newton step on cdf(x) = p, taken on whichever tail is small. */
function polish(x: number, p: number, cdf: (x: number) => number, pdf: (x: number) => number): number {
  const density = pdf(x);
  if (!(density > 0)) return x;
  const step = p < 0.5 ? (cdf(x) - p) / density : (1 - p - cdf(-x)) / density;
  return Number.isFinite(step) && Math.abs(step) < 1e-4 * (1 + Math.abs(x)) ? x - step : x;
}

/** P(T > t) on `df` degrees of freedom. */
export function tUpper(t: number, df: number): number {
  if (df === Number.POSITIVE_INFINITY) return normalUpper(t);
  const half = 0.5 * beta.cdf(df / (df + t * t), df / 2, 0.5);
  return t >= 0 ? half : 1 - half;
}

/** The t with P(T <= t) = p. */
export function tQuantile(p: number, df: number): number {
  if (df === Number.POSITIVE_INFINITY) return normalQuantile(p);
  const x = student.quantile(p, df);
  return polish(
    x,
    p,
    (y) => tUpper(-y, df),
    (y) => student.pdf(y, df),
  );
}

/** P(X > x) for chi-square on `df` whole degrees of freedom. */
export function chiSquareUpper(x: number, df: number): number {
  if (!(x > 0)) return 1;
  let total: number;
  let term: number;
  let k: number;
  if (df % 2 === 1) {
    total = 2 * normalUpper(Math.sqrt(x));
    term = Math.sqrt((2 * x) / Math.PI) * Math.exp(-x / 2);
    k = 1;
  } else {
    total = Math.exp(-x / 2);
    term = (x / 2) * total;
    k = 2;
  }
  while (k < df) {
    total += term;
    k += 2;
    term *= x / k;
  }
  return Math.min(1, total);
}

/** P(X > x) for F on `numerator` and `denominator` degrees of freedom. */
export const fUpper = (x: number, numerator: number, denominator: number): number =>
  x <= 0 ? 1 : beta.cdf(denominator / (denominator + numerator * x), denominator / 2, numerator / 2);

/** The x with P(X <= x) = p for F. */
export const fQuantile = (p: number, numerator: number, denominator: number): number =>
  fisher.quantile(p, numerator, denominator);

/** Two-sided p of a statistic on `df` degrees of freedom; null df means normal. */
export const twoSided = (statistic: number, df: number | null): number =>
  Math.min(1, 2 * (df === null ? normalUpper(Math.abs(statistic)) : tUpper(Math.abs(statistic), df)));

/** The two-sided critical value at confidence `level`. */
export const critical = (level: number, df: number | null): number =>
  df === null ? -normalQuantile((1 - level) / 2) : -tQuantile((1 - level) / 2, df);
