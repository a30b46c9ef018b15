import { describe, expect, it } from 'vitest';
import { Protocol } from '../../../schemas/protocol.ts';
import { headlineOutcomes } from '../../../services/outcomes/definitions.ts';
import { contentHash } from '../../../services/platform/content-hash.ts';

const first = {
  protocolVersion: 1,
  id: 'a-trial',
  title: 'A trial',
  question: 'Does it help?',
  dataSource: 'simulated',
  design: 'randomised',
  councils: ['E09000023', 'E08000026'],
  population: {
    index: { record: 'referral', countNoFurtherAction: true },
    from: '2024-01-01',
    to: '2024-12-31',
  },
  unit: 'family',
  allocation: { method: 'list' },
  arms: { trial: 'New', comparison: 'Usual' },
  waves: 'month',
  horizons: [6, 12],
  outcomes: headlineOutcomes,
  primary: { outcome: 'care-entry', horizon: 12 },
  disclosure: { threshold: 6 },
};

const second = {
  ...first,
  protocolVersion: 2,
  estimand: {
    words: 'Risk of care entry',
    effect: 'assignment',
    summary: 'risk-difference',
    intercurrentEvents: [],
  },
  analysis: {
    model: { method: 'g-computation', vcov: 'CR2' },
    covariates: ['age'],
    clusters: 'unit',
    alpha: 0.05,
    missing: 'missing-category',
    multiplicity: 'holm',
    subgroups: [],
    negativeControls: [],
    sensitivity: [],
  },
};

/** What this hash was before there was a version 2, computed by the code of then; outcomes are left out, for they have hashes of their own. */
const HASH_BEFORE_VERSION_2 = 'a1ba4cd65573849e1eb8229b15b3b95eacaa5c0a7226c54bfc6a7725f4393f10';

describe('version 1', () => {
  it('reads as it was written, so that its hash stays what it was', () => {
    const { outcomes: _, ...rest } = Protocol.parse(first);
    expect(contentHash(rest)).toBe(HASH_BEFORE_VERSION_2);
  });

  it.each([
    [{ analysis: second.analysis }, 'analysis'],
    [{ estimand: second.estimand }, 'estimand'],
    [{ population: { ...first.population, age: { under: 5 } } }, 'population.age'],
    [{ population: { ...first.population, index: { record: 'assessment' } } }, 'population.index.record'],
  ])('has no part of version 2: %j', (part, field) => {
    const issues = Protocol.safeParse({ ...first, ...part }).error?.issues ?? [];
    expect(issues.map(({ path, message }) => `${path.join('.')} ${message}`)).toEqual([
      `${field} needs protocolVersion 2`,
    ]);
  });
});

describe('version 2', () => {
  it('follows for 6, 12 and 18 months unless told', () => {
    const { horizons: _, ...unsaid } = second;
    expect(Protocol.parse(unsaid).horizons).toEqual([6, 12, 18]);
  });

  const goLive = { by: 'go-live', goLive: [{ council: 'E09000023', from: '2024-06-01' }] };
  const without = (field: string) =>
    Object.fromEntries(Object.entries(second).filter(([key]) => key !== field));

  const offered = {
    ...without('allocation'),
    design: 'quasi-experimental',
    exposure: { by: 'offered', record: 'family-meeting', withinDays: 30 },
  };

  it.each([
    ['no estimand', without('estimand'), 'estimand'],
    ['no plan', without('analysis'), 'analysis'],
    ['neither allocation nor exposure', without('allocation'), 'allocation'],
    ['both allocation and exposure', { ...second, exposure: goLive }, 'exposure'],
    ['go-live by child', { ...without('allocation'), exposure: goLive }, 'unit'],
    [
      'every record a participant of its own',
      { ...second, population: { ...second.population, occurrence: 'every' } },
      'population.occurrence',
    ],
    ['a team whose offer decides', { ...offered, unit: 'team' }, 'unit'],
    [
      'a team where the index is no referral',
      { ...second, unit: 'team', population: { ...second.population, index: { record: 'assessment' } } },
      'unit',
    ],
    [
      'a council gone live that is not in it',
      {
        ...without('allocation'),
        unit: 'council',
        exposure: { by: 'go-live', goLive: [{ council: 'E06000047', from: '2024-06-01' }] },
      },
      'exposure.goLive.0.council',
    ],
    [
      'an offer that decides a trial',
      { ...without('allocation'), exposure: { by: 'offered', record: 'family-meeting', withinDays: 30 } },
      'exposure.by',
    ],
    [
      'a window that ends before it begins',
      { ...second, population: { ...second.population, to: '2023-12-31' } },
      'population.to',
    ],
    ['horizons that fall', { ...second, horizons: [12, 6] }, 'horizons.1'],
    [
      'a negative control that is the primary outcome',
      { ...second, analysis: { ...second.analysis, negativeControls: ['care-entry'] } },
      'analysis.negativeControls.0',
    ],
    [
      'interim looks without a final one',
      {
        ...second,
        analysis: { ...second.analysis, interim: { information: [0.3, 0.6], spending: 'pocock' } },
      },
      'analysis.interim.information.1',
    ],
    [
      'difference-in-differences without go-live',
      { ...second, analysis: { ...second.analysis, model: { method: 'did' } } },
      'analysis.model.method',
    ],
    [
      'a regime of a council that is not in it',
      { ...second, regime: [{ council: 'E06000047', from: '2024-06-01', words: 'merged' }] },
      'regime.0.council',
    ],
    [
      'ages of nobody',
      { ...second, population: { ...second.population, age: { from: 5, under: 5 } } },
      'population.age.under',
    ],
  ])('refuses %s', (_, candidate, field) => {
    const issues = Protocol.safeParse(candidate).error?.issues ?? [];
    expect(issues.map(({ path }) => path.join('.'))).toEqual([field]);
  });
});
