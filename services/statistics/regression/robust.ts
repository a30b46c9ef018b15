// Sandwich covariances from clusters, with Satterthwaite degrees of freedom. Sources: Liang and Zeger (1986) CR0; Bell and
// McCaffrey (2002) Survey Methodology 28:169 CR2, CR3 and the df of eq. 4; Pustejovsky and Tipton (2018) JBES 36:672,
// eq. 9-11. The root of I - H is the symmetric one on whitened rows.
import { type Integers, type Vector, zeros } from '../arrays.ts';
import type { Grouping } from '../data/roles.ts';
import { cholesky, isFactor } from '../linear-algebra/cholesky.ts';
import { gramOfRows } from '../linear-algebra/gram.ts';
import { type Matrix, matrix, multiply, scaled, transpose } from '../linear-algebra/matrix.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { type Fit, onTerms } from './fit.ts';
import { breadMeatBread, type Covariance, mirror, NO_RESIDUAL } from './heteroskedastic.ts';
import { smallAdjustment } from './small-cluster.ts';

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
  const factor = clusterFactor(type, count, fit);
  if (!adjusts && contrasts.length === 0)
    return { v: breadMeatBread(fit, scaled(meatOfSums(fit, order, starts), factor)), df: [], exactFits: 0 };
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
  const adjusted = zeros(p);
  const a = zeros(p);
  let exactFits = 0;

  const basis = l.values;
  const rowOfU = (row: number, into: number): void => {
    const root = Math.sqrt(working[row]);
    const base = row * p;
    for (let j = 0; j < p; j++) {
      let s = 0;
      for (let k = j; k < p; k++) s += basis[k + j * p] * z[base + k];
      u[into * p + j] = s * root;
    }
  };
  const addMoments = (
    m: { trace: number; squares: number; cross: number; total: Vector },
    norm: number,
  ): void => {
    const { total } = m;
    let length = 0;
    for (let j = 0; j < p; j++) {
      const aj: number = a[j];
      length += aj * aj;
      for (let k = 0, place = j * p; k <= j; k++, place++) total[place] += aj * a[k];
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
        adjusted[r] = s;
      }
      for (let r = 0; r < size; r++) for (let j = 0; j < p; j++) g[j] += adjusted[r] * u[r * p + j];
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
  // scores gathered on U return to Z through L (bread = L L')
  const v = onTerms(fit, multiply(multiply(l, scaled(meat, factor)), transpose(l)));
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
  return { v, df, exactFits };
}

/** Clusters whose sums are put into the meat together. */
const BLOCK = 256;

/** The sum over clusters of the outer product of their summed scores, on the columns of Z. */
function meatOfSums({ p, z, score }: Fit, order: Integers, starts: Integers): Matrix {
  const count = starts.length - 1;
  const meat = matrix(p, p);
  const sums = zeros(BLOCK * p);
  for (let first = 0; first < count; first += BLOCK) {
    const together = Math.min(BLOCK, count - first);
    sums.fill(0);
    for (let group = 0, into = 0; group < together; group++, into += p) {
      const end: number = starts[first + group + 1];
      for (let at: number = starts[first + group]; at < end; at++) {
        const row: number = order[at];
        const s: number = score[row];
        const base = row * p;
        for (let j = 0; j < p; j++) sums[into + j] += s * z[base + j];
      }
    }
    const { values } = gramOfRows(sums, together, p, null);
    for (let k = 0; k < values.length; k++) meat.values[k] += values[k];
  }
  return meat;
}

function addOuter(meat: Matrix, g: Vector): void {
  const { rows: p, values } = meat;
  for (let j = 0; j < p; j++) {
    const s: number = g[j];
    for (let k = 0, place = j * p; k <= j; k++, place++) values[place] += s * g[k];
  }
}
