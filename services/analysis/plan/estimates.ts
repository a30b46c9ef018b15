// The planned estimates of one outcome at one horizon: the unadjusted and the adjusted, each by a method of `waymark estimate`.
import type { Estimate, Measure } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { Answer, EstimateRow } from '../../statistics/answer.ts';
import type { Table } from '../../statistics/data/table.ts';
import { StatisticsError } from '../../statistics/errors.ts';
import { estimate } from '../../statistics/estimate.ts';
import type { Spec, Vcov } from '../../statistics/spec.ts';
import type { AnalysisTable } from './analysis-table.ts';
import { pooledEstimate } from './imputed.ts';

type Measured = (typeof Measure.options)[number];

/** Which rows of a method's answer are estimates of the effect, and of what. */
const measured: Record<string, (row: EstimateRow) => Measured | null> = {
  linear: (row) => (row.term === 'arm' ? 'risk-difference' : null),
  'mixed-linear': (row) => (row.term === 'arm' ? 'risk-difference' : null),
  'g-computation': ({ term }) =>
    term === 'risk-difference' || term === 'risk-ratio' || term === 'odds-ratio' ? term : null,
  logistic: (row) => (row.term === 'arm' && row.scale === 'ratio' ? 'odds-ratio' : null),
  gee: (row) => (row.term === 'arm' && row.scale === 'ratio' ? 'odds-ratio' : null),
  'modified-poisson': (row) => (row.term === 'arm' && row.scale === 'ratio' ? 'risk-ratio' : null),
  propensity: (row) => (row.term === 'arm' ? 'risk-difference' : null),
  cox: (row) => (row.term === 'arm' && row.scale === 'ratio' ? 'hazard-ratio' : null),
  'fine-gray': (row) => (row.term === 'arm' && row.scale === 'ratio' ? 'hazard-ratio' : null),
  rmst: (row) => (row.term === 'difference' ? 'restricted-mean-difference' : null),
};

/** Methods on time to the event; all others are on the fixed horizon. */
export const isTimeToEvent = ({ model }: AnalysisPlan): boolean =>
  model.method === 'cox' || model.method === 'fine-gray' || model.method === 'rmst';

/** How standard errors are made: clustered on what the plan says, unless every participant is a cluster of its own. */
export function clustering(plan: AnalysisPlan, unit: Protocol['unit']): Partial<Spec> {
  const { vcov, df } = plan.model;
  const alone = plan.clusters === 'unit' && unit === 'child';
  return {
    ...(alone ? {} : { cluster: [plan.clusters === 'council' ? 'council' : 'unit'] }),
    ...(vcov !== undefined && !(alone && vcov.startsWith('CR')) && { vcov: vcov as Vcov }),
    ...(df !== undefined && !alone && { df }),
  };
}

/** A record holds estimates: no resampling test is made beside them. */
const base = (plan: AnalysisPlan): Pick<Spec, 'level' | 'arm' | 'treated' | 'beside'> => ({
  beside: false,
  level: 1 - plan.alpha,
  arm: 'arm',
  treated: 'trial',
});

interface Asked {
  spec: Spec;
  adjusted: boolean;
}

/** The specifications of a fixed-horizon outcome in column `event`. */
function fixedHorizon(plan: AnalysisPlan, unit: Protocol['unit'], covariates: string[]): Asked[] {
  const common = { ...base(plan), ...clustering(plan, unit), outcome: 'event' };
  const { method, use, caliper, outcomeModel } = plan.model;
  const asked: Asked[] = [
    { spec: { ...common, method: 'linear' }, adjusted: false },
    { spec: { ...common, method: 'g-computation' }, adjusted: false },
  ];
  if (covariates.length === 0 || method === 'did') return asked;
  const adjusting = {
    ...common,
    covariates,
    ...(plan.missing === 'complete-case' && { missing: 'complete-case' as const }),
  };
  if (method === 'propensity') {
    asked.push({
      spec: {
        ...adjusting,
        method,
        id: 'participant',
        use: use ?? 'iptw-ate',
        ...(caliper !== undefined && { caliper }),
        ...(outcomeModel !== undefined && { outcomeModel }),
      },
      adjusted: true,
    });
    return asked;
  }
  asked.push({ spec: { ...adjusting, method }, adjusted: true });
  if (method === 'logistic') asked.push({ spec: { ...adjusting, method: 'g-computation' }, adjusted: true });
  return asked;
}

/** The specifications of a time in column `days` with its event in column `event`. */
function timeToEvent(
  plan: AnalysisPlan,
  unit: Protocol['unit'],
  covariates: string[],
  horizonDays: number,
): Asked[] {
  const common = { ...base(plan), ...clustering(plan, unit), time: 'days', event: 'event' };
  const { method } = plan.model;
  if (method === 'rmst') return [{ spec: { ...common, method, tau: horizonDays }, adjusted: false }];
  const cause = method === 'fine-gray' ? { cause: 1 } : {};
  const asked = [{ spec: { ...common, ...cause, method }, adjusted: false }];
  if (covariates.length === 0) return asked;
  const missing = plan.missing === 'complete-case' ? { missing: 'complete-case' as const } : {};
  return [...asked, { spec: { ...common, ...cause, ...missing, method, covariates }, adjusted: true }];
}

const numberOr = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function rowsOf({ spec, adjusted }: Asked, answer: Answer): Estimate[] {
  const variance = [answer.vcovType, answer.df].filter((part) => typeof part === 'string').join(', ');
  return (answer.estimates ?? []).flatMap((row): Estimate[] => {
    const measure = measured[spec.method]?.(row);
    if (!measure) return [];
    return [
      {
        measure,
        adjusted,
        estimate: row.estimate,
        standardError: row.se,
        degreesOfFreedom: row.df,
        lower: row.lower,
        upper: row.upper,
        p: row.p,
        method: spec.method,
        variance: variance || 'of the method',
        n: answer.n,
        clusters: numberOr(answer.nClusters),
        warnings: answer.warnings,
      },
    ];
  });
}

/** What a method with covariates estimates. */
const measures: Record<string, Measured[]> = {
  linear: ['risk-difference'],
  'mixed-linear': ['risk-difference'],
  propensity: ['risk-difference'],
  'g-computation': ['risk-difference', 'risk-ratio', 'odds-ratio'],
  logistic: ['odds-ratio'],
  gee: ['odds-ratio'],
  'modified-poisson': ['risk-ratio'],
  cox: ['hazard-ratio'],
  'fine-gray': ['hazard-ratio'],
};

/** The estimates a refused model would have given, empty: no other model's estimate stands in their place. */
const refused = ({ spec }: Asked, n: number, code: string): Estimate[] =>
  (measures[spec.method] ?? []).map((measure) => ({
    measure,
    adjusted: true,
    estimate: null,
    standardError: null,
    degreesOfFreedom: null,
    lower: null,
    upper: null,
    p: null,
    method: spec.method,
    variance: 'none',
    n,
    clusters: null,
    warnings: [code],
  }));

/** Rows of one method on one table or more, each measure once. */
const together = ([first = [], ...more]: readonly Estimate[][], level: number): Estimate[] =>
  first.flatMap((row, at) => pooledEstimate([row, ...more.flatMap((other) => other[at] ?? [])], level) ?? []);

/**
 * What the plan asks, answered; a question the data cannot answer is a warning with its code. An adjusted estimate that
 * could not be made stands empty beside unadjusted ones that could.
 */
function answers(
  asked: readonly Asked[],
  { table }: AnalysisTable,
  complete: Complete,
): { estimates: Estimate[]; warnings: string[] } {
  const estimates: Estimate[] = [];
  const warnings: string[] = [];
  for (const each of asked) {
    try {
      // Without covariates nothing is missing.
      const tables = each.adjusted ? complete() : [table];
      estimates.push(
        ...together(
          tables.map((one) => rowsOf(each, estimate(each.spec, one))),
          each.spec.level,
        ),
      );
    } catch (error) {
      if (!(error instanceof StatisticsError)) throw error;
      warnings.push(`${each.spec.method}${each.adjusted ? ', adjusted' : ''}: ${error.code}`);
      if (each.adjusted && estimates.length > 0) estimates.push(...refused(each, table.n, error.code));
    }
  }
  // The unadjusted risk difference is the linear model's; g-computation repeats it with another variance.
  const linear = estimates.some((row) => row.method === 'linear' && !row.adjusted);
  return {
    estimates: estimates.filter(
      (row) =>
        !(linear && row.method === 'g-computation' && !row.adjusted && row.measure === 'risk-difference'),
    ),
    warnings,
  };
}

/** Tables in which no covariate is missing: the one there is, or several that were imputed; made when first asked for. */
export type Complete = () => readonly Table[];

export const fixedHorizonEstimates = (
  plan: AnalysisPlan,
  unit: Protocol['unit'],
  analysed: AnalysisTable,
  complete: Complete = () => [analysed.table],
) => answers(fixedHorizon(plan, unit, analysed.covariates), analysed, complete);

/** The unadjusted risk difference alone. */
export const unadjustedDifference = (plan: AnalysisPlan, unit: Protocol['unit'], analysed: AnalysisTable) =>
  answers(fixedHorizon(plan, unit, []).slice(0, 1), analysed, () => [analysed.table]);

export const timeToEventEstimates = (
  plan: AnalysisPlan,
  unit: Protocol['unit'],
  analysed: AnalysisTable,
  horizonDays: number,
  complete: Complete = () => [analysed.table],
) => answers(timeToEvent(plan, unit, analysed.covariates, horizonDays), analysed, complete);

/** The one estimate the plan is about: adjusted where it adjusts, of the summary the estimand names; empty when refused. */
export function plannedEstimate<Row extends Pick<Estimate, 'measure' | 'adjusted'>>(
  estimates: readonly Row[],
  summary: string | undefined,
): Row | undefined {
  const wanted = estimates.filter(({ measure }) => summary === undefined || measure === summary);
  return wanted.find(({ adjusted }) => adjusted) ?? wanted[0];
}
