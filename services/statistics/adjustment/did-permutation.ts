// A randomisation test beside difference in differences with few clusters: the clusters' starting periods are reshuffled.
// Source: Fisher (1935), ch. 2, on the unadjusted simple mean of Callaway and Sant'Anna (2021), table 1.
import { type Vector, zeros } from '../arrays.ts';
import { random, shuffle } from '../random.ts';
import { DEFAULT_DRAWS } from '../trial/randomisation-test.ts';
import type { Panel } from './did-panel.ts';

const TIE = 1e-10;

/** Null p where a cluster holds units of two starting periods: what was given out is then not known. */
export function reshuffled(
  panel: Panel,
  control: 'never' | 'not-yet',
  seed: number,
): { permutation?: { p: number; draws: number; statistic: string; seed: number } } {
  const { cluster, clusterCount, times, first, outcome, n } = panel;
  if (!cluster) return {};
  const periods = times.length;
  const start = new Array<number>(clusterCount).fill(Number.NaN);
  const size = zeros(clusterCount);
  const sums = zeros(clusterCount * periods);
  for (let u = 0; u < n; u++) {
    const c = cluster[u] as number;
    if (!Number.isNaN(start[c]) && start[c] !== first[u]) return {};
    start[c] = first[u] as number;
    size[c] += 1;
    for (let k = 0; k < periods; k++) sums[c * periods + k] += (outcome[k] as Vector)[u];
  }
  const present = start.flatMap((g, c) => (Number.isNaN(g) ? [] : [c]));
  const labels = present.map((c) => start[c] as number);
  const groups = [...new Set(labels)].filter((g) => g > 0);
  const statistic = (given: readonly number[]): number => {
    let total = 0;
    let mass = 0;
    for (const group of groups) {
      const base = times.filter((t) => t < group).length - 1;
      for (let k = base + 1; k < periods; k++) {
        const means = [0, 0];
        const counts = [0, 0];
        present.forEach((c, i) => {
          const own = given[i] as number;
          const compared = own === 0 || (control === 'not-yet' && own > (times[k] as number));
          if (own !== group && !compared) return;
          const side = own === group ? 1 : 0;
          counts[side] = (counts[side] ?? 0) + size[c];
          means[side] = (means[side] ?? 0) + sums[c * periods + k] - sums[c * periods + base];
        });
        if (!counts[0] || !counts[1]) continue;
        total += counts[1] * ((means[1] ?? 0) / counts[1] - (means[0] ?? 0) / counts[0]);
        mass += counts[1];
      }
    }
    return total / mass;
  };
  const limit = Math.abs(statistic(labels)) * (1 - TIE);
  const source = random(seed);
  const given = labels.slice();
  let extreme = 0;
  for (let draw = 0; draw < DEFAULT_DRAWS; draw++)
    if (Math.abs(statistic(shuffle(given, source))) >= limit) extreme++;
  return {
    permutation: {
      p: (extreme + 1) / (DEFAULT_DRAWS + 1),
      draws: DEFAULT_DRAWS,
      statistic: 'simple',
      seed,
    },
  };
}
