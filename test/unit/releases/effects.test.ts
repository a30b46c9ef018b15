// What leaves of an analysis, and what the rules say of it: invented trials whose numbers are known.
import { describe, expect, it } from 'vitest';
import type { AnalysisRecord, Curve } from '../../../schemas/analysis.ts';
import { analyse, type Snapshot } from '../../../services/analysis/plan/analyse.ts';
import type { AnalysisParticipant } from '../../../services/analysis/plan/participant.ts';
import type { Panel } from '../../../services/disclosure/panel.ts';
import { protectCounts } from '../../../services/disclosure/protect.ts';
import { countsOf } from '../../../services/releases/effects/counts.ts';
import { releasedCurves } from '../../../services/releases/effects/curves.ts';
import { findingsBeside } from '../../../services/releases/effects/earlier.ts';
import { effectFindings, releasedEffects } from '../../../services/releases/effects/released.ts';
import { invented, plannedProtocol, snapshotOf } from '../analysis/plan-world.ts';

const protocol = plannedProtocol(
  {},
  {
    subgroups: [
      { by: 'age', words: 'Larger for younger children.' },
      { by: 'council', words: 'Councils differ.' },
    ],
  },
);
const THRESHOLD = protocol.disclosure.threshold;
const recordOf = (participants: AnalysisParticipant[], change: Partial<Snapshot> = {}, of = protocol) =>
  analyse(of, { ...snapshotOf(participants), ...change }, [], 'test');
const everybody = invented();
const record = recordOf(everybody);

/** As somebody who has seen nothing may be shown the counts. */
function panelsOf(of: AnalysisRecord, threshold = THRESHOLD): Panel[] {
  const { results, computedAt } = protectCounts(countsOf(of, protocol, new Date('2026-06-30T00:00:00Z')), {
    threshold,
  });
  return protocol.outcomes.map(({ id }) => ({
    outcome: id,
    asAt: computedAt,
    completeThrough: null,
    results: results.filter(({ outcome }) => outcome === id),
  }));
}
const released = (of: AnalysisRecord, threshold = THRESHOLD) =>
  releasedEffects(of, panelsOf(of, threshold), threshold);
const primaryOf = (of: { results: readonly { role: string }[] }) =>
  of.results.find(({ role }) => role === 'primary') as never;

describe('effects as they leave', () => {
  it('are those of the record, unadjusted and adjusted, with the digits of a paper', () => {
    const { effects, leftOut } = released(record)!;
    for (const [at, { estimates }] of effects.results.entries()) {
      const own = record.results[at]!.estimates;
      expect(estimates.map(({ adjusted, measure }) => [adjusted, measure])).toEqual(
        own.map(({ adjusted, measure }) => [adjusted, measure]),
      );
      expect(new Set(estimates.map(({ adjusted }) => adjusted)).size).toBe(2);
      for (const [place, { estimate, lower, upper, p }] of estimates.entries())
        for (const [shown, exact] of [
          [estimate, own[place]!.estimate],
          [lower, own[place]!.lower],
          [upper, own[place]!.upper],
          [p, own[place]!.p],
        ] as const) {
          expect(Math.abs(shown! - exact!)).toBeLessThanOrEqual(0.0005);
          expect(String(shown)).toMatch(/^-?\d+(\.\d{1,4})?$/);
        }
    }
    // Groups by council, and those under 5: so few are of no known age that their events would be told.
    expect(leftOut).toEqual({ estimates: 0, subgroups: 2, curves: 0 });
  });

  it('bring nothing along that is judged by nothing: no balance, council, reason with numbers, or day', () => {
    const { effects } = released(record)!;
    expect(effects).toMatchObject({ balance: [], matching: null, interim: null, costs: null });
    expect(effects.gates.every(({ words }) => words === null)).toBe(true);
    expect(effects.gates.map(({ state }) => state)).toEqual(record.gates.map(({ state }) => state));
    for (const one of effects.results)
      expect(one).toMatchObject({ councils: [], sensitivity: [], eventStudy: null, pooled: null });
    const subgroups = effects.results.flatMap((one) => one.subgroups.map(({ by }) => by));
    expect(subgroups).toEqual(['age']);
    for (const { curves } of effects.results)
      for (const { steps } of curves) expect(steps.map(({ day }) => day)).toEqual([0, 91, 183, 274, 365]);
  });

  it('stay inside where an arm has few children with the outcome, or few without', () => {
    for (const risk of [0.02, 0.99]) {
      const rare = recordOf(invented({ families: 150, risk, effect: 0, seed: 4 }));
      const { effects, leftOut } = released(rare)!;
      const primary = effects.results.filter(({ outcome }) => outcome === 'care-entry');
      const small = rare.results
        .filter(({ outcome }) => outcome === 'care-entry')
        .map(({ sets }) =>
          sets.some(({ events, matured }) => Math.min(events!, matured - events!) < THRESHOLD),
        );
      expect(small).toContain(true);
      primary.forEach(({ estimates, without, adjustedP }, at) => {
        if (small[at]) expect([estimates, without, adjustedP]).toEqual([[], 'hidden', null]);
      });
      expect(leftOut.estimates).toBeGreaterThan(0);
    }
  });

  it('stay inside where the judged counts hide a risk, though the record by itself would show it', () => {
    const panels = panelsOf(record);
    const [first] = panels[0]!.results[1]!.arms;
    first!.hidden.push('risk', 'events');
    first!.events = null;
    first!.risk = null;
    const { effects } = releasedEffects(record, panels, THRESHOLD)!;
    const hidden = effects.results.find(
      ({ outcome, horizon }) => outcome === 'care-entry' && horizon === 12,
    )!;
    expect(hidden).toMatchObject({ estimates: [], subgroups: [], curves: [], without: 'hidden' });
    expect(hidden.sets[0]).toMatchObject({ events: null, risk: null });
    expect(effects.results.find(({ horizon }) => horizon === 6)!.estimates.length).toBeGreaterThan(0);
  });

  it('have 10 residual degrees of freedom or are left out', () => {
    const few = recordOf(invented({ families: 60, risk: 0.5, seed: 9 }));
    const lean: AnalysisRecord = {
      ...few,
      results: few.results.map((one) => ({
        ...one,
        estimates: one.estimates.map((row) => (row.adjusted ? { ...row, n: 21 } : { ...row, n: 12 })),
      })),
    };
    const rows = released(lean)!.effects.results.flatMap(({ estimates }) => estimates);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ adjusted }) => !adjusted)).toBe(true);
    const leaner = {
      ...lean,
      results: lean.results.map((one) => ({
        ...one,
        estimates: one.estimates.map((row) => ({ ...row, n: 11 })),
      })),
    };
    expect(released(leaner)!.effects.results.flatMap(({ estimates }) => estimates)).toEqual([]);
  });

  it('tell of nothing where a count of everybody enrolled may not be shown', () => {
    const panels = panelsOf(record);
    panels[0]!.results[0]!.arms[0]!.enrolled = null;
    expect(releasedEffects(record, panels, THRESHOLD)).toBeNull();
    expect(releasedEffects(record, panelsOf(record), 1_000), 'an arm is smaller than that').toBeNull();
  });

  it('give no effect in a group of children with few of them, and no test of all groups then', () => {
    const young = everybody.map((one) => {
      const age = one.covariates.age;
      if (typeof age !== 'number' || age >= 5) return one;
      const outcomes = one.outcomes.map((each) => ({ ...each, state: 'no-event' as const, date: null }));
      return { ...one, outcomes };
    });
    const primary = primaryOf(released(recordOf(young))!.effects) as {
      subgroups: { levels: { level: string; effect: unknown }[]; interaction: unknown }[];
    };
    const levels = primary.subgroups[0]!.levels;
    expect(levels.find(({ level }) => level === 'under 5')!.effect).toBeNull();
    expect(primary.subgroups[0]!.interaction).toBeNull();
  });
});

describe('curves as they leave', () => {
  const curve = (percents: [day: number, incidence: number][], atRisk = 500): Curve => ({
    arm: 'trial',
    competing: false,
    steps: percents.map(([day, incidence]) => ({ day, incidence, atRisk })),
  });

  it('have points at which rounded counts differ: by quarters, half-years, or horizons alone', () => {
    const rising = curve([
      [0, 0],
      [50, 0.1],
      [150, 0.2],
      [260, 0.3],
      [365, 0.4],
    ]);
    const flat = curve([
      [0, 0],
      [50, 0.1],
      [300, 0.2],
      [365, 0.3],
    ]);
    const flatter = curve([
      [0, 0],
      [50, 0.1],
      [365, 0.1],
    ]);
    const days = (curves: Curve[]) =>
      releasedCurves(curves, [6, 12], 10).map(({ steps }) => steps.map(({ day }) => day));
    expect(days([rising])).toEqual([[0, 91, 183, 274, 365]]);
    expect(days([rising, flat])).toEqual([
      [0, 183, 365],
      [0, 183, 365],
    ]);
    expect(days([rising, flatter])).toEqual([]);
  });

  it('end while enough children are at risk, and where children were followed to', () => {
    const ending = curve([
      [0, 0],
      [50, 0.1],
      [150, 0.2],
      [200, 0.3],
    ]);
    expect(releasedCurves([ending], [6, 12], 10)[0]!.steps.map(({ day }) => day)).toEqual([0, 91, 183]);
    const thin = {
      ...ending,
      steps: ending.steps.map((one) => ({ ...one, atRisk: one.day > 160 ? 5 : 50 })),
    };
    expect(releasedCurves([thin], [6, 12], 10)[0]!.steps.map(({ day }) => day)).toEqual([0, 91]);
  });

  it('stay inside where the protocol has come to ask for more than they were rounded to', () => {
    const { effects, leftOut } = released(record, 10)!;
    expect(effects.results.flatMap(({ curves }) => curves)).toEqual([]);
    expect(leftOut.curves).toBeGreaterThan(0);
    expect(effects.threshold).toBe(10);
  });
});

describe('what the rules leave to a person', () => {
  it('is an effect of fewer children than are counted, a look on the way, and words with figures', () => {
    expect(effectFindings(record)).toEqual([]);
    const straddling = {
      ...record,
      results: record.results.map((one) => ({
        ...one,
        sets: one.sets.map((set) => ({
          ...set,
          straddling: set.arm === 'trial' && one.role === 'primary' ? 3 : 0,
        })),
      })),
    };
    expect(effectFindings(straddling)).toEqual([
      { outcome: 'care-entry', arm: 'trial', horizons: [12], what: 'straddling', reason: 'left-out' },
    ]);
    const look = { followed: 100, final: 200, share: 0.5, due: true, looks: [], now: null };
    expect(effectFindings({ ...record, interim: look }).map(({ reason }) => reason)).toEqual(['interim']);
    expect(effectFindings({ ...record, interim: { ...look, final: 100, share: 1 } })).toEqual([]);
    const accepted = (reason: string) => ({
      ...record,
      gates: record.gates.map((gate) => ({ ...gate, accepted: { by: 'Anna', reason } })).slice(0, 1),
    });
    expect(effectFindings(accepted('only 3 children moved')).map(({ reason }) => reason)).toEqual(['text']);
    expect(effectFindings(accepted('nobody moved'))).toEqual([]);
  });
});

describe('beside analyses that were published before', () => {
  const ofKnownAge = (participants: AnalysisParticipant[]) =>
    participants.map((one) => ({ ...one, covariates: { ...one.covariates, age: one.covariates.age ?? 3 } }));
  const known = ofKnownAge(everybody);
  /** With as many left out, for the same reasons, as of everybody. */
  const knownOf = (participants: AnalysisParticipant[]) =>
    recordOf(participants, {
      screening: { screened: participants.length + 41, excluded: snapshotOf([]).screening.excluded },
    });
  const at = (cut: string, participants: AnalysisParticipant[]) => ({
    release: 1,
    ...{ cut, effects: released(knownOf(participants))!.effects },
  });
  const first = at('2026-01-01T00:00:00Z', known);
  const beside = (participants: AnalysisParticipant[]) =>
    findingsBeside(at('2026-02-01T00:00:00Z', participants), [first], THRESHOLD);
  const more = (families: number): AnalysisParticipant[] =>
    ofKnownAge(invented({ families, seed: 77 })).map((one) => ({
      ...one,
      ...{ unit: `more-${one.unit}`, child: `more-${one.child}` },
    }));

  it('the same numbers again tell nothing', async () => {
    expect(await beside(known)).toEqual([]);
    expect(await findingsBeside(first, [], THRESHOLD)).toEqual([]);
  });

  it('a few children more in a group, and in the flow, are found; many are not', async () => {
    const few = await beside([...known, ...more(2)]);
    expect(few).toContainEqual(
      expect.objectContaining({ outcome: 'care-entry', what: 'by age', reason: 'few' }),
    );
    expect(few.map(({ what }) => what)).toContain('screened');
    expect(await beside([...known, ...more(300)])).toEqual([]);
  });

  it('are found too when the older one is released later', async () => {
    const later = at('2026-03-01T00:00:00Z', [...known, ...more(2)]);
    const found = await findingsBeside(first, [later], THRESHOLD);
    expect(found.map(({ what }) => what)).toContain('by age');
  });

  it('fewer children than before are a correction', async () => {
    const found = await beside(known.slice(0, -60));
    expect(found).toContainEqual(expect.objectContaining({ what: 'by age', reason: 'corrected' }));
  });
});
