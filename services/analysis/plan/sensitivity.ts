// Sensitivity analyses by name: the planned estimate of the primary outcome with one choice of the plan made otherwise.
import type { Estimate, SensitivityResult } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';

/** What each name changes. `unadjusted` estimates without covariates and without weights. */
const choices: Readonly<Record<string, (plan: AnalysisPlan) => AnalysisPlan>> = {
  unadjusted: (plan) => ({ ...plan, covariates: [], model: { method: 'linear' } }),
  'complete-cases': (plan) => ({ ...plan, missing: 'complete-case' }),
  'missing-category': (plan) => ({ ...plan, missing: 'missing-category' }),
  'multiple-imputation': (plan) => ({ ...plan, missing: 'multiple-imputation' }),
  'linear-model': ({ model, ...plan }) => ({ ...plan, model: { method: 'linear', ...variance(model) } }),
  'g-computation': ({ model, ...plan }) => ({
    ...plan,
    model: { method: 'g-computation', ...variance(model) },
  }),
  'council-clusters': (plan) => ({ ...plan, clusters: 'council' }),
  'inverse-probability-weights': (plan) => ({ ...plan, model: { method: 'propensity', use: 'iptw-att' } }),
  'overlap-weights': (plan) => ({ ...plan, model: { method: 'propensity', use: 'overlap' } }),
  'outcome-model': (plan) => ({ ...plan, model: { ...plan.model, outcomeModel: 'linear' } }),
  'straddling-kept': (plan) => ({ ...plan, straddling: 'kept' }),
  'straddling-left-out': (plan) => ({ ...plan, straddling: 'left-out' }),
  'not-yet-begun': (plan) => ({ ...plan, model: { ...plan.model, control: 'not-yet' } }),
  'never-begun': (plan) => ({ ...plan, model: { ...plan.model, control: 'never' } }),
};

export const sensitivityNames = Object.keys(choices);

function variance({ vcov, df }: AnalysisPlan['model']): Pick<AnalysisPlan['model'], 'vcov' | 'df'> {
  return { ...(vcov !== undefined && { vcov }), ...(df !== undefined && { df }) };
}

/**
 * @param planned the planned estimate of the primary outcome under another plan, or a word for why there is none
 */
export const sensitivityOf = (
  plan: AnalysisPlan,
  planned: (other: AnalysisPlan) => Estimate | string,
): SensitivityResult[] =>
  plan.sensitivity.map(({ id, words }) => {
    const choice = choices[id];
    if (!choice) return { id, words, estimate: null, without: 'not-carried-out-by-name' };
    const found = planned(choice(plan));
    return typeof found === 'string'
      ? { id, words, estimate: null, without: found }
      : { id, words, estimate: found, without: null };
  });
