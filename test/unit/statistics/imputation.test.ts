// Multiple imputation: pooled to the digit as mice pools, drawn so that a regression comes out as with mice's own draws, and
// never out of what was seen.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Vector } from '../../../services/statistics/arrays.ts';
import { type Column, type Table, tableFrom } from '../../../services/statistics/data/table.ts';
import { estimate } from '../../../services/statistics/estimate.ts';
import { completed } from '../../../services/statistics/imputation/chained.ts';
import { pooled } from '../../../services/statistics/imputation/pool.ts';
import type { Spec } from '../../../services/statistics/spec.ts';
import { cumulativeHazard } from '../../../services/statistics/survival/nelson-aalen.ts';

const folder = new URL('../../golden/statistics/', import.meta.url);
const golden = JSON.parse(readFileSync(new URL('imputation.json', folder), 'utf8')) as {
  rules: {
    estimates: number[];
    standardErrors: number[];
    completeDf: number;
    estimate: number;
    se: number;
    df: number;
    missing: number;
  }[];
  sets: number;
  regression: { term: string; estimate: number; se: number; between: number; missing: number }[];
  completeCases: number[];
};

/** The file's rows as a table: words are words, `NA` is missing. */
function gaps(): Table {
  const [header = '', ...lines] = readFileSync(new URL('data/imputation.csv', folder), 'utf8')
    .trim()
    .split('\n');
  const cells = lines.map((line) => line.split(',').map((cell) => (cell === 'NA' ? null : cell)));
  const names = header.split(',');
  return tableFrom(
    Object.fromEntries(
      names.map((name, at) => [
        name,
        cells.map((row) => {
          const cell = row[at] ?? null;
          return cell === null || name === 'sex' || name === 'need' ? cell : Number(cell);
        }),
      ]),
    ),
  );
}

const numbers = (table: Table, name: string): Vector => {
  const column = table.columns.get(name);
  if (column?.kind !== 'numeric') throw new Error(name);
  return column.values;
};
const INCOMPLETE = ['age', 'sex', 'need'];
const sets = (table: Table, count: number, seed: number): Column[][] =>
  completed(
    INCOMPLETE.map((name) => table.columns.get(name) as Column),
    [numbers(table, 'arm'), numbers(table, 'event')],
    count,
    seed,
  );
const spec: Spec = {
  method: 'linear',
  level: 0.95,
  outcome: 'event',
  covariates: ['arm', ...INCOMPLETE],
  vcov: 'classical',
};

describe('pooling', () => {
  it.each(golden.rules)('is that of mice: $completeDf degrees of freedom', (rule) => {
    const { estimate, se, df, missing } = pooled(rule.estimates, rule.standardErrors, rule.completeDf);
    for (const [own, theirs] of [
      [estimate, rule.estimate],
      [se, rule.se],
      [df, rule.df],
      [missing, rule.missing],
    ] as const)
      expect(Math.abs((own ?? 0) / theirs - 1)).toBeLessThan(1e-12);
  });

  it('leaves what nothing was drawn for as it is', () => {
    expect(pooled([0.2, 0.2], [0.1, 0.1], 12)).toMatchObject({ df: 12, missing: 0 });
    expect(pooled([0.2], [0.1], null)).toMatchObject({ estimate: 0.2, df: null });
  });
});

describe('draws', () => {
  const table = gaps();
  const own = sets(table, 100, 7);

  it('give the regression that mice’s draws give, and not that of complete cases', () => {
    const fits = own.map((columns) => {
      const whole = {
        ...table,
        columns: new Map([...table.columns, ...columns.map((one) => [one.name, one] as const)]),
      };
      return estimate(spec, whole).estimates ?? [];
    });
    golden.regression.forEach(({ term, ...theirs }, at) => {
      const rows = fits.map((rows) => rows.find((row) => row.term === term));
      const mine = pooled(
        rows.map((row) => row?.estimate ?? Number.NaN),
        rows.map((row) => row?.se ?? Number.NaN),
        null,
      );
      // Five times the error that so many draws leave in the difference.
      const error = Math.sqrt(theirs.between / own.length + theirs.between / golden.sets);
      expect(Math.abs(mine.estimate - theirs.estimate), term).toBeLessThan(5 * error);
      expect(Math.abs(mine.se / theirs.se - 1), term).toBeLessThan(0.05);
      expect(Math.abs(mine.missing - theirs.missing), term).toBeLessThan(0.06);
      if (term === 'arm' || term === 'age')
        expect(Math.abs(mine.estimate - (golden.completeCases[at] ?? 0)), term).toBeGreaterThan(10 * error);
    });
  });

  it('leave what is known, take numbers that were seen, and are the same for the same seed', () => {
    const age = numbers(table, 'age');
    const seen = new Set(age);
    for (const columns of own.slice(0, 5)) {
      const [first] = columns;
      if (first?.kind !== 'numeric') throw new Error('age');
      first.values.forEach((value, row) => {
        if (Number.isNaN(age[row])) expect(seen.has(value)).toBe(true);
        else expect(value).toBe(age[row]);
      });
      for (const column of columns.slice(1))
        if (column.kind === 'categorical') expect(column.codes.every((code) => code >= 0)).toBe(true);
    }
    expect(sets(table, 2, 7)).toEqual(own.slice(0, 2));
    expect(sets(table, 1, 8)).not.toEqual(own.slice(0, 1));
  });

  it('come from all rows that are predicted alike, not from those that stand first', () => {
    // In each of two groups 150 rows with every number from 0 on in order, and 150 rows without.
    const n = 600;
    const group = Float64Array.from({ length: n }, (_, row) => row % 2) as Vector;
    const values = Float64Array.from({ length: n }, (_, row) =>
      row < n / 2 ? (row >> 1) + 1000 * (row % 2) : Number.NaN,
    ) as Vector;
    const [column] = completed([{ kind: 'numeric', name: 'age', values }], [group], 1, 3)[0] ?? [];
    if (column?.kind !== 'numeric') throw new Error('age');
    for (const one of [0, 1]) {
      const drawn = [...column.values].filter((_, row) => row >= n / 2 && row % 2 === one);
      expect(new Set(drawn).size).toBeGreaterThan(60);
      const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length - 1000 * one;
      // The mean of 150 draws from 0 to 149 has a standard error of 3.5.
      expect(Math.abs(mean - 74.5)).toBeLessThan(5 * 3.5);
    }
  });

  it('get by where a level is predicted perfectly, columns repeat each other, and one value alone is known', () => {
    const n = 60;
    const every = (of: (row: number) => number | string | null) =>
      Array.from({ length: n }, (_, row) => of(row));
    const awkward = tableFrom({
      twice: every((row) => row),
      again: every((row) => 2 * row),
      split: every((row) => (row % 7 === 0 ? null : row < 30 ? 'low' : 'high')),
      alone: every((row) => (row === 4 ? 3 : row < 4 ? 3 : null)),
      rare: every((row) => (row % 5 === 0 ? null : row === 1 ? 'once' : 'often')),
    });
    const [made = []] = completed([...awkward.columns.values()], [], 1, 3);
    for (const column of made)
      expect(
        column.kind === 'numeric'
          ? column.values.every(Number.isFinite)
          : column.codes.every((code) => code >= 0),
      ).toBe(true);
    const split = made.find(({ name }) => name === 'split');
    const right =
      split?.kind === 'categorical'
        ? [...split.codes].filter((code, row) => (split.levels[code] === 'low') === row < 30).length
        : 0;
    expect(right).toBeGreaterThan(54);
  });
});

it('the cumulative hazard steps at each time by the share of those there that have the event', () => {
  // Times 1, 2 (twice, one event), 4: 1/4, then 1/3, then none.
  const hazard = cumulativeHazard(
    Float64Array.from([2, 1, 4, 2]) as Vector,
    Float64Array.from([1, 1, 0, 0]) as Vector,
  );
  expect([...hazard]).toEqual([1 / 4 + 1 / 3, 1 / 4, 1 / 4 + 1 / 3, 1 / 4 + 1 / 3]);
});
