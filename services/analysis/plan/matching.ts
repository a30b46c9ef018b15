// What weighting or matching came to: how alike the arms are after it, and how many children they are still worth.
import type { Matching } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Answer } from '../../statistics/answer.ts';
import { StatisticsError } from '../../statistics/errors.ts';
import { estimate } from '../../statistics/estimate.ts';
import { analysisTable } from './analysis-table.ts';
import { type Columns, numbersBy } from './columns.ts';
import type { Analysed } from './participant.ts';

interface Row {
  term: string;
  before: { smd: number | null };
  after: { smd: number | null };
}

const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

/** Of the participants whose primary outcome is known; null for a plan that neither weighs nor matches. */
export function matchingOf(everybody: Columns, plan: AnalysisPlan, analysed: Analysed): Matching | null {
  if (plan.model.method !== 'propensity') return null;
  const { use = 'iptw-ate', caliper } = plan.model;
  const { table, covariates } = analysisTable(
    everybody,
    analysed.rows,
    plan.covariates,
    plan.missing === 'complete-case' ? 'complete-case' : 'missing-category',
    [numbersBy('participant', analysed.rows.length, (row) => row)],
  );
  let answer: Answer;
  try {
    answer = estimate(
      {
        method: 'propensity',
        level: 1 - plan.alpha,
        arm: 'arm',
        treated: 'trial',
        id: 'participant',
        covariates,
        use,
        ...(caliper !== undefined && { caliper }),
        ...(plan.missing === 'complete-case' && { missing: 'complete-case' as const }),
      },
      table,
    );
  } catch (error) {
    if (error instanceof StatisticsError) return null;
    throw error;
  }
  const { treated, control } = answer.effectiveSampleSize as { treated: number; control: number };
  return {
    use,
    balance: (answer.balance as Row[]).map(({ term, before, after }) => ({
      covariate: term,
      before: finite(before.smd),
      after: finite(after.smd),
    })),
    effective: { trial: treated, comparison: control },
    unmatched: use === 'nearest' ? (answer.excluded as { treated: number }).treated : null,
  };
}
