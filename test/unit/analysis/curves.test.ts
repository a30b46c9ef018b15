// Curves over time: unrounded they are the statistics engine's Aalen-Johansen; rounded, no step tells of few children.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arm } from '../../../schemas/protocol.ts';
import { Columns, categories, numbers } from '../../../services/analysis/plan/columns.ts';
import { curveOf } from '../../../services/analysis/plan/curves.ts';
import type { AnalysisParticipant } from '../../../services/analysis/plan/participant.ts';
import { estimate } from '../../../services/statistics/estimate.ts';
import { invented, uniform } from './plan-world.ts';

interface Case {
  one: AnalysisParticipant;
  time: { days: number; event: 0 | 1 | 2 };
}

function followed(seed: number, n = 200): Case[] {
  const random = uniform(seed);
  return invented({ families: n, seed })
    .slice(0, n)
    .map((one) => {
      const days = Math.floor(random() * 200);
      const fate = random();
      return { one, time: { days, event: fate < 0.4 ? 1 : fate < 0.5 ? 2 : 0 } };
    });
}

const drawn = (arm: Arm, cases: readonly Case[], competing: boolean, threshold: number) =>
  curveOf(
    arm,
    new Columns(cases.map(({ one }) => one)),
    {
      rows: Int32Array.from(cases.keys()),
      days: Float64Array.from(cases, ({ time }) => time.days),
      events: Uint8Array.from(cases, ({ time }) => time.event),
    },
    competing,
    threshold,
  );

const valueAt = (steps: readonly { day: number; incidence: number }[], day: number): number =>
  steps.filter((step) => step.day <= day).at(-1)?.incidence ?? 0;

describe('a curve', () => {
  it.each([true, false])(
    'is the engine’s cumulative incidence when nothing is rounded (competing: %s)',
    (competing) => {
      const all = followed(5);
      const days = [10, 50, 100, 180];
      const answer = estimate(
        {
          method: 'aalen-johansen',
          level: 0.95,
          time: 'days',
          event: 'event',
          arm: 'arm',
          treated: 'trial',
          at: days.map((day) => day + 0.5),
        },
        {
          n: all.length,
          columns: new Map(
            [
              numbers(
                'days',
                all.map(({ time }) => time.days + 0.5),
              ),
              numbers(
                'event',
                all.map(({ time }) => (time.event === 2 && !competing ? 0 : time.event)),
              ),
              categories(
                'arm',
                all.map(({ one }) => one.arm),
              ),
            ].map((column) => [column.name, column]),
          ),
        },
      );
      const arms = answer.arms as {
        arm: string;
        causes: { cause: number; at: { incidence: number; atRisk: number }[] }[];
      }[];
      for (const { arm, causes } of arms) {
        const { steps } = drawn(arm as 'trial', all, competing, 1)!;
        days.forEach((day, at) => {
          expect(valueAt(steps, day)).toBeCloseTo(causes[0]!.at[at]!.incidence, 12);
        });
      }
    },
  );

  it('steps by the threshold of children or more, and rises only', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 2, max: 12 }), (seed, threshold) => {
        const all = followed(seed);
        const curve = drawn('trial', all, true, threshold)!;
        curve.steps.slice(1).forEach((step, at) => {
          const before = curve.steps[at]!;
          expect(step.incidence).toBeGreaterThanOrEqual(before.incidence);
          // Numbers at risk differ by whole roundings, so none tells of fewer children than the threshold.
          expect((before.atRisk - step.atRisk) % 1).toBe(0);
        });
        const events = all.filter(({ one, time }) => one.arm === 'trial' && time.event === 1);
        const rises = curve.steps.filter(
          (step, at) => step.incidence > (curve.steps[at - 1]?.incidence ?? 0),
        );
        expect(rises.length).toBeLessThanOrEqual(Math.ceil(events.length / threshold));
      }),
      { numRuns: 30 },
    );
  });

  it('is the same when one child’s event moves by a day within a step', () => {
    const all = followed(9);
    const own = all.filter(({ one, time }) => one.arm === 'trial' && time.event === 1);
    const sorted = [...own].sort((a, b) => a.time.days - b.time.days);
    // The second of the first six events: the step is made on the day of the first of each six.
    const second = sorted[1]!;
    expect(sorted[2]!.time.days).toBeGreaterThan(second.time.days);
    const moved = all.map((each) =>
      each === second ? { ...each, time: { ...each.time, days: each.time.days + 1 } } : each,
    );
    expect(drawn('trial', moved, true, 6)!.steps).toEqual(drawn('trial', all, true, 6)!.steps);
  });
});
