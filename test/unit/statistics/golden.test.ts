import { describe, expect, it } from 'vitest';
import { answerTo, cases, difference, valueAt } from './golden.ts';

describe('every method agrees with its oracle', () => {
  for (const { name, oracle, data, spec, expect: wanted, tolerance } of cases()) {
    it(`${name} (${oracle})`, async () => {
      const answer = await answerTo(spec, data ?? null);
      const off = Object.entries(wanted)
        .map(([path, value]) => ({
          path,
          value,
          found: valueAt(answer, path),
          by: difference(valueAt(answer, path), value),
        }))
        .filter(({ by }) => !(by <= tolerance));
      expect(off).toEqual([]);
    });
  }
});
