// From a plan and participants to one record: estimates, gates, multiplicity, and nothing shown that a gate forbids.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnalysisRecord } from '../../../schemas/analysis.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { riskDifference } from '../../../services/analysis/effect.ts';
import { analyse } from '../../../services/analysis/plan/analyse.ts';
import { plannedEstimate } from '../../../services/analysis/plan/estimates.ts';
import type { Acceptance } from '../../../services/analysis/plan/gates.ts';
import type { AnalysisParticipant } from '../../../services/analysis/plan/participant.ts';
import { invented, plannedProtocol, snapshotOf } from './plan-world.ts';

const run = (
  participants: readonly AnalysisParticipant[],
  protocol: Protocol = plannedProtocol(),
  acceptances: readonly Acceptance[] = [],
) => AnalysisRecord.parse(analyse(protocol, snapshotOf(participants), acceptances, 'test'));

const primaryOf = (record: AnalysisRecord) => record.results.find(({ role }) => role === 'primary')!;
const gateOf = (record: AnalysisRecord, id: string) => record.gates.find((gate) => gate.id === id)!;

describe('estimates', () => {
  it('gives the unadjusted risk difference that the closed form for few clusters gives', () => {
    const participants = invented({ families: 24 });
    const { estimates } = primaryOf(run(participants));
    const clusters = new Map<string, { arm: number; size: number; events: number; clusters: number }>();
    for (const one of participants) {
      const shape = clusters.get(one.unit) ?? {
        arm: Number(one.arm === 'trial'),
        size: 0,
        events: 0,
        clusters: 1,
      };
      shape.size += 1;
      shape.events += Number(one.outcomes[1]!.state === 'event');
      clusters.set(one.unit, shape);
    }
    const closed = riskDifference([...clusters.values()]).effect!;
    const fitted = estimates.find(({ measure, adjusted }) => measure === 'risk-difference' && !adjusted)!;
    expect(fitted.variance).toBe('CR2, satterthwaite');
    expect(fitted.estimate).toBeCloseTo(closed.estimate, 12);
    expect(fitted.standardError).toBeCloseTo(closed.standardError, 12);
    expect(fitted.degreesOfFreedom).toBeCloseTo(closed.degreesOfFreedom!, 8);
    expect(fitted.lower).toBeCloseTo(closed.lower, 10);
  });

  it('covers the effect that was planted', () => {
    const covered = Array.from({ length: 40 }, (_, seed) => {
      const { estimates } = primaryOf(run(invented({ seed: seed + 1, families: 300 })));
      const { lower, upper } = estimates.find(
        ({ measure, adjusted }) => measure === 'risk-difference' && adjusted,
      )!;
      return lower! <= -0.1 && upper! >= -0.1;
    }).filter(Boolean).length;
    // Of 40 intervals of 95%, 32 or fewer cover with probability under 1 in 10,000.
    expect(covered).toBeGreaterThan(32);
  });

  it.each(['linear', 'logistic', 'modified-poisson', 'gee', 'mixed-linear', 'propensity'])(
    'carries out %s',
    (method) => {
      const plan = method === 'propensity' ? { model: { method, use: 'overlap' } } : { model: { method } };
      const record = run(invented(), plannedProtocol({}, plan));
      const { estimates, warnings } = primaryOf(record);
      const adjusted = estimates.filter((row) => row.adjusted && row.method === method);
      expect(warnings).toEqual([]);
      expect(adjusted).toHaveLength(1);
      expect(adjusted[0]!.estimate).not.toBeNull();
    },
  );

  it.each(['cox', 'fine-gray', 'rmst'])('carries out %s on everybody’s own time', (method) => {
    const estimand = {
      ...plannedProtocol().estimand,
      summary: method === 'rmst' ? 'mean-difference' : 'hazard-ratio',
    };
    const participants = invented().map((one) =>
      Math.floor(Number(one.unit.slice(1)) / 2) % 5 === 0 ? unmatured(one) : one,
    );
    const record = run(participants, plannedProtocol({ estimand }, { model: { method } }));
    const { estimates, sets } = primaryOf(record);
    expect(sets.reduce((sum, set) => sum + set.pending, 0)).toBeGreaterThan(0);
    expect(estimates.at(-1)).toMatchObject({ n: participants.length, method });
  });

  it('follows nobody beyond the last complete day, and leaves out those whose council never said', () => {
    const estimand = { ...plannedProtocol().estimand, summary: 'hazard-ratio' };
    const protocol = plannedProtocol({ estimand }, { model: { method: 'cox' }, covariates: [] });
    const participants = invented();
    const silent = 'E08000031';
    const record = analyse(
      protocol,
      { ...snapshotOf(participants), lastDay: ({ council }) => (council === silent ? null : '2024-06-30') },
      [],
      'test',
    );
    const begun = participants.filter((one) => one.council !== silent && one.indexDay <= '2024-06-30');
    expect(primaryOf(record).estimates[0]!.n).toBe(begun.length);
  });

  it('is the same for any order of participants, and turns sign when the arms change names', () => {
    fc.assert(
      fc.property(fc.nat(1000), (seed) => {
        const participants = invented({ families: 60, seed });
        const record = run(participants);
        const reversed = primaryOf(run([...participants].reverse()));
        const renamed = primaryOf(
          run(
            participants.map((one) => ({
              ...one,
              arm: one.arm === 'trial' ? ('comparison' as const) : ('trial' as const),
            })),
          ),
        );
        primaryOf(record).estimates.forEach((row, at) => {
          if (row.estimate === null) {
            expect([reversed, renamed].map(({ estimates }) => estimates[at]!.estimate)).toEqual([null, null]);
            return;
          }
          expect(reversed.estimates[at]!.estimate).toBeCloseTo(row.estimate, 9);
          if (row.measure === 'risk-difference')
            expect(renamed.estimates[at]!.estimate).toBeCloseTo(-row.estimate, 9);
          else expect(renamed.estimates[at]!.estimate).toBeCloseTo(1 / row.estimate, 7);
        });
      }),
      { numRuns: 10 },
    );
  });

  it('gives the same bytes twice', () => {
    expect(JSON.stringify(run(invented()))).toBe(JSON.stringify(run(invented())));
  });

  it('says when a question has no answer, instead of a number', () => {
    const nobody = invented().map((one) => ({
      ...one,
      outcomes: one.outcomes.map((each) => ({ ...each, state: 'no-event' as const, date: null })),
    }));
    const { estimates, warnings } = primaryOf(run(nobody));
    expect(warnings.join()).toMatch(/g-computation/);
    expect(JSON.stringify(estimates)).not.toMatch(/NaN/);
  });

  it('counts who is left out for want of a covariate', () => {
    const record = run(invented(), plannedProtocol({}, { missing: 'complete-case' }));
    const { sets, estimates } = primaryOf(record);
    const missing = sets.reduce((sum, set) => sum + set.missingCovariates, 0);
    const matured = sets.reduce((sum, set) => sum + set.matured, 0);
    expect(missing).toBeGreaterThan(0);
    expect(estimates.find(({ adjusted }) => adjusted)!.n).toBe(matured - missing);
  });
});

const gone = (
  one: AnalysisParticipant,
  censorReason: 'moved-to-another-council' | 'declared-gap',
): AnalysisParticipant => ({
  ...one,
  outcomes: one.outcomes.map((each) => ({
    ...each,
    state: 'censored',
    date: one.indexDay,
    censorReason,
  })),
});

const unmatured = (one: AnalysisParticipant): AnalysisParticipant => ({
  ...one,
  outcomes: one.outcomes.map((each) => ({ ...each, matured: false })),
});

describe('subgroups', () => {
  it('finds an effect that differs by age, and none where it does not', () => {
    const subgroups = [
      { by: 'age', words: 'Younger children gain more.' },
      { by: 'sex', words: 'No difference is expected.' },
    ];
    const participants = invented({ families: 1500, effect: 0 }).map((one) => {
      const young = typeof one.covariates.age === 'number' && one.covariates.age < 5;
      const spared = one.arm === 'trial' && young;
      return spared
        ? {
            ...one,
            outcomes: one.outcomes.map((each) => ({ ...each, state: 'no-event' as const, date: null })),
          }
        : one;
    });
    const [age, sex] = primaryOf(run(participants, plannedProtocol({}, { subgroups }))).subgroups;
    expect(age!.interaction!.p).toBeLessThan(1e-6);
    expect(age!.levels.map(({ level }) => level)).toEqual(['under 5', '5 to 11', '12 and over']);
    expect(age!.warnings[0]).toMatch(/^not-known/);
    expect(sex!.interaction!.p).toBeGreaterThan(0.001);
  });
});

describe('multiplicity', () => {
  it('adjusts the secondary tests together and leaves the primary one alone', () => {
    const record = run(invented());
    const secondary = record.results.filter(({ role }) => role === 'secondary');
    expect(primaryOf(record).adjustedP).toBeNull();
    const raw = secondary.map(
      (one) => one.estimates.find((row) => row.adjusted && row.measure === 'risk-difference')!.p!,
    );
    const smallest = raw.indexOf(Math.min(...raw));
    expect(secondary[smallest]!.adjustedP).toBeCloseTo(Math.min(1, raw[smallest]! * secondary.length), 12);
  });
});

describe('gates', () => {
  const contamination = {
    record: 'family-meeting',
    withinDays: 28,
    mostInComparison: 0.1,
    mostWithoutInTrial: 0.2,
  };
  const trips: [
    string,
    (participants: AnalysisParticipant[]) => { participants: AnalysisParticipant[]; protocol?: Protocol },
  ][] = [
    [
      'sample-ratio',
      (all) => ({ participants: all.filter((one, at) => one.arm === 'trial' || at % 4 === 0) }),
    ],
    [
      'balance',
      (all) => ({
        participants: all.map((one) => ({
          ...one,
          covariates: {
            ...one.covariates,
            age: one.arm === 'trial' ? 12 + (one.child.length % 4) : 3 + (one.child.length % 4),
          },
        })),
      }),
    ],
    [
      'attrition',
      (all) => ({
        participants: all.map((one, at) => (at % 5 < 3 ? gone(one, 'moved-to-another-council') : one)),
      }),
    ],
    [
      'differential-maturity',
      (all) => ({
        participants: all.map((one, at) => (one.arm === 'trial' && at % 3 === 0 ? unmatured(one) : one)),
      }),
    ],
    [
      'clusters',
      (all) => ({
        participants: all.filter((one) => one.arm === 'comparison' || one.unit === 'f0' || one.unit === 'f2'),
      }),
    ],
    [
      'feed-gaps',
      (all) => ({
        participants: all.map((one, at) => (at % 8 === 0 ? gone(one, 'declared-gap') : one)),
      }),
    ],
    [
      'regime-change',
      (all) => ({
        participants: all,
        protocol: plannedProtocol({
          regime: [{ council: 'E09000023', from: '2024-09-01', words: 'Family help begins.' }],
        }),
      }),
    ],
    [
      'contamination',
      (all) => ({
        participants: all.map((one, at) => ({ ...one, helped: one.arm === 'trial' || at % 4 === 0 })),
        protocol: plannedProtocol({}, { contamination }),
      }),
    ],
    [
      'contamination',
      (all) => ({
        participants: all.map((one, at) => ({ ...one, helped: one.arm === 'trial' && at % 3 > 0 })),
        protocol: plannedProtocol({}, { contamination }),
      }),
    ],
    [
      'effective-sample-size',
      (all) => ({
        participants: all.map((one, at) => ({
          ...one,
          covariates: { ...one.covariates, sex: (at % 20 === 0) === (one.arm === 'trial') ? 'M' : 'F' },
        })),
        protocol: plannedProtocol(
          {},
          { model: { method: 'propensity', use: 'iptw-att' }, covariates: ['sex'] },
        ),
      }),
    ],
    [
      'effective-sample-size',
      (all) => ({
        participants: all.filter((one, at) => one.arm === 'trial' || at % 3 === 0),
        protocol: plannedProtocol(
          {},
          { model: { method: 'propensity', use: 'nearest', caliper: 0.2 }, covariates: ['age', 'sex'] },
        ),
      }),
    ],
    [
      'negative-controls',
      (all) => ({
        participants: all.map((one) =>
          one.arm === 'trial'
            ? {
                ...one,
                outcomes: one.outcomes.map((each) =>
                  each.outcome === 're-referral'
                    ? { ...each, state: 'event' as const, date: one.indexDay }
                    : each,
                ),
              }
            : one,
        ),
        protocol: plannedProtocol({}, { negativeControls: ['re-referral'] }),
      }),
    ],
  ];

  it('all pass, or do not apply, in a clean trial', () => {
    const record = run(invented());
    expect(record.gates.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(record.withheld).toBe(false);
  });

  it.each(trips)('%s is tripped, withholds every effect, and opens to a named reason', (id, trip) => {
    const { participants, protocol } = trip(invented());
    const record = run(participants, protocol);
    expect(gateOf(record, id).state).toBe('failed');
    expect(record.withheld).toBe(true);
    for (const result of record.results) {
      expect(result.estimates).toEqual([]);
      expect(result.subgroups).toEqual([]);
      for (const set of result.sets) expect([set.events, set.censored, set.risk]).toEqual([null, null, null]);
    }
    const failed = record.gates.filter(({ state }) => state === 'failed');
    const accepted = run(
      participants,
      protocol,
      failed.map((gate) => ({ gate: gate.id, by: 'A. Evaluator', reason: 'seen and explained' })),
    );
    expect(accepted.withheld).toBe(false);
    expect(gateOf(accepted, id)).toMatchObject({ state: 'accepted', accepted: { by: 'A. Evaluator' } });
  });
});

it('judges contamination by who is known of, and fails where nobody of an arm is', () => {
  const contamination = {
    record: 'early-help',
    withinDays: 28,
    mostInComparison: 0.1,
    mostWithoutInTrial: 0.2,
  };
  const gate = (helped: (one: AnalysisParticipant) => boolean | null) =>
    gateOf(
      run(
        invented({ families: 60 }).map((one) => ({ ...one, helped: helped(one) })),
        plannedProtocol({}, { contamination }),
      ),
      'contamination',
    );
  expect(gate(({ arm }) => arm === 'trial').state).toBe('passed');
  expect(gate(({ arm, council }) => (council === 'E06000059' ? null : arm === 'trial')).state).toBe('passed');
  expect(gate(({ arm }) => (arm === 'trial' ? true : null)).state).toBe('failed');
});

it('puts no other estimate in the place of one that was refused', () => {
  const participants = invented().map((one) =>
    one.arm === 'trial' && one.outcomes[1]!.state === 'event' ? gone(one, 'declared-gap') : one,
  );
  const { estimates, warnings } = primaryOf(
    run(
      participants,
      plannedProtocol(),
      ['feed-gaps', 'attrition'].map((gate) => ({ gate, by: 'A. Evaluator', reason: 'a test' })),
    ),
  );
  const planned = plannedEstimate(estimates, 'risk-difference')!;
  expect(estimates.find(({ adjusted }) => !adjusted)!.estimate).not.toBeNull();
  expect(planned).toMatchObject({ adjusted: true, estimate: null, p: null, warnings: ['separation'] });
  expect(warnings).toContain('g-computation, adjusted: separation');
});

describe('multiple imputation', () => {
  const planned = ({ results }: AnalysisRecord) => results[0]!.estimates.find(({ adjusted }) => adjusted)!;
  const plan = {
    missing: 'multiple-imputation',
    sensitivity: [{ id: 'missing-category', words: 'As a category' }],
  };

  it('puts 20 completed tables together and says so, the same way every time', () => {
    const world = invented({ families: 300 });
    const record = run(world, plannedProtocol({}, plan));
    const row = planned(record);
    expect(row.variance).toMatch(/, 20 imputations \(Rubin\), \d+\.\d% of the information missing$/);
    expect(row.n).toBe(record.results[0]?.sets.reduce((sum, set) => sum + set.matured, 0));
    const category = planned(run(world, plannedProtocol({}, { missing: 'missing-category' })));
    expect(Math.abs((row.estimate ?? 1) - (category.estimate ?? 0))).toBeLessThan(0.01);
    expect(
      record.results.find(({ role }) => role === 'primary')?.sensitivity[0]?.estimate?.variance,
    ).not.toContain('imputations');
    expect(run(world, plannedProtocol({}, plan))).toEqual(record);
  });

  it('is not made of weights in a sensitivity analysis either', () => {
    const weights = { id: 'inverse-probability-weights', words: 'Weights' };
    const imputed = primaryOf(
      run(invented({ families: 60 }), plannedProtocol({}, { ...plan, sensitivity: [weights] })),
    );
    const sensitivity = [{ id: 'multiple-imputation', words: 'Drawn' }];
    const weighted = primaryOf(
      run(
        invented({ families: 60 }),
        plannedProtocol({}, { model: { method: 'propensity' }, sensitivity, missing: 'complete-case' }),
      ),
    );
    for (const { sensitivity } of [imputed, weighted])
      expect(sensitivity[0]).toMatchObject({ estimate: null, without: 'not-available' });
  });

  it('is of hazards too, and leaves estimates as they are where nothing is missing', () => {
    const hazards = {
      ...plan,
      model: { method: 'cox' },
      sensitivity: [],
    };
    const estimand = { ...plannedProtocol().estimand, summary: 'hazard-ratio' };
    const row = planned(run(invented({ families: 200 }), plannedProtocol({ estimand }, hazards)));
    expect(row).toMatchObject({ measure: 'hazard-ratio', method: 'cox' });
    expect(row.variance).toContain('20 imputations');
    expect(row.lower! < row.estimate! && row.estimate! < row.upper!).toBe(true);
    const whole = invented({ families: 100 }).map((one) => ({
      ...one,
      covariates: { ...one.covariates, age: one.covariates.age ?? 4 },
    }));
    const [imputed, complete] = ['multiple-imputation', 'complete-case'].map((missing) =>
      planned(run(whole, plannedProtocol({}, { missing }))),
    );
    expect(imputed).toEqual(complete);
  });
});

describe('a plan that cannot be carried out', () => {
  it.each([
    ['no plan', { analysis: undefined }, {}, 'no-plan'],
    [
      'a hazard ratio from a fixed horizon',
      { estimand: { ...plannedProtocol().estimand, summary: 'hazard-ratio' } },
      {},
      'other-estimand',
    ],
    ['a risk difference from times', {}, { model: { method: 'cox' } }, 'other-estimand'],
    [
      'multiple imputation of a score',
      {},
      { missing: 'multiple-imputation', model: { method: 'propensity' } },
      'not-available',
    ],
  ])('is refused: %s', (_, change, plan, code) => {
    const protocol = 'analysis' in change ? plannedProtocol(change) : plannedProtocol(change, plan);
    expect(() => run(invented({ families: 20 }), protocol)).toThrow(expect.objectContaining({ code }));
  });
});
