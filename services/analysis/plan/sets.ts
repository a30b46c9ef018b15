// Where everybody of one arm went, for one outcome and horizon: enrolled = not at risk + pending + matured.
import type { AnalysisSet } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import type { AnalysedOutcome, AnalysisParticipant } from './participant.ts';

export type OutcomeOf = (participant: AnalysisParticipant) => AnalysedOutcome;

/** Not at risk, and known to be: where an outcome has a clock of its own, only once it can start no more. */
export const isLeftOut = ({ state, matured }: AnalysedOutcome, ownClock: boolean): boolean =>
  state === 'not-at-risk' && (matured || !ownClock);

/** Whose state at the horizon is known. */
export const isAnalysed = ({ state, matured }: AnalysedOutcome): boolean =>
  matured && state !== 'not-at-risk';

/** What standard errors cluster on. */
export const clusterOf = ({ council, unit }: AnalysisParticipant, plan: AnalysisPlan): string =>
  plan.clusters === 'council' ? council : `${council} ${unit}`;

export function setOf(
  arm: Arm,
  all: readonly AnalysisParticipant[],
  outcomeOf: OutcomeOf,
  ownClock: boolean,
  plan: AnalysisPlan,
): AnalysisSet {
  const own = all.filter((one) => one.arm === arm);
  const notAtRisk = own.filter((one) => isLeftOut(outcomeOf(one), ownClock)).length;
  const matured = own.filter((one) => isAnalysed(outcomeOf(one)));
  const having = (state: AnalysedOutcome['state']) =>
    matured.filter((one) => outcomeOf(one).state === state).length;
  const incomplete = (one: AnalysisParticipant) =>
    plan.covariates.some((name) => one.covariates[name] === null);
  const missingCovariates = plan.missing === 'complete-case' ? matured.filter(incomplete).length : 0;
  return {
    arm,
    enrolled: own.length,
    notAtRisk,
    pending: own.length - notAtRisk - matured.length,
    matured: matured.length,
    censored: having('censored'),
    events: having('event'),
    missingCovariates,
    analysed: matured.length - missingCovariates,
    clusters: new Set(matured.map((one) => clusterOf(one, plan))).size,
    risk: matured.length > 0 ? having('event') / matured.length : null,
  };
}
