// Arms of a concealed sequence: the same from the same seed for ever, balanced as the scheme promises, and no easier to
// guess than theory says. bench/allocation.ts repeats the simulation at 1,000,000 assignments.
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Concealed } from '../../../schemas/protocol/allocation.ts';
import { sealedChance } from '../../../services/evaluations/allocation/chance.ts';
import { drawCouncils } from '../../../services/evaluations/allocation/councils.ts';
import { type Secret, Sequence } from '../../../services/evaluations/allocation/sequence.ts';
import { blockedGuessTheory, designs, simulate } from '../../harness/allocation-simulation.ts';

const seed = createHash('sha256').update('a seed for a test').digest();
const secret: Secret = { seed, blockMultiples: [2, 3, 4] };

test('chance is HMAC-SHA-256 of the seed, counted up, which anyone can compute', () => {
  const words = Array.from({ length: 12 }, (_, at) =>
    createHmac('sha256', seed)
      .update(`a#${Math.floor(at / 8)}`)
      .digest()
      .readUInt32BE((at % 8) * 4),
  );
  const chance = sealedChance(seed, 'a');
  expect(words.map(() => chance.uniform())).toEqual(words.map((word) => (word + 0.5) / 2 ** 32));
});

describe('the list of a seed', () => {
  const first = (design: Concealed) => {
    const sequence = new Sequence(design, secret);
    return Array.from({ length: 40 }, (_, at) =>
      sequence.take({
        council: at % 3 === 0 ? 'E09000001' : 'E09000002',
        'age-band': at % 2 === 0 ? 'a' : 'b',
      }) === 'trial'
        ? 'T'
        : 'c',
    ).join('');
  };
  // Pinned: a release that changes one of these breaks every trial that is running.
  test.each([
    ['simple', 'cTTcTTTTcccTcTccccTTcTcccTccTTTccTcTTTTT'],
    ['permuted-block', 'ccTTTTcccTcTTTcTTcTccccTccTccTcTTcTcTcTc'],
    ['minimisation', 'TTccTccTccTcTTcccTTTccTcTTTTcTccTTccccTT'],
  ] as const)('%s is the same in every release', (kind, list) => {
    expect(first(designs[kind])).toBe(list);
  });

  test('asking what comes next takes nothing', () => {
    const sequence = new Sequence(designs['permuted-block'], secret);
    const levels = { council: 'E09000001', 'age-band': 'a' };
    for (let at = 0; at < 50; at += 1) {
      const next = sequence.next(levels);
      sequence.next({ council: 'E09000002', 'age-band': 'b' });
      expect(sequence.next(levels)).toBe(next);
      expect(sequence.take(levels)).toBe(next);
    }
  });

  test('a stratum’s arms do not depend on how strata take turns', () => {
    const alone = new Sequence(designs['permuted-block'], secret);
    const mixed = new Sequence(designs['permuted-block'], secret);
    const levels = { council: 'E09000001', 'age-band': 'a' };
    for (let at = 0; at < 60; at += 1) {
      if (at % 2 === 0) mixed.take({ council: 'E09000001', 'age-band': 'b' });
      expect(mixed.take(levels)).toBe(alone.take(levels));
    }
  });
});

test('2:1 gives two trial places to one in every whole block, and in the long run of every scheme', () => {
  for (const kind of ['simple', 'permuted-block', 'minimisation'] as const) {
    const sequence = new Sequence({ ...designs[kind], ratio: { trial: 4, comparison: 2 } }, secret);
    let trial = 0;
    for (let at = 0; at < 9_000; at += 1)
      if (sequence.take({ council: 'one', 'age-band': 'a' }) === 'trial') trial += 1;
    // Five standard deviations of simple randomisation: sqrt(9000 × 2/9) = 44.7.
    expect(Math.abs(trial - 6_000), kind).toBeLessThan(224);
  }
});

describe('of 30,000 simulated assignments', () => {
  test('permuted blocks stay within half the largest block, and are guessed as theory says', () => {
    const found = simulate('permuted-block', 30_000, seed);
    expect(found.largestImbalance).toBeLessThanOrEqual(4);
    expect(Math.abs(found.guessed - blockedGuessTheory([4, 6, 8]))).toBeLessThan(
      (5 * 0.5) / Math.sqrt(30_000),
    );
  });
  test('simple randomisation is guessed half the time by every strategy', () => {
    const found = simulate('simple', 30_000, seed);
    for (const rate of [found.guessed, found.guessedLast, found.guessedOpposite])
      expect(Math.abs(rate - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(30_000));
  });
  test('minimisation is guessed no more often than its coin allows, and margins stay close', () => {
    const found = simulate('minimisation', 30_000, seed);
    expect(found.guessed).toBeLessThan(0.8);
    expect(found.largestImbalance).toBeLessThan(40);
  });
});

describe('the draw of councils', () => {
  const councils = Array.from({ length: 11 }, (_, at) => `E090000${10 + at}`);
  test('does not depend on their order, and spreads a stepped wedge evenly', () => {
    const draw = { method: 'stepped-wedge', steps: ['2026-02-01', '2026-05-01', '2026-08-01'] } as const;
    const drawn = drawCouncils({ ...draw, steps: [...draw.steps] }, councils, seed);
    expect(drawCouncils({ ...draw, steps: [...draw.steps] }, [...councils].reverse(), seed)).toEqual(drawn);
    const sizes = draw.steps.map((day) => drawn.filter(({ trialFrom }) => trialFrom === day).length);
    expect(sizes).toEqual([4, 4, 3]);
  });
  test('of an odd number of councils gives the one more to either arm', () => {
    const covariates = [{ name: 'rate', values: councils.map((council, value) => ({ council, value })) }];
    const sizes = new Set(
      Array.from(
        { length: 12 },
        (_, at) =>
          drawCouncils(
            { method: 'constrained', covariates },
            councils,
            createHash('sha256').update(`${at}`).digest(),
          ).filter(({ trialFrom }) => trialFrom !== null).length,
      ),
    );
    expect([...sizes].sort()).toEqual([5, 6]);
  });
});
