// Rounding of counts. A count is always published as the same number, in whatever table it stands: it depends on the count alone.
import type { CountRounding } from '../../schemas/disclosure.ts';

/**
 * `nearest`: the nearest multiple of `to`, halves up. `midpoint`: ceil(x / to) * to - to / 2 and 0 for 0, so that no
 * published number tells a count of 1 from one of `to` (OpenSAFELY's midpoint 6 is `to` 6).
 */
export function roundCount(count: number, { rule, to }: CountRounding): number {
  if (rule === 'nearest') return Math.floor(count / to + 0.5) * to;
  return count === 0 ? 0 : Math.ceil(count / to) * to - Math.floor(to / 2);
}

/** The counts that are published as `rounded`. */
export function roundingBounds(rounded: number, { rule, to }: CountRounding): { low: number; high: number } {
  if (rule === 'nearest')
    return { low: Math.max(0, Math.ceil(rounded - to / 2)), high: Math.ceil(rounded + to / 2) - 1 };
  if (rounded === 0) return { low: 0, high: 0 };
  const top = rounded + Math.floor(to / 2);
  return { low: top - to + 1, high: top };
}
