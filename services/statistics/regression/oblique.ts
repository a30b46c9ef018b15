// The residuals (I - B Q C') y that an oblique projection leaves, by cluster, under errors of equal variance. Their covariance is
// I + U K U' with U = [B, C], so that roots and degrees of freedom need no matrix larger than U's columns.
// Source: Pustejovsky and Tipton (2018) JBES 36:672, eq. 6-11 with working covariance I.
import type { Vector } from '../arrays.ts';
import {
  apply,
  applyTransposed,
  crossProduct,
  get,
  type Matrix,
  matrix,
  multiply,
  quadratic,
  symmetrised,
  transpose,
} from '../linear-algebra/matrix.ts';
import { spectralMap } from '../linear-algebra/symmetric-eigen.ts';
import { NO_RESIDUAL } from './heteroskedastic.ts';

const NO_DIRECTION = 1e-13;

const inverseRoot = (x: number): number => (x < NO_RESIDUAL ? 0 : 1 / Math.sqrt(x));

/** K of I + U K U', from Q and C'C. */
export function kernelOf(q: Matrix, squares: Matrix): Matrix {
  const p = q.rows;
  const own = symmetrised(multiply(multiply(q, squares), transpose(q)));
  const k = matrix(2 * p, 2 * p);
  for (let i = 0; i < p; i++)
    for (let j = 0; j < p; j++) {
      k.values[i + j * 2 * p] = get(own, i, j);
      k.values[i + (j + p) * 2 * p] = -get(q, i, j);
      k.values[i + p + j * 2 * p] = -get(q, j, i);
    }
  return k;
}

/** The inverse symmetric root of I + U K U' for the rows of one cluster, U of size x 2p, as a function of a vector. */
export function inverseRootOf(u: Matrix, k: Matrix): (r: Vector) => Vector {
  return u.rows <= u.columns ? rootOfRows(u, k) : rootOfColumns(u, k);
}

function rootOfRows(u: Matrix, k: Matrix): (r: Vector) => Vector {
  const g = multiply(multiply(u, k), transpose(u));
  for (let i = 0; i < u.rows; i++) g.values[i + i * u.rows] += 1;
  const root = spectralMap(symmetrised(g), inverseRoot);
  return (r) => apply(root, r);
}

function rootOfColumns(u: Matrix, k: Matrix): (r: Vector) => Vector {
  const gram = crossProduct(u);
  let top = 0;
  for (let i = 0; i < u.columns; i++) top = Math.max(top, get(gram, i, i));
  const half = spectralMap(gram, (v) => (v > NO_DIRECTION * top ? Math.sqrt(v) : 0));
  const inverseHalf = spectralMap(gram, (v) => (v > NO_DIRECTION * top ? 1 / Math.sqrt(v) : 0));
  const shape = symmetrised(multiply(multiply(half, k), half));
  const middle = spectralMap(shape, (v) => inverseRoot(1 + v) - 1);
  const inner = multiply(multiply(inverseHalf, middle), inverseHalf);
  return (r) => {
    const part = apply(u, apply(inner, applyTransposed(u, r)));
    return part.map((v, i) => v + (r[i] as number)) as Vector;
  };
}

/** Gathers what a variance estimate of one contrast depends on, cluster by cluster, for its Satterthwaite df. */
export interface Moments {
  /** `v`: the cluster's part of the contrast, already adjusted; `u` its rows of U. */
  add(v: Vector, u: Matrix): void;
  /** Null where undefined. */
  df(): number | null;
}

export function momentsOf(k: Matrix): Moments {
  const size = k.rows;
  const outer = matrix(size, size);
  let trace = 0;
  let squares = 0;
  let cross = 0;
  return {
    add(v, u) {
      const f = applyTransposed(u, v);
      let norm = 0;
      for (let r = 0; r < v.length; r++) norm += v[r] * v[r];
      const form = quadratic(k, f);
      trace += norm + form;
      squares += norm * norm;
      cross += norm * form;
      for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) outer.values[i + j * size] += f[i] * f[j];
    },
    df() {
      const ks = multiply(k, outer);
      let frobenius = 0;
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) frobenius += get(ks, i, j) * get(ks, j, i);
      const below = squares + 2 * cross + frobenius;
      const value = (trace * trace) / below;
      return below > 0 && Number.isFinite(value) ? value : null;
    },
  };
}
