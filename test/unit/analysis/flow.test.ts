// Everybody is somewhere, once: from the councils' records to the analysis of each horizon, whatever happened to them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnalysisRecord } from '../../../schemas/analysis.ts';
import { addMonths } from '../../../schemas/calendar.ts';
import { analyse } from '../../../services/analysis/plan/analyse.ts';
import type { AnalysisParticipant } from '../../../services/analysis/plan/participant.ts';
import { reconcile } from '../../../services/analysis/plan/reconcile.ts';
import { invented, plannedProtocol, snapshotOf, uniform } from './plan-world.ts';

const recordOf = (participants: readonly AnalysisParticipant[], missing = 'complete-case'): AnalysisRecord =>
  analyse(plannedProtocol({}, { missing }), snapshotOf(participants), [], 'test');

/** Some not at risk, some not matured, some censored, at random. */
function troubled(seed: number): AnalysisParticipant[] {
  const random = uniform(seed);
  return invented({ families: 60, seed }).map((one) => {
    const fate = random();
    return {
      ...one,
      outcomes: one.outcomes.map((each) => ({
        ...each,
        ...(fate < 0.1 && { state: 'not-at-risk' as const, date: null }),
        ...(fate > 0.8 && { matured: each.horizon <= 6 }),
        ...(fate > 0.7 &&
          fate < 0.8 && {
            state: 'censored' as const,
            date: addMonths(one.indexDay, 2),
            censorReason: 'death' as const,
          }),
      })),
    };
  });
}

describe('the flow of participants', () => {
  it('always reconciles', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.constantFrom('complete-case', 'missing-category'), (seed, missing) => {
        expect(reconcile(recordOf(troubled(seed), missing))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('counts each fate where it belongs', () => {
    const participants = troubled(3);
    const record = recordOf(participants);
    const { sets } = record.results.find(({ role }) => role === 'primary')!;
    const own = participants.filter(({ arm }) => arm === 'trial').map(({ outcomes }) => outcomes[1]!);
    const trial = sets.find(({ arm }) => arm === 'trial')!;
    expect(trial.notAtRisk).toBe(own.filter(({ state }) => state === 'not-at-risk').length);
    expect(trial.pending).toBe(own.filter((one) => one.state !== 'not-at-risk' && !one.matured).length);
    expect(trial.pending).toBeGreaterThan(0);
    expect(record.flow).toMatchObject({ screened: participants.length + 41, enrolled: participants.length });
  });

  it('is told apart where a number is moved', () => {
    const record = recordOf(troubled(1));
    const [first] = record.results[0]!.sets;
    first!.pending += 1;
    record.flow.screened += 1;
    expect(reconcile(record)).toEqual([
      'flow: screened is not enrolled and excluded',
      'care-entry, 6 months, trial: enrolled is not notAtRisk, pending and matured',
    ]);
  });
});
