// Participants as the typed columns that the statistics engine reads; the plan's rule for missing covariates is applied here.
import type { Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import { type Column, sortLevels, type Table } from '../../statistics/data/table.ts';
import type { AnalysisParticipant, CovariateValue } from './participant.ts';

export type MissingRule = 'complete-case' | 'missing-category';

export function categories(name: string, values: readonly (string | null)[]): Column {
  const levels = sortLevels([...new Set(values.filter((value) => value !== null))]);
  const place = new Map(levels.map((level, code) => [level, code]));
  const codes = Int32Array.from(values, (value) => (value === null ? -1 : (place.get(value) ?? -1)));
  return { kind: 'categorical', name, codes, levels };
}

export const numbers = (name: string, values: ArrayLike<number>): Column => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values),
});

/** The columns of one covariate. A number that is not known is the mean of the known ones, beside an indicator of it. */
function covariateColumns(name: string, values: readonly CovariateValue[], missing: MissingRule): Column[] {
  if (values.every((value) => value === null || typeof value === 'number')) {
    const known = values.filter((value) => typeof value === 'number');
    if (missing === 'complete-case' || known.length === values.length)
      return [
        numbers(
          name,
          values.map((value) => (typeof value === 'number' ? value : Number.NaN)),
        ),
      ];
    const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
    return [
      numbers(
        name,
        values.map((value) => (typeof value === 'number' ? value : mean)),
      ),
      numbers(
        `${name} not known`,
        values.map((value) => (value === null ? 1 : 0)),
      ),
    ];
  }
  const words = values.map((value) => (value === null ? null : String(value)));
  return [categories(name, missing === 'complete-case' ? words : words.map((value) => value ?? 'not known'))];
}

const varies = (column: Column): boolean =>
  column.kind === 'numeric'
    ? new Set(column.values.filter((value) => !Number.isNaN(value))).size > 1
    : new Set(column.codes.filter((code) => code >= 0)).size > 1;

export interface AnalysisTable {
  table: Table;
  /** Columns of the covariates that vary among these participants. */
  covariates: string[];
  warnings: string[];
}

/** Arm, unit, council, covariates and the columns given, one row a participant. */
export function analysisTable(
  participants: readonly AnalysisParticipant[],
  covariates: readonly Covariate[],
  missing: MissingRule,
  further: readonly Column[],
): AnalysisTable {
  const columns = covariates.flatMap((name) =>
    covariateColumns(
      name,
      participants.map((one) => one.covariates[name]),
      missing,
    ),
  );
  const useful = columns.filter(varies);
  const all: Column[] = [
    categories(
      'arm',
      participants.map(({ arm }) => arm),
    ),
    categories(
      'unit',
      participants.map(({ council, unit }) => `${council} ${unit}`),
    ),
    // A covariate of the same name is this column too.
    categories(
      'council',
      participants.map(({ council }) => council),
    ),
    ...useful.filter(({ name }) => name !== 'council'),
    ...further,
  ];
  return {
    table: { n: participants.length, columns: new Map(all.map((column) => [column.name, column])) },
    covariates: useful.map(({ name }) => name),
    warnings: columns
      .filter((column) => !varies(column))
      .map(({ name }) => `constant-covariate-left-out: ${name}`),
  };
}
