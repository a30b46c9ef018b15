import { describe, expect, it } from 'vitest';
import { StatisticsError } from '../../../services/statistics/errors.ts';
import { METHODS } from '../../../services/statistics/estimate.ts';
import { answerTo } from './golden.ts';

const csv = (header: string, ...rows: string[]): { csv: string } => ({
  csv: `${[header, ...rows].join('\n')}\n`,
});
const repeat = (n: number, f: (i: number) => string): string[] => Array.from({ length: n }, (_, i) => f(i));
const refusal = async (
  spec: Record<string, unknown>,
  data: { csv: string } | null,
): Promise<[string, string | null]> => {
  try {
    await answerTo(spec, data);
  } catch (error) {
    if (error instanceof StatisticsError) return [error.code, error.field];
    throw error;
  }
  return ['none', null];
};
const noNaN = (value: unknown): void => expect(JSON.stringify(value)).not.toMatch(/NaN|Infinity/);

describe('separation', () => {
  const complete = csv('y,x', ...repeat(20, (i) => `${i < 10 ? 0 : 1},${i}`));
  const quasi = csv(
    'y,x',
    ...repeat(21, (i) => `${i < 10 ? 0 : i === 10 ? 1 : 1},${Math.min(i, 10)}`),
    '0,10',
  );
  it('complete: logistic names the term', async () => {
    expect(await refusal({ method: 'logistic', outcome: 'y', covariates: 'x' }, complete)).toEqual([
      'separation',
      'x',
    ]);
  });
  it('quasi-complete: logistic names the term', async () => {
    expect(await refusal({ method: 'logistic', outcome: 'y', covariates: 'x' }, quasi)).toEqual([
      'separation',
      'x',
    ]);
  });
  it('an arm without events: modified Poisson and Cox refuse', async () => {
    const data = csv('y,arm,t', ...repeat(20, (i) => `${i < 10 ? 0 : i % 2},${i < 10 ? 1 : 0},${i + 1}`));
    expect((await refusal({ method: 'modified-poisson', outcome: 'y', arm: 'arm' }, data))[0]).toBe(
      'separation',
    );
    expect((await refusal({ method: 'cox', time: 't', event: 'y', arm: 'arm' }, data))[0]).toBe('separation');
  });
});

describe('what the design cannot hold', () => {
  const rows = repeat(
    24,
    (i) => `${(i * 7) % 5},${i % 2},${i % 3},${2 * (i % 3)},4,s${Math.floor(i / 12)},c${Math.floor(i / 4)}`,
  );
  const data = csv('y,arm,x,twice,same,two,six', ...rows);
  it('collinear and constant covariates are named', async () => {
    expect(await refusal({ method: 'linear', outcome: 'y', covariates: ['x', 'twice'] }, data)).toEqual([
      'singular-design',
      'twice',
    ]);
    expect(await refusal({ method: 'linear', outcome: 'y', covariates: ['x', 'same'] }, data)).toEqual([
      'constant-covariate',
      'same',
    ]);
  });
  it('one cluster, one arm, one cluster an arm are refused', async () => {
    expect(
      (
        await refusal({ method: 'linear', outcome: 'y', covariates: 'x', cluster: 'same', vcov: 'CR1' }, data)
      )[0],
    ).toBe('one-cluster');
    expect((await refusal({ method: 'linear', outcome: 'y', arm: 'same' }, data))[0]).toBe('one-arm');
    const whole = csv(
      'y,arm,g',
      ...repeat(12, (i) => `${(i * 5) % 7},${i < 6 ? 0 : 1},${i < 6 ? 'a' : 'b'}`),
    );
    expect((await refusal({ method: 'linear', outcome: 'y', arm: 'arm', cluster: 'g' }, whole))[0]).toBe(
      'one-cluster-per-arm',
    );
  });
  it('under 4 clusters an arm: no interval, and says so', async () => {
    const few = csv(
      'y,arm,g',
      ...repeat(24, (i) => `${(i * 5) % 7},${i < 12 ? 0 : 1},g${Math.floor(i / 4)}`),
    );
    const answer = await answerTo({ method: 'linear', outcome: 'y', arm: 'arm', cluster: 'g' }, few);
    expect(answer.warnings).toContain('too-few-clusters');
    expect(answer.estimates![1]).toMatchObject({ lower: null, upper: null });
    expect(answer.permutation).toMatchObject({ arrangements: 20, exhaustive: true });
  });
  it('under 40 clusters CR2 with Satterthwaite df is the default, with a permutation p beside it', async () => {
    const some = csv(
      'y,arm,g',
      ...repeat(100, (i) => `${(i * 37) % 11},${Math.floor(i / 5) % 2},g${Math.floor(i / 5)}`),
    );
    const answer = await answerTo({ method: 'linear', outcome: 'y', arm: 'arm', cluster: 'g' }, some);
    expect(answer).toMatchObject({ vcovType: 'CR2', df: 'satterthwaite', nClusters: 20 });
    expect((answer.permutation as { p: number }).p).toBeGreaterThan(0);
  });
  it('one row and no rows', async () => {
    expect((await refusal({ method: 'linear', outcome: 'y', covariates: 'x' }, csv('y,x', '1,2')))[0]).toBe(
      'too-few-rows',
    );
    expect((await refusal({ method: 'linear', outcome: 'y', covariates: 'x' }, csv('y,x')))[0]).toBe(
      'no-rows',
    );
    expect((await refusal({ method: 'welch', outcome: 'y', arm: 'x' }, csv('y,x', '1,a', '2,b')))[0]).toBe(
      'too-few-rows',
    );
  });
});

describe('cells', () => {
  it('missing, not finite and words are refused by column and row', async () => {
    const spec = { method: 'linear', outcome: 'y', covariates: 'x' };
    await expect(answerTo(spec, csv('y,x', '1,2', ',3', '2,5'))).rejects.toThrow(
      'column "y", row 2 is missing',
    );
    await expect(answerTo(spec, csv('y,x', '1,2', 'NaN,3', '2,5'))).rejects.toThrow('column "y", row 2');
    await expect(answerTo(spec, csv('y,x', '1,2', '1,3', 'Inf,5'))).rejects.toThrow('column "y", row 3');
    await expect(answerTo(spec, csv('y,x', '1,2', 'six,3'))).rejects.toThrow('"six" is not a number');
  });
  it('complete cases are counted', async () => {
    const answer = await answerTo(
      { method: 'linear', outcome: 'y', covariates: 'x', missing: 'complete-case' },
      csv('y,x', '1,2', 'NA,3', '2,5', '4,', '1,9'),
    );
    expect(answer).toMatchObject({ n: 3, nDropped: 2 });
  });
  it('weights of zero count as absent', async () => {
    const rows = ['1,1,1', '2,2,2', '3,2,1', '5,4,1'];
    const spec = { method: 'linear', outcome: 'y', covariates: 'x', weights: 'w', vcov: 'HC1' };
    const without = await answerTo(spec, csv('y,x,w', ...rows));
    const withZero = await answerTo(spec, csv('y,x,w', ...rows, '99,-7,0'));
    expect(withZero.estimates).toEqual(without.estimates);
    expect(withZero.warnings).toContain('zero-weights-dropped');
  });
  it('duplicated ids are refused where units are allocated or followed', async () => {
    expect((await refusal({ method: 'randomise', id: 'id', seed: 1 }, csv('id', 'a', 'a')))[0]).toBe(
      'duplicate-id',
    );
    const panel = csv('u,t,g,y', '1,1,0,1', '1,1,0,2', '1,2,0,2');
    expect(
      (await refusal({ method: 'did', unit: 'u', time: 't', firstTreated: 'g', outcome: 'y' }, panel))[0],
    ).toBe('duplicate-row');
  });
});

describe('events', () => {
  const t = (event: (i: number) => number) =>
    csv('t,e,arm', ...repeat(12, (i) => `${1 + Math.floor(i / 2)},${event(i)},${i % 2}`));
  it('all censored: curves stay at 1 with a warning, hazards are refused', async () => {
    const km = await answerTo(
      { method: 'kaplan-meier', time: 't', event: 'e', arm: 'arm', at: [2] },
      t(() => 0),
    );
    expect(km.warnings).toEqual(expect.arrayContaining(['no-events', 'median-not-reached']));
    noNaN(km);
    const lr = await answerTo(
      { method: 'log-rank', time: 't', event: 'e', arm: 'arm' },
      t(() => 0),
    );
    expect(lr).toMatchObject({ chiSquare: null, p: null, warnings: ['no-events'] });
    expect(
      (
        await refusal(
          { method: 'cox', time: 't', event: 'e', arm: 'arm' },
          t(() => 0),
        )
      )[0],
    ).toBe('no-events');
    expect(
      (
        await refusal(
          { method: 'fine-gray', time: 't', event: 'e', arm: 'arm' },
          t(() => 0),
        )
      )[0],
    ).toBe('no-events');
  });
  it('all events, and all at one time', async () => {
    const km = await answerTo(
      { method: 'kaplan-meier', time: 't', event: 'e', arm: 'arm', at: [6, 7] },
      t(() => 1),
    );
    noNaN(km);
    expect((km.arms as { at: { survival: number | null }[] }[])[0]!.at[0]!.survival).toBe(0);
    const flat = csv('t,e,arm', ...repeat(8, (i) => `3,1,${i % 2}`));
    noNaN(await answerTo({ method: 'log-rank', time: 't', event: 'e', arm: 'arm' }, flat));
  });
  it('zero events: ratios are null with a warning, never 0', async () => {
    const answer = await answerTo({
      method: 'two-proportions',
      a: { events: 0, n: 10 },
      b: { events: 3, n: 10 },
    });
    expect(answer.estimates![1]).toMatchObject({ term: 'risk-ratio', estimate: null });
    expect(answer.warnings).toEqual(expect.arrayContaining(['risk-ratio-undefined', 'odds-ratio-undefined']));
    for (const interval of ['newcombe', 'wald', 'miettinen-nurminen', 'mee'])
      for (const [x, y] of [
        [0, 0],
        [10, 10],
        [10, 0],
        [0, 10],
      ])
        noNaN(
          await answerTo({
            method: 'two-proportions',
            a: { events: x, n: 10 },
            b: { events: y, n: 10 },
            interval,
          }),
        );
  });
});

describe('identities', () => {
  const rows = repeat(
    60,
    (i) =>
      `${((i * 37) % 23) / 3},${Math.floor(i / 5) % 2},${((i * 11) % 17) / 4},c${Math.floor(i / 5)},${1 + ((i * 29) % 13)},${i % 3 === 0 ? 0 : 1}`,
  );
  const header = 'y,arm,x,g,t,e';
  const specs = [
    { method: 'linear', outcome: 'y', arm: 'arm', covariates: 'x', cluster: 'g', vcov: 'CR2' },
    { method: 'logistic', outcome: 'e', arm: 'arm', covariates: 'x', cluster: 'g', vcov: 'CR3' },
    { method: 'cox', time: 't', event: 'e', arm: 'arm', covariates: 'x', cluster: 'g' },
    { method: 'fine-gray', time: 't', event: 'e', arm: 'arm', covariates: 'x' },
    { method: 'gee', outcome: 'e', arm: 'arm', covariates: 'x', cluster: 'g' },
    { method: 'mixed-linear', outcome: 'y', arm: 'arm', covariates: 'x', cluster: 'g' },
  ];
  for (const spec of specs) {
    it(`${spec.method}: the order of rows does not matter, and rescaling a covariate by 1e8 rescales its row only`, async () => {
      const plain = await answerTo(spec, csv(header, ...rows));
      const turned = await answerTo(spec, csv(header, ...rows.slice().reverse()));
      const scaled = await answerTo(
        spec,
        csv(
          header,
          ...rows.map((r) =>
            r
              .split(',')
              .map((c, k) => (k === 2 ? `${c}e8` : c))
              .join(','),
          ),
        ),
      );
      plain.estimates!.forEach((row, k) => {
        expect(turned.estimates![k]!.estimate! / row.estimate!).toBeCloseTo(1, 9);
        expect(turned.estimates![k]!.se! / row.se!).toBeCloseTo(1, 9);
        const factor = row.term === 'x' ? 1e8 : 1;
        if (row.scale === 'ratio' && row.term === 'x') return;
        expect((scaled.estimates![k]!.estimate! * factor) / row.estimate!).toBeCloseTo(1, 8);
        expect((scaled.estimates![k]!.se! * factor) / row.se!).toBeCloseTo(1, 8);
      });
    });
  }
  it('enumerated permutation p is the share of the 924 splits of twelve clusters', async () => {
    const answer = await answerTo(
      { method: 'permutation', outcome: 'y', arm: 'arm', cluster: 'g' },
      csv(header, ...rows),
    );
    expect(answer).toMatchObject({ arrangements: 924, exhaustive: true });
    expect(((answer.p as number) * 924) % 1).toBeCloseTo(0, 9);
  });
  it('the same seed gives the same draws, another seed others', async () => {
    const spec = {
      method: 'wild-bootstrap',
      outcome: 'y',
      arm: 'arm',
      cluster: 'g',
      weights: 'webb',
      draws: 499,
    };
    const run = async (seed: number) => (await answerTo({ ...spec, seed }, csv(header, ...rows))).estimates;
    expect(await run(3)).toEqual(await run(3));
    expect(await run(3)).not.toEqual(await run(4));
  });
  it('an allocation list is the same from its seed in every release', async () => {
    const answer = await answerTo({ method: 'randomise', scheme: 'permuted-block', units: 6, seed: 7 });
    expect((answer.allocation as { arm: string }[]).map((a) => a.arm)).toEqual([
      'control',
      'treated',
      'treated',
      'control',
      'treated',
      'control',
    ]);
  });
});

it('every method of the contract is there', () => {
  expect(METHODS).toEqual([
    'aalen-johansen',
    'cox',
    'did',
    'fine-gray',
    'g-computation',
    'gee',
    'group-sequential',
    'icc',
    'kaplan-meier',
    'linear',
    'log-rank',
    'logistic',
    'mantel-haenszel',
    'meta',
    'mixed-linear',
    'modified-poisson',
    'multiplicity',
    'permutation',
    'power',
    'propensity',
    'randomise',
    'rmst',
    'srm',
    'two-proportions',
    'welch',
    'wild-bootstrap',
  ]);
});

describe('up to which number of clusters a plain robust covariance is corrected', () => {
  /** Three rows a cluster, every second cluster treated. */
  const rows = (clusters: number) =>
    csv(
      'g,arm,d,t',
      ...repeat(
        3 * clusters,
        (i) =>
          `c${Math.floor(i / 3)},${Math.floor(i / 3) % 2},${(i * 7) % 5 < 2 ? 1 : 0},${1 + ((i * 29) % 31)}`,
      ),
    );
  it.each([
    [48, 'jackknife', 47, 'CR2'],
    [50, 'CR0', null, 'CR0'],
  ])('%i clusters', async (clusters, cox, df, gee) => {
    const roles = { arm: 'arm', cluster: 'g' };
    const hazards = await answerTo({ method: 'cox', time: 't', event: 'd', ...roles }, rows(clusters));
    expect(hazards).toMatchObject({ vcovType: cox, estimates: [{ df }, { df }] });
    expect(await answerTo({ method: 'gee', outcome: 'd', ...roles }, rows(clusters))).toMatchObject({
      vcovType: gee,
    });
  });
});
