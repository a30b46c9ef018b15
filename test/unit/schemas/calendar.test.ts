import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDays,
  addMonths,
  CivilDate,
  CivilMonth,
  civilDate,
  dayNumber,
  EARLIEST_DAY,
  isDay,
  LATEST_DAY,
  lastDayOf,
  londonDay,
  monthOf,
} from '../../../schemas/calendar.ts';
import { day } from './arbitraries.ts';

const written = (year: number, month: number, date: number): string =>
  [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(date).padStart(2, '0')].join('-');

/** Whether the JavaScript clock, which rolls 30 February over to March, keeps the parts it was given. */
function inClock(year: number, month: number, date: number): boolean {
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, date);
  return at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === date;
}

/** The same month's day h months on, or that month's last: found by counting back from the day until it exists. */
function monthsLater(from: string, months: number): string {
  const [year = 0, month = 0, date = 0] = from.split('-').map(Number);
  const first = new Date(0);
  first.setUTCFullYear(year, month - 1 + months, 1);
  let to = date;
  while (!inClock(first.getUTCFullYear(), first.getUTCMonth() + 1, to)) to -= 1;
  return written(first.getUTCFullYear(), first.getUTCMonth() + 1, to);
}

describe('months later', () => {
  test.each([
    ['2025-08-31', 6, '2026-02-28'],
    ['2023-08-31', 6, '2024-02-29'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2024-02-28', 12, '2025-02-28'],
    ['2023-02-28', 12, '2024-02-28'],
    ['2024-12-31', 18, '2026-06-30'],
    ['2025-05-31', 1, '2025-06-30'],
    ['2025-03-31', -1, '2025-02-28'],
    ['2025-01-15', -1, '2024-12-15'],
    ['2025-01-15', 0, '2025-01-15'],
  ])('%s and %i months is %s', (from, months, to) => {
    expect(addMonths(from, months)).toBe(to);
  });

  test('agrees with the clock, clamped to the end of the month', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -240, max: 240 }), (from, months) => {
        expect(addMonths(from, months)).toBe(monthsLater(from, months));
      }),
      { numRuns: 2_000 },
    );
  });

  test('keeps the order of days', () => {
    fc.assert(
      fc.property(day, day, fc.integer({ min: 0, max: 120 }), (a, b, months) => {
        const [early, late] = a <= b ? [a, b] : [b, a];
        expect(addMonths(early, months) <= addMonths(late, months)).toBe(true);
      }),
    );
  });
});

describe('days', () => {
  test('exist exactly when the clock keeps them', () => {
    const part = (max: number) => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), part(14), part(33), (year, month, date) => {
        expect(isDay(written(year, month, date))).toBe(inClock(year, month, date));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    '1900-02-29',
    '2100-02-29',
    '2025-04-31',
    '2025-00-01',
    '2025-1-01',
    '',
    '2025-01-011',
    'abcd-01-01',
  ])('%j is none', (text) => {
    expect(isDay(text)).toBe(false);
    expect(dayNumber(text)).toBeNaN();
  });

  test('and their numbers are each other’s inverse', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), (number) => {
        const date = civilDate(number);
        expect(isDay(date)).toBe(true);
        expect(dayNumber(date)).toBe(number);
      }),
    );
    expect([dayNumber('1970-01-01'), dayNumber('2000-03-01')]).toEqual([0, 11_017]);
  });

  test('can be counted on and back', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -5_000, max: 5_000 }), (from, days) => {
        const to = addDays(from, days);
        expect(dayNumber(to) - dayNumber(from)).toBe(days);
        expect(addDays(to, -days)).toBe(from);
      }),
    );
  });

  test('out of range are empty text', () => {
    expect(civilDate(1e9)).toBe('');
    expect(civilDate(Number.NaN)).toBe('');
  });

  test('end their month where the next begins', () => {
    fc.assert(
      fc.property(day, (date) => {
        const last = lastDayOf(monthOf(date));
        expect(monthOf(last)).toBe(monthOf(date));
        expect(monthOf(addDays(last, 1))).not.toBe(monthOf(date));
      }),
    );
  });

  test('are London’s, which is an hour ahead of UTC in summer', () => {
    expect(londonDay(new Date('2025-07-01T23:30:00Z'))).toBe('2025-07-02');
    expect(londonDay(new Date('2025-01-01T23:30:00Z'))).toBe('2025-01-01');
    expect(londonDay(new Date('2025-03-30T00:59:00Z'))).toBe('2025-03-30');
  });
});

describe('a date that is read', () => {
  test('lies within the bounds, both included', () => {
    const accepted = [EARLIEST_DAY, LATEST_DAY, addDays(EARLIEST_DAY, -1), addDays(LATEST_DAY, 1)].map(
      (date) => CivilDate.safeParse(date).success,
    );
    expect(accepted).toEqual([true, true, false, false]);
  });

  test.each(['2025-02-29', '2025-2-01', '20250201', '2025-02-01T00:00:00Z', ' 2025-02-01', '2025-02-01\n'])(
    'is not %j',
    (text) => {
      expect(CivilDate.safeParse(text).success).toBe(false);
    },
  );

  test('as a month has two digits of a month that exists', () => {
    const months = ['1980-01', '2025-12', '1979-12', '2025-13', '2025-00', '2025-1'];
    expect(months.map((month) => CivilMonth.safeParse(month).success)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
