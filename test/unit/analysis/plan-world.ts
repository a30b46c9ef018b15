// Participants of an invented trial, by formula and seed: families in councils, ages, and an effect that is known.
import { addMonths } from '../../../schemas/calendar.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { Snapshot } from '../../../services/analysis/plan/analyse.ts';
import type { AnalysedOutcome, AnalysisParticipant } from '../../../services/analysis/plan/participant.ts';
import { careEntry, reReferral } from '../../../services/outcomes/definitions.ts';

export const plannedProtocol = (
  change: Record<string, unknown> = {},
  plan: Record<string, unknown> = {},
): Protocol =>
  ({
    protocolVersion: 2,
    id: 'planned-trial',
    title: 'Planned trial (simulated)',
    question: 'Does it help?',
    dataSource: 'simulated',
    design: 'randomised',
    councils: ['E09000023', 'E08000031', 'E06000059'],
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-01-01',
      to: '2024-12-31',
    },
    unit: 'family',
    allocation: { method: 'seeded', seed: 'twelve words', trialShare: 0.5 },
    arms: { trial: 'Offered', comparison: 'Usual' },
    waves: 'quarter',
    horizons: [6, 12],
    outcomes: [careEntry, reReferral],
    primary: { outcome: 'care-entry', horizon: 12 },
    estimand: {
      words: 'As allocated',
      effect: 'assignment',
      summary: 'risk-difference',
      intercurrentEvents: [],
    },
    analysis: {
      model: { method: 'g-computation' },
      covariates: ['age', 'sex', 'primary-need', 'council'],
      clusters: 'unit',
      alpha: 0.05,
      missing: 'missing-category',
      multiplicity: 'holm',
      subgroups: [],
      negativeControls: [],
      sensitivity: [],
      ...plan,
    },
    disclosure: { threshold: 6 },
    ...change,
  }) as Protocol;

/** Uniform numbers from 0 to 1 (splitmix32). */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

export interface World {
  families?: number;
  /** Risk of the primary outcome in the comparison, and what the trial takes from it. */
  risk?: number;
  effect?: number;
  seed?: number;
  councils?: readonly string[];
}

const states = (index: string, horizons: readonly number[], months: number | null): AnalysedOutcome[] =>
  horizons.map((horizon) => {
    const happens = months !== null && months <= horizon;
    return {
      outcome: 'care-entry',
      horizon,
      state: happens ? 'event' : 'no-event',
      date: happens ? addMonths(index, months) : null,
      censorReason: null,
      value: null,
      clockStart: index,
      horizonDay: addMonths(index, horizon),
      matured: true,
    };
  });

export function invented({
  families = 400,
  risk = 0.3,
  effect = 0.1,
  seed = 1,
  councils = plannedProtocol().councils,
}: World = {}): AnalysisParticipant[] {
  const random = uniform(seed);
  return Array.from({ length: families }, (_, family) => {
    const arm = family % 2 === 0 ? ('trial' as const) : ('comparison' as const);
    const council = councils[Math.floor(random() * councils.length)]!;
    const propensity = risk + (random() - 0.5) * 0.2 - (arm === 'trial' ? effect : 0);
    return Array.from({ length: 1 + Math.floor(random() * 3) }, (_, child): AnalysisParticipant => {
      const indexDay = addMonths('2024-01-01', Math.floor(random() * 12));
      const months = (chance: number) => (random() < chance ? 1 + Math.floor(random() * 12) : null);
      const need = ['N1', 'N2', 'N3'][Math.floor(random() * 3)]!;
      return {
        council,
        child: `c${family}-${child}`,
        unit: `f${family}`,
        arm,
        indexDay,
        covariates: {
          age: random() < 0.05 ? null : Math.floor(random() * 17),
          sex: random() < 0.5 ? 'F' : 'M',
          ethnicity: 'white',
          disabled: 'no',
          unaccompanied: 'no',
          'deprivation-decile': 1 + Math.floor(random() * 10),
          'referral-source': '1',
          'primary-need': need,
          council,
          wave: indexDay,
        },
        outcomes: [
          ...states(indexDay, [6, 12], months(propensity)),
          ...states(indexDay, [6, 12], months(0.2)).map((one) => ({ ...one, outcome: 're-referral' })),
        ],
      };
    });
  }).flat();
}

/** All of them screened, beside some who were left out; every feed complete. */
export const snapshotOf = (participants: readonly AnalysisParticipant[]): Snapshot => ({
  participants,
  lastDay: () => '2026-06-30',
  asOf: null,
  screening: {
    screened: participants.length + 41,
    excluded: [
      { reason: 'no-index', count: 30 },
      { reason: 'in-care', count: 11 },
    ],
  },
});
