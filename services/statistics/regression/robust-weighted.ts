// Cluster covariance and its df for weighted least squares whose errors are taken as equal in variance, weights being for the design only
// (probability weights): the adjustment then sees both X and WX. Source: Pustejovsky and Tipton (2018) JBES 36:672,
// eq. 6-11 with working covariance I, as clubSandwich takes `lm` with weights.
import { type Vector, zeros } from '../arrays.ts';
import type { Grouping } from '../data/roles.ts';
import { cholesky, choleskyInverse, isFactor } from '../linear-algebra/cholesky.ts';
import {
  add,
  apply,
  crossProduct,
  get,
  type Matrix,
  matrix,
  multiply,
  quadratic,
  scaled,
  symmetrised,
} from '../linear-algebra/matrix.ts';
import { spectralMap } from '../linear-algebra/symmetric-eigen.ts';
import { type Fit, onTerms } from './fit.ts';
import { type Covariance, NO_RESIDUAL } from './heteroskedastic.ts';
import { type ClusterType, clusterFactor, clusterRows } from './robust.ts';

const NO_DIRECTION = 1e-13;

const inverseRoot = (x: number): number => (x < NO_RESIDUAL ? 0 : 1 / Math.sqrt(x));

/** A block of a matrix: rows and columns from `from` on, `size` of them. */
function block(a: Matrix, rowFrom: number, columnFrom: number, size: number): Matrix {
  const out = matrix(size, size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) out.values[i + j * size] = get(a, rowFrom + i, columnFrom + j);
  return out;
}

/** The inverse of I - M G taken on symmetric parts: (M^-1 - G)^-1, null when the cluster alone fixes a coefficient. */
function leftOut(total: Matrix, own: Matrix): Matrix | null {
  const factor = cholesky(add(total, own, -1));
  return isFactor(factor) ? choleskyInverse(factor) : null;
}

/** Covariance and Satterthwaite df; `z` orthonormal scale throughout, contrasts on the terms. */
export function clusteredWeighted(
  fit: Fit,
  clusters: Grouping,
  type: ClusterType,
  contrasts: readonly Vector[],
): Covariance {
  const { p, z, working, score, bread } = fit;
  const count = clusters.levels.length;
  const { order, starts } = clusterRows(clusters.code, count);
  const squaredGram = matrix(p, p);
  const total = matrix(p, p);
  for (let i = 0, base = 0; i < fit.n; i++, base += p) {
    const w: number = working[i];
    for (let j = 0; j < p; j++)
      for (let k = 0; k < p; k++) {
        const product = w * z[base + j] * z[base + k];
        total.values[k + j * p] += product;
        squaredGram.values[k + j * p] += w * product;
      }
  }
  const q = symmetrised(multiply(multiply(bread, squaredGram), bread));
  // G = I + U K U' with U = [X, WX]
  const k = matrix(2 * p, 2 * p);
  for (let i = 0; i < p; i++)
    for (let j = 0; j < p; j++) {
      k.values[i + j * 2 * p] = get(q, i, j);
      k.values[i + (j + p) * 2 * p] = -get(bread, i, j);
      k.values[i + p + j * 2 * p] = -get(bread, i, j);
    }
  const c = contrasts.map((contrast) => {
    const onZ = zeros(p);
    for (let j = 0; j < p; j++)
      for (let i = 0; i < p; i++) onZ[j] += fit.transform.values[i + j * p] * contrast[i];
    return apply(bread, onZ);
  });
  const moments = c.map(() => ({ trace: 0, squares: 0, cross: 0, outer: matrix(2 * p, 2 * p) }));
  const meat = matrix(p, p);
  let exactFits = 0;
  for (let group = 0; group < count; group++) {
    const from: number = starts[group];
    const size: number = starts[group + 1] - from;
    const u = matrix(size, 2 * p);
    const e = zeros(size);
    for (let r = 0; r < size; r++) {
      const row: number = order[from + r];
      e[r] = score[row] / working[row];
      for (let j = 0; j < p; j++) {
        u.values[r + j * size] = z[row * p + j];
        u.values[r + (j + p) * size] = working[row] * z[row * p + j];
      }
    }
    const x: Matrix = { rows: size, columns: p, values: u.values.subarray(0, size * p) };
    const wx: Matrix = { rows: size, columns: p, values: u.values.subarray(size * p) };
    const gram = crossProduct(u);
    let adjust: (r: Vector, transposed: boolean) => Vector;
    if (type !== 'CR2' && type !== 'CR3') adjust = (r) => r;
    else if (type === 'CR3') {
      const inner = leftOut(total, block(gram, 0, p, p));
      if (!inner) exactFits++;
      adjust = (r, transposed) => {
        if (!inner) return zeros(size);
        const [left, right] = transposed ? [wx, x] : [x, wx];
        const part = apply(left, apply(inner, crossVector(right, r)));
        return part.map((v, i) => v + (r[i] as number));
      };
    } else if (size <= 2 * p) {
      const g = matrix(size, size);
      const uk = multiply(u, k);
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) {
          let s = i === j ? 1 : 0;
          for (let m = 0; m < 2 * p; m++) s += get(uk, i, m) * get(u, j, m);
          g.values[i + j * size] = s;
        }
      const root = spectralMap(symmetrised(g), inverseRoot);
      adjust = (r) => apply(root, r);
    } else {
      let top = 0;
      for (let i = 0; i < 2 * p; i++) top = Math.max(top, get(gram, i, i));
      const half = spectralMap(gram, (v) => (v > NO_DIRECTION * top ? Math.sqrt(v) : 0));
      const inverseHalf = spectralMap(gram, (v) => (v > NO_DIRECTION * top ? 1 / Math.sqrt(v) : 0));
      const shape = symmetrised(multiply(multiply(half, k), half));
      const middle = spectralMap(shape, (v) => inverseRoot(1 + v) - 1);
      const inner = multiply(multiply(inverseHalf, middle), inverseHalf);
      adjust = (r) => {
        const part = apply(u, apply(inner, crossVector(u, r)));
        return part.map((v, i) => v + (r[i] as number));
      };
    }
    const own = crossVector(wx, adjust(e, false));
    for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) meat.values[i + j * p] += own[i] * own[j];
    c.forEach((direction, index) => {
      const v = adjust(apply(wx, direction), true);
      const f = crossVector(u, v);
      let norm = 0;
      for (let r = 0; r < size; r++) norm += v[r] * v[r];
      const form = quadratic(k, f);
      const m = moments[index];
      if (!m) return;
      m.trace += norm + form;
      m.squares += norm * norm;
      m.cross += norm * form;
      for (let i = 0; i < 2 * p; i++)
        for (let j = 0; j < 2 * p; j++) m.outer.values[i + j * 2 * p] += f[i] * f[j];
    });
  }
  const df = moments.map(({ trace, squares, cross, outer }) => {
    const ks = multiply(k, outer);
    let frobenius = 0;
    for (let i = 0; i < 2 * p; i++)
      for (let j = 0; j < 2 * p; j++) frobenius += get(ks, i, j) * get(ks, j, i);
    const below = squares + 2 * cross + frobenius;
    const value = (trace * trace) / below;
    return below > 0 && Number.isFinite(value) ? value : null;
  });
  const v = scaled(multiply(multiply(bread, meat), bread), clusterFactor(type, count, fit));
  return { v: onTerms(fit, v), df, exactFits };
}

/** a' r */
function crossVector(a: Matrix, r: Vector): Vector {
  const out = zeros(a.columns);
  for (let j = 0; j < a.columns; j++) {
    let s = 0;
    for (let i = 0; i < a.rows; i++) s += a.values[i + j * a.rows] * r[i];
    out[j] = s;
  }
  return out;
}
