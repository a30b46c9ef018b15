// When a share seen in a simulation contradicts the share promised: exact binomial tails, at a stated rate of false alarms.
import beta from '@stdlib/stats-base-dists-beta';
import type { Figure } from './tally.ts';

/** P(X >= events) among `of` at probability `p`. */
const upperTail = (events: number, of: number, p: number): number =>
  events <= 0 ? 1 : beta.cdf(p, events, of - events + 1);

/** P(X <= events). */
const lowerTail = (events: number, of: number, p: number): number =>
  events >= of ? 1 : beta.cdf(1 - p, of - events, events + 1);

/**
 * Whether a share contradicts every probability from `least` to `most`: either tail is rarer than half of `alarm`, the chance
 * of a false alarm where the truth lies at an end.
 */
export function contradicts({ value, of }: Figure, least: number, most: number, alarm: number): boolean {
  const events = Math.round(value * of);
  return upperTail(events, of, most) < alarm / 2 || lowerTail(events, of, least) < alarm / 2;
}

/** What the defaults promise. */
export const PROMISED = { rejected: [0.04, 0.06], coverage: [0.94, 0.96] } as const;

/** The rate of false alarms of one figure of the published table. */
export const ALARM = 0.01;
