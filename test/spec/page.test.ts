import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { outcomesPage, PAGE, WRITE } from './page.ts';
import { allCases } from './tables.ts';

it('docs/outcomes.md says what the definitions and the cases say', () => {
  expect(readFileSync(PAGE, 'utf8') === outcomesPage(), `it is stale: ${WRITE}`).toBe(true);
});

it('holds every case', () => {
  const page = outcomesPage();
  expect(allCases().filter(({ name, records }) => !page.includes(name) || !page.includes(records))).toEqual(
    [],
  );
});
