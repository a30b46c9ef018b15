// A dry run counts the eligible and hides few; what came of them is not asked, so it says the same whatever the outcomes are.
import { expect, it, onTestFinished } from 'vitest';
import { recordEvent } from '../../../services/council/case-event.ts';
import { checkProtocol } from '../../../services/evaluations/protocol/check.ts';
import { dryRun } from '../../../services/evaluations/protocol/dry-run.ts';
import { templates } from '../../../services/evaluations/protocol/templates.ts';
import { sqlEngine } from '../outcomes/sql-engine.ts';

const [here, there] = ['E06000059', 'E08000031'] as const;
const hex = (value: number) => value.toString(16).padStart(32, '0');

/** The normal distribution function, by Abramowitz and Stegun 26.2.17 (error below 7.5e-8). */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const sum = series.reduce((total, coefficient, at) => total + coefficient * t ** (at + 1), 0);
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum;
  return x < 0 ? tail : 1 - tail;
}

const events = (council: string, first: number, children: number, day: string, birthMonth: string) =>
  Array.from({ length: children }, (_, at) => first + at).flatMap((child) => {
    const about = (record: number) => ({
      council,
      child: `c${hex(child)}`,
      recordId: `r${hex(record)}`,
      recordedAt: '2027-06-01T00:00:00Z',
    });
    return [
      recordEvent(about(child * 2), 'child', { birthMonth, family: `f${hex(Math.floor(child / 2) + 1)}` }),
      recordEvent(about(child * 2 + 1), 'referral', { date: day }),
    ];
  });

it('counts by month and council, tells the due days and the power, and hides few', async () => {
  const sql = await sqlEngine();
  onTestFinished(() => sql.close());
  await sql.register([here, there, 'E09000023', 'E10000019']);
  await sql.settle([
    ...events(here, 0, 40, '2027-05-10', '2020-01'),
    ...events(here, 100, 12, '2027-06-02', '2020-01'),
    ...events(there, 200, 3, '2027-05-11', '2020-01'),
    ...events(there, 300, 7, '2027-05-11', '2005-01'),
    ...events(there, 400, 5, '2029-05-11', '2020-01'),
  ]);
  const { protocol } = checkProtocol(templates['family-rct'] ?? '');
  if (!protocol) throw new Error('a template is wrong');
  const found = await dryRun(sql.db, protocol);
  expect(found.children).toEqual({ withIndex: 62, eligible: 55 });
  expect(found.excluded).toEqual([{ reason: 'too-old', count: 7 }]);
  expect(found.unknownCouncils).toEqual(['E09000023', 'E10000019']);
  expect(found.byMonthAndCouncil).toEqual([
    { month: '2027-05', council: here, eligible: 40 },
    { month: '2027-05', council: there, eligible: null },
    { month: '2027-06', council: here, eligible: 12 },
  ]);
  expect(found.maturity.map(({ lastDueOn }) => lastDueOn)).toEqual([
    '2028-09-30',
    '2029-03-31',
    '2029-09-30',
  ]);
  // 20 + 6 + 2 families; Fleiss, Levin and Paik (2003), eq. 4.14, on n divided by 1 + (m - 1) icc, by hand.
  expect(found.power).toMatchObject({ design: 'two-arms', clusters: 28, clusterSize: 55 / 28 });
  const n = 27.5 / (1 + (55 / 28 - 1) * 0.015);
  const own = Math.sqrt(0.18 * 0.82 + 0.22 * 0.78);
  const reject = (direction: number) =>
    normal((direction * Math.sqrt(n) * 0.04 - 1.959963984540054 * Math.sqrt(2 * 0.2 * 0.8)) / own);
  // Two-sided: a rejection in the wrong direction is one too.
  expect(found.power?.power).toBeCloseTo(reject(1) + reject(-1), 6);
  const wedge = checkProtocol(templates['stepped-wedge'] ?? '').protocol;
  if (!wedge) throw new Error('a template is wrong');
  expect((await dryRun(sql.db, wedge)).power).toBeNull();
  await expect(sql.db`select from waymark.evaluation`).resolves.toHaveLength(0);
});
