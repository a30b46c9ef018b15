// A dry run counts the eligible and hides few; what came of them is not asked, so it says the same whatever the outcomes are.
import { expect, it, onTestFinished } from 'vitest';
import { recordEvent } from '../../../services/council/case-event.ts';
import { checkProtocol } from '../../../services/evaluations/protocol/check.ts';
import { dryRun } from '../../../services/evaluations/protocol/dry-run.ts';
import { templates } from '../../../services/evaluations/protocol/templates.ts';
import { sqlEngine } from '../outcomes/sql-engine.ts';

const [here, there] = ['E06000059', 'E08000031'] as const;
const hex = (value: number) => value.toString(16).padStart(32, '0');

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
  // 20 + 6 + 2 families, and a design effect of 1 + (m - 1) icc.
  expect(found.power?.clusters).toBe(28);
  expect(found.power?.designEffect).toBeCloseTo(1 + (55 / 28 - 1) * 0.015, 12);
  await expect(sql.db`select from waymark.evaluation`).resolves.toHaveLength(0);
});
