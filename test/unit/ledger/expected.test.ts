import { expect, it } from 'vitest';
import { Expected, type Repeats, repeatedIn } from '../../../services/ledger/expected.ts';

const after = (...batches: Repeats[]): Repeats => {
  const expected = new Expected();
  for (const batch of batches) expected.met(batch);
  return expected.next;
};
const eight = <R extends Repeats>(repeats: R): R[] => Array.from({ length: 8 }, () => repeats);

it('expects of a batch what the one before repeated, and less again only after eight that repeated less', () => {
  expect(after()).toBe('nothing');
  expect(after('records')).toBe('records');
  expect(after('statements', 'nothing')).toBe('statements');
  expect(after('statements', ...eight('nothing'))).toBe('records');
  expect(after('statements', ...eight('nothing'), ...eight('nothing'))).toBe('nothing');
  expect(after('statements', ...eight('records'), ...eight('records'))).toBe('records');
  expect(after('records', ...eight('nothing').slice(1), 'records', ...eight('nothing').slice(1))).toBe(
    'records',
  );
});

it('takes from a refused row which table had it, and leaves every other error as it is', () => {
  const violation = (table: string): object => ({ code: '23505', table_name: table });
  expect(repeatedIn(violation('occurrence'), 'nothing')).toBe('records');
  expect(repeatedIn(violation('case_event_3'), 'nothing')).toBe('statements');
  expect(repeatedIn(violation('case_event_3'), 'records')).toBe('statements');
  const lost = Object.assign(new Error('the database is gone'), { code: '57P01' });
  expect(() => repeatedIn(lost, 'nothing')).toThrow(lost);
  expect(() => repeatedIn(violation('case_event_3'), 'statements')).toThrow();
});
