// Groups beside exact totals: whatever a reader can work out from both, no small count is pinned down.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protectBreakdown, type ShownGroup } from '../../../services/disclosure/breakdown.ts';
import type { ArmTable } from '../../../services/disclosure/protect.ts';
import type { GroupCounts } from '../../../services/disclosure/seen-groups.ts';

const THRESHOLD = 3;
const wave = (group: string, matured: number, events: number): GroupCounts => ({ group, matured, events });

const sumOf = (groups: readonly GroupCounts[], what: 'matured' | 'events'): number =>
  groups.reduce((sum, one) => sum + one[what], 0);

/** A panel of one horizon that shows everything. */
const panelOf = (matured: number, events: number): ArmTable => [
  {
    ...{
      arm: 'trial',
      enrolled: matured,
      notAtRisk: 0,
      pending: 0,
      matured,
      events,
      noEvents: matured - events,
    },
    ...{ censored: 0, risk: events / matured, hidden: [] },
  },
];
const totalOf = (groups: readonly GroupCounts[]): ArmTable =>
  panelOf(sumOf(groups, 'matured'), sumOf(groups, 'events'));

/** Waves, all final before the panels, beside what was shown of them before. */
const protect = (
  groups: readonly GroupCounts[],
  panels: readonly ArmTable[] = [],
  before: readonly ShownGroup[] = [],
): Promise<ShownGroup[] | null> => {
  const waves = groups.map(({ group }) => group);
  const table = { by: 'wave', horizon: 0, waves } as const;
  const earlier = groups.flatMap((one) => {
    const shown = before.find(({ group }) => group === one.group);
    return shown ? [{ group: one.group, shown }] : [];
  });
  const seen = {
    ...{ panels, asAt: panels.map(() => '2025-06-01') },
    groups: {
      waves: groups.map(({ group, matured }) => ({
        ...{ wave: group, from: '2024-01-01' },
        ...{ finalAt: ['2025-01-01'], matured },
      })),
      tables:
        before.length > 0 ? [{ ...table, waves: before.map(({ group }) => group), groups: earlier }] : [],
    },
  };
  return protectBreakdown({ ...table, groups }, seen, THRESHOLD);
};

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
  // That a zero is one may be known.
  return counts.flatMap(({ events }, at) =>
    events < THRESHOLD && Math.max(...(found[at] ?? [])) > 0 ? [found[at]?.size ?? 0] : [],
  );
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
    const shown = await protect(groups);
    expect(shown).toEqual([
      { group: 'a', matured: 39, events: 9, share: 9 / 39 },
      { group: 'b', matured: 42, events: null, share: null },
      // The smallest of the others, so that the hidden one may be any.
      { group: 'c', matured: null, events: null, share: null },
      { group: 'd', matured: null, events: null, share: null },
      { group: 'e', matured: 51, events: 12, share: 12 / 51 },
    ]);
  });

  it('hides one more where the total would give a hidden count away, whether or not readers know it yet', async () => {
    const two = [wave('a', 60, 4), wave('b', 60, 2)];
    for (const panels of [[totalOf(two)], []]) {
      const [a] = (await protect(two, panels)) ?? [];
      expect(a?.events).toBeNull();
      expect(a?.matured).toBe(60);
    }
  });

  it('keeps a group as it was shown, and shows nothing when that gives another away', async () => {
    const groups = [wave('a', 60, 4), wave('b', 60, 2)];
    const before = [{ group: 'a', matured: 60, events: 3, share: 3 / 60 }];
    expect(await protect(groups, [totalOf(groups)], before)).toBeNull();
    const big = [wave('a', 60, 20), wave('b', 60, 21)];
    expect((await protect(big, [], before))?.[0]?.events).toBe(3);
  });

  it('shows councils beside waves of the same children, and hides where both together would tell', async () => {
    const waves = [wave('wave 1', 60, 20), wave('wave 2', 70, 25)];
    const seen = {
      ...{ panels: [totalOf(waves)], asAt: ['2025-06-01'] },
      groups: {
        waves: waves.map(({ group, matured }) => ({
          ...{ wave: group, from: '2024-01-01' },
          ...{ finalAt: ['2025-01-01'], matured },
        })),
        tables: [
          {
            ...({ by: 'wave', horizon: 0, waves: ['wave 1', 'wave 2'] } as const),
            groups: [
              { group: 'wave 1', shown: { matured: 60, events: 21 } },
              { group: 'wave 2', shown: { matured: 69, events: 24 } },
            ],
          },
        ],
      },
    };
    const asked = { by: 'council', horizon: 0, waves: ['wave 1', 'wave 2'] } as const;
    const large = [wave('council 1', 50, 22), wave('council 2', 80, 23)];
    expect(await protectBreakdown({ ...asked, groups: large }, seen, THRESHOLD)).toMatchObject([
      { matured: 51, events: 21 },
      { matured: 81, events: 24 },
    ]);
    const uneven = [wave('council 1', 50, 1), wave('council 2', 80, 44)];
    expect(await protectBreakdown({ ...asked, groups: uneven }, seen, THRESHOLD)).toMatchObject([
      { matured: 51, events: null },
      { matured: 81, events: null },
    ]);
  });

  it('shows nothing when totals and groups contradict each other', async () => {
    const groups = [wave('a', 60, 20), wave('b', 60, 1)];
    expect(await protect(groups, [panelOf(30, 10)])).toBeNull();
  });

  it('leaves a reader who tries all numbers at least as many values as the threshold', async () => {
    const groups = fc.array(
      fc.record({ events: fc.integer({ min: 0, max: 7 }), others: fc.integer({ min: 20, max: 30 }) }),
      { minLength: 2, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(groups, async (drawn) => {
        const counts = drawn.map(({ events, others }, at) => wave(`w${at}`, events + others, events));
        const shown = await protect(counts, [totalOf(counts)]);
        if (shown === null) return;
        for (const values of valuesOf(counts, shown)) expect(values).toBeGreaterThan(THRESHOLD);
      }),
      { numRuns: 60 },
    );
  });
});
