// Groups beside exact totals: whatever a reader can work out from both, no small count is pinned down.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type GroupCounts,
  type KnownTotal,
  protectBreakdown,
  type ShownGroup,
} from '../../../services/disclosure/breakdown.ts';

const THRESHOLD = 3;
const wave = (group: string, matured: number, events: number): GroupCounts => ({ group, matured, events });
const totalOf = (groups: readonly GroupCounts[], more = false): KnownTotal => ({
  matured: groups.reduce((sum, one) => sum + one.matured, 0),
  events: groups.reduce((sum, one) => sum + one.events, 0),
  groups: groups.map(({ group }) => group),
  more,
});

/** Every way in which a total can be split so that it agrees with what is shown: the attacker by trying all. */
function* worlds(shown: readonly (number | null)[], total: number): Generator<number[]> {
  const [first, ...rest] = shown;
  if (first === undefined) {
    if (total === 0) yield [];
    return;
  }
  for (let count = 0; count <= total; count += 1) {
    const agrees =
      first === null || (count >= THRESHOLD && Math.floor(count / THRESHOLD + 0.5) * THRESHOLD === first);
    if (agrees) for (const others of worlds(rest, total - count)) yield [count, ...others];
  }
}

/** How many values each hidden small count of events can have, beside the exact total of events. */
const valuesOf = (counts: readonly GroupCounts[], shown: readonly ShownGroup[]): number[] => {
  const found = counts.map(() => new Set<number>());
  const total = counts.reduce((sum, one) => sum + one.events, 0);
  for (const world of worlds(
    shown.map(({ events }) => events),
    total,
  ))
    world.forEach((count, at) => {
      found[at]?.add(count);
    });
  return counts.flatMap(({ events }, at) => (events < THRESHOLD ? [found[at]?.size ?? 0] : []));
};

describe('groups beside exact totals', () => {
  it('rounds counts, and hides those that are small on either side', async () => {
    const groups = [
      wave('a', 40, 10),
      wave('b', 41, 2),
      wave('c', 30, 29),
      wave('d', 2, 1),
      wave('e', 50, 13),
    ];
    const shown = await protectBreakdown(groups, [], [], THRESHOLD);
    expect(shown).toEqual([
      { group: 'a', matured: 39, events: 9, share: 9 / 39 },
      { group: 'b', matured: 42, events: null, share: null },
      { group: 'c', matured: 30, events: null, share: null },
      { group: 'd', matured: null, events: null, share: null },
      { group: 'e', matured: 51, events: 12, share: 12 / 51 },
    ]);
  });

  it('hides one more where the total would give a hidden count away, and nothing where it would not', async () => {
    const two = [wave('a', 60, 4), wave('b', 60, 2)];
    const [a] = (await protectBreakdown(two, [totalOf(two)], [], THRESHOLD)) ?? [];
    expect(a?.events).toBeNull();
    expect(a?.matured).toBe(60);
    const alone = (await protectBreakdown(two, [], [], THRESHOLD)) ?? [];
    expect(alone[0]?.events).toBe(3);
  });

  it('keeps a group as it was shown, and shows nothing when that gives another away', async () => {
    const groups = [wave('a', 60, 4), wave('b', 60, 2)];
    const before = [{ group: 'a', matured: 60, events: 3, share: 3 / 60 }];
    expect(await protectBreakdown(groups, [totalOf(groups)], before, THRESHOLD)).toBeNull();
    const big = [wave('a', 60, 20), wave('b', 60, 21)];
    expect((await protectBreakdown(big, [], before, THRESHOLD))?.[0]?.events).toBe(3);
  });

  it('shows nothing when totals and groups contradict each other', async () => {
    const groups = [wave('a', 60, 20), wave('b', 60, 1)];
    const total = { matured: 30, events: 10, groups: ['a', 'b'], more: false };
    expect(await protectBreakdown(groups, [total], [], THRESHOLD)).toBeNull();
  });

  it('leaves a reader who tries all numbers at least as many values as the threshold', async () => {
    const groups = fc.array(
      fc.record({ events: fc.integer({ min: 0, max: 7 }), others: fc.integer({ min: 20, max: 30 }) }),
      { minLength: 2, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(groups, async (drawn) => {
        const counts = drawn.map(({ events, others }, at) => wave(`w${at}`, events + others, events));
        const shown = await protectBreakdown(counts, [totalOf(counts)], [], THRESHOLD);
        if (shown === null) return;
        for (const values of valuesOf(counts, shown)) expect(values).toBeGreaterThan(THRESHOLD);
      }),
      { numRuns: 60 },
    );
  });
});
