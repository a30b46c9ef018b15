// Weighted sums of outer products of rows held contiguously: where large fits spend their time, so four rows at once.
import { type Vector, zeros } from '../arrays.ts';
import { type Matrix, matrix } from './matrix.ts';

/** Rows `i` of length p, each at `rows[i * p]`: the p x p matrix of sum of weight_i row_i row_i' (weight 1 when null). */
export function gramOfRows(rows: Vector, n: number, p: number, weight: Vector | null): Matrix {
  const lower = zeros((p * (p + 1)) / 2);
  const whole = n - (n % 4);
  for (let i = 0, a = 0; i < whole; i += 4) {
    const b = a + p;
    const c = b + p;
    const d = c + p;
    const wa: number = weight === null ? 1 : weight[i];
    const wb: number = weight === null ? 1 : weight[i + 1];
    const wc: number = weight === null ? 1 : weight[i + 2];
    const wd: number = weight === null ? 1 : weight[i + 3];
    for (let j = 0, place = 0; j < p; j++) {
      const sa = wa * rows[a + j];
      const sb = wb * rows[b + j];
      const sc = wc * rows[c + j];
      const sd = wd * rows[d + j];
      for (let k = 0; k <= j; k++, place++)
        lower[place] += sa * rows[a + k] + sb * rows[b + k] + (sc * rows[c + k] + sd * rows[d + k]);
    }
    a = d + p;
  }
  for (let i = whole; i < n; i++) {
    const base = i * p;
    const w: number = weight === null ? 1 : weight[i];
    for (let j = 0, place = 0; j < p; j++) {
      const s = w * rows[base + j];
      for (let k = 0; k <= j; k++, place++) lower[place] += s * rows[base + k];
    }
  }
  return unpacked(lower, p);
}

/** The symmetric matrix whose lower triangle lies row after row in `lower`. */
export function unpacked(lower: Vector, p: number): Matrix {
  const out = matrix(p, p);
  for (let j = 0, place = 0; j < p; j++)
    for (let k = 0; k <= j; k++, place++) {
      out.values[j + k * p] = lower[place];
      out.values[k + j * p] = lower[place];
    }
  return out;
}

/** The sum of factor_i row_i. */
export function sumOfRows(rows: Vector, n: number, p: number, factor: Vector): Vector {
  const out = zeros(p);
  for (let i = 0, base = 0; i < n; i++, base += p) {
    const s: number = factor[i];
    for (let j = 0; j < p; j++) out[j] += s * rows[base + j];
  }
  return out;
}

/** The rows of a matrix held by columns, contiguous row after row; blocks keep both sides in the cache. */
export function rowsOf(x: Matrix): Vector {
  const { rows: n, columns: p, values } = x;
  const out = zeros(n * p);
  const block = 512;
  for (let from = 0; from < n; from += block) {
    const to = Math.min(n, from + block);
    for (let j = 0; j < p; j++) {
      const base = j * n;
      for (let i = from, place = from * p + j; i < to; i++, place += p) out[place] = values[base + i];
    }
  }
  return out;
}
