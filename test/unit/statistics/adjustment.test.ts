import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerTo, GOLDEN } from './golden.ts';

interface Match {
  on: string;
  caliper: number | null;
  order: string;
  replace: boolean;
  treated: string[];
  control: string[];
  after: number[][];
}
const reference = JSON.parse(readFileSync(`${GOLDEN}matching.json`, 'utf8')) as {
  matches: Match[];
  weighted: Record<string, { estimate: number; se: number }>;
};
const covariates = ['age', 'educ', 'race', 'married', 'nodegree', 're74', 're75'];
const base = { method: 'propensity', id: 'row', arm: 'treat', treated: '1', covariates };

describe('matching on lalonde agrees with brute force in R', () => {
  for (const { on, caliper, order, replace, treated, control, after } of reference.matches) {
    it(`on the ${on}, order ${order}, ${replace ? 'with' : 'without'} replacement, caliper ${caliper}`, async () => {
      const answer = await answerTo(
        { ...base, use: 'nearest', caliperOn: on, order, replace, ...(caliper ? { caliper } : {}) },
        'lalonde.csv',
      );
      const found = new Map(
        (answer.pairs as { treated: string; control: string }[]).map((p) => [p.treated, p.control]),
      );
      expect(found.size).toBe(treated.length);
      const off = treated.filter((id, i) => found.get(id) !== control[i]);
      expect(off.map((id) => [id, found.get(id)])).toEqual([]);
      const balance = answer.balance as {
        term: string;
        after: { smd: number; ecdfMean: number; ecdfMax: number };
      }[];
      ['age', 're74'].forEach((term, k) => {
        const row = balance.find((b) => b.term === term)!.after;
        expect(row.smd).toBeCloseTo(after[k]![0]!, 8);
        expect(row.ecdfMean).toBeCloseTo(after[k]![1]!, 8);
        expect(row.ecdfMax).toBeCloseTo(after[k]![2]!, 8);
      });
    });
  }
  it('a caliper keeps only pairs within it, and counts what it excludes', async () => {
    const answer = await answerTo(
      { ...base, use: 'nearest', caliper: 0.2, caliperOn: 'score' },
      'lalonde.csv',
    );
    const excluded = answer.excluded as { treated: number };
    expect((answer.pairs as unknown[]).length + excluded.treated).toBe(185);
  });
});

describe('weights', () => {
  for (const [use, { estimate, se }] of Object.entries(reference.weighted)) {
    it(`${use} gives R's weighted difference and HC1 se`, async () => {
      const { estimates } = await answerTo({ ...base, use, outcome: 're78' }, 'lalonde.csv');
      expect(estimates![0]!.estimate! / estimate).toBeCloseTo(1, 8);
      expect(estimates![0]!.se! / se).toBeCloseTo(1, 8);
    });
  }
  it('overlap and entropy weights balance every mean exactly (their defining identity)', async () => {
    for (const use of ['overlap', 'entropy']) {
      const { balance } = await answerTo({ ...base, use }, 'lalonde.csv');
      for (const { after } of balance as { after: { smd: number } }[])
        expect(Math.abs(after.smd)).toBeLessThan(1e-10);
    }
  });
});
