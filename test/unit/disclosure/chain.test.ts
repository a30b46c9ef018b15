// Nothing that is hidden comes to light, whatever readers of an evaluation ask for and in whatever order: live numbers again and
// again, releases that replace one another, waves and councils at every horizon. bench/chain-disclosure.ts goes on for hours.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attackEverything, type Found, follow, type Memory, uniform } from './chain-suite.ts';

const THRESHOLD = 6;
const nothing = { narrowed: 0, narrowedOfGroups: 0, exact: 0, few: 0 };

async function attacked(seed: number, memory: Memory): Promise<Found & { tables: number }> {
  const evaluation = await follow(uniform(seed), THRESHOLD, memory);
  return { ...(await attackEverything(evaluation, THRESHOLD)), tables: evaluation.tables.length };
}

describe('a reader who keeps panels, waves and councils', () => {
  it.each([37, 103])(
    'works hidden numbers out where they are judged apart, and none where together (%i)',
    async (seed) => {
      expect((await attacked(seed, 'apart')).narrowed).toBeGreaterThan(0);
      expect(await attacked(seed, 'together')).toMatchObject(nothing);
    },
  );

  it('works nothing out over random sequences of questions', async () => {
    const sum = { hidden: 0, tables: 0 };
    await fc.assert(
      fc.asyncProperty(fc.noBias(fc.nat(2 ** 31 - 1)), async (seed) => {
        const found = await attacked(seed, 'together');
        sum.hidden += found.hidden + found.hiddenOfGroups;
        sum.tables += found.tables;
        expect(found).toMatchObject(nothing);
      }),
      { numRuns: 12 },
    );
    // The property says nothing where nothing was shown of groups, or hidden.
    expect(sum.tables).toBeGreaterThan(0);
    expect(sum.hidden).toBeGreaterThan(0);
  });
});
