// Dense matrices in one typed array, column after column, so a column is a contiguous view.
import { type Vector, zeros } from '../arrays.ts';

/** `rows` x `columns`; element (i, j) is at `values[i + j * rows]`. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Vector;
}

export const matrix = (rows: number, columns: number): Matrix => ({
  rows,
  columns,
  values: zeros(rows * columns),
});

export function identity(size: number): Matrix {
  const out = matrix(size, size);
  for (let i = 0; i < size; i++) out.values[i + i * size] = 1;
  return out;
}

/** A matrix from its rows. */
export function fromRows(rows: readonly (readonly number[])[]): Matrix {
  const columns = rows[0]?.length ?? 0;
  const out = matrix(rows.length, columns);
  rows.forEach((row, i) => {
    row.forEach((x, j) => {
      out.values[i + j * rows.length] = x;
    });
  });
  return out;
}

/** The rows as plain arrays, for an answer. */
export function toRows(a: Matrix): number[][] {
  return Array.from({ length: a.rows }, (_, i) =>
    Array.from({ length: a.columns }, (_, j) => a.values[i + j * a.rows] as number),
  );
}

export const get = (a: Matrix, i: number, j: number): number => a.values[i + j * a.rows];

export const column = (a: Matrix, j: number): Vector => a.values.subarray(j * a.rows, (j + 1) * a.rows);

export const copy = (a: Matrix): Matrix => ({ ...a, values: a.values.slice() });

export function transpose(a: Matrix): Matrix {
  const out = matrix(a.columns, a.rows);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < a.columns; j++) out.values[j + i * a.columns] = a.values[i + j * a.rows];
  return out;
}

/** a b */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const out = matrix(a.rows, b.columns);
  for (let j = 0; j < b.columns; j++) {
    for (let k = 0; k < a.columns; k++) {
      const scale = b.values[k + j * b.rows];
      if (scale === 0) continue;
      for (let i = 0; i < a.rows; i++) out.values[i + j * a.rows] += a.values[i + k * a.rows] * scale;
    }
  }
  return out;
}

/** a' b, for tall a and b. */
export function crossProduct(a: Matrix, b: Matrix = a): Matrix {
  const out = matrix(a.columns, b.columns);
  for (let j = 0; j < b.columns; j++) {
    const right = column(b, j);
    for (let i = 0; i < a.columns; i++) {
      if (a === b && i > j) continue;
      const s = dot(column(a, i), right);
      out.values[i + j * a.columns] = s;
      if (a === b) out.values[j + i * a.columns] = s;
    }
  }
  return out;
}

export function dot(a: Vector, b: Vector): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const n = a.length;
  const whole = n - (n % 4);
  for (let i = 0; i < whole; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (let i = whole; i < n; i++) s0 += a[i] * b[i];
  return s0 + s1 + (s2 + s3);
}

/** a x */
export function apply(a: Matrix, x: Vector): Vector {
  const out = zeros(a.rows);
  for (let j = 0; j < a.columns; j++) {
    const scale = x[j];
    if (scale === 0) continue;
    const base = j * a.rows;
    for (let i = 0; i < a.rows; i++) out[i] += a.values[base + i] * scale;
  }
  return out;
}

/** a' x */
export function applyTransposed(a: Matrix, x: Vector): Vector {
  const out = zeros(a.columns);
  for (let j = 0; j < a.columns; j++) out[j] = dot(column(a, j), x);
  return out;
}

/** x' a y for a symmetric or general square a. */
export function quadratic(a: Matrix, x: Vector, y: Vector = x): number {
  let s = 0;
  for (let j = 0; j < a.columns; j++) {
    if (y[j] === 0) continue;
    let inner = 0;
    for (let i = 0; i < a.rows; i++) inner += a.values[i + j * a.rows] * x[i];
    s += inner * y[j];
  }
  return s;
}

/** a b a' */
export const sandwich = (a: Matrix, b: Matrix): Matrix => symmetrised(multiply(multiply(a, b), transpose(a)));

/** (a + a') / 2: removes the rounding that breaks symmetry. */
export function symmetrised(a: Matrix): Matrix {
  const out = copy(a);
  const n = a.rows;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const m = (a.values[i + j * n] + a.values[j + i * n]) / 2;
      out.values[i + j * n] = m;
      out.values[j + i * n] = m;
    }
  return out;
}

/** a + scale b */
export function add(a: Matrix, b: Matrix, scale = 1): Matrix {
  const out = copy(a);
  for (let i = 0; i < out.values.length; i++) out.values[i] += scale * b.values[i];
  return out;
}

export function scaled(a: Matrix, scale: number): Matrix {
  const out = copy(a);
  for (let i = 0; i < out.values.length; i++) out.values[i] *= scale;
  return out;
}
