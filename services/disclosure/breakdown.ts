// Groups of children (waves, or councils) beside totals that are shown exactly. Their counts are rounded, small ones hidden,
// and further ones hidden while a reader who knows the totals could still narrow a hidden count to fewer values than the
// threshold. A group that was shown once stays as it was shown: what is hidden now is judged together with it.
import { attack, ContradictionError, type Statement } from './attack.ts';
import { roundCount, roundingBounds } from './rounding.ts';

/** Children of one arm followed to one horizon, and those of them with the outcome. */
export interface GroupCounts {
  group: string;
  matured: number;
  events: number;
}

/** As it may be shown; `share` is that of the rounded counts. Null where it is hidden. */
export interface ShownGroup {
  group: string;
  matured: number | null;
  events: number | null;
  share: number | null;
}

/** A total of the same arm, outcome and horizon that readers know exactly. */
export interface KnownTotal {
  matured: number;
  events: number;
  /** The groups that are wholly in it. */
  groups: readonly string[];
  /** Whether other children are in it too. */
  more: boolean;
}

interface Cell {
  at: number;
  counts: GroupCounts;
  matured: number | null;
  events: number | null;
}

const shareOf = (matured: number | null, events: number | null): number | null =>
  matured === null || events === null ? null : Math.min(1, events / matured);

/** The unknowns are two for each group: children with the outcome, and without it. */
function told(cells: readonly Cell[], totals: readonly KnownTotal[], threshold: number): Statement[] {
  const rule = { rule: 'nearest', to: threshold } as const;
  const within = (leaves: number[], rounded: number): Statement => {
    const { low, high } = roundingBounds(rounded, rule);
    return { leaves, low: Math.max(low, threshold), high };
  };
  const events = (at: number) => 2 * at;
  const whole = (at: number) => [2 * at, 2 * at + 1];
  const known = cells.flatMap(({ at, matured, events: shown }) => [
    ...(matured === null ? [] : [within(whole(at), matured)]),
    ...(shown === null ? [] : [within([events(at)], shown)]),
  ]);
  return [
    ...known,
    ...totals.flatMap(({ groups, more, ...total }) => {
      const own = cells.filter(({ counts }) => groups.includes(counts.group)).map(({ at }) => at);
      if (own.length === 0) return [];
      const low = (value: number) => (more ? 0 : value);
      return [
        { leaves: own.flatMap(whole), low: low(total.matured), high: total.matured },
        { leaves: own.map(events), low: low(total.events), high: total.events },
        {
          leaves: own.map((at) => 2 * at + 1),
          low: low(total.matured - total.events),
          high: total.matured - total.events,
        },
      ];
    }),
  ];
}

/** Whether a reader could tell one of the small counts that are hidden from all but a few other values. */
async function isExposed(
  cells: readonly Cell[],
  totals: readonly KnownTotal[],
  threshold: number,
): Promise<boolean> {
  const small = (count: number) => count < threshold;
  const targets = cells.flatMap(({ at, counts }) => [
    ...(small(counts.events) ? [[2 * at]] : []),
    ...(small(counts.matured - counts.events) ? [[2 * at + 1]] : []),
    ...(small(counts.matured) ? [[2 * at, 2 * at + 1]] : []),
  ]);
  if (targets.length === 0) return false;
  const bounds = await attack(2 * cells.length, told(cells, totals, threshold), targets);
  return bounds.some(({ low, high }) => high - low < threshold);
}

/**
 * What may be shown of the groups of one arm, outcome and horizon; null when nothing may.
 * @param totals what readers know exactly of all groups, or some, together
 * @param before what they were shown of the groups earlier
 */
export async function protectBreakdown(
  groups: readonly GroupCounts[],
  totals: readonly KnownTotal[],
  before: readonly ShownGroup[],
  threshold: number,
): Promise<ShownGroup[] | null> {
  const rule = { rule: 'nearest', to: threshold } as const;
  const earlier = new Map(before.map((one) => [one.group, one]));
  const cells = groups.map((counts, at): Cell => {
    const { matured, events } = counts;
    const seen = earlier.get(counts.group);
    const hideEvents = Math.min(events, matured - events) < threshold;
    return {
      ...{ at, counts },
      matured: seen?.matured ?? (matured < threshold ? null : roundCount(matured, rule)),
      events: seen?.events ?? (hideEvents ? null : roundCount(events, rule)),
    };
  });
  try {
    while (await isExposed(cells, totals, threshold)) {
      const [next] = cells
        .filter(({ events, counts }) => events !== null && earlier.get(counts.group)?.events == null)
        .sort((a, b) => a.counts.events - b.counts.events);
      if (!next) return null;
      next.events = null;
    }
  } catch (error) {
    // Records were corrected between a total and the groups: what both tell together cannot be judged.
    if (error instanceof ContradictionError) return null;
    throw error;
  }
  return cells.map(({ counts: { group }, matured, events }) => ({
    ...{ group, matured, events },
    share: shareOf(matured, events),
  }));
}
