// The mean risk were everyone in one arm, and its slope in the coefficients.
import { type Vector, zeros } from '../arrays.ts';
import type { Design } from '../data/design.ts';
import { column } from '../linear-algebra/matrix.ts';
import type { Fit } from './fit.ts';

/** Risk with the arm set to `arm` for all rows (those with `target` 1 only, where given), weighted as the fit. */
export function standardised(
  fit: Fit,
  design: Design,
  arm: 0 | 1,
  target: Vector | null,
): { risk: number; gradient: Vector } {
  const { n, p, weights, beta } = fit;
  const effect: number = beta[design.armColumn];
  const treated = design.arm?.treated;
  const slope = zeros(n);
  let total = 0;
  let mass = 0;
  for (let i = 0; i < n; i++) {
    const w: number = (weights ? weights[i] : 1) * (target ? target[i] : 1);
    if (w === 0) continue;
    const mu: number = fit.fitted[i];
    const own = treated ? treated[i] : arm;
    let risk = mu;
    if (own !== arm) {
      // shift the row's own linear predictor by the arm's coefficient
      const odds = (mu / (1 - mu)) * Math.exp(arm === 1 ? effect : -effect);
      risk = Number.isFinite(odds) ? odds / (1 + odds) : 1;
    }
    total += w * risk;
    mass += w;
    slope[i] = w * risk * (1 - risk);
  }
  const gradient = zeros(p);
  for (let j = 0; j < p; j++) {
    const c = column(design.x, j);
    let s = 0;
    if (j === design.armColumn) {
      if (arm === 1) for (let i = 0; i < n; i++) s += slope[i];
    } else for (let i = 0; i < n; i++) s += slope[i] * c[i];
    gradient[j] = s / mass;
  }
  return { risk: total / mass, gradient };
}
