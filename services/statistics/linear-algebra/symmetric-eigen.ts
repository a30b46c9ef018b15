// Eigenvalues and vectors of a small symmetric matrix by cyclic Jacobi rotations: slow for hundreds, but every
// eigenvalue comes out to full relative accuracy. Source: Golub and Van Loan (2013), Matrix Computations, alg. 8.5.2-3.
import { type Vector, zeros } from '../arrays.ts';
import { identity, type Matrix, matrix } from './matrix.ts';

/** a = V diag(values) V', values ascending, vectors in the columns of V. */
export interface SymmetricEigen {
  readonly values: Vector;
  readonly vectors: Matrix;
}

const SWEEPS = 60;

export function symmetricEigen(a: Matrix): SymmetricEigen {
  const n = a.rows;
  const w = a.values.slice() as Vector;
  const v = identity(n).values;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = w[p + q * n];
        const app = w[p + p * n];
        const aqq = w[q + q * n];
        if (Math.abs(apq) <= 1e-17 * Math.sqrt(Math.abs(app * aqq)) || apq === 0) continue;
        if (Math.abs(apq) < 1e-300) continue;
        rotated = true;
        const theta = (aqq - app) / (2 * apq);
        const t =
          Math.abs(theta) > 1e150
            ? 0.5 / theta
            : Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(1 + theta * theta));
        const c = 1 / Math.sqrt(1 + t * t);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const kp = w[k + p * n];
          const kq = w[k + q * n];
          w[k + p * n] = c * kp - s * kq;
          w[k + q * n] = s * kp + c * kq;
        }
        for (let k = 0; k < n; k++) {
          const pk = w[p + k * n];
          const qk = w[q + k * n];
          w[p + k * n] = c * pk - s * qk;
          w[q + k * n] = s * pk + c * qk;
        }
        w[p + p * n] = app - t * apq;
        w[q + q * n] = aqq + t * apq;
        w[p + q * n] = 0;
        w[q + p * n] = 0;
        for (let k = 0; k < n; k++) {
          const kp = v[k + p * n];
          const kq = v[k + q * n];
          v[k + p * n] = c * kp - s * kq;
          v[k + q * n] = s * kp + c * kq;
        }
      }
    }
    if (!rotated) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((x, y) => w[x + x * n] - w[y + y * n]);
  const values = zeros(n);
  const vectors = matrix(n, n);
  order.forEach((from, to) => {
    values[to] = w[from + from * n];
    vectors.values.set(v.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values, vectors };
}

/** V f(values) V': a function of a symmetric matrix, such as its inverse square root. */
export function spectralMap(a: Matrix, f: (eigenvalue: number) => number): Matrix {
  const { values, vectors } = symmetricEigen(a);
  const n = a.rows;
  const out = matrix(n, n);
  for (let k = 0; k < n; k++) {
    const weight = f(values[k]);
    if (weight === 0) continue;
    const base = k * n;
    for (let j = 0; j < n; j++) {
      const s = weight * vectors.values[base + j];
      for (let i = 0; i < n; i++) out.values[i + j * n] += s * vectors.values[base + i];
    }
  }
  return out;
}
