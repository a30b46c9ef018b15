// Over any sequence of tables, what was hidden once stays hidden: proved by counting every population that fits.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DisclosurePolicy } from '../../../schemas/disclosure.ts';
import { type AskedCell, review, type SeenCell } from '../../../services/disclosure/memory.ts';
import { askFor, countOf, population, tables, valuesLeft } from './attack-suite.ts';

/** Small, so that every population can be counted; the rules are those of the DfE's tables. */
const policy: DisclosurePolicy = {
  id: 'test-policy',
  title: 'Test',
  source: 'Test',
  threshold: 3,
  zeros: 'shown',
  complementary: true,
  rounding: null,
};
const MOST = 8;

const truths = fc.array(fc.nat(MOST), { minLength: 6, maxLength: 6 });
const sequences = fc.array(fc.nat(tables.length - 1), { minLength: 1, maxLength: 5 });

const remember = (asked: readonly AskedCell[], shown: readonly (number | null)[]): SeenCell[] =>
  asked.map(({ region }, at) => ({ region, shown: shown[at] ?? null }));

describe('a sequence of tables to one audience', () => {
  it('leaves every hidden number at least threshold + 1 values, whatever was asked in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(truths, sequences, async (truth, sequence) => {
        let seen: SeenCell[] = [];
        for (const at of sequence) {
          const asked = askFor(truth, tables[at] ?? []);
          const verdict = await review(population, seen, asked, policy);
          if (verdict.decision !== 'refuse') seen = [...seen, ...remember(asked, verdict.shown)];
        }
        // Populations with more children a cell than MOST are not counted, so this is what a reader has at the very least
        // only while the widths found lie inside; twice the cap covers every width up to the threshold.
        for (const values of valuesLeft(seen, MOST + policy.threshold)) {
          expect(values).toBeGreaterThan(policy.threshold);
        }
      }),
      { numRuns: 8 },
    );
  });

  it('shows the truth or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(truths, fc.nat(tables.length - 1), async (truth, at) => {
        const asked = askFor(truth, tables[at] ?? []);
        const { shown } = await review(population, [], asked, policy);
        shown.forEach((value, cell) => {
          if (value !== null) expect(value).toBe(countOf(truth, asked[cell]?.region ?? {}));
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('differencing', () => {
  const truth = [10, 1, 20, 12, 0, 15];

  it('withholds 12 months when 6 months was shown and one child lies between them', async () => {
    const first = askFor(truth, [{ arm: 'trial', event: 'by 6 months' }]);
    const before = await review(population, [], first, policy);
    expect(before.shown).toEqual([10]);
    const then = askFor(truth, [{ arm: 'trial', event: 'by 12 months' }]);
    const after = await review(population, remember(first, before.shown), then, policy);
    expect(after).toMatchObject({ decision: 'publish-less', shown: [null] });
    expect(after.withheld).toEqual([{ cell: 0, reason: 'differencing' }]);
  });

  it('withholds a newer number that differs by one child from the one shown before, and shows the others', async () => {
    const before = askFor(truth, tables[1] ?? []);
    const first = await review(population, [], before, policy);
    const later = askFor([11, 1, 20, 12, 0, 15], tables[1] ?? []);
    const then = await review(population, remember(before, first.shown), later, policy);
    expect(then).toMatchObject({ decision: 'publish-less', shown: [null, 27] });
  });

  it('shows the same table again as it was', async () => {
    const asked = askFor(truth, tables[5] ?? []);
    const first = await review(population, [], asked, policy);
    const again = await review(population, remember(asked, first.shown), asked, policy);
    expect(again.shown).toEqual(first.shown);
  });

  it('withholds a total that would give away what a part hides', async () => {
    const parts = askFor(
      [2, 0, 30, 9, 0, 30],
      [
        { arm: 'trial', event: 'by 6 months' },
        { arm: 'comparison', event: 'by 6 months' },
      ],
    );
    const first = await review(population, [], parts, policy);
    expect(first.shown).toEqual([null, 9]);
    const total = askFor([2, 0, 30, 9, 0, 30], [{ event: 'by 6 months' }]);
    const then = await review(population, remember(parts, first.shown), total, policy);
    expect(then.shown).toEqual([null]);
  });

  it('names a category the population does not have', async () => {
    const asked = [{ region: { arm: 'placebo' }, count: 4 }];
    await expect(review(population, [], asked, policy)).rejects.toThrow('arm has no category placebo');
  });
});
