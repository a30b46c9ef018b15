// Cholesky factor of a symmetric positive definite matrix, equilibrated to unit diagonal first so that columns on
// scales of 1e-8 and 1e+8 do not read as singular. Source: Golub and Van Loan (2013), Matrix Computations, alg. 4.2.1.
import { type Vector, zeros } from '../arrays.ts';
import { type Matrix, matrix, symmetrised } from './matrix.ts';

/** a = D L L' D, L lower triangular, D diagonal. */
export interface Cholesky {
  readonly lower: Matrix;
  readonly scale: Vector;
}

/** What was left of a pivot, relative to 1, below which a column is taken as a combination of those before it. */
const PIVOT_FLOOR = 1e-14;

/** The factor, or the first column that depends on those before it. */
export function cholesky(a: Matrix): Cholesky | { dependent: number } {
  const n = a.rows;
  const scale = zeros(n);
  for (let j = 0; j < n; j++) {
    const d = a.values[j + j * n];
    if (!(d > 0) || d === Number.POSITIVE_INFINITY) return { dependent: j };
    scale[j] = Math.sqrt(d);
  }
  const lower = matrix(n, n);
  const l = lower.values;
  for (let j = 0; j < n; j++) {
    let pivot = 1;
    for (let k = 0; k < j; k++) pivot -= l[j + k * n] * l[j + k * n];
    if (!(pivot > PIVOT_FLOOR)) return { dependent: j };
    const root = Math.sqrt(pivot);
    l[j + j * n] = root;
    for (let i = j + 1; i < n; i++) {
      let s = a.values[i + j * n] / (scale[i] * scale[j]);
      for (let k = 0; k < j; k++) s -= l[i + k * n] * l[j + k * n];
      l[i + j * n] = s / root;
    }
  }
  return { lower, scale };
}

export const isFactor = (f: Cholesky | { dependent: number }): f is Cholesky => 'lower' in f;

/** x with a x = b. */
export function choleskySolve({ lower, scale }: Cholesky, b: Vector): Vector {
  const n = lower.rows;
  const l = lower.values;
  const x = b.slice() as Vector;
  for (let i = 0; i < n; i++) {
    let s = x[i] / scale[i];
    for (let k = 0; k < i; k++) s -= l[i + k * n] * x[k];
    x[i] = s / l[i + i * n];
  }
  for (let i = n - 1; i >= 0; i--) {
    let s = x[i];
    for (let k = i + 1; k < n; k++) s -= l[k + i * n] * x[k];
    x[i] = s / l[i + i * n];
  }
  for (let i = 0; i < n; i++) x[i] /= scale[i];
  return x;
}

/** The inverse of the factored matrix. */
export function choleskyInverse(factor: Cholesky): Matrix {
  const n = factor.lower.rows;
  const out = matrix(n, n);
  for (let j = 0; j < n; j++) {
    const unit = zeros(n);
    unit[j] = 1;
    out.values.set(choleskySolve(factor, unit), j * n);
  }
  return symmetrised(out);
}

/** ln det a. */
export function logDeterminant({ lower, scale }: Cholesky): number {
  let s = 0;
  for (let i = 0; i < lower.rows; i++) s += Math.log(lower.values[i + i * lower.rows]) + Math.log(scale[i]);
  return 2 * s;
}
