// Rows fit for analysis: every column a role names exists, and no cell a method reads is missing.
import { type Integers, integers, type Vector, zeros } from '../arrays.ts';
import { rolesRead } from '../catalogue/catalogue.ts';
import { demand, StatisticsError } from '../errors.ts';
import type { Roles, Spec } from '../spec.ts';
import {
  type CategoricalColumn,
  columnOf,
  labelsOf,
  numbersOf,
  selectRows,
  type Table,
  usedLevels,
} from './table.ts';

/** The rows a method works on, and how many were dropped for missing cells. */
export interface Sample {
  readonly table: Table;
  readonly nDropped: number;
  /** For each kept row its place (from 0) in the data. */
  readonly rows: Integers;
}

/** Columns that the method of a specification reads, in the order of the roles. */
export function namedColumns(spec: Roles): string[] {
  const { outcome, arm, covariates, cluster, strata, weights, time, event, id, start, unit, firstTreated } =
    rolesRead(spec);
  const names = [
    outcome,
    arm,
    ...(covariates ?? []),
    ...(cluster ?? []),
    ...(strata ?? []),
    weights,
    time,
    event,
  ];
  const se = 'se' in spec && typeof spec.se === 'string' ? spec.se : undefined;
  return [...new Set([...names, id, start, unit, firstTreated, se].filter((name) => name !== undefined))];
}

/** Applies the missing rule: refuse at the first missing cell, or keep complete rows when the specification says so. */
export function sampleOf(spec: Spec, table: Table): Sample {
  const columns = namedColumns(spec).map((name) => columnOf(table, name));
  const missing = new Uint8Array(table.n);
  let dropped = 0;
  for (const found of columns) {
    const numbers = found.kind === 'numeric' ? found.values : null;
    const codes = found.kind === 'numeric' ? integers(0) : found.codes;
    for (let i = 0; i < table.n; i++) {
      if (numbers ? Number.isFinite(numbers[i]) : codes[i] >= 0) continue;
      if (numbers && !Number.isNaN(numbers[i])) {
        const cell = `column "${found.name}", row ${i + 1}`;
        throw new StatisticsError('not-finite', `${cell}: ${numbers[i]} is not a finite number`, found.name);
      }
      if (spec.missing !== 'complete-case') {
        throw new StatisticsError(
          'missing-value',
          `column "${found.name}", row ${i + 1} is missing; fill it or set "missing":"complete-case"`,
          found.name,
        );
      }
      if (missing[i] === 0) dropped++;
      missing[i] = 1;
    }
  }
  demand(table.n > 0, 'no-rows', 'the data have no rows; check the file and its header');
  demand(dropped < table.n, 'no-rows', 'every row has a missing cell; nothing is left to analyse');
  const rows = integers(table.n - dropped);
  let kept = 0;
  for (let i = 0; i < table.n; i++) if (missing[i] === 0) rows[kept++] = i;
  const named = { n: table.n, columns: new Map(columns.map((found) => [found.name, found])) };
  return { table: dropped === 0 ? named : selectRows(named, rows), nDropped: dropped, rows };
}

/** The column a method cannot do without. */
export function needed(spec: Spec, role: keyof Roles): string {
  const name = spec[role];
  const first = Array.isArray(name) ? name[0] : name;
  demand(first !== undefined, 'missing-role', `${spec.method} needs "${role}": name its column`, role);
  return first as string;
}

/** Two arms as 1 (treated) and 0. */
export interface TwoArms {
  readonly name: string;
  readonly treated: Vector;
  readonly nTreated: number;
  readonly nControl: number;
  readonly treatedLevel: string;
  readonly controlLevel: string;
}

const sameValue = (level: string, wanted: string): boolean =>
  level === wanted || (level !== '' && wanted !== '' && Number(level) === Number(wanted));

/** The arm column as an indicator of `treated` (without it, the second level in sort order). Refuses one arm or three. */
export function twoArms(spec: Spec, table: Table): TwoArms {
  const name = needed(spec, 'arm');
  const labels = usedLevels(labelsOf(table, name));
  const { levels } = labels;
  demand(
    levels.length > 1,
    'one-arm',
    `column "${name}" holds one arm only (${levels[0]}); two are needed`,
    name,
  );
  demand(
    levels.length === 2,
    'too-many-arms',
    `column "${name}" holds ${levels.length} arms; ${spec.method} compares two`,
    name,
  );
  const wanted = spec.treated;
  const code = wanted === undefined ? 1 : levels.findIndex((level) => sameValue(level, wanted));
  demand(
    code >= 0,
    'unknown-arm',
    `no row of "${name}" has the treated value "${wanted}"; it holds ${levels.join(', ')}`,
    'treated',
  );
  const treated = zeros(table.n);
  let nTreated = 0;
  for (let i = 0; i < table.n; i++) {
    if (labels.codes[i] !== code) continue;
    treated[i] = 1;
    nTreated++;
  }
  return {
    name,
    treated,
    nTreated,
    nControl: table.n - nTreated,
    treatedLevel: levels[code] ?? '',
    controlLevel: levels[1 - code] ?? '',
  };
}

/** A column of 0 and 1; anything else is refused with its row. */
export function binaryOf(table: Table, name: string): Vector {
  const values = numbersOf(table, name);
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 0 && values[i] !== 1) {
      throw new StatisticsError(
        'not-binary',
        `column "${name}", row ${i + 1}: ${values[i]} is neither 0 nor 1`,
        name,
      );
    }
  }
  return values;
}

/** Non-negative weights; null when the specification names none. */
export function weightsOf(spec: Spec, table: Table): Vector | null {
  if (spec.weights === undefined) return null;
  const values = numbersOf(table, spec.weights);
  let some = false;
  for (let i = 0; i < values.length; i++) {
    demand(
      values[i] >= 0,
      'negative-weight',
      `column "${spec.weights}", row ${i + 1}: a weight is 0 or more`,
      spec.weights,
    );
    some ||= values[i] > 0;
  }
  demand(some, 'no-weight', `every weight in "${spec.weights}" is 0`, spec.weights);
  return values;
}

/** Refuses a column in which two rows share a value, where each row is to be named by its own. */
export function refuseDuplicates(table: Table, name: string): void {
  const { codes, levels } = labelsOf(table, name);
  const first = new Int32Array(levels.length).fill(-1);
  for (let i = 0; i < codes.length; i++) {
    const id = codes[i] as number;
    const seen = first[id] as number;
    demand(
      seen < 0,
      'duplicate-id',
      `column "${name}", rows ${seen + 1} and ${i + 1} share the id "${levels[id]}"; each row needs its own`,
      name,
    );
    first[id] = i;
  }
}

/** Groups of rows: `code[i]` is the group of row i. */
export interface Grouping {
  readonly name: string;
  readonly code: Integers;
  readonly levels: readonly string[];
}

const asGrouping = (labels: CategoricalColumn): Grouping => ({
  name: labels.name,
  code: labels.codes,
  levels: labels.levels,
});

export const groupingOf = (table: Table, name: string): Grouping =>
  asGrouping(usedLevels(labelsOf(table, name)));

/** The crossing of several groupings, only combinations that occur; no names gives one group of all rows. */
export function crossed(table: Table, names: readonly string[]): Grouping {
  const [first, ...rest] = names;
  if (first === undefined) return { name: '', code: integers(table.n), levels: [''] };
  return rest.reduce<Grouping>(
    (done, name) => intersection(done, groupingOf(table, name)),
    groupingOf(table, first),
  );
}

/** The combinations of two groupings that occur, in order of their codes. */
export function intersection(a: Grouping, b: Grouping): Grouping {
  const width = b.levels.length;
  const keys = Float64Array.from(a.code, (code, i) => code * width + (b.code[i] as number));
  const distinct = Float64Array.from(new Set(keys)).sort();
  const place = new Map(Array.from(distinct, (key, i) => [key, i]));
  return {
    name: `${a.name} x ${b.name}`,
    code: Int32Array.from(keys, (key) => place.get(key) ?? 0),
    levels: Array.from(distinct, (key) => `${a.levels[Math.floor(key / width)]}, ${b.levels[key % width]}`),
  };
}
