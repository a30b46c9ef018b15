// A model with almost as many parameters as children gives its children away: ACRO asks for at least 10 residual degrees of
// freedom (safe_dof_threshold).
import type { AnalysisRecord, Estimate } from '../../../schemas/analysis.ts';

export const RESIDUAL_DF = 10;

/** An intercept, the arm and, of a covariate, as many columns as it can have: not known is a category too. */
function parametersOf({ balance, study }: AnalysisRecord): number {
  return study.plan.covariates.reduce((sum, name) => {
    const rows = balance.filter(({ of }) => of === name);
    const isNumber = rows.every(({ level }) => level === null);
    return sum + (isNumber ? 2 : rows.length);
  }, 2);
}

export const hasResidualFreedom = (record: AnalysisRecord, { n, adjusted }: Estimate): boolean =>
  n - (adjusted ? parametersOf(record) : 2) >= RESIDUAL_DF;
