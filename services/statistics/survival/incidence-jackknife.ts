// Standard errors of cumulative incidence by the infinitesimal jackknife, summed within groups of rows: for clusters, and for
// delayed entry, where it is not the multinomial formula. Source: Therneau and Grambsch (2000), sec. 2.1 and app. E; the
// derivative of the product integral is Gill and Johansen's (1990) Ann. Statist. 18:1501, eq. 40.
import { type Integers, type Vector, zeros } from '../arrays.ts';
import { type FollowUp, lowerBound, type RiskTable } from './follow-up.ts';

/**
 * Squared standard error of each cause's incidence at every time of `any`.
 * @param any risk table of events of any cause; `causes` those of each cause, on the same times
 * @param group group of each row of the data, `count` of them
 */
export function jackknifeVariance(
  followUp: FollowUp,
  rows: Integers,
  causeOf: (row: number) => number,
  any: RiskTable,
  causes: readonly RiskTable[],
  group: Integers,
  count: number,
): Vector[] {
  const k = any.times.length;
  const size = causes.length;
  const members: number[][] = Array.from({ length: count }, () => []);
  for (let i = 0; i < rows.length; i++) members[group[rows[i]]]?.push(i);
  const out = causes.map(() => zeros(k));
  const free = eventFree(any);
  // a group's shift of the event-free share and of each cause's incidence
  const noise = zeros(k * (size + 1));
  for (const list of members) {
    if (list.length === 0) continue;
    noise.fill(0);
    for (const i of list) addNoise(i);
    let u0 = 0;
    const u = zeros(size);
    for (let t = 0; t < k; t++) {
      const r: number = any.atRisk[t];
      if (any.events[t] > 0) {
        for (let c = 0; c < size; c++)
          u[c] +=
            (u0 * ((causes[c] as RiskTable).events[t] as number)) / r +
            free[t] * noise[t * (size + 1) + c + 1];
        u0 = u0 * (1 - any.events[t] / r) - free[t] * noise[t * (size + 1)];
      }
      for (let c = 0; c < size; c++) (out[c] as Vector)[t] += u[c] ** 2;
    }
  }
  return out;

  /** Adds a row's (dN - Y dA) / Y at each time it is at risk. */
  function addNoise(i: number): void {
    const row: number = rows[i];
    const last: number = any.place[i];
    const first = followUp.start ? lowerBound(any.times, followUp.start[row], true) : 0;
    for (let t = first; t <= last; t++) {
      const r: number = any.atRisk[t];
      const at = t * (size + 1);
      noise[at] -= any.events[t] / r ** 2;
      for (let c = 0; c < size; c++) noise[at + c + 1] -= (causes[c] as RiskTable).events[t] / r ** 2;
    }
    const cause = causeOf(row);
    if (cause < 0) return;
    const at = last * (size + 1);
    noise[at] += 1 / any.atRisk[last];
    noise[at + cause + 1] += 1 / any.atRisk[last];
  }
}

/** The event-free share just before each time. */
function eventFree({ events, atRisk }: RiskTable): Vector {
  const out = zeros(events.length);
  let s = 1;
  for (let t = 0; t < events.length; t++) {
    out[t] = s;
    if (events[t] > 0) s *= 1 - events[t] / atRisk[t];
  }
  return out;
}
