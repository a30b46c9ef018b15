import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../services/statistics/catalogue/catalogue.ts';
import { methodHelp, methodsHelp } from '../../../services/statistics/catalogue/help.ts';
import { METHODS } from '../../../services/statistics/estimate.ts';
import { answerTo } from './golden.ts';

const HEADER = 'row,y,died,arm,age,kind,school,area,w,days,event,cause';
const rows = Array.from({ length: 200 }, (_, i) => {
  const school = Math.floor(i / 5);
  return [
    i + 1,
    ((i * 37) % 29) / 3,
    (i * i * 7 + i) % 11 < 4 ? 1 : 0,
    school % 2,
    5 + ((i * 13) % 11),
    ['free', 'academy', 'maintained'][(i * 5) % 3],
    `s${school}`,
    i % 4,
    1 + (i % 3),
    1 + ((i * 17) % 19),
    i % 4 === 0 ? 0 : 1,
    i % 4 === 0 ? 0 : 1 + (i % 2),
  ].join(',');
});
const trial = { csv: `${[HEADER, ...rows].join('\n')}\n` };
const panel = {
  csv: `${[
    'council,year,since,y',
    ...Array.from({ length: 120 }, (_, i) => {
      const council = Math.floor(i / 4);
      return `c${council},${2020 + (i % 4)},${council % 3 === 0 ? 0 : 2020 + (council % 3)},${(i * 31) % 23}`;
    }),
  ].join('\n')}\n`,
};

describe('the catalogue of methods', () => {
  it('tells every method and no other', () => {
    expect(Object.keys(CATALOGUE).sort()).toEqual(METHODS);
    for (const method of METHODS) expect(methodsHelp()).toContain(`  ${method} `);
  });
  for (const [method, entry] of Object.entries(CATALOGUE)) {
    it(`${method}: its example runs and uses all that it says`, async () => {
      const answer = await answerTo(entry.example, method === 'did' ? panel : trial);
      expect(answer.warnings.filter((w) => w.endsWith('-not-used'))).toEqual([]);
      expect(methodHelp(method)).toContain(JSON.stringify(entry.example));
    });
    it(`${method}: an option it does not know is said to be not used`, async () => {
      const answer = await answerTo({ ...entry.example, vocv: 'CR2' }, method === 'did' ? panel : trial);
      expect(answer.warnings).toContain('vocv-not-used');
    });
  }
});

describe('what a method does not use is said, and has no part in the answer', () => {
  const survival = { time: 'days', event: 'event', arm: 'arm' };
  for (const [spec, code] of [
    [{ method: 'log-rank', ...survival, cluster: 'school' }, 'cluster-not-used'],
    [{ method: 'welch', outcome: 'y', arm: 'arm', covariates: 'age' }, 'covariates-not-used'],
    [{ method: 'two-proportions', outcome: 'died', arm: 'arm', cluster: 'school' }, 'cluster-not-used'],
    [{ method: 'linear', outcome: 'y', arm: 'arm', strata: 'area' }, 'strata-not-used'],
    [{ method: 'cox', ...survival, vcov: 'CR2', cluster: 'school' }, 'vcov-not-used'],
    [{ method: 'rmst', ...survival, df: 'clusters-1' }, 'df-not-used'],
    [{ method: 'propensity', arm: 'arm', covariates: 'age', caliper: 0.2 }, 'caliper-not-used'],
    [{ method: 'kaplan-meier', ...survival, covariates: 'age' }, 'covariates-not-used'],
  ] as const)
    it(`${spec.method}: ${code}`, async () => {
      const answer = await answerTo(spec, trial);
      expect(answer.warnings).toContain(code);
      const { [code.replace('-not-used', '')]: _, ...without } = spec as Record<string, unknown>;
      expect(answer).toEqual({
        ...(await answerTo(without, trial)),
        warnings: answer.warnings,
      });
    });
  it('a missing cell of an unused role drops no row', async () => {
    const torn = { csv: 'y,arm,z\n1,0,\n2,0,1\n4,1,2\n7,1,3\n' };
    const answer = await answerTo(
      { method: 'welch', outcome: 'y', arm: 'arm', strata: 'z', missing: 'complete-case' },
      torn,
    );
    expect(answer).toMatchObject({ n: 4, nDropped: 0 });
  });
});
