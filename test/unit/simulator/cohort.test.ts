// A cohort has the children it was asked for, its planted risks are what happens, and only recording is relabelled.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Protocol } from '../../../schemas/protocol.ts';
import { cohortOf, truthOf } from '../../../services/simulator/cohort/cohort.ts';
import { intercept, share } from '../../../services/simulator/cohort/log-odds.ts';
import { linesOf } from '../../../services/simulator/cohort/messages.ts';
import { CohortSpec } from '../../../services/simulator/cohort/spec.ts';

const councils = ['E06990001', 'E08990002', 'E09990003'];
const protocol = {
  councils,
  population: { index: { record: 'referral' }, from: '2024-01-01', to: '2024-12-31' },
} as unknown as Protocol;

const specOf = (change: Record<string, unknown> = {}): CohortSpec =>
  CohortSpec.parse({
    seed: 'cohort test',
    words: 'A test.',
    families: 300,
    children: 500,
    sizeRatio: 2,
    completeThrough: '2026-06-30',
    arms: { by: 'list' },
    planted: [
      {
        event: 'further-referral',
        comparison: [
          { months: 6, risk: 0.2 },
          { months: 12, risk: 0.4 },
        ],
        trial: [
          { months: 6, risk: 0.1 },
          { months: 12, risk: 0.3 },
        ],
        councilSpread: 0.3,
        familySpread: 1,
        pull: { age: 0.05, deprivation: -0.1 },
      },
    ],
    ...change,
  });

describe('a cohort', () => {
  it('has as many families and children as were asked for, all in the window, families in one arm', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 200 }), fc.integer({ min: 0, max: 300 }), (families, more) => {
        const children = Math.min(families * 6, families + more);
        const cohort = cohortOf(specOf({ families, children }), protocol);
        expect(cohort.families).toHaveLength(families);
        expect(cohort.arms).toHaveLength(families);
        expect(cohort.families.flatMap((family) => family.children)).toHaveLength(children);
        expect(new Set(cohort.families.map(({ council }) => council)).size).toBe(3);
      }),
      { numRuns: 30 },
    );
  });

  it('has exactly the planted mean risk in each arm, and events as often as that', () => {
    const cohort = cohortOf(specOf({ families: 20_000, children: 30_000 }), protocol);
    for (const truth of truthOf(cohort)) {
      const [trial, comparison] = truth.months === 6 ? [0.1, 0.2] : [0.3, 0.4];
      expect(truth.trial).toBeCloseTo(trial, 9);
      expect(truth.comparison).toBeCloseTo(comparison, 9);
    }
    for (const arm of ['trial', 'comparison'] as const) {
      const days = cohort.fates[0]!.flat().map(({ day }) => day[arm]);
      const happened = days.filter((day) => day !== null).length / days.length;
      // Five standard errors of 30,000 children in families that are alike.
      expect(Math.abs(happened - (arm === 'trial' ? 0.3 : 0.4))).toBeLessThan(0.02);
    }
  });

  it('never has an event later in the arm whose risk is higher: both lives share their draw', () => {
    for (const { day } of cohortOf(specOf(), protocol).fates[0]!.flat())
      if (day.trial !== null) expect(day.comparison).toBeLessThanOrEqual(day.trial);
  });

  it('matures as many children of each arm as it is told', () => {
    const matured = { months: 12, trial: 101, comparison: 87 };
    const cohort = cohortOf(specOf({ completeThrough: '2025-06-30', matured }), protocol);
    expect(
      truthOf(cohort, (_, arm, months) => arm === 'trial' && months === 12)[0]?.children,
    ).toBeGreaterThan(101);
    expect(truthOf(cohort).find(({ months }) => months === 12)?.children).toBe(188);
  });

  it('relabels what is recorded and nothing that happens', () => {
    const kinds = (lines: Iterable<string>) => {
      const counts: Record<string, number> = {};
      for (const line of lines) {
        const kind = /waymark\.case\.([a-z-]+)\.v1/.exec(line)?.[1] ?? 'statement';
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
      return counts;
    };
    const plain = cohortOf(specOf(), protocol);
    const relabelled = cohortOf(
      specOf({ relabelled: { councils, from: '2024-06-01', share: 0.5 } }),
      protocol,
    );
    expect(truthOf(relabelled)).toEqual(truthOf(plain));
    const [before, after] = [kinds(linesOf(plain)), kinds(linesOf(relabelled))];
    const moved = after['early-help'] ?? 0;
    expect(moved).toBeGreaterThan(20);
    expect(after.referral).toBe((before.referral ?? 0) - moved);
  });
});

it('finds the intercept of a mean risk', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 50 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (pulls, mean) => {
        const at = intercept(pulls, mean);
        const found = pulls.reduce((sum, pull) => sum + share(at + pull), 0) / pulls.length;
        expect(found).toBeCloseTo(mean, 9);
      },
    ),
  );
});
