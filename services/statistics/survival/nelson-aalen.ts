// The cumulative hazard by each row's own time. Sources: Nelson (1972), Technometrics 14:945; Aalen (1978), Ann. Stat. 6:701.
import { orderOf, type Vector, zeros } from '../arrays.ts';

/** @param events 1 where the event came at the time, else 0 */
export function cumulativeHazard(times: Vector, events: Vector): Vector {
  const n = times.length;
  const order = orderOf(times);
  const out = zeros(n);
  let hazard = 0;
  for (let from = 0, to = 0; from < n; from = to) {
    let happened = 0;
    for (to = from; to < n && times[order[to]] === times[order[from]]; to++) happened += events[order[to]];
    hazard += happened / (n - from);
    for (let at = from; at < to; at++) out[order[at]] = hazard;
  }
  return out;
}
