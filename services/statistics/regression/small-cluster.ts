// The residual adjustment of a cluster with no more rows than terms, through its own leverage matrix.
// Source: Bell and McCaffrey (2002) Survey Methodology 28:169, sec. 3.
import { type Vector, zeros } from '../arrays.ts';
import { matrix } from '../linear-algebra/matrix.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { NO_RESIDUAL } from './heteroskedastic.ts';

/** f(I - U U') for a cluster of no more than p rows. */
export function smallAdjustment(
  u: Vector,
  size: number,
  p: number,
  f: (rest: number) => number,
  power: number,
): { values: Vector; exact: number } {
  const h = matrix(size, size);
  for (let r = 0; r < size; r++)
    for (let q = 0; q <= r; q++) {
      let s = 0;
      for (let j = 0; j < p; j++) s += u[r * p + j] * u[q * p + j];
      h.values[r + q * size] = s;
      h.values[q + r * size] = s;
    }
  if (size === 1) {
    const rest = 1 - h.values[0];
    return { values: Float64Array.of(f(rest)), exact: power !== 0 && rest < NO_RESIDUAL ? 1 : 0 };
  }
  let exact = 0;
  if (size === 2) {
    // a function of a symmetric 2 x 2 matrix is a line in it through its two eigenvalues
    const [a, b, , d] = h.values as unknown as [number, number, number, number];
    const middle = (a + d) / 2;
    const radius = Math.hypot((a - d) / 2, b);
    const low = 1 - (middle + radius);
    const high = 1 - (middle - radius);
    if (power !== 0) exact = (low < NO_RESIDUAL ? 1 : 0) + (high < NO_RESIDUAL ? 1 : 0);
    const level = (f(low) + f(high)) / 2;
    const slope = radius > 0 ? (f(low) - f(high)) / (2 * radius) : 0;
    return {
      values: Float64Array.of(
        level + slope * (a - middle),
        slope * b,
        slope * b,
        level + slope * (d - middle),
      ),
      exact,
    };
  }
  const out = zeros(size * size);
  const { values, vectors } = symmetricEigen(h);
  for (let k = 0; k < size; k++) {
    const rest = 1 - values[k];
    if (power !== 0 && rest < NO_RESIDUAL) exact++;
    const weight = f(rest);
    if (weight === 0) continue;
    for (let q = 0; q < size; q++) {
      const s = weight * vectors.values[q + k * size];
      for (let r = 0; r < size; r++) out[r + q * size] += s * vectors.values[r + k * size];
    }
  }
  return { values: out, exact };
}
