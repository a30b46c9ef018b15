// The cluster variance of a weighted difference whose weights were estimated: the equations of the weights and of the difference
// are stacked, so that what the covariates explain counts only as far as the weights leave it. Sources: Lunceford and Davidian
// (2004) Statist. Med. 23:2937, sec. 3; Hirano, Imbens and Ridder (2003) Econometrica 71:1161. Given arms and covariates the
// stacked residuals are an oblique projection of the outcomes: few clusters are allowed for as by CR2 (regression/oblique.ts).
import { gather, type Vector, zeros } from '../arrays.ts';
import type { Grouping } from '../data/roles.ts';
import {
  apply,
  applyTransposed,
  column,
  crossProduct,
  dot,
  get,
  type Matrix,
  matrix,
  multiply,
} from '../linear-algebra/matrix.ts';
import type { Fit } from '../regression/fit.ts';
import { inverseRootOf, kernelOf, momentsOf } from '../regression/oblique.ts';
import { clusterRows } from '../regression/robust.ts';
import type { WeightModel } from './weight-models.ts';

/** CR2 variance of the arm's coefficient in a weighted fit on intercept and arm, and its Satterthwaite df. */
export function estimatedWeightsVariance(
  fit: Fit,
  model: WeightModel,
  clusters: Grouping,
): { variance: number; df: number | null } {
  const { n } = fit;
  const { influence, b, c, q } = projectionOf(fit, model);
  const residuals = zeros(n);
  for (let i = 0; i < n; i++) residuals[i] = fit.outcome[i] - fit.fitted[i];
  const left = apply(b, apply(q, applyTransposed(c, residuals)));
  for (let i = 0; i < n; i++) residuals[i] -= left[i];
  const k = kernelOf(q, crossProduct(c));
  const moments = momentsOf(k);
  const { order, starts } = clusterRows(clusters.code, clusters.levels.length);
  let total = 0;
  for (let g = 0; g < clusters.levels.length; g++) {
    const rows = order.subarray(starts[g], starts[g + 1]);
    const u = matrix(rows.length, 2 * q.rows);
    for (let j = 0; j < q.rows; j++) {
      column(u, j).set(gather(column(b, j), rows));
      column(u, j + q.rows).set(gather(column(c, j), rows));
    }
    const part = inverseRootOf(u, k)(gather(influence, rows));
    total += dot(part, gather(residuals, rows)) ** 2;
    moments.add(part, u);
  }
  return { variance: total, df: moments.df() };
}

/** The stacked residuals as (I - B Q C') y, the arm's coefficient as influence' y. */
interface Projection {
  readonly influence: Vector;
  readonly b: Matrix;
  readonly c: Matrix;
  readonly q: Matrix;
}

/**
 * The product of two: I - X (X'WX)^-1 X'W of the weighted fit, then I + S bread L' of the weights, row i of S being its score
 * over its influence and of L its slopes times its influence. Influence times residual is then the row's stacked influence.
 */
function projectionOf({ n, p, z, bread, transform, working }: Fit, model: WeightModel): Projection {
  const m = model.bread.rows;
  const onArm = apply(
    bread,
    Float64Array.from({ length: p }, (_, j) => transform.values[1 + j * p]),
  );
  const influence = zeros(n);
  const b = matrix(n, p + m);
  const c = matrix(n, p + m);
  for (let i = 0; i < n; i++) {
    const w: number = working[i];
    for (let j = 0; j < p; j++) {
      const x: number = z[i * p + j];
      b.values[i + j * n] = x;
      c.values[i + j * n] = w * x;
      influence[i] += w * x * onArm[j];
    }
    for (let j = 0; j < m; j++) {
      b.values[i + (p + j) * n] = model.scores.values[i + j * n] / influence[i];
      c.values[i + (p + j) * n] = -model.slopes.values[i + j * n] * influence[i];
    }
  }
  const x: Matrix = { rows: n, columns: p, values: b.values.subarray(0, n * p) };
  const slopes: Matrix = { rows: n, columns: m, values: c.values.subarray(n * p) };
  const carried = multiply(multiply(model.bread, crossProduct(slopes, x)), bread);
  const q = matrix(p + m, p + m);
  const put = (block: Matrix, row: number, from: number, sign: number): void => {
    for (let i = 0; i < block.rows; i++)
      for (let j = 0; j < block.columns; j++)
        q.values[row + i + (from + j) * (p + m)] = sign * get(block, i, j);
  };
  put(bread, 0, 0, 1);
  put(carried, p, 0, -1);
  put(model.bread, p, p, 1);
  return { influence, ...ofUnitColumns(b, c, q) };
}

/** The same projection with columns of length one, so that none is lost beside longer ones. */
function ofUnitColumns(b: Matrix, c: Matrix, q: Matrix): Pick<Projection, 'b' | 'c' | 'q'> {
  const toUnit = (a: Matrix): Vector =>
    Float64Array.from({ length: a.columns }, (_, j) => {
      const own = column(a, j);
      const length = Math.sqrt(dot(own, own)) || 1;
      for (let i = 0; i < own.length; i++) own[i] /= length;
      return length;
    });
  const left = toUnit(b);
  const right = toUnit(c);
  for (let i = 0; i < q.rows; i++)
    for (let j = 0; j < q.columns; j++) q.values[i + j * q.rows] *= left[i] * right[j];
  return { b, c, q };
}
