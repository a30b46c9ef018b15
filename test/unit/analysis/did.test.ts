// Differences in differences from a plan: by hand where two councils begin and two do not, and only over whole waves.
import { describe, expect, it } from 'vitest';
import { addMonths } from '../../../schemas/calendar.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { analyse } from '../../../services/analysis/plan/analyse.ts';
import type { AnalysisParticipant } from '../../../services/analysis/plan/participant.ts';
import { reconcile } from '../../../services/analysis/plan/reconcile.ts';
import { invented, plannedProtocol, snapshotOf } from './plan-world.ts';

const councils = Array.from({ length: 12 }, (_, at) => `E069900${String(at + 1).padStart(2, '0')}`);
const waves = ['2024-01-01', '2024-04-01', '2024-07-01', '2024-10-01'];
const goLive = councils.slice(0, 6).map((council) => ({ council, from: '2024-07-01' }));

const protocolOf = (change: Record<string, unknown> = {}, plan: Record<string, unknown> = {}): Protocol => {
  const { allocation: _, ...rest } = plannedProtocol(
    {
      design: 'quasi-experimental',
      councils,
      unit: 'council',
      exposure: { by: 'go-live', goLive },
      horizons: [6],
      outcomes: plannedProtocol().outcomes.slice(0, 1),
      primary: { outcome: 'care-entry', horizon: 6 },
      ...change,
    },
    { model: { method: 'did' }, covariates: [], clusters: 'council', ...plan },
  ) as Protocol & { allocation: unknown };
  return rest as Protocol;
};

const PER_CELL = 50;

/** So many events of 50 in each council and wave. */
function world(events: (council: number, wave: number) => number): AnalysisParticipant[] {
  const [like] = invented({ families: 1 });
  return councils.flatMap((council, c) =>
    waves.flatMap((wave, w) =>
      Array.from({ length: PER_CELL }, (_, k): AnalysisParticipant => {
        const happens = k < events(c, w);
        const indexDay = addMonths(wave, k % 3);
        return {
          ...like!,
          council,
          unit: council,
          child: `c${c}-${w}-${k}`,
          arm: c < 6 && w >= 2 ? 'trial' : 'comparison',
          indexDay,
          covariates: { ...like!.covariates, council, wave },
          outcomes: [
            {
              outcome: 'care-entry',
              horizon: 6,
              state: happens ? 'event' : 'no-event',
              date: happens ? addMonths(indexDay, 2) : null,
              censorReason: null,
              value: null,
              clockStart: indexDay,
              horizonDay: addMonths(indexDay, 6),
              matured: true,
            },
          ],
        };
      }),
    ),
  );
}

/** Both groups fall by 1 a wave; councils differ a little; those that begin lose `effect` from then on. */
const moving = (effect: number) => (c: number, w: number) =>
  20 + (c % 3) - w + (c < 6 ? 3 : 0) - (c < 6 && w >= 2 ? effect : 0);

const primary = (participants: AnalysisParticipant[], protocol = protocolOf()) => {
  const record = analyse(protocol, snapshotOf(participants), [], 'test');
  return { record, result: record.results[0]! };
};
const planned = (participants: AnalysisParticipant[], protocol?: Protocol) =>
  primary(participants, protocol).result.estimates.find(({ method }) => method === 'did')!;

describe('differences in differences from a plan', () => {
  it('is the change of those that began less the change of the others, and not the difference between them', () => {
    expect(planned(world(moving(5))).estimate).toBeCloseTo(-5 / PER_CELL, 12);
    expect(planned(world(moving(0))).estimate).toBeCloseTo(0, 12);
    const { result } = primary(world(moving(0)));
    expect(result.estimates.find(({ adjusted }) => !adjusted)!.estimate).not.toBeCloseTo(0, 2);
  });

  it('says by waves since the beginning, and before it, what came', () => {
    const { eventStudy } = primary(world(moving(5))).result;
    expect(eventStudy!.waves).toEqual(waves);
    expect(eventStudy!.councils).toEqual({ began: 6, compared: 6 });
    const found = new Map(eventStudy!.steps.map(({ event, estimate }) => [event, estimate]));
    expect(found.get(-1)).toBeCloseTo(0, 12);
    expect(found.get(0)).toBeCloseTo(-0.1, 12);
    expect(found.get(1)).toBeCloseTo(-0.1, 12);
  });

  it('compares whole waves alone: none with somebody pending, none without a council', () => {
    const all = world(moving(5));
    const pending = all.map((one) =>
      one.child === 'c0-3-0'
        ? { ...one, outcomes: one.outcomes.map((each) => ({ ...each, matured: false })) }
        : one,
    );
    const { result } = primary(pending);
    expect(result.eventStudy!.waves).toEqual(waves.slice(0, 3));
    expect(result.warnings).toContain('wave-not-followed: 2024-10-01');
    const without = all.filter(({ child }) => !child.startsWith('c7-1-'));
    expect(primary(without).result.warnings).toContain('wave-without-a-council: 2024-04-01');
  });

  it('leaves out, where the plan says so, whoever a change of recording touches, and counts them', () => {
    const change = {
      regime: [{ council: councils[0], from: '2025-04-01', words: 'Calls are recorded otherwise.' }],
    };
    const kept = primary(world(moving(5)), protocolOf(change));
    expect(kept.record.gates.find(({ id }) => id === 'regime-change')!.state).toBe('failed');
    const { record, result } = primary(world(moving(5)), protocolOf(change, { straddling: 'left-out' }));
    expect(record.gates.find(({ id }) => id === 'regime-change')!.state).toBe('passed');
    expect(result.eventStudy!.waves).toEqual(waves.slice(0, 3));
    // Index days from October on end in April or after; of 50 in that wave all are touched.
    expect(result.sets.map(({ straddling }) => straddling)).toEqual([PER_CELL, 0]);
    expect(reconcile(record)).toEqual([]);
  });

  it('trips the gate of trends beforehand where councils were already moving apart', () => {
    const apart = (c: number, w: number) => moving(0)(c, w) - (c < 6 ? 4 * w : 0) + ((c * 7 + w * 3) % 3);
    const { record } = primary(world(apart));
    expect(record.gates.find(({ id }) => id === 'pre-trend')!.state).toBe('failed');
    expect(record.withheld).toBe(true);
    expect(record.results[0]!.eventStudy).toBeNull();
    const still = primary(world((c, w) => moving(5)(c, w) + ((c * 7 + w * 3) % 3)));
    expect(still.record.gates.find(({ id }) => id === 'pre-trend')!.state).toBe('passed');
  });

  it('is refused for an estimand that is no difference of risks', () => {
    expect(() =>
      primary(
        world(moving(0)),
        protocolOf({
          estimand: { words: 'x', effect: 'treated', summary: 'odds-ratio', intercurrentEvents: [] },
        }),
      ),
    ).toThrow(/differences in differences/);
  });
});
