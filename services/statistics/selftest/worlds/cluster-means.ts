// Trials that give arms to whole clusters, measured on a scale.
import { zeros } from '../../arrays.ts';
import { clusterCodes, ICCS, tableOf, type World } from '../world.ts';

const EFFECT = 0.4;
const SLOPE = 0.3;

export const clusterMeans: World = {
  name: 'cluster-means',
  layout:
    'Cluster trial, outcome y on a scale: 5 to 45 rows a cluster, every second cluster treated, variance 1 given the covariate x (slope 0.3); effect 0.4.',
  iccs: ICCS,
  draw({ clusters, icc, planted }, source) {
    const cluster = clusterCodes(clusters, 5, 45, source);
    const shared = Float64Array.from({ length: clusters }, () => source.normal() * Math.sqrt(icc));
    const n = cluster.length;
    const [y, arm, x] = [zeros(n), zeros(n), zeros(n)];
    const own = Math.sqrt(1 - icc);
    for (let i = 0; i < n; i++) {
      const g: number = cluster[i];
      arm[i] = g % 2;
      x[i] = source.normal();
      y[i] = (planted ? EFFECT * arm[i] : 0) + SLOPE * x[i] + (shared[g] as number) + own * source.normal();
    }
    return tableOf({ y, arm, x }, { cluster: { codes: cluster, count: clusters } });
  },
  // without an effect, y varies by its cluster, its own part and the covariate
  truth: ({ icc, planted }): Readonly<Record<string, number>> =>
    planted ? { difference: EFFECT } : { difference: 0, icc: icc / (1 + SLOPE ** 2) },
};
