import { expect, it } from 'vitest';
import { waveOf } from '../../../services/evaluations/waves.ts';

it.each([
  ['2024-08-31', 'month', '2024-08-01'],
  ['2024-08-31', 'quarter', '2024-07-01'],
  ['2024-12-31', 'quarter', '2024-10-01'],
  ['2024-08-31', 'year', '2024-01-01'],
  ['2024-01-01', 'year', '2024-01-01'],
] as const)('%s belongs to the %s that begins on %s', (day, waves, first) => {
  expect(waveOf(day, waves)).toBe(first);
});
