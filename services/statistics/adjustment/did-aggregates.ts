// Means of group-time effects that carry the influence functions along, weights by group share included.
// Source: Callaway and Sant'Anna (2021) J. Econometrics 225:200, table 1 and sec. 4.2; multipliers: Mammen (1993).
import { type Vector, zeros } from '../arrays.ts';
import { normalQuantile } from '../distributions.ts';
import { random } from '../random.ts';
import type { Panel } from './did-panel.ts';

/** An estimate with its influence function: the currency of every aggregate. */
export interface Effect {
  estimate: number;
  /** Influence of each unit, scaled so that the estimate's variance is the mean square over n. */
  influence: Vector;
  /** The same, each cluster's part freed of the shrinkage towards means it helped to set; null without few clusters. */
  wide: Vector | null;
  /** Clusters with treated units and with units compared to; empty without clusters. */
  clusters: { treated: ReadonlySet<number>; control: ReadonlySet<number> };
}

const union = (effects: readonly Effect[]): Effect['clusters'] => ({
  treated: new Set(effects.flatMap(({ clusters }) => [...clusters.treated])),
  control: new Set(effects.flatMap(({ clusters }) => [...clusters.control])),
});

/** Sums influences by weight, and adds to each what `extra` says of it. */
function combined(
  n: number,
  effects: readonly Effect[],
  weights: readonly number[],
  extra: (effect: number, unit: number) => number,
): Omit<Effect, 'estimate'> {
  const sumOf = (part: (effect: Effect) => Vector): Vector => {
    const out = zeros(n);
    effects.forEach((effect, c) => {
      const own = part(effect);
      for (let u = 0; u < n; u++) out[u] += (weights[c] ?? 0) * own[u] + extra(c, u);
    });
    return out;
  };
  return {
    influence: sumOf(({ influence }) => influence),
    wide: effects.every(({ wide }) => wide) ? sumOf(({ wide, influence }) => wide ?? influence) : null,
    clusters: union(effects),
  };
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
  const weights = shares.map((w) => w / total);
  const estimate = cells.reduce((s, cell, c) => s + (weights[c] ?? 0) * cell.estimate, 0);
  const parts = combined(n, cells, weights, (c, u) => {
    const { group, estimate: own } = cells[c] as Effect & { group: number };
    return ((own - estimate) * ((first[u] === group ? 1 : 0) - (shares[c] ?? 0))) / total;
  });
  return { estimate, ...parts };
}

/** The plain mean of effects. */
export function plainMean(n: number, effects: readonly Effect[]): Effect {
  const share = 1 / effects.length;
  const estimate = effects.reduce((s, effect) => s + share * effect.estimate, 0);
  return {
    estimate,
    ...combined(
      n,
      effects,
      effects.map(() => share),
      () => 0,
    ),
  };
}

/** Bootstrap se of an effect: its influence under Mammen's (1993) two-point multipliers, spread by quartiles. */
export function multiplier(
  panel: Panel,
  draws: number,
  seed: number,
): (effect: Pick<Effect, 'influence'>) => number {
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
