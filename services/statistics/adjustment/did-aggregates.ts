// Means of group-time effects that carry the influence functions along, weights by group share included.
// Source: Callaway and Sant'Anna (2021) J. Econometrics 225:200, table 1 and sec. 4.2; multipliers: Mammen (1993).
import { type Vector, zeros } from '../arrays.ts';
import { normalQuantile } from '../distributions.ts';
import { random } from '../random.ts';
import type { Panel } from './did-panel.ts';

/** An estimate with its influence function: the currency of every aggregate. */
export interface Effect {
  estimate: number;
  influence: Vector;
}

/** A weighted mean of cells with weights that are group shares, themselves estimated. */
export function byShares(
  panel: Panel,
  cells: readonly (Effect & { group: number })[],
  share: (group: number) => number,
): Effect {
  const { n, first } = panel;
  const shares = cells.map((cell) => share(cell.group));
  const total = shares.reduce((s, x) => s + x, 0);
  const influence = zeros(n);
  let estimate = 0;
  cells.forEach((cell, c) => {
    estimate += (cell.estimate * (shares[c] ?? 0)) / total;
  });
  cells.forEach((cell, c) => {
    const w = (shares[c] ?? 0) / total;
    for (let u = 0; u < n; u++) {
      const own = (first[u] === cell.group ? 1 : 0) - (shares[c] ?? 0);
      influence[u] += w * cell.influence[u] + ((cell.estimate - estimate) * own) / total;
    }
  });
  return { estimate, influence };
}

/** The plain mean of effects. */
export function plainMean(n: number, effects: readonly Effect[]): Effect {
  const influence = zeros(n);
  let estimate = 0;
  for (const effect of effects) {
    estimate += effect.estimate / effects.length;
    for (let u = 0; u < n; u++) influence[u] += effect.influence[u] / effects.length;
  }
  return { estimate, influence };
}

/** Bootstrap se of an effect: its influence under Mammen's (1993) two-point multipliers, spread by quartiles. */
export function multiplier(panel: Panel, draws: number, seed: number): (effect: Effect) => number {
  const count = panel.cluster ? panel.clusterCount : panel.n;
  const low = (1 - Math.sqrt(5)) / 2;
  const high = (1 + Math.sqrt(5)) / 2;
  const chanceLow = (Math.sqrt(5) + 1) / (2 * Math.sqrt(5));
  return ({ influence }) => {
    const source = random(seed);
    const sums = zeros(count);
    for (let u = 0; u < panel.n; u++) sums[panel.cluster ? panel.cluster[u] : u] += influence[u];
    const values = zeros(draws);
    for (let b = 0; b < draws; b++) {
      let s = 0;
      for (let c = 0; c < count; c++) s += sums[c] * (source.uniform() < chanceLow ? low : high);
      values[b] = s / panel.n;
    }
    values.sort();
    const at = (q: number): number => values[Math.min(draws - 1, Math.floor(q * draws))];
    return (at(0.75) - at(0.25)) / (2 * normalQuantile(0.75));
  };
}
