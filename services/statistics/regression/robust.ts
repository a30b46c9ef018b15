// Sandwich covariances from heteroskedastic rows or from clusters, with Satterthwaite degrees of freedom.
// Sources: White (1980); MacKinnon and White (1985) HC1-3; Liang and Zeger (1986) CR0; Bell and McCaffrey (2002) Survey
// Methodology 28:169 CR2, CR3 and the df of eq. 4; Pustejovsky and Tipton (2018) JBES 36:672, eq. 9-11; two-way:
// Cameron, Gelbach and Miller (2011) JBES 29:238, eq. 2.5. The root of I - H is the symmetric one on whitened rows.
import { type Integers, type Vector, zeros } from '../arrays.ts';
import { type Grouping, intersection } from '../data/roles.ts';
import { cholesky, isFactor } from '../linear-algebra/cholesky.ts';
import { add, type Matrix, matrix, multiply, scaled, transpose } from '../linear-algebra/matrix.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { type Fit, onTerms } from './fit.ts';

/** Below this, 1 - leverage is taken as 0: the row or direction is fitted exactly and carries no residual. */
const NO_RESIDUAL = 1e-11;

export interface Covariance {
  /** On the terms of the design. */
  readonly v: Matrix;
  /** Satterthwaite df of each contrast asked for, null where undefined. */
  readonly df: readonly (number | null)[];
  readonly exactFits: number;
}

/** Leverage of each row in the working weighted fit. */
export function leverages(fit: Fit): Vector {
  const { n, p, z, bread, working } = fit;
  const h = zeros(n);
  for (let i = 0, base = 0; i < n; i++, base += p) {
    let s = 0;
    for (let j = 0; j < p; j++) {
      let inner = 0;
      for (let k = 0; k < p; k++) inner += bread.values[k + j * p] * z[base + k];
      s += inner * z[base + j];
    }
    h[i] = s * working[i];
  }
  return h;
}

const breadMeatBread = (fit: Fit, meat: Matrix): Matrix =>
  onTerms(fit, multiply(multiply(fit.bread, meat), fit.bread));

export const classical = (fit: Fit): Matrix => onTerms(fit, scaled(fit.bread, fit.dispersion));

export function heteroskedastic(fit: Fit, type: 'HC0' | 'HC1' | 'HC2' | 'HC3'): Covariance {
  const { n, p, z, score } = fit;
  const h = type === 'HC2' || type === 'HC3' ? leverages(fit) : null;
  const meat = matrix(p, p);
  let exactFits = 0;
  for (let i = 0, base = 0; i < n; i++, base += p) {
    let w: number = score[i] * score[i];
    if (h) {
      const rest = 1 - h[i];
      if (rest < NO_RESIDUAL) {
        exactFits++;
        continue;
      }
      w /= type === 'HC2' ? rest : rest * rest;
    }
    for (let j = 0; j < p; j++) {
      const s = w * z[base + j];
      for (let k = 0; k <= j; k++) meat.values[k + j * p] += s * z[base + k];
    }
  }
  if (type === 'HC1') for (let k = 0; k < meat.values.length; k++) meat.values[k] *= n / (n - p);
  mirror(meat);
  return { v: breadMeatBread(fit, meat), df: [], exactFits };
}

function mirror(a: Matrix): void {
  const p = a.rows;
  for (let j = 0; j < p; j++) for (let k = 0; k < j; k++) a.values[j + k * p] = a.values[k + j * p];
}

/** Rows sorted by cluster: rows of cluster g are order[starts[g]] .. order[starts[g + 1] - 1]. */
export function clusterRows(code: Integers, count: number): { order: Integers; starts: Integers } {
  const starts = new Int32Array(count + 1) as Integers;
  for (let i = 0; i < code.length; i++) starts[code[i] + 1] += 1;
  for (let g = 0; g < count; g++) starts[g + 1] += starts[g];
  const next = starts.slice() as Integers;
  const order = new Int32Array(code.length) as Integers;
  for (let i = 0; i < code.length; i++) {
    order[next[code[i]]] = i;
    next[code[i]] += 1;
  }
  return { order, starts };
}

export type ClusterType = 'CR0' | 'CR1' | 'CR1S' | 'CR2' | 'CR3';

/** What multiplies the sum over clusters: G / (G - 1), and Stata's further (n - 1) / (n - p). */
export function clusterFactor(type: ClusterType, count: number, { n, p }: Fit): number {
  if (type === 'CR1') return count / (count - 1);
  return type === 'CR1S' ? ((count / (count - 1)) * (n - 1)) / (n - p) : 1;
}

/**
 * Cluster covariance. For CR2 and CR3 a cluster larger than p is adjusted through its p x p Gram matrix, a smaller one
 * through its own leverage matrix; both give the same adjusted score. `contrasts` are on the terms of the design.
 */
export function clustered(
  fit: Fit,
  clusters: Grouping,
  type: ClusterType,
  contrasts: readonly Vector[] = [],
): Covariance {
  const { p, z, score, working } = fit;
  const count = clusters.levels.length;
  const { order, starts } = clusterRows(clusters.code, count);
  const adjusts = type === 'CR2' || type === 'CR3';
  const needsGram = adjusts || contrasts.length > 0;
  const power = type === 'CR2' ? -0.5 : type === 'CR3' ? -1 : 0;
  const f = (rest: number): number =>
    power === 0 ? 1 : rest < NO_RESIDUAL ? 0 : power === -0.5 ? 1 / Math.sqrt(rest) : 1 / rest;

  // on the basis U = Z L with L L' = bread, leverages are plain inner products
  const root = cholesky(fit.bread);
  const l = matrix(p, p);
  if (isFactor(root)) {
    for (let j = 0; j < p; j++)
      for (let i = j; i < p; i++) l.values[i + j * p] = root.lower.values[i + j * p] * root.scale[i];
  }
  const c = contrasts.map((contrast) => {
    const onZ = zeros(p);
    for (let j = 0; j < p; j++)
      for (let k = 0; k < p; k++) onZ[j] += fit.transform.values[k + j * p] * contrast[k];
    const onU = zeros(p);
    for (let j = 0; j < p; j++) for (let k = 0; k < p; k++) onU[j] += l.values[k + j * p] * onZ[k];
    return onU;
  });
  const moments = c.map(() => ({ trace: 0, squares: 0, cross: 0, total: zeros(p * p) }));

  const meat = matrix(p, p);
  const g = zeros(p);
  const tilted = zeros(p);
  const u = zeros(Math.max(p, 1) * p);
  const e = zeros(p);
  const v = zeros(p);
  const a = zeros(p);
  let exactFits = 0;

  const rowOfU = (row: number, into: number): void => {
    const root = Math.sqrt(working[row]);
    const base = row * p;
    for (let j = 0; j < p; j++) {
      let s = 0;
      for (let k = j; k < p; k++) s += l.values[k + j * p] * z[base + k];
      u[into * p + j] = s * root;
    }
  };
  const addMoments = (
    m: { trace: number; squares: number; cross: number; total: Vector },
    norm: number,
  ): void => {
    let length = 0;
    for (let j = 0; j < p; j++) {
      const aj: number = a[j];
      length += aj * aj;
      for (let k = 0; k <= j; k++) m.total[j * p + k] += aj * a[k];
    }
    m.trace += norm - length;
    m.squares += norm * norm;
    m.cross += norm * length;
  };

  for (let group = 0; group < count; group++) {
    const from: number = starts[group];
    const size: number = starts[group + 1] - from;
    if (size === 0) continue;
    g.fill(0);
    if (!needsGram) {
      for (let r = 0; r < size; r++) {
        const row: number = order[from + r];
        const s: number = score[row];
        const base = row * p;
        for (let j = 0; j < p; j++) g[j] += s * z[base + j];
      }
      addOuter(meat, g);
      continue;
    }
    if (size <= p) {
      for (let r = 0; r < size; r++) {
        const row: number = order[from + r];
        rowOfU(row, r);
        e[r] = working[row] > 0 ? score[row] / Math.sqrt(working[row]) : 0;
      }
      const adjustment = smallAdjustment(u, size, p, f, power);
      exactFits += adjustment.exact;
      const m = adjustment.values;
      for (let r = 0; r < size; r++) {
        let s = 0;
        for (let q = 0; q < size; q++) s += m[r + q * size] * e[q];
        v[r] = s;
      }
      for (let r = 0; r < size; r++) for (let j = 0; j < p; j++) g[j] += v[r] * u[r * p + j];
      addOuter(meat, g);
      c.forEach((contrast, index) => {
        for (let r = 0; r < size; r++) {
          let s = 0;
          for (let j = 0; j < p; j++) s += u[r * p + j] * contrast[j];
          e[r] = s;
        }
        let norm = 0;
        a.fill(0);
        for (let r = 0; r < size; r++) {
          let s = 0;
          for (let q = 0; q < size; q++) s += m[r + q * size] * e[q];
          norm += s * s;
          for (let j = 0; j < p; j++) a[j] += s * u[r * p + j];
        }
        const target = moments[index];
        if (target) addMoments(target, norm);
      });
      continue;
    }
    // the large cluster: Gram matrix and score on U
    const gram = matrix(p, p);
    const onZ = zeros(p);
    for (let r = 0; r < size; r++) {
      const row: number = order[from + r];
      const base = row * p;
      const w: number = working[row];
      const s: number = score[row];
      for (let j = 0; j < p; j++) {
        onZ[j] += s * z[base + j];
        const wz = w * z[base + j];
        for (let k = 0; k <= j; k++) gram.values[k + j * p] += wz * z[base + k];
      }
    }
    mirror(gram);
    const onU = multiply(multiply(transpose(l), gram), l);
    const { values, vectors } = symmetricEigen(onU);
    for (let j = 0; j < p; j++) {
      let s = 0;
      for (let k = j; k < p; k++) s += l.values[k + j * p] * onZ[k];
      g[j] = s;
    }
    tilted.fill(0);
    for (let k = 0; k < p; k++) {
      let s = 0;
      for (let j = 0; j < p; j++) s += vectors.values[j + k * p] * g[j];
      if (power !== 0 && 1 - values[k] < NO_RESIDUAL) exactFits++;
      s *= f(1 - values[k]);
      for (let j = 0; j < p; j++) tilted[j] += vectors.values[j + k * p] * s;
    }
    addOuter(meat, tilted);
    c.forEach((contrast, index) => {
      let norm = 0;
      a.fill(0);
      for (let k = 0; k < p; k++) {
        let t = 0;
        for (let j = 0; j < p; j++) t += vectors.values[j + k * p] * contrast[j];
        const lambda = Math.max(0, values[k]);
        const fk = f(1 - lambda);
        norm += fk * fk * lambda * t * t;
        const s = lambda * fk * t;
        for (let j = 0; j < p; j++) a[j] += vectors.values[j + k * p] * s;
      }
      const target = moments[index];
      if (target) addMoments(target, norm);
    });
  }
  mirror(meat);
  const factor = clusterFactor(type, count, fit);
  for (let k = 0; k < meat.values.length; k++) meat.values[k] *= factor;
  // scores gathered on U return to Z through L (bread = L L'); without U they are on Z already
  const v0 = needsGram ? onTerms(fit, multiply(multiply(l, meat), transpose(l))) : breadMeatBread(fit, meat);
  const df = moments.map(({ trace, squares, cross, total }) => {
    let frobenius = 0;
    for (let j = 0; j < p; j++) {
      for (let k = 0; k < j; k++) frobenius += 2 * total[j * p + k] ** 2;
      frobenius += total[j * p + j] ** 2;
    }
    const below = squares - 2 * cross + frobenius;
    const value = (trace * trace) / below;
    return below > 0 && Number.isFinite(value) ? value : null;
  });
  return { v: v0, df, exactFits };
}

function addOuter(meat: Matrix, g: Vector): void {
  const p = meat.rows;
  for (let j = 0; j < p; j++) {
    const s: number = g[j];
    for (let k = 0; k <= j; k++) meat.values[k + j * p] += s * g[k];
  }
}

/** f(I - U U') for a cluster of no more than p rows. */
function smallAdjustment(
  u: Vector,
  size: number,
  p: number,
  f: (rest: number) => number,
  power: number,
): { values: Vector; exact: number } {
  const h = matrix(size, size);
  for (let r = 0; r < size; r++)
    for (let q = 0; q <= r; q++) {
      let s = 0;
      for (let j = 0; j < p; j++) s += u[r * p + j] * u[q * p + j];
      h.values[r + q * size] = s;
      h.values[q + r * size] = s;
    }
  if (size === 1) {
    const rest = 1 - h.values[0];
    return { values: Float64Array.of(f(rest)), exact: power !== 0 && rest < NO_RESIDUAL ? 1 : 0 };
  }
  let exact = 0;
  if (size === 2) {
    // a function of a symmetric 2 x 2 matrix is a line in it through its two eigenvalues
    const [a, b, , d] = h.values as unknown as [number, number, number, number];
    const middle = (a + d) / 2;
    const radius = Math.hypot((a - d) / 2, b);
    const low = 1 - (middle + radius);
    const high = 1 - (middle - radius);
    if (power !== 0) exact = (low < NO_RESIDUAL ? 1 : 0) + (high < NO_RESIDUAL ? 1 : 0);
    const level = (f(low) + f(high)) / 2;
    const slope = radius > 0 ? (f(low) - f(high)) / (2 * radius) : 0;
    return {
      values: Float64Array.of(
        level + slope * (a - middle),
        slope * b,
        slope * b,
        level + slope * (d - middle),
      ),
      exact,
    };
  }
  const out = zeros(size * size);
  const { values, vectors } = symmetricEigen(h);
  for (let k = 0; k < size; k++) {
    const rest = 1 - values[k];
    if (power !== 0 && rest < NO_RESIDUAL) exact++;
    const weight = f(rest);
    if (weight === 0) continue;
    for (let q = 0; q < size; q++) {
      const s = weight * vectors.values[q + k * size];
      for (let r = 0; r < size; r++) out[r + q * size] += s * vectors.values[r + k * size];
    }
  }
  return { values: out, exact };
}

/**
 * V1 + V2 - V12. Each way carries Stata's factor (CR1S); where no two rows share both clusters V12 is White's without a
 * factor, which reproduces Petersen's published table.
 */
export function twoWay(fit: Fit, first: Grouping, second: Grouping): Covariance {
  const both = intersection(first, second);
  const singletons = both.levels.length === fit.n;
  const v12 = singletons ? heteroskedastic(fit, 'HC0').v : clustered(fit, both, 'CR1S').v;
  const v = add(add(clustered(fit, first, 'CR1S').v, clustered(fit, second, 'CR1S').v), v12, -1);
  return { v, df: [], exactFits: 0 };
}
