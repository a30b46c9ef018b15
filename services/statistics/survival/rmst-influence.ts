// What each row adds to the area under a survival curve: the derivative of the area in the row's weight, times the weight.
// Source: Andersen, Hansen and Klein (2004) Lifetime Data Anal. 10:335 (the same derivative, as pseudo-observations); summed
// by row its square is Greenwood's variance when no row enters late.
import { type Integers, type Vector, zeros } from '../arrays.ts';
import { type FollowUp, lowerBound } from './follow-up.ts';
import type { Curve } from './kaplan-meier.ts';

/** By place among `rows`; sums to 0. */
export function areaInfluence(curve: Curve, followUp: FollowUp, rows: Integers, tau: number): Vector {
  const { times, survival, events, atRisk, place } = curve;
  const k = times.length;
  // the area from each time to tau
  const after = zeros(k);
  let area = 0;
  let until = tau;
  for (let j = k - 1; j >= 0; j--) {
    if (times[j] >= tau) continue;
    area += (until - times[j]) * survival[j];
    until = times[j];
    after[j] = area;
  }
  const exposure = zeros(k + 1);
  for (let j = 0; j < k; j++) {
    const d: number = events[j];
    const r: number = atRisk[j];
    exposure[j + 1] = exposure[j] + (d > 0 && r > d ? (after[j] * d) / (r * (r - d)) : 0);
  }
  const out = zeros(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row: number = rows[i];
    const last: number = place[i];
    const first = followUp.start ? lowerBound(times, followUp.start[row], true) : 0;
    const left = atRisk[last] - events[last];
    const own = followUp.event[row] === 1 && left > 0 ? after[last] / left : 0;
    out[i] = (followUp.weights ? followUp.weights[row] : 1) * (exposure[last + 1] - exposure[first] - own);
  }
  return out;
}
