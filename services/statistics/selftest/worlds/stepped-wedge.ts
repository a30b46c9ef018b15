// Stepped wedges: every cluster passes from control to treatment, at a step drawn for it.
import { integers, zeros } from '../../arrays.ts';
import { ICCS, tableOf, type World } from '../world.ts';

const EFFECT = 0.25;
const PERIODS = 6;

export const steppedWedge: World = {
  name: 'stepped-wedge',
  layout:
    'Stepped wedge: 6 periods, the clusters in 5 equal sequences, 3 to 9 new rows a cluster and period, a period effect of 0.1 a period, the cluster effect constant over time; effect 0.25.',
  iccs: ICCS,
  draw({ clusters, icc, planted }, source) {
    const cells = clusters * PERIODS;
    const sizes = Int32Array.from({ length: cells }, () => 3 + source.below(7));
    const n = sizes.reduce((sum, size) => sum + size, 0);
    const shared = Float64Array.from({ length: clusters }, () => source.normal() * Math.sqrt(icc));
    const [y, arm] = [zeros(n), zeros(n)];
    const cluster = integers(n);
    const period = integers(n);
    const own = Math.sqrt(1 - icc);
    let row = 0;
    for (let cell = 0; cell < cells; cell++) {
      const g = Math.floor(cell / PERIODS);
      const t = cell % PERIODS;
      const treated = t > g % (PERIODS - 1) ? 1 : 0;
      for (let k = 0; k < (sizes[cell] as number); k++, row++) {
        cluster[row] = g;
        period[row] = t;
        arm[row] = treated;
        y[row] = (planted ? EFFECT * treated : 0) + 0.1 * t + (shared[g] as number) + own * source.normal();
      }
    }
    return tableOf(
      { y, arm },
      { cluster: { codes: cluster, count: clusters }, period: { codes: period, count: PERIODS } },
    );
  },
  truth: ({ planted }) => ({ difference: planted ? EFFECT : 0 }),
};
