import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../services/statistics/answer.ts';
import { answerTo, GOLDEN } from './golden.ts';

interface Match {
  on: string;
  caliper: number | null;
  order: string;
  replace: boolean;
  treated: string[];
  control: string[];
  after: number[][];
}
const reference = JSON.parse(readFileSync(`${GOLDEN}matching.json`, 'utf8')) as {
  matches: Match[];
  weighted: Record<string, { estimate: number; se: number }>;
};
const covariates = ['age', 'educ', 'race', 'married', 'nodegree', 're74', 're75'];
const base = { method: 'propensity', id: 'row', arm: 'treat', treated: '1', covariates };

describe('matching on lalonde agrees with brute force in R', () => {
  for (const { on, caliper, order, replace, treated, control, after } of reference.matches) {
    it(`on the ${on}, order ${order}, ${replace ? 'with' : 'without'} replacement, caliper ${caliper}`, async () => {
      const answer = await answerTo(
        { ...base, use: 'nearest', caliperOn: on, order, replace, ...(caliper ? { caliper } : {}) },
        'lalonde.csv',
      );
      const found = new Map(
        (answer.pairs as { treated: string; control: string }[]).map((p) => [p.treated, p.control]),
      );
      expect(found.size).toBe(treated.length);
      const off = treated.filter((id, i) => found.get(id) !== control[i]);
      expect(off.map((id) => [id, found.get(id)])).toEqual([]);
      const balance = answer.balance as {
        term: string;
        after: { smd: number; ecdfMean: number; ecdfMax: number };
      }[];
      ['age', 're74'].forEach((term, k) => {
        const row = balance.find((b) => b.term === term)!.after;
        expect(row.smd).toBeCloseTo(after[k]![0]!, 8);
        expect(row.ecdfMean).toBeCloseTo(after[k]![1]!, 8);
        expect(row.ecdfMax).toBeCloseTo(after[k]![2]!, 8);
      });
    });
  }
  it('a caliper keeps only pairs within it, and counts what it excludes', async () => {
    const answer = await answerTo(
      { ...base, use: 'nearest', caliper: 0.2, caliperOn: 'score' },
      'lalonde.csv',
    );
    const excluded = answer.excluded as { treated: number };
    expect((answer.pairs as unknown[]).length + excluded.treated).toBe(185);
  });
});

describe('weights', () => {
  for (const [use, { estimate, se }] of Object.entries(reference.weighted)) {
    it(`${use} gives R's weighted difference and HC1 se`, async () => {
      const { estimates } = await answerTo({ ...base, use, outcome: 're78' }, 'lalonde.csv');
      expect(estimates![0]!.estimate! / estimate).toBeCloseTo(1, 8);
      expect(estimates![0]!.se! / se).toBeCloseTo(1, 8);
    });
  }
  it('overlap and entropy weights balance every mean exactly (their defining identity)', async () => {
    for (const use of ['overlap', 'entropy']) {
      const { balance } = await answerTo({ ...base, use }, 'lalonde.csv');
      for (const { after } of balance as { after: { smd: number } }[])
        expect(Math.abs(after.smd)).toBeLessThan(1e-10);
    }
  });
});

describe('weights that were estimated, by few clusters', () => {
  const byEducation = { ...base, outcome: 're78', use: 'iptw-att', cluster: 'educ' };
  const seOf = ({ estimates }: Answer): number => estimates![0]!.se!;

  it('are taken as known when a covariance is asked for or the outcome is modelled', async () => {
    const [head, ...rows] = readFileSync(`${GOLDEN}data/lalonde.csv`, 'utf8').trimEnd().split('\n');
    const plain = await answerTo(byEducation, 'lalonde.csv');
    expect(plain).toMatchObject({ weightsTaken: 'estimated', vcovType: 'CR2', df: 'satterthwaite' });
    const weights = plain.weights as number[];
    const csv = [`${head},w`, ...rows.map((row, i) => `${row},${weights[i]}`)].join('\n');
    const asked = await answerTo({ ...byEducation, vcov: 'CR2' }, 'lalonde.csv');
    const linear = {
      method: 'linear',
      outcome: 're78',
      arm: 'treat',
      treated: '1',
      weights: 'w',
      cluster: 'educ',
    };
    const { estimates } = await answerTo({ ...linear, vcov: 'CR2' }, { csv });
    const row = estimates!.find(({ term }) => term === 'treat')!;
    expect(asked.weightsTaken).toBe('known');
    expect(seOf(asked) / row.se!).toBeCloseTo(1, 10);
    expect(Math.abs(seOf(plain) / seOf(asked) - 1)).toBeGreaterThan(0.01);
    const model = await answerTo({ ...byEducation, outcomeModel: 'linear' }, 'lalonde.csv');
    expect(model.weightsTaken).toBe('known');
  });

  it('give the same df and a standard error in the outcome’s unit, whatever the units and the order of rows', async () => {
    const [head, ...rows] = readFileSync(`${GOLDEN}data/lalonde.csv`, 'utf8').trimEnd().split('\n');
    const turned = rows.toReversed().map((row) => {
      const cells = row.split(',').map((cell) => (Number.isNaN(Number(cell)) ? cell : Number(cell)));
      const [re74, re78] = [7, 9].map((k) => Number(cells[k]));
      return [...cells.slice(0, 7), re74! * 1e-3 + 2, cells[8], re78! * 1e4 - 5e6].join(',');
    });
    for (const use of ['iptw-ate', 'overlap', 'entropy']) {
      const plain = await answerTo({ ...byEducation, use }, 'lalonde.csv');
      const other = await answerTo({ ...byEducation, use }, { csv: [head, ...turned].join('\n') });
      expect(seOf(other) / seOf(plain) / 1e4).toBeCloseTo(1, 8);
      expect(other.estimates![0]!.df! / plain.estimates![0]!.df!).toBeCloseTo(1, 8);
    }
  });
});

describe('effects on matched and weighted lalonde', () => {
  type Effect = { estimate: number; se: number; n: number };
  const golden = JSON.parse(readFileSync(`${GOLDEN}matched-effects.json`, 'utf8')) as Record<string, Effect>;
  const near = (row: { estimate: number | null; se: number | null }, { estimate, se }: Effect) => {
    expect(row.estimate! / estimate).toBeCloseTo(1, 8);
    expect(row.se! / se).toBeCloseTo(1, 8);
  };
  const matched = {
    ...base,
    use: 'nearest',
    caliper: 0.2,
    caliperOn: 'score',
    outcome: 're78',
    cluster: 'educ',
    vcov: 'two-way',
  };

  it('by cluster and pair, as sandwich::vcovCL, plain and with an outcome model', async () => {
    const plain = await answerTo(matched, 'lalonde.csv');
    near(plain.estimates![0]!, golden.plain!);
    expect(plain.vcovType).toBe('two-way');
    const model = await answerTo({ ...matched, outcomeModel: 'linear' }, 'lalonde.csv');
    near(model.estimates![0]!, golden.model!);
  });
  it('two ways without matched sets are refused, and without a cluster said to be not used', async () => {
    await expect(answerTo({ ...matched, replace: true }, 'lalonde.csv')).rejects.toThrow(/matched set/);
    const { cluster: _, ...alone } = matched;
    expect((await answerTo(alone, 'lalonde.csv')).warnings).toContain('vcov-not-used');
  });

  const sited = (treatedOnly: boolean): { csv: string } => {
    const [head, ...rows] = readFileSync(`${GOLDEN}data/lalonde.csv`, 'utf8').trimEnd().split('\n');
    const site = (n: number, treat: string) => {
      if (treat === '0' && n % 7 === 0) return 'c';
      if (treatedOnly && treat === '1' && n % 9 === 0) return 't';
      return n % 2 === 0 ? 'a' : 'b';
    };
    const lines = rows.map((row, at) => `${row},${site(at + 1, row.split(',')[1]!)}`);
    return { csv: `${head},site\n${lines.join('\n')}\n` };
  };
  const bySite = { ...base, covariates: ['age', 'educ', 'site'], outcome: 're78' };

  it('leaves out levels that one arm alone has, which is the limit that R runs towards', async () => {
    const att = await answerTo({ ...bySite, use: 'iptw-att' }, sited(false));
    near(att.estimates![0]!, golden.att!);
    expect(att.leftOut).toEqual([{ level: 'site=c', arm: 'control', n: 614 - golden.att!.n }]);
    expect(att.warnings).toContain('levels-of-one-arm-left-out');
    const overlap = await answerTo({ ...bySite, use: 'overlap' }, sited(true));
    near(overlap.estimates![0]!, golden.overlap!);
    expect((overlap.leftOut as { arm: string }[]).map(({ arm }) => arm).sort()).toEqual([
      'control',
      'treated',
    ]);
  });
  it('a caliper leaves treated without a counterpart unmatched; whatever has no limit is refused', async () => {
    const nearest = await answerTo({ ...bySite, use: 'nearest', caliper: 0.2 }, sited(true));
    const alone = (nearest.leftOut as { arm: string; n: number }[]).find(({ arm }) => arm === 'treated')!;
    expect((nearest.excluded as { treated: number }).treated).toBeGreaterThanOrEqual(alone.n);
    for (const use of ['iptw-ate', 'iptw-att', 'nearest'])
      await expect(answerTo({ ...bySite, use }, sited(true))).rejects.toThrow(/separated/);
  });
});

describe('multiplier bootstrap', () => {
  // 300 units over 5 periods, by a congruential sequence; the analytic error is sqrt(sum of squared influences) / n
  const panel = (): string => {
    let state = 12345;
    const next = (): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state / 0x7fffffff;
    };
    const rows = Array.from({ length: 300 }, (_, u) =>
      [1, 2, 3, 4, 5].map((t) => {
        const first = [0, 3, 4][u % 3] as number;
        return `${u},${t},${first},${next() + next() + next() + (first > 0 && t >= first ? 0.5 : 0)}`;
      }),
    );
    return `u,t,g,y\n${rows.flat().join('\n')}\n`;
  };
  it('comes to the analytic standard error of every effect, to the noise of 20,000 draws', async () => {
    const spec = { method: 'did', unit: 'u', time: 't', firstTreated: 'g', outcome: 'y' };
    const answer = await answerTo({ ...spec, draws: 20_000, seed: 3 }, { csv: panel() });
    const { simple, dynamic } = answer.aggregates as {
      simple: { se: number; seBootstrap: number };
      dynamic: { byEvent: { se: number; seBootstrap: number }[] };
    };
    const cells = answer.attGt as { se: number; seBootstrap: number }[];
    expect(cells).toHaveLength(8);
    // an error by quartiles of 20,000 normal draws has a relative error of 0.0083
    for (const { se, seBootstrap } of [simple, ...dynamic.byEvent, ...cells])
      expect(Math.abs(seBootstrap / se - 1)).toBeLessThan(0.035);
  });
});
