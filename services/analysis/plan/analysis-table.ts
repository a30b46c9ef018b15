// Participants as the typed columns that the statistics engine reads; the plan's rule for missing covariates is applied here.
import type { Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import { type CategoricalColumn, type Column, sortLevels, type Table } from '../../statistics/data/table.ts';
import { type Columns, numbers, someNumbers, someWords } from './columns.ts';

export type MissingRule = 'complete-case' | 'missing-category';

const NOT_KNOWN = 'not known';

/** Not known as a category of its own. */
function withNotKnown(column: CategoricalColumn): CategoricalColumn {
  const { name, codes, levels } = column;
  if (!codes.includes(-1)) return column;
  const all = sortLevels([...levels, NOT_KNOWN]);
  const place = Int32Array.from(levels, (level) => all.indexOf(level));
  const notKnown = all.indexOf(NOT_KNOWN);
  return {
    kind: 'categorical',
    name,
    codes: codes.map((code) => (code < 0 ? notKnown : (place[code] ?? notKnown))),
    levels: all,
  };
}

/** The columns of one covariate. A number that is not known is the mean of the known ones, beside an indicator of it. */
function covariateColumns(column: Column, rows: Int32Array, missing: MissingRule): Column[] {
  if (column.kind === 'categorical') {
    const own = someWords(column, rows);
    return [missing === 'complete-case' ? own : withNotKnown(own)];
  }
  const { name } = column;
  const values = someNumbers(column, rows);
  let known = 0;
  let sum = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    known += 1;
    sum += value;
  }
  if (missing === 'complete-case' || known === values.length) return [numbers(name, values)];
  const mean = sum / Math.max(1, known);
  return [
    numbers(
      name,
      values.map((value) => (Number.isNaN(value) ? mean : value)),
    ),
    numbers(
      `${name} not known`,
      values.map((value) => (Number.isNaN(value) ? 1 : 0)),
    ),
  ];
}

/** Whether two known values differ. */
function varies(column: Column): boolean {
  const values: ArrayLike<number> = column.kind === 'numeric' ? column.values : column.codes;
  const isKnown = (value: number) => (column.kind === 'numeric' ? !Number.isNaN(value) : value >= 0);
  let first: number | null = null;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? Number.NaN;
    if (!isKnown(value)) continue;
    if (first === null) first = value;
    else if (value !== first) return true;
  }
  return false;
}

export interface AnalysisTable {
  table: Table;
  /** Columns of the covariates that vary among these participants. */
  covariates: string[];
  warnings: string[];
}

/**
 * Arm, unit, council, covariates and the columns given, one row a participant.
 * @param rows their places among everybody
 */
export function analysisTable(
  everybody: Columns,
  rows: Int32Array,
  covariates: readonly Covariate[],
  missing: MissingRule,
  further: readonly Column[],
): AnalysisTable {
  const key = `${missing} ${covariates.join(' ')}`;
  const { useful, constant, units } = everybody.remembered(key, rows, () => {
    const columns = covariates.flatMap((name) => covariateColumns(everybody.covariate(name), rows, missing));
    return {
      useful: columns.filter(varies),
      constant: columns.filter((column) => !varies(column)),
      units: [everybody.arm, everybody.unit, everybody.council].map((column) => someWords(column, rows)),
    };
  });
  // A covariate named council is the column of councils too.
  const all: Column[] = [...units, ...useful.filter(({ name }) => name !== 'council'), ...further];
  return {
    table: { n: rows.length, columns: new Map(all.map((column) => [column.name, column])) },
    covariates: useful.map(({ name }) => name),
    warnings: constant.map(({ name }) => `constant-covariate-left-out: ${name}`),
  };
}
