// Means of group-time effects that carry the influence functions along, weights by group share included.
// Source: Callaway and Sant'Anna (2021) J. Econometrics 225:200, table 1.
import { type Vector, zeros } from '../arrays.ts';
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
function byShares(
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
function plainMean(n: number, effects: readonly Effect[]): Effect {
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

/** The effects over all, by time since treatment, by group and by period. */
export interface Aggregates<C extends Effect & { group: number; time: number }> {
  readonly cells: readonly C[];
  readonly simple: Effect;
  readonly byEvent: readonly (Effect & { event: number })[];
  readonly byGroup: readonly (Effect & { group: number })[];
  readonly byTime: readonly (Effect & { time: number })[];
  /** The means of the three. */
  readonly dynamic: Effect;
  readonly group: Effect;
  readonly calendar: Effect;
}

/** Needs a cell at or after its group's start; groups and periods without one are left out. */
export function aggregatesOf<C extends Effect & { group: number; time: number }>(
  panel: Panel,
  cells: readonly C[],
): Aggregates<C> {
  const counts = new Map<number, number>();
  for (const g of panel.first) counts.set(g, (counts.get(g) ?? 0) + 1);
  const share = (group: number): number => (counts.get(group) ?? 0) / panel.n;
  const overShares = (some: readonly C[]): Effect => byShares(panel, some, share);
  const post = cells.filter(({ time, group }) => time >= group);
  const sorted = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
  const byEvent = sorted(cells.map(({ time, group }) => time - group)).map((event) => ({
    event,
    ...overShares(cells.filter(({ time, group }) => time - group === event)),
  }));
  const byGroup = sorted(post.map(({ group }) => group)).map((group) => ({
    group,
    ...plainMean(
      panel.n,
      post.filter((cell) => cell.group === group),
    ),
  }));
  const byTime = sorted(post.map(({ time }) => time)).map((time) => ({
    time,
    ...overShares(post.filter((cell) => cell.time === time)),
  }));
  const later = byEvent.filter(({ event }) => event >= 0);
  return {
    cells,
    simple: overShares(post),
    byEvent,
    byGroup,
    byTime,
    dynamic: plainMean(panel.n, later),
    group: byShares(panel, byGroup, share),
    calendar: plainMean(panel.n, byTime),
  };
}
