// Tables with margins: what is hidden cannot be worked out, by an exact attack and by counting.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attack } from '../../../services/disclosure/attack.ts';
import {
  type FrequencyTable,
  tabulate,
  treeDimension,
} from '../../../services/disclosure/frequency-table.ts';
import { disclosurePolicies, policyNamed } from '../../../services/disclosure/policies.ts';
import { knownOf, leafCells, protectTable } from '../../../services/disclosure/protect-table.ts';
import { roundCount, roundingBounds } from '../../../services/disclosure/rounding.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `category ${n}`);

/** Regions above councils, years, and needs: one hierarchical and two flat dimensions. */
const dimensions = [
  treeDimension(
    'council',
    ['a', 'b', 'c', 'd'],
    new Map([
      ['a', 'north'],
      ['b', 'north'],
      ['c', 'south'],
      ['d', 'south'],
    ]),
  ),
  treeDimension('year', names(2), new Map()),
  treeDimension('need', names(3), new Map()),
];

const tableOf = (counts: readonly number[]): FrequencyTable => {
  const leaves = leafCells({ dimensions }, 0);
  const empty = tabulate(dimensions, []);
  const sizes = dimensions.map(({ labels }) => labels.length);
  return tabulate(
    empty.dimensions,
    leaves.map((cell, at) => ({
      nodes: sizes.map((size, d) => {
        const below = sizes.slice(d + 1).reduce((product, other) => product * other, 1);
        return Math.floor(cell / below) % size;
      }),
      count: counts[at] ?? 0,
    })),
  );
};

const counts = fc.array(fc.oneof(fc.nat(7), fc.nat(60)), { minLength: 24, maxLength: 24 });

async function widths(table: FrequencyTable, id: string): Promise<number[]> {
  const policy = policyNamed(id)!;
  const shown = protectTable(table, policy);
  const leaves = leafCells(table, 0);
  const place = new Map(leaves.map((cell, at) => [cell, at]));
  const sumOf = (cell: number): number[] => leafCells(table, cell).map((leaf) => place.get(leaf)!);
  const cells = [...table.counts.keys()];
  const hidden = cells.filter((cell) => shown.shown[cell] === null);
  const bounds = await attack(
    leaves.length,
    cells.map((cell) => ({ leaves: sumOf(cell), ...knownOf(shown, cell) })),
    hidden.map(sumOf),
  );
  return bounds.map(({ low, high }) => high - low);
}

describe('complementary suppression', () => {
  for (const policy of disclosurePolicies.filter((one) => one.complementary)) {
    it(`leaves every hidden cell its ${policy.threshold} other values (${policy.id})`, async () => {
      await fc.assert(
        fc.asyncProperty(counts, async (leaves) => {
          const table = tableOf(leaves);
          const { shown } = protectTable(table, policy);
          shown.forEach((value, cell) => {
            const count = table.counts[cell]!;
            if (value !== null) expect(value).toBe(count);
            if (count > 0 && count < policy.threshold) expect(value).toBeNull();
          });
          for (const width of await widths(table, policy.id))
            expect(width).toBeGreaterThanOrEqual(policy.threshold);
        }),
        { numRuns: 12 },
      );
    });
  }

  it('hides nothing when nothing is small', () => {
    const { shown, primary, complementary } = protectTable(
      tableOf(Array.from({ length: 24 }, () => 25)),
      policyNamed('dfe-children-in-need')!,
    );
    expect([primary, complementary]).toEqual([[], []]);
    expect(shown).not.toContain(null);
  });

  it('hides every total above two children who are alone in the table', () => {
    const crossed = [treeDimension('need', ['only'], new Map()), treeDimension('year', ['one'], new Map())];
    const table = tabulate(crossed, [{ nodes: [1, 1], count: 2 }]);
    expect(protectTable(table, policyNamed('dfe-children-in-need')!).shown).toEqual([null, null, null, null]);
  });
});

describe('the attacker', () => {
  it('bounds sums of three counts as counting every possibility does', async () => {
    const sums = [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]];
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.nat(6), fc.nat(6), fc.nat(6)),
        fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 4 }),
        async (truth, told) => {
          const sum = (values: readonly number[], of: readonly number[]) =>
            of.reduce((total, at) => total + values[at]!, 0);
          const most = 20;
          const statements = [
            { leaves: [0, 1, 2], low: 0, high: most },
            ...told.map((at) => ({
              leaves: sums[at]!,
              low: sum(truth, sums[at]!),
              high: sum(truth, sums[at]!),
            })),
          ];
          const bounds = await attack(3, statements, sums);
          const found = sums.map(() => [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
          for (let a = 0; a <= most; a++)
            for (let b = 0; a + b <= most; b++)
              for (let c = 0; a + b + c <= most; c++) {
                const values = [a, b, c];
                if (!told.every((at) => sum(values, sums[at]!) === sum(truth, sums[at]!))) continue;
                sums.forEach((of, at) => {
                  const value = sum(values, of);
                  found[at] = [Math.min(found[at]![0]!, value), Math.max(found[at]![1]!, value)];
                });
              }
          expect(bounds.map(({ low, high }) => [low, high])).toEqual(found);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('stops at published numbers that contradict each other', async () => {
    const contradiction = [
      { leaves: [0], low: 5, high: 5 },
      { leaves: [0, 1], low: 3, high: 3 },
    ];
    await expect(attack(2, contradiction, [[1]])).rejects.toThrow('contradict');
  });
});

describe('rounding', () => {
  it('rounds as OpenSAFELY documents: to the nearest 5, and to the middle of runs of 6', () => {
    expect([8, 12, 13, 17, 18].map((count) => roundCount(count, { rule: 'nearest', to: 5 }))).toEqual([
      10, 10, 15, 15, 20,
    ]);
    expect([0, 1, 6, 7, 12, 13].map((count) => roundCount(count, { rule: 'midpoint', to: 6 }))).toEqual([
      0, 3, 3, 9, 9, 15,
    ]);
  });

  it('is undone only to the counts that round alike', () => {
    for (const rounding of [
      { rule: 'nearest', to: 5 },
      { rule: 'nearest', to: 10 },
      { rule: 'midpoint', to: 6 },
    ] as const) {
      for (let count = 0; count < 60; count++) {
        const alike = Array.from({ length: 90 }, (_, n) => n).filter(
          (n) => roundCount(n, rounding) === roundCount(count, rounding),
        );
        expect(roundingBounds(roundCount(count, rounding), rounding)).toEqual({
          low: alike[0],
          high: alike.at(-1),
        });
      }
    }
  });
});
