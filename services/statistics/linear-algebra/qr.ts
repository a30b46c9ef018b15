// Householder QR of a tall matrix, columns equilibrated to unit length first; rank is judged on the scaled pivots.
// Source: Golub and Van Loan (2013), Matrix Computations, alg. 5.2.1.
import { type Vector, zeros } from '../arrays.ts';
import { column, copy, dot, type Matrix, matrix } from './matrix.ts';

/** a = Q R; reflectors live below the diagonal of `packed`. */
export interface QR {
  readonly packed: Matrix;
  readonly tau: Vector;
  /** Upper triangle, columns x columns, on the scale of the original columns. */
  readonly upper: Matrix;
}

/** A column whose part outside the span of the earlier ones is below this share of its length counts as dependent. */
const DEPENDENT_SHARE = 1e-11;

/** The factor, or the first column that depends on those before it. */
export function qr(a: Matrix): QR | { dependent: number } {
  const { rows: m, columns: n } = a;
  const packed = copy(a);
  const tau = zeros(n);
  const scale = zeros(n);
  for (let j = 0; j < n; j++) {
    const c = column(packed, j);
    let largest = 0;
    for (let i = 0; i < m; i++) largest = Math.max(largest, Math.abs(c[i]));
    if (!(largest > 0) || largest === Number.POSITIVE_INFINITY || m <= j) return { dependent: j };
    for (let i = 0; i < m; i++) c[i] /= largest;
    const length = Math.sqrt(dot(c, c));
    for (let i = 0; i < m; i++) c[i] /= length;
    scale[j] = largest * length;
  }
  for (let j = 0; j < n; j++) {
    const below = packed.values.subarray(j + j * m, (j + 1) * m) as Vector;
    const norm = Math.sqrt(dot(below, below));
    if (!(norm > DEPENDENT_SHARE)) return { dependent: j };
    const head = below[0];
    const beta = head >= 0 ? -norm : norm;
    const t = (beta - head) / beta;
    const inverse = 1 / (head - beta);
    for (let i = 1; i < below.length; i++) below[i] *= inverse;
    below[0] = 1;
    tau[j] = t;
    for (let k = j + 1; k < n; k++) {
      const target = packed.values.subarray(j + k * m, (k + 1) * m) as Vector;
      const s = t * dot(below, target);
      for (let i = 0; i < target.length; i++) target[i] -= s * below[i];
    }
    below[0] = beta;
  }
  const upper = matrix(n, n);
  for (let j = 0; j < n; j++)
    for (let i = 0; i <= j; i++) upper.values[i + j * n] = packed.values[i + j * m] * scale[j];
  return { packed, tau, upper };
}

export const isQr = (f: QR | { dependent: number }): f is QR => 'upper' in f;

/** Q' b, in full length; the first `columns` entries belong to the range of a. */
export function applyQTransposed({ packed, tau }: QR, b: Vector): Vector {
  const { rows: m, columns: n } = packed;
  const out = b.slice() as Vector;
  for (let j = 0; j < n; j++) {
    const base = j * m;
    let s = out[j];
    for (let i = j + 1; i < m; i++) s += packed.values[base + i] * out[i];
    s *= tau[j];
    out[j] -= s;
    for (let i = j + 1; i < m; i++) out[i] -= s * packed.values[base + i];
  }
  return out;
}

/** Q b for b given by its first `columns` entries: a vector in the range of a. */
export function applyQ({ packed, tau }: QR, b: Vector): Vector {
  const { rows: m, columns: n } = packed;
  const out = zeros(m);
  out.set(b.subarray(0, Math.min(n, b.length)));
  for (let j = n - 1; j >= 0; j--) {
    const base = j * m;
    let s = out[j];
    for (let i = j + 1; i < m; i++) s += packed.values[base + i] * out[i];
    s *= tau[j];
    out[j] -= s;
    for (let i = j + 1; i < m; i++) out[i] -= s * packed.values[base + i];
  }
  return out;
}

/** The orthonormal basis of the range of a, rows x columns. */
export function basis(f: QR): Matrix {
  const { rows: m, columns: n } = f.packed;
  const out = matrix(m, n);
  for (let j = 0; j < n; j++) {
    const unit = zeros(n);
    unit[j] = 1;
    out.values.set(applyQ(f, unit), j * m);
  }
  return out;
}

/** x with R x = b. */
export function backSolve(upper: Matrix, b: Vector): Vector {
  const n = upper.columns;
  const x = b.slice(0, n) as Vector;
  for (let i = n - 1; i >= 0; i--) {
    let s = x[i];
    for (let k = i + 1; k < n; k++) s -= upper.values[i + k * n] * x[k];
    x[i] = s / upper.values[i + i * n];
  }
  return x;
}

/** R^-1. */
export function upperInverse(upper: Matrix): Matrix {
  const n = upper.columns;
  const out = matrix(n, n);
  for (let j = 0; j < n; j++) {
    const unit = zeros(n);
    unit[j] = 1;
    out.values.set(backSolve(upper, unit), j * n);
  }
  return out;
}

/** Least squares: the x that minimises |a x - b|. */
export const leastSquares = (f: QR, b: Vector): Vector => backSolve(f.upper, applyQTransposed(f, b));
