// When the rest is expected: at the council's rhythm, never before today, and never for a council that is silent.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addDays } from '../../../schemas/calendar.ts';
import { expectationOf } from '../../../services/evaluations/maturing/expected.ts';

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`);
const feeds = (completeThrough: string | null, heard: string | null, rhythmDays = 7) => ({
  completeThrough,
  lastHeard: heard === null ? null : noon(heard),
  rhythmDays,
});

// Heard on Monday 2 June 2025 and weekly, unless said otherwise; today is Wednesday 4 June.
it.each([
  ['complete through the day', feeds('2025-06-30', '2025-06-02'), '2025-06-30', 'matured', null],
  ['complete through it, and silent since', feeds('2025-06-30', '2024-06-02'), '2025-06-30', 'matured', null],
  ['one statement away', feeds('2025-05-31', '2025-06-02'), '2025-06-07', 'expected', '2025-06-09'],
  ['a day more, so one more', feeds('2025-05-31', '2025-06-02'), '2025-06-08', 'expected', '2025-06-16'],
  ['a feed that lags three weeks', feeds('2025-05-12', '2025-06-02'), '2025-06-02', 'expected', '2025-06-23'],
  ['a daily feed', feeds('2025-06-03', '2025-06-04', 1), '2025-06-10', 'expected', '2025-06-11'],
  ['a rhythm gone by', feeds('2025-05-20', '2025-06-02'), '2025-05-27', 'overdue', '2025-06-09'],
  ['a rhythm that ends today', feeds('2025-05-20', '2025-06-02'), '2025-05-28', 'expected', '2025-06-16'],
  ['silent for longer than its rhythm', feeds('2025-05-20', '2025-05-27'), '2025-06-30', 'unknown', null],
  ['never heard', feeds(null, null), '2025-06-30', 'unknown', null],
  ['heard, but never said how far', feeds(null, '2025-06-02'), '2025-06-30', 'unknown', null],
])('%s', (_, given, due, standing, expectedOn) => {
  expect(expectationOf(given, due, noon('2025-06-04'))).toEqual({ standing, expectedOn });
});

it('falls silent a whole rhythm after it was heard, to the instant', () => {
  const given = { ...feeds('2025-05-20', null), lastHeard: new Date('2025-05-28T12:00:00Z') };
  const at = (instant: string) => expectationOf(given, '2025-06-30', new Date(instant)).standing;
  expect(at('2025-06-04T11:59:59.999Z')).toBe('expected');
  expect(at('2025-06-04T12:00:00Z')).toBe('unknown');
});

it('a day that is expected is not over, and by then as many statements suffice', () => {
  const days = fc.integer({ min: 0, max: 900 });
  fc.assert(
    fc.property(days, days, fc.integer({ min: 1, max: 90 }), fc.nat(89), (behind, ahead, rhythm, since) => {
      const today = '2025-06-04';
      const heard = addDays(today, -(since % rhythm));
      const through = addDays(heard, -behind);
      const due = addDays(today, ahead - 450);
      const given = feeds(through, heard, rhythm);
      const { standing, expectedOn } = expectationOf(given, due, noon(today));
      if (through >= due) return standing === 'matured' && expectedOn === null;
      // Told statement by statement.
      let [spoken, reached] = [heard, through];
      while (reached < due) [spoken, reached] = [addDays(spoken, rhythm), addDays(reached, rhythm)];
      return expectedOn === (spoken < today ? today : spoken) && expectedOn >= today;
    }),
  );
});
