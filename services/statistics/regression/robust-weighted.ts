// Cluster covariance and its df for weighted least squares whose errors are taken as equal in variance, weights being for the design only
// (probability weights): the adjustment then sees both X and WX. Source: Pustejovsky and Tipton (2018) JBES 36:672,
// eq. 6-11 with working covariance I, as clubSandwich takes `lm` with weights.
import { type Vector, zeros } from '../arrays.ts';
import type { Grouping } from '../data/roles.ts';
import { cholesky, choleskyInverse, isFactor } from '../linear-algebra/cholesky.ts';
import {
  add,
  apply,
  applyTransposed,
  crossProduct,
  type Matrix,
  matrix,
  multiply,
  scaled,
} from '../linear-algebra/matrix.ts';
import { type Fit, onTerms } from './fit.ts';
import type { Covariance } from './heteroskedastic.ts';
import { inverseRootOf, kernelOf, momentsOf } from './oblique.ts';
import { type ClusterType, clusterFactor, clusterRows } from './robust.ts';

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
  // G = I + U K U' with U = [X, WX]
  const k = kernelOf(bread, squaredGram);
  const c = contrasts.map((contrast) => {
    const onZ = zeros(p);
    for (let j = 0; j < p; j++)
      for (let i = 0; i < p; i++) onZ[j] += fit.transform.values[i + j * p] * contrast[i];
    return apply(bread, onZ);
  });
  const moments = c.map(() => momentsOf(k));
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
    let adjust: (r: Vector, transposed: boolean) => Vector;
    if (type !== 'CR2' && type !== 'CR3') adjust = (r) => r;
    else if (type === 'CR3') {
      const inner = leftOut(total, crossProduct(x, wx));
      if (!inner) exactFits++;
      adjust = (r, transposed) => {
        if (!inner) return zeros(size);
        const [left, right] = transposed ? [wx, x] : [x, wx];
        const part = apply(left, apply(inner, applyTransposed(right, r)));
        return part.map((v, i) => v + (r[i] as number));
      };
    } else adjust = inverseRootOf(u, k);
    const own = applyTransposed(wx, adjust(e, false));
    for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) meat.values[i + j * p] += own[i] * own[j];
    c.forEach((direction, index) => {
      moments[index]?.add(adjust(apply(wx, direction), true), u);
    });
  }
  const df = moments.map((of) => of.df());
  const v = scaled(multiply(multiply(bread, meat), bread), clusterFactor(type, count, fit));
  return { v: onTerms(fit, v), df, exactFits };
}
