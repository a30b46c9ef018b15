// Estimates of several councils, to be pooled.
import { zeros } from '../../arrays.ts';
import { ICCS, tableOf, type World } from '../world.ts';

const EFFECT = 0.15;

export const pooledCouncils: World = {
  name: 'pooled-councils',
  layout:
    "One estimate a council with standard errors from 0.1 to 0.4; the ICC is the variance of the councils' own effects around the mean of 0.15.",
  iccs: ICCS,
  draw({ clusters, icc, planted }, source) {
    const [estimate, se] = [zeros(clusters), zeros(clusters)];
    for (let g = 0; g < clusters; g++) {
      se[g] = 0.1 + 0.3 * source.uniform();
      estimate[g] = (planted ? EFFECT : 0) + Math.sqrt(icc) * source.normal() + se[g] * source.normal();
    }
    return tableOf({ estimate, se });
  },
  truth: ({ planted }) => ({ mean: planted ? EFFECT : 0 }),
};
