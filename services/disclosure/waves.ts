// Numbers of participants by wave add up to a number shown elsewhere: a small wave is hidden, and never alone.
import { groupBy } from './group.ts';
import { type DisclosurePolicy, isSmall } from './policy.ts';

/** One wave at one horizon. `settled` tells whether its outcomes are known: sums over settled waves may be known too. */
export interface WaveCount {
  wave: string;
  horizon: number;
  participants: number;
  settled: boolean;
}

/**
 * The waves whose number of participants must be hidden at every horizon. In each set of waves whose total a reader may
 * know, hidden waves are at least two and hold at least `threshold` participants together, as long as the set has enough.
 */
export function hiddenWaves(rows: readonly WaveCount[], policy: DisclosurePolicy): Set<string> {
  const hidden = new Set(rows.filter((row) => isSmall(row.participants, policy)).map((row) => row.wave));
  if (hidden.size === 0) return hidden;
  /** The smallest sets choose first: what they hide serves the larger ones too. */
  const sets = [...groupBy(rows, (row) => row.horizon).values()]
    .flatMap((atHorizon) => [
      atHorizon.filter((row) => row.settled),
      atHorizon.filter((row) => !row.settled),
      atHorizon,
    ])
    .sort((a, b) => a.length - b.length);
  for (let changed = true; changed; ) {
    changed = false;
    for (const set of sets) {
      const inside = set.filter((row) => hidden.has(row.wave));
      const total = inside.reduce((sum, row) => sum + row.participants, 0);
      if (inside.length === 0 || (inside.length > 1 && total >= policy.threshold)) continue;
      const next = set
        .filter((row) => !hidden.has(row.wave))
        .sort((a, b) => a.participants - b.participants || a.wave.localeCompare(b.wave))[0];
      if (next) {
        hidden.add(next.wave);
        changed = true;
      }
    }
  }
  return hidden;
}
