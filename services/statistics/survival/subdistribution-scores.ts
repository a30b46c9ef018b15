// Each row's events of one cause less those expected of it were there one subdistribution hazard: what permutation
// reshuffles beside a Fine-Gray fit. Source: Fine and Gray (1999) JASA 94:496, the martingale of eq. 5 with no covariates.
import { orderOf, type Vector, zeros } from '../arrays.ts';
import type { FollowUp } from './follow-up.ts';

export function subdistributionScores({ time, event }: FollowUp, cause: number): Vector {
  const n = time.length;
  const order = orderOf(time);
  const out = zeros(n);
  // by distinct time: censoring survival just before it, and the hazard at it
  const starts: number[] = [];
  for (let i = 0; i < n; i++) if (i === 0 || time[order[i]] !== time[order[i - 1]]) starts.push(i);
  const size = starts.length;
  const free = zeros(size);
  const hazard = zeros(size);
  let g = 1;
  let gone = 0;
  starts.forEach((from, b) => {
    const to = starts[b + 1] ?? n;
    let censored = 0;
    let own = 0;
    let other = 0;
    for (let i = from; i < to; i++) {
      const kind = event[order[i]] as number;
      if (kind === 0) censored++;
      else if (kind === cause) own++;
      else other++;
    }
    free[b] = g;
    hazard[b] = own / (n - from + g * gone);
    gone += other / g;
    g *= 1 - censored / (n - from);
  });
  const later = zeros(size + 1);
  for (let b = size - 1; b >= 0; b--) later[b] = later[b + 1] + free[b] * hazard[b];
  let before = 0;
  starts.forEach((from, b) => {
    before += hazard[b];
    for (let i = from; i < (starts[b + 1] ?? n); i++) {
      const row = order[i] as number;
      const kind = event[row] as number;
      out[row] = (kind === cause ? 1 : 0) - before;
      if (kind !== 0 && kind !== cause) out[row] -= later[b + 1] / free[b];
    }
  });
  return out;
}
