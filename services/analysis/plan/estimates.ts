// The planned estimates of one outcome at one horizon: the unadjusted and the adjusted, each by a method of `waymark estimate`.
import type { Estimate, Measure } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Answer, EstimateRow } from '../../statistics/answer.ts';
import { StatisticsError } from '../../statistics/errors.ts';
import { estimate } from '../../statistics/estimate.ts';
import type { Spec, Vcov } from '../../statistics/spec.ts';
import type { AnalysisTable } from './analysis-table.ts';

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
export function clustering(plan: AnalysisPlan, unit: 'child' | 'family' | 'council'): Partial<Spec> {
  const { vcov, df } = plan.model;
  const alone = plan.clusters === 'unit' && unit === 'child';
  return {
    ...(alone ? {} : { cluster: [plan.clusters === 'council' ? 'council' : 'unit'] }),
    ...(vcov !== undefined && !(alone && vcov.startsWith('CR')) && { vcov: vcov as Vcov }),
    ...(df !== undefined && !alone && { df }),
  };
}

const base = (plan: AnalysisPlan): Pick<Spec, 'level' | 'arm' | 'treated'> => ({
  level: 1 - plan.alpha,
  arm: 'arm',
  treated: 'trial',
});

interface Asked {
  spec: Spec;
  adjusted: boolean;
}

/** The specifications of a fixed-horizon outcome in column `event`. */
function fixedHorizon(
  plan: AnalysisPlan,
  unit: 'child' | 'family' | 'council',
  covariates: string[],
): Asked[] {
  const common = { ...base(plan), ...clustering(plan, unit), outcome: 'event' };
  const { method, use, caliper } = plan.model;
  const asked: Asked[] = [
    { spec: { ...common, method: 'linear' }, adjusted: false },
    { spec: { ...common, method: 'g-computation' }, adjusted: false },
  ];
  if (covariates.length === 0) return asked;
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
  unit: 'child' | 'family' | 'council',
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

/** What the plan asks, answered; a question the data cannot answer is a warning with its code, and no estimate. */
function answers(
  asked: readonly Asked[],
  { table }: AnalysisTable,
): { estimates: Estimate[]; warnings: string[] } {
  const estimates: Estimate[] = [];
  const warnings: string[] = [];
  for (const each of asked) {
    try {
      estimates.push(...rowsOf(each, estimate(each.spec, table)));
    } catch (error) {
      if (!(error instanceof StatisticsError)) throw error;
      warnings.push(`${each.spec.method}${each.adjusted ? ', adjusted' : ''}: ${error.code}`);
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

export const fixedHorizonEstimates = (
  plan: AnalysisPlan,
  unit: 'child' | 'family' | 'council',
  analysed: AnalysisTable,
) => answers(fixedHorizon(plan, unit, analysed.covariates), analysed);

export const timeToEventEstimates = (
  plan: AnalysisPlan,
  unit: 'child' | 'family' | 'council',
  analysed: AnalysisTable,
  horizonDays: number,
) => answers(timeToEvent(plan, unit, analysed.covariates, horizonDays), analysed);

/** The one estimate the plan is about: adjusted where it adjusts, of the summary the estimand names. */
export function plannedEstimate<Row extends Pick<Estimate, 'measure' | 'adjusted'>>(
  estimates: readonly Row[],
  summary: string | undefined,
): Row | undefined {
  const wanted = estimates.filter(({ measure }) => summary === undefined || measure === summary);
  return wanted.find(({ adjusted }) => adjusted) ?? wanted[0];
}
