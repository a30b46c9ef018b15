import { describe, expect, it } from 'vitest';
import type { CouncilAccount, HeldCount } from '../../../services/portal/council-account.ts';
import { monthsBetween, qualityByMonth } from '../../../services/portal/council-quality.ts';
import { emptyAccount } from '../../browser/fake-council.ts';

const account = (rows: [month: string, events: number, held: number][]): CouncilAccount => ({
  ...emptyAccount('E09000001', 'One'),
  sent: rows.map(([month, events]) => ({ month, kind: 'referral', events, purges: 0 })),
  held: rows.flatMap(([month, , count]): HeldCount[] =>
    count === 0
      ? []
      : [{ month, by: 'gateway', code: 'bad-field', field: 'x', count, last: `${month}T00:00:00Z` }],
  ),
});

describe('a month against the months before it', () => {
  const past: [string, number, number][] = [
    ['2025-10-01', 990, 10],
    ['2025-11-01', 990, 10],
    ['2025-12-01', 990, 10],
  ];

  it('has a limit of three standard deviations above their share, for as many lines as came', () => {
    // Share 0.01 of 400 lines: 0.01 + 3 sqrt(0.01 × 0.99 / 400) = 0.024925.
    const [, , , at, above] = qualityByMonth(
      account([...past, ['2026-01-01', 391, 9], ['2026-02-01', 389, 11]]),
      '2026-02-20',
    );
    expect(at?.limit).toBeCloseTo(0.024925, 6);
    expect([at?.share, at?.unusual]).toEqual([9 / 400, false]);
    expect(above?.share).toBe(11 / 400);
    // The month before is part of the past now: 39 of 3,400.
    expect(above?.limit).toBeCloseTo(39 / 3400 + 3 * Math.sqrt(((39 / 3400) * (1 - 39 / 3400)) / 400), 9);
    expect(above?.unusual).toBe(true);
  });

  it('is compared with nothing before there are three months, and knows nothing of a month without a line', () => {
    const rows = qualityByMonth(account([...past.slice(1), ['2026-02-01', 0, 9]]), '2026-03-01');
    expect(rows.map(({ month, share, limit }) => [month, share, limit])).toEqual([
      ['2025-11-01', 0.01, null],
      ['2025-12-01', 0.01, null],
      ['2026-01-01', null, null],
      ['2026-02-01', 1, null],
      ['2026-03-01', null, null],
    ]);
  });

  it('looks back twelve months and shows two years', () => {
    const months = monthsBetween('2022-01-01', '2026-03-01');
    const rows = qualityByMonth(
      account(months.map((month, at) => [month, 100, at < 30 ? 50 : 0])),
      '2026-03-09',
    );
    expect(rows).toHaveLength(24);
    expect(rows.at(-1)).toMatchObject({ month: '2026-03-01', limit: 0, share: 0, unusual: false });
    expect(qualityByMonth(emptyAccount('E09000001', 'One'), '2026-03-09')).toEqual([]);
  });
});
