// Panels in which clusters take up the treatment at different times.
import { integers, zeros } from '../../arrays.ts';
import { ICCS, tableOf, type World } from '../world.ts';

const EFFECT = 0.3;
const PERIODS = 6;

/** First treated period by place in ten clusters: four never, three in period 3, three in period 5. */
const ADOPTION = [0, 3, 0, 5, 3, 0, 5, 3, 0, 5];

export const adoptionPanel: World = {
  name: 'adoption-panel',
  layout:
    'Panel of 10 to 30 units a cluster over 6 periods; 3 clusters in 10 begin in period 3, 3 in period 5, 4 never; units and periods have their own levels, the covariate x its own trend; the ICC is the share of a cluster-by-period shock; effect 0.3 in every treated period.',
  iccs: ICCS,
  draw({ clusters, icc, planted }, source) {
    const sizes = Int32Array.from({ length: clusters }, () => 10 + source.below(21));
    const n = sizes.reduce((sum, size) => sum + size, 0) * PERIODS;
    const [y, time, first, x] = [zeros(n), zeros(n), zeros(n), zeros(n)];
    const unit = integers(n);
    const cluster = integers(n);
    const own = Math.sqrt(1 - icc);
    let row = 0;
    let child = 0;
    sizes.forEach((size, g) => {
      const start = ADOPTION[g % ADOPTION.length] ?? 0;
      const shocks = Float64Array.from({ length: PERIODS }, () => source.normal() * Math.sqrt(icc));
      for (let k = 0; k < size; k++, child++) {
        const level = source.normal();
        const covariate = source.normal() + (start > 0 ? 0.3 : 0);
        for (let t = 1; t <= PERIODS; t++, row++) {
          unit[row] = child;
          cluster[row] = g;
          time[row] = t;
          first[row] = start;
          x[row] = covariate;
          const treated = planted && start > 0 && t >= start;
          y[row] =
            level + 0.1 * t + (treated ? EFFECT : 0) + (shocks[t - 1] as number) + own * source.normal();
        }
      }
    });
    return tableOf(
      { y, time, first, x },
      { unit: { codes: unit, count: child }, cluster: { codes: cluster, count: clusters } },
    );
  },
  truth: ({ planted }) => ({ effect: planted ? EFFECT : 0 }),
};
