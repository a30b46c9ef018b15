// The design matrix: intercept, arm, then covariates, words dummy-coded against their first level in sort order.
import { type Vector, zeros } from '../arrays.ts';
import { demand } from '../errors.ts';
import type { Matrix } from '../linear-algebra/matrix.ts';
import type { Spec } from '../spec.ts';
import { type TwoArms, twoArms } from './roles.ts';
import { type Column, columnOf, type Table, usedLevels } from './table.ts';

export interface Design {
  readonly x: Matrix;
  readonly terms: readonly string[];
  readonly arm: TwoArms | null;
  /** Place of the arm's column, -1 without an arm. */
  readonly armColumn: number;
}

export const INTERCEPT = '(intercept)';

/** Columns of the covariates with their terms. */
export function covariateColumns(
  table: Table,
  names: readonly string[],
): { terms: string[]; columns: Vector[] } {
  const terms: string[] = [];
  const columns: Vector[] = [];
  for (const name of names) {
    const found = columnOf(table, name);
    if (found.kind === 'numeric') {
      terms.push(name);
      columns.push(found.values);
      continue;
    }
    const labels = usedLevels(found);
    demand(
      labels.levels.length > 1,
      'constant-covariate',
      `covariate "${name}" has one value only; leave it out`,
      name,
    );
    demand(
      labels.levels.length <= table.n / 2 + 1 && labels.levels.length < 2000,
      'too-many-levels',
      `covariate "${name}" has ${labels.levels.length} levels for ${table.n} rows; a label is not a covariate`,
      name,
    );
    labels.levels.slice(1).forEach((level, k) => {
      const dummy = zeros(table.n);
      for (let i = 0; i < table.n; i++) if (labels.codes[i] === k + 1) dummy[i] = 1;
      terms.push(`${name}=${level}`);
      columns.push(dummy);
    });
  }
  for (let j = 0; j < columns.length; j++) {
    const values = columns[j] as Vector;
    demand(
      table.n < 2 || values.some((x) => x !== values[0]),
      'constant-covariate',
      `covariate "${terms[j]}" has one value only; leave it out`,
      names[j] ?? terms[j],
    );
  }
  return { terms, columns };
}

interface Remembered {
  readonly columns: readonly Column[];
  readonly arm: string | undefined;
  readonly treated: string | undefined;
  readonly design: Design;
}

/** The last design that ended with a column: fits of other outcomes on the very same columns share it. */
const remembered = new WeakMap<Column, Remembered>();

/** The design of a specification; `intercept` false for hazards. Columns are never changed once they are in a table. */
export function designOf(spec: Spec, table: Table, intercept = true): Design {
  const names = [...(spec.arm === undefined ? [] : [spec.arm]), ...(spec.covariates ?? [])];
  const columns = names.map((name) => columnOf(table, name));
  const key = columns.at(-1);
  if (!key || !intercept) return madeDesign(spec, table, intercept);
  const last = remembered.get(key);
  if (
    last?.arm === spec.arm &&
    last?.treated === spec.treated &&
    last?.columns.length === columns.length &&
    last.columns.every((column, at) => column === columns[at])
  )
    return last.design;
  const design = madeDesign(spec, table, intercept);
  remembered.set(key, { columns, arm: spec.arm, treated: spec.treated, design });
  return design;
}

function madeDesign(spec: Spec, table: Table, intercept: boolean): Design {
  const covariates = covariateColumns(table, spec.covariates ?? []);
  const arm = spec.arm === undefined ? null : twoArms(spec, table);
  const terms = [...(intercept ? [INTERCEPT] : []), ...(arm ? [arm.name] : []), ...covariates.terms];
  const columns = [
    ...(intercept ? [zeros(table.n).fill(1) as Vector] : []),
    ...(arm ? [arm.treated] : []),
    ...covariates.columns,
  ];
  demand(columns.length > 0, 'missing-role', `${spec.method} needs "arm" or "covariates"`, 'covariates');
  const values = zeros(table.n * columns.length);
  columns.forEach((c, j) => {
    values.set(c, j * table.n);
  });
  return {
    x: { rows: table.n, columns: columns.length, values },
    terms,
    arm,
    armColumn: arm ? (intercept ? 1 : 0) : -1,
  };
}

/** Refuses a design whose column `dependent` is a combination of the others. */
export function refuseSingular(terms: readonly string[], dependent: number): never {
  const term = terms[dependent] ?? String(dependent);
  demand(
    false,
    'singular-design',
    `"${term}" is a combination of the terms before it (or constant); leave it out`,
    term,
  );
}
