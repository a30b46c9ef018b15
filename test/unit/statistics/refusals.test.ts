// What each method will not answer, and what it says beside an answer: one line a rule, on data that break that rule alone.
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../services/platform/errors.ts';
import { answerTo } from './golden.ts';

type Columns = Readonly<Record<string, (i: number) => number | string>>;

/** 48 rows in 12 clusters of 4, six clusters an arm, nothing wrong with them. */
const SOUND: Columns = {
  y: (i) => ((i * 37) % 23) / 3,
  d: (i) => ((i * 7) % 5 < 2 ? 1 : 0),
  arm: (i) => Math.floor(i / 4) % 2,
  g: (i) => `c${Math.floor(i / 4)}`,
  x: (i) => ((i * 11) % 17) / 4,
  s: (i) => `s${Math.floor(i / 24)}`,
  t: (i) => 1 + ((i * 29) % 13),
  e: (i) => (i % 3 === 0 ? 0 : 1),
  w: (i) => 1 + (i % 3),
  id: (i) => `u${i}`,
};

function table(changed: Columns = {}, n = 48): { csv: string } {
  const columns = { ...SOUND, ...changed };
  const names = Object.keys(columns);
  const rows = Array.from({ length: n }, (_, i) => names.map((name) => columns[name]?.(i)).join(','));
  return { csv: `${[names.join(','), ...rows].join('\n')}\n` };
}

/** A balanced panel of 12 units, 4 periods; a third begins in period 2, a third in 3, a third never. */
function panel(changed: Columns = {}, drop: (i: number) => boolean = () => false): { csv: string } {
  const columns: Columns = {
    unit: (i) => `u${Math.floor(i / 4)}`,
    period: (i) => 1 + (i % 4),
    first: (i) => [2, 3, 0][Math.floor(i / 4) % 3] as number,
    y: (i) => ((i * 37) % 23) / 3,
    g: (i) => `c${Math.floor(i / 4)}`,
    ...changed,
  };
  const names = Object.keys(columns);
  const kept = Array.from({ length: 48 }, (_, i) => i).filter((i) => !drop(i));
  const rows = kept.map((i) => names.map((name) => columns[name]?.(i)).join(','));
  return { csv: `${[names.join(','), ...rows].join('\n')}\n` };
}

const DID = { method: 'did', outcome: 'y', unit: 'unit', time: 'period', firstTreated: 'first' };
const LINEAR = { method: 'linear', outcome: 'y', arm: 'arm' };
const COX = { method: 'cox', time: 't', event: 'e', arm: 'arm' };
const PROPENSITY = { method: 'propensity', arm: 'arm', covariates: 'x', use: 'nearest' };

type Line = [
  what: string,
  spec: Record<string, unknown>,
  data: { csv: string } | null,
  code: string,
  field: string,
];

const REFUSED: Line[] = [
  ['no such method', { method: 'anova' }, table(), 'unknown-method', 'method'],
  ['a level of 95', { ...LINEAR, level: 95 }, table(), 'bad-spec', 'level'],
  ['no data', LINEAR, null, 'missing-data', 'data'],
  ['no arm', { method: 'welch', outcome: 'y' }, table(), 'missing-role', 'arm'],
  ['no such column', { ...LINEAR, outcome: 'z' }, table(), 'unknown-column', 'z'],
  ['a treated value that is not there', { ...LINEAR, treated: '7' }, table(), 'unknown-arm', 'treated'],
  ['three arms', LINEAR, table({ arm: (i) => i % 3 }), 'too-many-arms', 'arm'],
  [
    '120 arms on a curve',
    { method: 'kaplan-meier', time: 't', event: 'e', arm: 'id' },
    table({}, 120),
    'too-many-arms',
    'id',
  ],
  [
    'an outcome of 2',
    { method: 'logistic', outcome: 'd', arm: 'arm' },
    table({ d: (i) => i % 3 }),
    'not-binary',
    'd',
  ],
  [
    'an outcome that is one everywhere',
    { method: 'logistic', outcome: 'd', arm: 'arm' },
    table({ d: () => 1 }),
    'no-variation',
    'outcome',
  ],
  ['a weight below 0', { ...LINEAR, weights: 'w' }, table({ w: (i) => i - 1 }), 'negative-weight', 'w'],
  ['weights of 0 only', { ...LINEAR, weights: 'w' }, table({ w: () => 0 }), 'no-weight', 'w'],
  ['a label as a covariate', { ...LINEAR, covariates: 'id' }, table(), 'too-many-levels', 'id'],
  [
    'three cluster columns',
    { ...LINEAR, cluster: ['g', 's', 'id'] },
    table(),
    'too-many-clusters',
    'cluster',
  ],
  ['CR2 without clusters', { ...LINEAR, vcov: 'CR2' }, table(), 'missing-role', 'cluster'],
  ['Satterthwaite without clusters', { ...LINEAR, df: 'satterthwaite' }, table(), 'bad-option', 'df'],
  [
    'two clusters for a survival curve',
    { method: 'rmst', time: 't', event: 'e', arm: 'arm', tau: 5, cluster: ['g', 's'] },
    table(),
    'bad-option',
    'cluster',
  ],
  [
    'one cluster in all',
    { method: 'gee', outcome: 'd', family: 'binomial', arm: 'arm', cluster: 'g' },
    table({ g: () => 'c' }),
    'one-cluster',
    'cluster',
  ],
  [
    'one cluster an arm on a curve',
    { method: 'kaplan-meier', time: 't', event: 'e', arm: 'arm', cluster: 'g' },
    table({ g: (i) => Math.floor(i / 4) % 2 }),
    'one-cluster-per-arm',
    'cluster',
  ],
  [
    'a gee with weights',
    { method: 'gee', outcome: 'd', family: 'binomial', arm: 'arm', cluster: 'g', weights: 'w' },
    table(),
    'bad-option',
    'weights',
  ],
  [
    'a gee without clusters',
    { method: 'gee', outcome: 'd', family: 'binomial', arm: 'arm' },
    table(),
    'missing-role',
    'cluster',
  ],
  [
    'a correlation below what 4 rows can hold',
    { method: 'gee', outcome: 'y', family: 'gaussian', arm: 'arm', cluster: 'g' },
    table({ y: (i) => (i % 4 < 2 ? -1 : 1) * (1 + (i % 7) / 1e9) }),
    'bad-correlation',
    'correlation',
  ],
  [
    'random intercepts of single rows',
    { method: 'mixed-linear', outcome: 'y', arm: 'arm', cluster: 'id' },
    table(),
    'singleton-clusters',
    'cluster',
  ],
  [
    'an exact mixed fit',
    { method: 'mixed-linear', outcome: 'y', arm: 'arm', cluster: 'g' },
    table({ y: (i) => Math.floor(i / 4) % 2 }),
    'no-variation',
    'outcome',
  ],
  [
    'ICC of single rows',
    { method: 'icc', outcome: 'y', cluster: 'id' },
    table(),
    'singleton-clusters',
    'cluster',
  ],
  [
    'logistic ICC of a constant',
    { method: 'icc', type: 'logistic', outcome: 'd', cluster: 'g' },
    table({ d: () => 0 }),
    'no-variation',
    'outcome',
  ],
  ['a time below 0', COX, table({ t: (i) => i - 3 }), 'negative-time', 't'],
  ['an event of 2', COX, table({ e: (i) => i % 3 }), 'bad-event', 'e'],
  ['a start after the end', { ...COX, start: 'w' }, table({ t: () => 1 }), 'start-after-end', 'w'],
  [
    'one child followed twice at once',
    { ...COX, start: 'from', id: 'who' },
    table({ from: () => 0, who: (i) => `u${i % 24}` }),
    'overlapping-rows',
    'who',
  ],
  [
    'a hazard without an event in one arm',
    COX,
    table({ e: (i) => (Math.floor(i / 4) % 2) * (i % 2) }),
    'separation',
    'arm',
  ],
  [
    'incidence without events',
    { method: 'aalen-johansen', time: 't', event: 'e', arm: 'arm' },
    table({ e: () => 0 }),
    'no-events',
    'e',
  ],
  [
    'weights in aalen-johansen',
    { method: 'aalen-johansen', time: 't', event: 'e', arm: 'arm', weights: 'w' },
    table(),
    'bad-option',
    'weights',
  ],
  [
    'a time asked for below 0',
    { method: 'kaplan-meier', time: 't', event: 'e', arm: 'arm', at: [-1] },
    table(),
    'bad-option',
    'at',
  ],
  ['tau of 0', { method: 'rmst', time: 't', event: 'e', arm: 'arm', tau: 0 }, table(), 'bad-spec', 'tau'],
  [
    'tau after the last day of an arm',
    { method: 'rmst', time: 't', event: 'e', arm: 'arm', tau: 99 },
    table({ e: (i) => (i % 5 === 0 ? 1 : 0) }),
    'tau-beyond-follow-up',
    'tau',
  ],
  [
    'matching without covariates',
    { method: 'propensity', arm: 'arm' },
    table(),
    'missing-role',
    'covariates',
  ],
  ['two rows of one id in matching', { ...PROPENSITY, id: 's' }, table(), 'duplicate-id', 's'],
  [
    'a caliper that nobody meets',
    { ...PROPENSITY, caliper: 1e-9 },
    table({ x: (i) => i + (i % 7) / 10 }),
    'no-pairs',
    'caliper',
  ],
  [
    'entropy weights to means out of reach',
    { ...PROPENSITY, use: 'entropy' },
    table({ x: (i) => (Math.floor(i / 4) % 2) * 100 + (i % 5) }),
    'no-balance',
    'covariates',
  ],
  ['clusters left out of a regression', { ...LINEAR, vcov: 'jackknife' }, table(), 'bad-option', 'vcov'],
  ['another difference-in-differences', { ...DID, estimator: 'two-way' }, panel(), 'bad-option', 'estimator'],
  ['one period', DID, panel({}, (i) => i % 4 !== 0), 'too-few-periods', 'period'],
  ['a unit that misses a period', DID, panel({}, (i) => i === 5), 'unbalanced-panel', 'unit'],
  [
    'a unit that begins twice',
    DID,
    panel({ first: (i) => (i === 1 ? 3 : ([2, 3, 0][Math.floor(i / 4) % 3] as number)) }),
    'treatment-varies',
    'first',
  ],
  [
    'a unit in two clusters',
    { ...DID, cluster: 'g' },
    panel({ g: (i) => `c${i}` }),
    'cluster-varies-in-unit',
    'cluster',
  ],
  ['nobody treated', DID, panel({ first: () => 0 }), 'no-treated-units', 'first'],
  [
    'nobody never treated',
    { ...DID, control: 'never' },
    panel({ first: (i) => 2 + (Math.floor(i / 4) % 2) }),
    'no-control-units',
    'control',
  ],
  [
    'all begin at once',
    { ...DID, control: 'not-yet' },
    panel({ first: () => 2 }),
    'no-control-units',
    'control',
  ],
  ['did of one cluster', { ...DID, cluster: 'g' }, panel({ g: () => 'c' }), 'one-cluster', 'cluster'],
  [
    'did of one treated cluster',
    { ...DID, cluster: 'g' },
    panel({ g: (i) => (Math.floor(i / 4) % 3 === 2 ? `c${Math.floor(i / 4)}` : 'treated') }),
    'one-cluster-per-arm',
    'cluster',
  ],
  [
    'permuting clusters that hold both arms',
    { method: 'permutation', outcome: 'y', arm: 'arm', cluster: 's' },
    table(),
    'arm-varies-in-cluster',
    'cluster',
  ],
  [
    'a cluster in two strata',
    { method: 'permutation', outcome: 'y', arm: 'arm', cluster: 'g', strata: 'odd' },
    table({ odd: (i) => i % 2 }),
    'stratum-varies-in-cluster',
    'strata',
  ],
  [
    'a wild bootstrap without clusters',
    { ...LINEAR, method: 'wild-bootstrap' },
    table(),
    'missing-role',
    'cluster',
  ],
  [
    'no stratum with both arms',
    { method: 'mantel-haenszel', outcome: 'd', arm: 'arm', strata: 'g' },
    table(),
    'one-arm',
    'strata',
  ],
  [
    'more events than people',
    { method: 'two-proportions', a: { events: 7, n: 5 }, b: { events: 1, n: 5 } },
    null,
    'bad-counts',
    'a',
  ],
  ['half of the counts', { method: 'two-proportions', a: { events: 2, n: 5 } }, null, 'missing-role', 'b'],
  [
    'moments that cannot be',
    { method: 'welch', a: { n: 4, sum: 8, sumSquares: 3 }, b: { n: 4, sum: 8, sumSquares: 30 } },
    null,
    'bad-moments',
    'a',
  ],
  [
    'weights in welch',
    { method: 'welch', outcome: 'y', arm: 'arm', weights: 'w' },
    table(),
    'bad-option',
    'weights',
  ],
  [
    'shares for two of three arms',
    { method: 'srm', observed: [5, 6, 7], expected: [1, 1] },
    null,
    'bad-option',
    'expected',
  ],
  ['counts below 0', { method: 'srm', observed: [-5, 6], expected: [1, 1] }, null, 'bad-counts', 'observed'],
  ['nobody randomised', { method: 'srm', observed: [0, 0], expected: [1, 1] }, null, 'no-rows', 'observed'],
  ['a p of 2', { method: 'multiplicity', p: [0.1, 2] }, null, 'bad-option', 'p'],
  [
    'a pooled estimate without its error',
    { method: 'meta', estimates: [1, 2], se: [0.1, 0] },
    null,
    'bad-option',
    'se',
  ],
  [
    'looks that go back',
    { method: 'group-sequential', information: [0.5, 0.4, 1] },
    null,
    'bad-option',
    'information',
  ],
  [
    'one-sided alpha of 0.6',
    { method: 'group-sequential', information: [1], alpha: 0.6, sided: 1 },
    null,
    'bad-option',
    'alpha',
  ],
  ['power of nothing', { method: 'power', b: 0.3 }, null, 'missing-role', 'n'],
  ['a proportion of 1.2', { method: 'power', a: 1.2, b: 0.3, power: 0.8 }, null, 'bad-option', 'a'],
  [
    'an effect that 4 people cannot show',
    { method: 'power', b: 0.5, n: 4, power: 0.9 },
    null,
    'out-of-reach',
    'n',
  ],
  [
    'a wedge of one step',
    { method: 'power', design: 'stepped-wedge', steps: 1, clusterSize: 10, power: 0.8 },
    null,
    'bad-option',
    'steps',
  ],
  ['a list without a seed', { method: 'randomise', units: 4 }, null, 'missing-role', 'seed'],
  [
    'blocks of 3 for 2 arms',
    { method: 'randomise', scheme: 'permuted-block', units: 6, seed: 1, blockSize: 3 },
    null,
    'bad-option',
    'blockSize',
  ],
];

describe('refused, with a code and the field to mend', () => {
  for (const [what, spec, data, code, field] of REFUSED) {
    it(`${spec.method}: ${what}`, async () => {
      const error = await answerTo(spec, data).catch((caught: unknown) => caught);
      const place = error instanceof UserError ? error.place : error;
      expect(error).toMatchObject({ code });
      expect(place).toMatchObject({ field });
    });
  }
});

const KM = { method: 'kaplan-meier', time: 't', event: 'e', arm: 'arm', at: [5], cluster: 'g' };
const FEW = { g: (i: number) => `c${Math.floor(i / 8)}`, arm: (i: number) => Math.floor(i / 8) % 2 };

const TOLD: [what: string, spec: Record<string, unknown>, data: { csv: string } | null, warning: string][] = [
  ['three clusters an arm: regression', { ...LINEAR, cluster: 'g' }, table(FEW), 'too-few-clusters'],
  ['three clusters an arm: curves', KM, table(FEW), 'too-few-clusters'],
  ['three clusters an arm: incidence', { ...KM, method: 'aalen-johansen' }, table(FEW), 'too-few-clusters'],
  ['three clusters an arm: hazards', { ...COX, cluster: 'g' }, table(FEW), 'too-few-clusters'],
  [
    'three clusters an arm: subhazards',
    { ...COX, method: 'fine-gray', cluster: 'g' },
    table(FEW),
    'too-few-clusters',
  ],
  [
    'three clusters an arm: restricted means',
    { ...COX, method: 'rmst', tau: 5, cluster: 'g' },
    table(FEW),
    'too-few-clusters',
  ],
  [
    'three clusters an arm: gee',
    { method: 'gee', outcome: 'd', family: 'binomial', arm: 'arm', cluster: 'g' },
    table(FEW),
    'too-few-clusters',
  ],
  [
    'three clusters an arm: weights',
    { ...PROPENSITY, use: 'overlap', outcome: 'y', cluster: 'g' },
    table(FEW),
    'too-few-clusters',
  ],
  [
    'three treated clusters: did',
    { ...DID, cluster: 'g' },
    panel({ g: (i) => `c${Math.floor(i / 4) % 3}${Math.floor(i / 24)}` }),
    'too-few-clusters',
  ],
  [
    'all treated events in one cluster: hazards without it have no estimate',
    { ...COX, cluster: 'g' },
    table({ e: (i) => (Math.floor(i / 4) % 2 === 0 || i < 8 ? 1 : 0) }),
    'few-clusters-without-correction',
  ],
  ['an option of another method', { ...LINEAR, ties: 'efron' }, table(), 'ties-not-used'],
  ['clusters that HC1 does not see', { ...LINEAR, cluster: 'g', vcov: 'HC1' }, table(), 'clusters-ignored'],
  ['as many terms as rows', { method: 'linear', outcome: 'y', covariates: 'x' }, table({}, 2), 'saturated'],
  [
    'an arm without spread',
    { method: 'welch', outcome: 'flat', arm: 'arm' },
    table({ flat: (i) => Math.floor(i / 4) % 2 }),
    'no-variance',
  ],
  [
    'a stratum of one arm',
    { method: 'mantel-haenszel', outcome: 'd', arm: 'arm', strata: 'part' },
    table({ part: (i) => (i < 4 ? 'first' : 'rest') }),
    'strata-without-comparison',
  ],
  [
    'nobody has an event',
    { method: 'two-proportions', a: { events: 0, n: 5 }, b: { events: 0, n: 5 } },
    null,
    'chi-square-undefined',
  ],
  [
    'no variation to split',
    { method: 'icc', outcome: 'flat', cluster: 'g' },
    table({ flat: () => 3 }),
    'no-variation',
  ],
  ['one council', { method: 'meta', estimates: [0.2], se: [0.1] }, null, 'one-estimate'],
  [
    'arms far apart',
    { ...PROPENSITY, caliper: 99 },
    table({ x: (i) => (i % 5) + (i % 3) + (Math.floor(i / 4) % 2) }),
    'imbalance-remains',
  ],
  [
    'too few arrangements for a 95% interval',
    { method: 'permutation', outcome: 'y', arm: 'arm' },
    table({ arm: (i) => i % 2 }, 4),
    'too-few-arrangements',
  ],
];

describe('answered, with what the data cannot support beside it', () => {
  for (const [what, spec, data, warning] of TOLD) {
    it(`${spec.method}: ${what}`, async () => {
      const answer = await answerTo(spec, data);
      expect(answer.warnings).toContain(warning);
      expect(JSON.stringify(answer)).not.toMatch(/NaN|Infinity/);
      if (warning === 'too-few-clusters')
        for (const row of answer.estimates ?? []) expect([row.lower, row.upper]).toEqual([null, null]);
    });
  }
});

it('a million labels are grouped as clusters, and refused as a covariate', async () => {
  const csv = `y,x,g\n${Array.from({ length: 1_000_000 }, (_, i) => `${i % 7},${i % 11},u${i}`).join('\n')}\n`;
  const spec = { method: 'linear', outcome: 'y', vcov: 'CR1' };
  expect(await answerTo({ ...spec, covariates: 'x', cluster: 'g' }, { csv })).toMatchObject({
    nClusters: 1_000_000,
  });
  await expect(answerTo({ ...spec, covariates: 'g', cluster: 'x' }, { csv })).rejects.toMatchObject({
    code: 'too-many-levels',
    field: 'g',
  });
});
