// Trials that give arms to whole clusters, followed until an event of one of two causes.
import { zeros } from '../../arrays.ts';
import { exponential, positiveStable } from '../../variates.ts';
import { clusterCodes, ICCS, tableOf, type World } from '../world.ts';

/** Daily hazard of the controls: 65% are free of events after 365 days. */
const RATE = -Math.log(0.65) / 365;
const LOG_HAZARD_RATIO = Math.log(1.6);
const FIRST_CAUSE = 0.7;
/** The horizon of curves and the end of restricted means, days. */
export const HORIZON = 365;
export const TAU = 300;

const survival = (days: number, planted: boolean): number =>
  Math.exp(-RATE * days * (planted ? Math.exp(LOG_HAZARD_RATIO) : 1));

/** The area under a curve that steps at whole days. */
function area(planted: boolean): number {
  let days = 0;
  for (let day = 0; day < TAU; day++) days += survival(day, planted);
  return days;
}

export const clusterTimes: World = {
  name: 'cluster-times',
  layout:
    "Cluster trial, days to an event: 5 to 45 rows a cluster, every second cluster treated; a positive stable frailty shared within clusters keeps marginal hazards proportional (ICC here is Kendall's tau); 35% of controls have an event in 365 days, 7 in 10 of the first cause; followed for 300 to 540 days; hazard ratio 1.6.",
  iccs: ICCS,
  draw({ clusters, icc, planted }, source) {
    const cluster = clusterCodes(clusters, 5, 45, source);
    const alpha = 1 - icc;
    const frailty = Float64Array.from({ length: clusters }, () => positiveStable(alpha, source));
    const n = cluster.length;
    const [time, event, cause, arm] = [zeros(n), zeros(n), zeros(n), zeros(n)];
    for (let i = 0; i < n; i++) {
      const g: number = cluster[i];
      arm[i] = g % 2;
      const scale = RATE * (planted && arm[i] === 1 ? Math.exp(LOG_HAZARD_RATIO) : 1);
      const day = Math.ceil((exponential(source) / (frailty[g] as number)) ** alpha / scale);
      const end = 300 + source.below(241);
      const first = source.uniform() < FIRST_CAUSE;
      time[i] = Math.min(day, end);
      event[i] = day <= end ? 1 : 0;
      cause[i] = event[i] === 0 ? 0 : first ? 1 : 2;
    }
    return tableOf({ time, event, cause, arm }, { cluster: { codes: cluster, count: clusters } });
  },
  truth({ planted }) {
    const difference = survival(HORIZON, planted) - survival(HORIZON, false);
    return {
      logHazard: planted ? LOG_HAZARD_RATIO : 0,
      survival: survival(HORIZON, planted),
      survivalDifference: difference,
      incidenceDifference: -FIRST_CAUSE * difference,
      meanDifference: area(planted) - area(false),
    };
  },
};
