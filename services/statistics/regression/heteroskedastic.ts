// Covariances of independent rows: classical, and White's sandwich with its small-sample forms.
// Sources: White (1980) Econometrica 48:817; MacKinnon and White (1985) J. Econometrics 29:305.
import { type Vector, zeros } from '../arrays.ts';
import { type Matrix, matrix, multiply, scaled } from '../linear-algebra/matrix.ts';
import { type Fit, onTerms } from './fit.ts';

/** Below this, 1 - leverage is taken as 0: the row or direction is fitted exactly and carries no residual. */
export const NO_RESIDUAL = 1e-11;

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

/** The sandwich on the terms of the design. */
export const breadMeatBread = (fit: Fit, meat: Matrix): Matrix =>
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

/** Copies the upper triangle to the lower. */
export function mirror(a: Matrix): void {
  const p = a.rows;
  for (let j = 0; j < p; j++) for (let k = 0; k < j; k++) a.values[j + k * p] = a.values[k + j * p];
}
