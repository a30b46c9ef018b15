// How estimated weights hang on the parameters they were estimated by: equations that those solve, and the weights' slopes.
// Sources: inverse probability and overlap: Lunceford and Davidian (2004) Statist. Med. 23:2937, sec. 3; Li, Morgan and Zaslavsky
// (2018) JASA 113:390; entropy: the first-order conditions of Hainmueller (2012) Political Analysis 20:25, eq. 8.
import { type Vector, variance } from '../arrays.ts';
import { cholesky, choleskyInverse, isFactor } from '../linear-algebra/cholesky.ts';
import { crossProduct, type Matrix, matrix } from '../linear-algebra/matrix.ts';
import type { Fit } from '../regression/fit.ts';

/** How the weights of n rows hang on the p parameters they were estimated by. */
export interface WeightModel {
  /** Each row's part in the estimating equations, n x p. */
  readonly scores: Matrix;
  /** Derivative of each row's log weight, n x p. */
  readonly slopes: Matrix;
  /** Inverse of minus the derivative of the summed scores, p x p. */
  readonly bread: Matrix;
}

/** Weights from a propensity score: the scores are the logistic fit's, the slopes those of the log weight in the logit. */
export function scoreModel(fit: Fit, treated: Vector, use: 'iptw-ate' | 'iptw-att' | 'overlap'): WeightModel {
  const { n, p, z, fitted, bread } = fit;
  const scores = matrix(n, p);
  const slopes = matrix(n, p);
  for (let i = 0; i < n; i++) {
    const e: number = fitted[i];
    const own = treated[i] === 1;
    const slope =
      use === 'iptw-att' ? (own ? 0 : 1) : use === 'iptw-ate' ? (own ? e - 1 : e) : own ? -e : 1 - e;
    for (let j = 0; j < p; j++) {
      scores.values[i + j * n] = (treated[i] - e) * z[i * p + j];
      slopes.values[i + j * n] = slope * z[i * p + j];
    }
  }
  return { scores, slopes, bread };
}

/**
 * Entropy weights: controls meet the treated's means. Null when columns depend on each other, as they may where nothing was
 * left to balance.
 */
export function entropyModel(
  columns: readonly Vector[],
  treated: Vector,
  weights: Vector,
): WeightModel | null {
  const n = treated.length;
  const p = columns.length;
  const x = matrix(n, p);
  columns.forEach((own, j) => {
    x.values.set(centredOnTreated(own, treated), j * n);
  });
  const scores = matrix(n, p);
  const slopes = matrix(n, p);
  for (let j = 0; j < p; j++)
    for (let i = 0, place = j * n; i < n; i++, place++) {
      const control = 1 - treated[i];
      slopes.values[place] = control * x.values[place];
      scores.values[place] = (treated[i] - control * weights[i]) * x.values[place];
    }
  const weighted = matrix(n, p);
  for (let j = 0; j < p; j++)
    for (let i = 0, place = j * n; i < n; i++, place++)
      weighted.values[place] = weights[i] * slopes.values[place];
  const factor = cholesky(crossProduct(weighted, slopes));
  return isFactor(factor) ? { scores, slopes, bread: choleskyInverse(factor) } : null;
}

/** A column less the treated's mean, over its spread. */
export function centredOnTreated(column: Vector, treated: Vector): Vector {
  let count = 0;
  let total = 0;
  for (let i = 0; i < column.length; i++)
    if (treated[i] === 1) {
      count++;
      total += column[i];
    }
  const spread = Math.sqrt(variance(column)) || 1;
  return column.map((v) => (v - total / count) / spread) as Vector;
}
