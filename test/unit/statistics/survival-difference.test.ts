import { describe, expect, it } from 'vitest';
import type { EstimateRow } from '../../../services/statistics/answer.ts';
import { random } from '../../../services/statistics/random.ts';
import { answerTo } from './golden.ts';

type Row = EstimateRow & { time: number; arm?: string; cause?: number };

const follow = { time: 't', event: 'e', arm: 'arm', treated: 'b' };

/** 24 clusters of unequal size in two arms, two causes; censored when asked for. */
function follows(censored: boolean, late = false): { csv: string } {
  const draw = random(20261127, censored ? 1 : 2);
  const lines = ['t,e,arm,c,from,dead'];
  for (let c = 0; c < 24; c++)
    for (let i = 0; i < 4 + (c % 7) * 2; i++) {
      const t = 1 + Math.floor(draw.uniform() * 30 * (1 + (c % 5) / 4));
      const e = censored && draw.uniform() < 0.3 ? 0 : draw.uniform() < 0.6 ? 1 : 2;
      const from = late ? Math.floor(draw.uniform() * t) : 0;
      lines.push(`${t},${e},${c % 2 ? 'a' : 'b'},k${c},${from},${t <= 20 ? 1 : 0}`);
    }
  return { csv: `${lines.join('\n')}\n` };
}

/** The difference at each time from the arms' own rows, which golden tests hold to R's survfit. */
async function expectFromArms(spec: Record<string, unknown>, data: { csv: string }): Promise<void> {
  const answer = await answerTo({ ...follow, at: [5, 12, 20], ...spec }, data);
  const rows = answer.estimates as Row[];
  const differences = answer.differences as Row[];
  expect(differences.length).toBe(rows.length / 2);
  for (const row of differences) {
    const of = (arm: string) =>
      rows.find((r) => r.arm === arm && r.time === row.time && r.cause === row.cause) as Row;
    const [a, b] = [of('a'), of('b')];
    expect(row.estimate).toBeCloseTo((b.estimate ?? 0) - (a.estimate ?? 0), 12);
    expect(row.se).toBeCloseTo(Math.hypot(a.se ?? 0, b.se ?? 0), 12);
  }
}

describe('the difference of two arms’ curves', () => {
  it.each(['kaplan-meier', 'aalen-johansen'])('%s: independent rows', async (method) => {
    await expectFromArms({ method }, onlyFirst(method, follows(true)));
  });

  it.each(['kaplan-meier', 'aalen-johansen'])('%s: clusters, by their plain squares', async (method) => {
    await expectFromArms({ method, cluster: 'c', df: 'normal' }, onlyFirst(method, follows(true)));
  });

  it.each(['kaplan-meier', 'aalen-johansen'])('%s: clusters that enter late', async (method) => {
    await expectFromArms(
      { method, cluster: 'c', df: 'normal', start: 'from' },
      onlyFirst(method, follows(true, true)),
    );
  });

  it('with few clusters and nobody censored is the CR2 regression of who is left', async () => {
    const data = onlyFirst('kaplan-meier', follows(false));
    const km = await answerTo({ ...follow, method: 'kaplan-meier', cluster: 'c', at: 20 }, data);
    const [curve] = km.differences as Row[];
    const linear = await answerTo(
      { method: 'linear', outcome: 'dead', arm: 'arm', treated: 'b', cluster: 'c' },
      onlyFirst('kaplan-meier', follows(false)),
    );
    const means = linear.estimates?.find((r) => r.term === 'arm');
    expect(curve?.estimate).toBeCloseTo(-(means?.estimate ?? 0), 12);
    // the regression weighs both arms' residuals alike in its df, the curve by their own spread
    expect(curve?.se).toBeCloseTo(means?.se ?? 0, 10);
    expect(curve?.df).toBeGreaterThan(1);
    expect(curve?.df).toBeLessThan(22);
  });

  it('is unknown beyond follow-up and without a spread once nobody is left', async () => {
    const data = { csv: 't,e,arm\n1,1,a\n2,1,a\n3,1,a\n1,1,b\n4,0,b\n9,0,b\n' };
    const answer = await answerTo({ ...follow, method: 'kaplan-meier', at: [3, 10] }, data);
    const [atThree, atTen] = answer.differences as Row[];
    expect(atThree).toMatchObject({ se: null, lower: null, upper: null, p: null });
    expect(atThree?.estimate).toBeCloseTo(2 / 3, 12);
    expect(atTen).toMatchObject({ estimate: null, se: null });
  });

  it('of one arm, or of three, there is none', async () => {
    const three = { csv: 't,e,arm\n1,1,a\n2,0,a\n1,1,b\n2,0,b\n3,1,c\n4,0,c\n' };
    const answer = await answerTo({ ...follow, treated: undefined, method: 'kaplan-meier', at: 1 }, three);
    expect(answer.differences).toEqual([]);
  });
});

/** Kaplan-Meier has one cause: any event counts. */
function onlyFirst(method: string, data: { csv: string }): { csv: string } {
  if (method !== 'kaplan-meier') return data;
  const [head, ...rows] = data.csv.trimEnd().split('\n') as [string, ...string[]];
  const one = rows.map((line) => {
    const cells = line.split(',');
    return [cells[0], cells[1] === '0' ? 0 : 1, ...cells.slice(2)].join(',');
  });
  return { csv: `${[head, ...one].join('\n')}\n` };
}
