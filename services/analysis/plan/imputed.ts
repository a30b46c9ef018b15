// Covariates that are not known drawn many times over, and the estimates of the completed tables put together.
import { createHash } from 'node:crypto';
import type { Estimate } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import { ratioTwin, waldRow } from '../../statistics/answer.ts';
import type { Vector } from '../../statistics/arrays.ts';
import type { Column, Table } from '../../statistics/data/table.ts';
import { completed } from '../../statistics/imputation/chained.ts';
import { pooled } from '../../statistics/imputation/pool.ts';
import type { AnalysisTable } from './analysis-table.ts';

/** Enough unless far more than a fifth of the rows are incomplete: White, Royston and Wood (2011), Stat. Med. 30:377, sec. 7. */
const SETS = 20;

/** Whether a plan asks it of a method for which it is not there. */
export const isNotImputed = ({ missing, model }: AnalysisPlan): boolean =>
  missing === 'multiple-imputation' && (model.method === 'propensity' || model.method === 'fine-gray');

const isComplete = (column: Column): boolean =>
  column.kind === 'numeric'
    ? !column.values.some((value) => Number.isNaN(value))
    : !column.codes.some((code) => code < 0);

/** A whole number below 2^32 that belongs to the words. */
const seedOf = (words: string): number => createHash('sha256').update(words).digest().readUInt32BE(0);

/**
 * The table as often as it is completed; once where nothing is missing.
 * @param beside names of columns of numbers that belong to the model too, such as the outcome
 * @param words of what is estimated: the same ones draw the same values
 */
export function completedTables(
  { table, covariates }: AnalysisTable,
  beside: readonly string[],
  words: string,
): Table[] {
  const columns = covariates.flatMap((name) => table.columns.get(name) ?? []);
  if (columns.every(isComplete)) return [table];
  const { columns: all, n } = table;
  const arm = all.get('arm');
  const codes = arm?.kind === 'categorical' ? arm.codes : new Int32Array(n);
  const model = beside.flatMap((name) => {
    const column = all.get(name);
    return column?.kind === 'numeric' ? [column.values] : [];
  });
  const treated = Float64Array.from(codes) as Vector;
  return completed(columns, [treated, ...model], SETS, seedOf(words)).map((filled) => ({
    n,
    columns: new Map([...all, ...filled.map((column) => [column.name, column] as const)]),
  }));
}

const isRatio = ({ measure }: Estimate): boolean => measure.endsWith('-ratio');

/** One estimate of every completed table, ratios on their logarithms; the first where there is one table. */
export function pooledEstimate(each: readonly Estimate[], level: number): Estimate | null {
  const [first] = each;
  if (!first || each.length === 1) return first ?? null;
  const ratio = isRatio(first);
  const known = each.flatMap(({ estimate, standardError }) =>
    estimate === null || standardError === null
      ? []
      : [
          ratio
            ? ([Math.log(estimate), standardError / estimate] as const)
            : ([estimate, standardError] as const),
        ],
  );
  const warnings = [...new Set(each.flatMap((one) => one.warnings))];
  if (known.length < each.length)
    return {
      ...first,
      estimate: null,
      standardError: null,
      degreesOfFreedom: null,
      lower: null,
      upper: null,
      p: null,
      warnings,
    };
  const dfs = each.flatMap(({ degreesOfFreedom }) => degreesOfFreedom ?? []);
  const completeDf = dfs.length < each.length ? null : dfs.reduce((sum, df) => sum + df, 0) / dfs.length;
  const { estimate, se, df, missing } = pooled(
    known.map(([value]) => value),
    known.map(([, error]) => error),
    completeDf,
  );
  const row = waldRow('', estimate, se, df, level, ratio ? 'log' : 'identity');
  const shown = ratio ? ratioTwin(row) : row;
  return {
    ...first,
    estimate: shown.estimate,
    standardError: shown.se,
    degreesOfFreedom: shown.df,
    lower: shown.lower,
    upper: shown.upper,
    p: shown.p,
    variance: `${first.variance}, ${each.length} imputations (Rubin), ${(100 * missing).toFixed(1)}% of the information missing`,
    warnings,
  };
}
