// Comparisons without randomisation: some clusters take the treatment, and their rows differ in covariates that matter.
import { zeros } from '../../arrays.ts';
import { clusterCodes, ICCS, tableOf, type World } from '../world.ts';

const EFFECT = 0.4;

export const chosenCouncils: World = {
  name: 'chosen-councils',
  layout:
    'Quasi-experiment: 5 to 45 rows a cluster, 2 clusters in 5 treated; among the treated x is 0.4 standard deviations higher and z commoner (50% v 35%), both raise y (by 0.4 each); effect 0.4, the same for all, so that every estimand has one value.',
  iccs: ICCS,
  draw({ clusters, icc, planted }, source) {
    const cluster = clusterCodes(clusters, 5, 45, source);
    const shared = Float64Array.from({ length: clusters }, () => source.normal() * Math.sqrt(icc));
    const n = cluster.length;
    const [y, arm, x, z] = [zeros(n), zeros(n), zeros(n), zeros(n)];
    const own = Math.sqrt(1 - icc);
    for (let i = 0; i < n; i++) {
      const g: number = cluster[i];
      arm[i] = g % 5 < 2 ? 1 : 0;
      x[i] = source.normal() + 0.4 * arm[i];
      z[i] = source.uniform() < (arm[i] === 1 ? 0.5 : 0.35) ? 1 : 0;
      y[i] =
        (planted ? EFFECT * arm[i] : 0) +
        0.4 * x[i] +
        0.4 * z[i] +
        (shared[g] as number) +
        own * source.normal();
    }
    return tableOf({ y, arm, x, z }, { cluster: { codes: cluster, count: clusters } });
  },
  truth: ({ planted }) => ({ difference: planted ? EFFECT : 0 }),
};
