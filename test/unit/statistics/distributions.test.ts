import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  chiSquareUpper,
  fQuantile,
  fUpper,
  normalQuantile,
  normalUpper,
  tQuantile,
  tUpper,
} from '../../../services/statistics/distributions.ts';
import { GOLDEN } from './golden.ts';

const reference = JSON.parse(readFileSync(`${GOLDEN}distributions.json`, 'utf8'));
const near = (found: number, wanted: number, tolerance = 1e-10): void => {
  expect(Math.abs(found - wanted) / Math.abs(wanted), `${found} against ${wanted}`).toBeLessThan(tolerance);
};

describe('tails agree with R to 1e-10, relative, also far out', () => {
  it('normal', () => {
    for (const { z, upper } of reference.z) near(normalUpper(z), upper);
    near(normalQuantile(0.975), 1.9599639845400545, 1e-15);
    near(normalQuantile(1e-10), -6.361340902404056, 1e-13);
    // R 4.2.2, qnorm.
    for (const [p, z] of [
      [1e-15, -7.9413453261709952],
      [1e-17, -8.4937932241096004],
      [1e-30, -11.464024688443617],
      [1e-100, -21.273453560965319],
      [1e-300, -37.047096299361201],
    ] as const)
      near(normalQuantile(p), z, 1e-13);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
  });
  it('t', () => {
    for (const { t, df, upper } of reference.t) near(tUpper(t, df), upper);
    for (const { p, df, quantile } of reference.q) near(tQuantile(p, df), quantile);
  });
  it('chi-square', () => {
    for (const { x, df, upper } of reference.chi) if (upper > 1e-300) near(chiSquareUpper(x, df), upper);
  });
  it('F', () => {
    for (const { x, d1, d2, upper, quantile } of reference.f) {
      if (upper > 1e-300) near(fUpper(x, d1, d2), upper);
      near(fQuantile(0.975, d1, d2), quantile);
    }
  });
});
