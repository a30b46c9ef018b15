// Multiplier bootstrap of effects by their influence: every draw gives each cluster one of two multipliers, the same for
// all effects. Sources: Callaway and Sant'Anna (2021) J. Econometrics 225:200, sec. 4.2; multipliers: Mammen (1993).
import { type Vector, zeros } from '../arrays.ts';
import { normalQuantile } from '../distributions.ts';
import { drawBlocks } from '../trial/draws.ts';
import type { Effect } from './did-aggregates.ts';
import type { Panel } from './did-panel.ts';

const LOW = (1 - Math.sqrt(5)) / 2;
const HIGH = (1 + Math.sqrt(5)) / 2;
const CHANCE_LOW = (Math.sqrt(5) + 1) / (2 * Math.sqrt(5));

export interface MultiplierTask {
  readonly kind: 'multiplier';
  /** Clusters, or units without clusters. */
  readonly count: number;
  readonly effects: number;
  /** Influence on each effect over the units, cluster by cluster: count x effects. */
  readonly influence: Vector;
  readonly seed: number;
  readonly draws: number;
}

export function multiplierTask(
  panel: Panel,
  effects: readonly Effect[],
  draws: number,
  seed: number,
): MultiplierTask {
  const { n, cluster } = panel;
  const count = cluster ? panel.clusterCount : n;
  const influence = zeros(count * effects.length);
  effects.forEach((effect, e) => {
    for (let u = 0; u < n; u++)
      influence[(cluster ? (cluster[u] as number) : u) * effects.length + e] += effect.influence[u] / n;
  });
  return { kind: 'multiplier', count, effects: effects.length, influence, seed, draws };
}

/** What each effect would move by in the draws from `from`, the start of a block, to before `to`: draws x effects. */
export function multiplierDraws(task: MultiplierTask, from: number, to: number): Vector {
  const { count, effects, influence, seed } = task;
  const lowAll = zeros(effects);
  for (let place = 0; place < influence.length; place++) lowAll[place % effects] += LOW * influence[place];
  return drawBlocks(seed, from, to, effects, (source, into, place) => {
    for (let e = 0; e < effects; e++) into[place + e] = lowAll[e];
    for (let c = 0; c < count; c++) {
      if (source.uniform() < CHANCE_LOW) continue;
      for (let e = 0; e < effects; e++)
        into[place + e] += (HIGH - LOW) * (influence[c * effects + e] as number);
    }
  });
}

/** Standard error of each effect: the quartiles of its draws over those of a standard normal. */
export function multiplierErrors({ draws, effects }: MultiplierTask, drawn: Vector): number[] {
  return Array.from({ length: effects }, (_, e) => {
    const values = Float64Array.from({ length: draws }, (__, b) => drawn[b * effects + e] as number).sort();
    const at = (q: number): number => values[Math.min(draws - 1, Math.floor(q * draws))] as number;
    return (at(0.75) - at(0.25)) / (2 * normalQuantile(0.75));
  });
}
