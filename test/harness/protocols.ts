// A small evaluation that tests change to what they are about.
import { Protocol } from '../../schemas/protocol.ts';
import { builtInOutcomes } from '../../services/outcomes/definitions.ts';

/** Of referrals in 2024 and 2025, randomised by child, followed for six months to the first built-in outcome. */
export const protocolNamed = (id: string, councils: string[], changes: Partial<Protocol> = {}): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    id,
    title: id,
    question: 'Do fewer children come back?',
    dataSource: 'simulated',
    design: 'randomised',
    councils,
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-01-01',
      to: '2025-12-31',
    },
    unit: 'child',
    allocation: { method: 'seeded', seed: 'a-seed-of-ours', trialShare: 0.5 },
    arms: { trial: 'New', comparison: 'Usual' },
    waves: 'month',
    horizons: [6],
    outcomes: builtInOutcomes.slice(0, 1),
    primary: { outcome: builtInOutcomes[0]?.id ?? '', horizon: 6 },
    disclosure: { threshold: 3 },
    ...changes,
  });

/** What makes a protocol one of version 2: an estimand and a plan without covariates, for tests that are about neither. */
export const versionTwo = {
  protocolVersion: 2,
  estimand: { words: 'any', effect: 'assignment', summary: 'risk-difference', intercurrentEvents: [] },
  analysis: {
    model: { method: 'linear' },
    covariates: [],
    clusters: 'unit',
    alpha: 0.05,
    missing: 'complete-case',
    multiplicity: 'none',
    subgroups: [],
    negativeControls: [],
    sensitivity: [],
  },
} satisfies Partial<Protocol>;
