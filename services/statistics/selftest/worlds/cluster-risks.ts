// Trials that give arms to whole clusters, with an event that happens or not.
import { zeros } from '../../arrays.ts';
import { beta } from '../../variates.ts';
import { clusterCodes, ICCS, tableOf, type World } from '../world.ts';

const CONTROL = 0.3;
const TREATED = 0.42;
/** The covariate's part: risk = (1 - PULL) x the cluster's own + PULL x covariate. */
const PULL = 0.15;

const logit = (p: number): number => Math.log(p / (1 - p));

export const clusterRisks: World = {
  name: 'cluster-risks',
  layout:
    'Cluster trial, event d: 5 to 45 rows a cluster, every second cluster treated; risks vary between clusters by a beta law, a yes/no covariate x moves the risk by 15 points; risk 30%, under the effect 42% among the treated.',
  iccs: ICCS,
  draw({ clusters, icc, planted }, source) {
    const cluster = clusterCodes(clusters, 5, 45, source);
    const risk = Float64Array.from({ length: clusters }, (_, g) => {
      const r = planted && g % 2 === 1 ? TREATED : CONTROL;
      const q = (r - PULL / 2) / (1 - PULL);
      // the beta law whose share of the variance r (1 - r) between clusters is the ICC
      const size = ((1 - PULL) ** 2 * q * (1 - q)) / (icc * r * (1 - r)) - 1;
      return beta(q * size, (1 - q) * size, source);
    });
    const n = cluster.length;
    const [d, arm, x] = [zeros(n), zeros(n), zeros(n)];
    for (let i = 0; i < n; i++) {
      const g: number = cluster[i];
      arm[i] = g % 2;
      x[i] = source.below(2);
      d[i] = source.uniform() < (1 - PULL) * (risk[g] as number) + PULL * x[i] ? 1 : 0;
    }
    return tableOf({ d, arm, x }, { cluster: { codes: cluster, count: clusters } });
  },
  truth({ planted }) {
    const r = planted ? TREATED : CONTROL;
    return {
      difference: r - CONTROL,
      logOdds: logit(r) - logit(CONTROL),
      logRisk: Math.log(r / CONTROL),
    };
  },
};
