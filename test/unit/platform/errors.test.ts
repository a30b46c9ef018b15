import { describe, expect, test } from 'vitest';
import { invariant, UserError } from '../../../services/platform/errors.ts';

describe('an error the user can mend', () => {
  test('reports its code, its sentence and where it happened', () => {
    const error = new UserError('bad-date', 'Correct the date.', { file: 'a.csv', line: 3, field: 'DECOM' });
    expect(error.report()).toEqual({
      code: 'bad-date',
      message: 'Correct the date.',
      file: 'a.csv',
      line: 3,
      field: 'DECOM',
    });
  });

  test('is bad input unless it says that a part failed', () => {
    expect(new UserError('a', 'b').exitCode).toBe(2);
    expect(new UserError('a', 'b', {}, 1).exitCode).toBe(1);
  });
});

test('a broken invariant stops the process as a bug, not as something the user did', () => {
  expect(() => invariant(true, 'counts add up')).not.toThrow();
  expect(() => invariant(0, 'counts add up')).toThrow('invariant broken: counts add up');
  expect(() => invariant(null, 'x')).not.toThrow(UserError);
});
