// Score residuals: what each row adds to the score. Source: Therneau and Grambsch (2000), sec. 4.2 and 7.2.
import { type Vector, zeros } from '../arrays.ts';
import { relativeRisk, walk } from './cox-likelihood.ts';
import type { Ordered } from './cox-rows.ts';

/** Score residual of every ordered row, row after row. */
export function scoreResiduals(data: Ordered, beta: Vector, efron: boolean): Vector {
  const { n, p, x, event, strata, byStart, start, time } = data;
  const { risk } = relativeRisk(data, beta);
  const out = zeros(n * p);
  interface Step {
    last: number;
    first: number;
    hazard: number;
    mean: Vector;
    tiedHazard: number;
    tiedMean: Vector;
    centre: Vector;
  }
  const steps: Step[] = [];
  walk(data, risk, (at) => {
    const count = efron ? at.deaths : 1;
    const step: Step = {
      first: at.first,
      last: at.last,
      hazard: 0,
      mean: zeros(p),
      tiedHazard: 0,
      tiedMean: zeros(p),
      centre: zeros(p),
    };
    for (let r = 0; r < count; r++) {
      const share = efron ? r / at.deaths : 0;
      const s0 = at.s0 - share * at.d0;
      const h = at.deathWeight / count / s0;
      step.hazard += h;
      step.tiedHazard += (1 - share) * h;
      for (let j = 0; j < p; j++) {
        const bar = (at.s1[j] - share * at.d1[j]) / s0;
        step.centre[j] += bar / count;
        step.mean[j] += h * bar;
        step.tiedMean[j] += (1 - share) * h * bar;
      }
    }
    steps.push(step);
  });
  steps.reverse();
  // cumulative hazard and mean-weighted hazard up to each event time, restarted in each stratum
  const stratumOf = (row: number): number => {
    let s = 0;
    while (strata[s + 1] <= row) s++;
    return s;
  };
  const perStratum: Step[][] = Array.from({ length: strata.length - 1 }, () => []);
  for (const step of steps) perStratum[strata.length === 2 ? 0 : stratumOf(step.first)]?.push(step);
  perStratum.forEach((list, s) => {
    let total = 0;
    const totalMean = zeros(p);
    let k = 0;
    for (let i = strata[s] as number; i < strata[s + 1]; i++) {
      while (k < list.length && (list[k] as Step).first <= i) {
        const step = list[k] as Step;
        total += step.hazard;
        for (let j = 0; j < p; j++) totalMean[j] += step.mean[j];
        k++;
      }
      const own = k > 0 ? (list[k - 1] as Step) : null;
      const died = event[i] === 1 && own !== null;
      // own weight is put on afterwards: `risk` holds it, so take it out again
      const r: number = data.weight ? risk[i] / data.weight[i] : risk[i];
      const base = i * p;
      for (let j = 0; j < p; j++) {
        let hazard = total;
        let tilt: number = totalMean[j];
        if (died && own) {
          hazard += own.tiedHazard - own.hazard;
          tilt += own.tiedMean[j] - own.mean[j];
          out[base + j] += x[base + j] - own.centre[j];
        }
        out[base + j] -= r * (x[base + j] * hazard - tilt);
      }
    }
    if (start && byStart) {
      // hazard run up before entry is given back
      total = 0;
      totalMean.fill(0);
      k = 0;
      for (let q: number = strata[s + 1] - 1; q >= strata[s]; q--) {
        const i: number = byStart[q];
        while (k < list.length && time[(list[k] as Step).last] <= start[i]) {
          const step = list[k] as Step;
          total += step.hazard;
          for (let j = 0; j < p; j++) totalMean[j] += step.mean[j];
          k++;
        }
        const r: number = data.weight ? risk[i] / data.weight[i] : risk[i];
        for (let j = 0; j < p; j++) out[i * p + j] += r * (x[i * p + j] * total - totalMean[j]);
      }
    }
  });
  return out;
}
