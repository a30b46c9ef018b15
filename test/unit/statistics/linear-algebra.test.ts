import { describe, expect, it } from 'vitest';
import { orderOf, sum, variance, vector, zeros } from '../../../services/statistics/arrays.ts';
import {
  cholesky,
  choleskyInverse,
  choleskySolve,
  isFactor,
} from '../../../services/statistics/linear-algebra/cholesky.ts';
import {
  apply,
  crossProduct,
  fromRows,
  get,
  identity,
  type Matrix,
  matrix,
  multiply,
} from '../../../services/statistics/linear-algebra/matrix.ts';
import { basis, isQr, leastSquares, qr } from '../../../services/statistics/linear-algebra/qr.ts';
import { gaussHermite, gaussLegendre } from '../../../services/statistics/linear-algebra/quadrature.ts';
import { spectralMap, symmetricEigen } from '../../../services/statistics/linear-algebra/symmetric-eigen.ts';
import { random } from '../../../services/statistics/random.ts';

const hilbert = (n: number): Matrix =>
  fromRows(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => 1 / (i + j + 1))));

const noise = (rows: number, columns: number, seed = 1): Matrix => {
  const source = random(seed);
  const out = matrix(rows, columns);
  for (let i = 0; i < out.values.length; i++) out.values[i] = source.normal();
  return out;
};

const gap = (a: Matrix, b: Matrix): number =>
  Math.max(...Array.from(a.values, (x, i) => Math.abs(x - b.values[i]!)));

describe('Cholesky', () => {
  it('inverts the Hilbert matrix of order 5 to its exact whole numbers', () => {
    const f = cholesky(hilbert(5));
    if (!isFactor(f)) throw new Error('singular');
    const inverse = choleskyInverse(f);
    expect(get(inverse, 0, 0)).toBeCloseTo(25, 6);
    expect(get(inverse, 3, 3) / 179200 - 1).toBeLessThan(1e-9);
  });

  it('is blind to the scale of the columns, 1e-8 to 1e+8', () => {
    const x = noise(50, 4);
    const scales = [1e-8, 1, 1e4, 1e8];
    const stretched = matrix(50, 4);
    for (let j = 0; j < 4; j++)
      for (let i = 0; i < 50; i++) stretched.values[i + j * 50] = x.values[i + j * 50]! * scales[j]!;
    const f = cholesky(crossProduct(stretched));
    const g = cholesky(crossProduct(x));
    if (!isFactor(f) || !isFactor(g)) throw new Error('singular');
    const b = choleskySolve(f, apply(crossProduct(stretched), vector(scales.map((s, j) => (j + 1) / s))));
    for (let j = 0; j < 4; j++) expect(Math.abs((b[j]! * scales[j]!) / (j + 1) - 1)).toBeLessThan(1e-12);
  });

  it('names the column that depends on those before it', () => {
    const x = noise(20, 3);
    for (let i = 0; i < 20; i++) x.values[i + 40] = x.values[i]! + x.values[i + 20]!;
    expect(cholesky(crossProduct(x))).toEqual({ dependent: 2 });
  });
});

describe('Householder QR', () => {
  it('solves least squares on near-collinear columns (condition 1e7) to 1e-8', () => {
    const x = noise(100, 3, 7);
    for (let i = 0; i < 100; i++) x.values[i + 200] = x.values[i]! + 1e-7 * x.values[i + 200]!;
    const f = qr(x);
    if (!isQr(f)) throw new Error('singular');
    const b = leastSquares(f, apply(x, vector([1, -2, 3])));
    expect(Math.abs(b[0]! - 1)).toBeLessThan(1e-7);
    expect(Math.abs(b[1]! + 2)).toBeLessThan(1e-12);
  });

  it('gives an orthonormal basis', () => {
    const f = qr(noise(40, 6, 3));
    if (!isQr(f)) throw new Error('singular');
    expect(gap(crossProduct(basis(f)), identity(6))).toBeLessThan(1e-14);
  });

  it('names a constant multiple as dependent', () => {
    const x = noise(30, 2, 5);
    for (let i = 0; i < 30; i++) x.values[i + 30] = 1e6 * x.values[i]!;
    expect(qr(x)).toEqual({ dependent: 1 });
  });
});

describe('symmetric eigen', () => {
  it('finds tiny eigenvalues to relative accuracy: those of the Hilbert matrix of order 6', () => {
    const { values } = symmetricEigen(hilbert(6));
    expect(values[0]! / 1.08279948451e-7 - 1).toBeLessThan(1e-8);
    expect(values[5]! / 1.6188998589243391 - 1).toBeLessThan(1e-14);
  });

  it('rebuilds the matrix and inverts its root', () => {
    const a = crossProduct(noise(30, 8, 11));
    expect(
      gap(
        spectralMap(a, (x) => x),
        a,
      ),
    ).toBeLessThan(1e-12);
    const root = spectralMap(a, (x) => 1 / Math.sqrt(x));
    expect(gap(multiply(multiply(root, a), root), identity(8))).toBeLessThan(1e-12);
  });
});

describe('rules and sums', () => {
  it('Gauss-Legendre integrates degree 2n-1 and Gauss-Hermite the normal moments exactly', () => {
    const { nodes, weights } = gaussLegendre(8);
    expect(nodes.reduce((s, x, i) => s + weights[i]! * x ** 14, 0)).toBeCloseTo(2 / 15, 14);
    const h = gaussHermite(20);
    expect(h.nodes.reduce((s, x, i) => s + h.weights[i]! * x ** 6, 0)).toBeCloseTo(
      (Math.sqrt(Math.PI) * 15) / 8,
      12,
    );
  });

  it('sums without losing the small next to the large', () => {
    expect(sum(vector([1e16, 1, -1e16, 1]))).toBe(2);
    expect(variance(vector([1e9 + 1, 1e9 + 2, 1e9 + 3]))).toBe(1);
  });

  it('orders doubles of either sign stably', () => {
    expect(Array.from(orderOf(vector([3, -1, 0, 3, -1e300, 2.5, 1e-300])))).toEqual([4, 1, 2, 6, 5, 0, 3]);
    expect(orderOf(zeros(0)).length).toBe(0);
    expect(Array.from(orderOf(vector([2, -3, -0, 2, 0, -3])))).toEqual([1, 5, 2, 4, 0, 3]);
    expect(Array.from(orderOf(vector([2, 1, Number.POSITIVE_INFINITY, 1])))).toEqual([1, 3, 0, 2]);
    const source = random(3);
    for (const round of [Math.floor, (x: number) => x]) {
      const keys = vector(Array.from({ length: 5000 }, () => round((source.uniform() - 0.4) * 3000)));
      const sorted = Array.from(keys, (_, i) => i).sort((a, b) => keys[a] - keys[b] || a - b);
      expect(Array.from(orderOf(keys))).toEqual(sorted);
    }
  });
});
