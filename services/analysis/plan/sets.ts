// Where everybody of one arm went, for one outcome and horizon: enrolled = not at risk + pending + matured.
import type { AnalysisSet } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import type { Columns } from './columns.ts';
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

interface Counts {
  enrolled: number;
  notAtRisk: number;
  matured: number;
  events: number;
  censored: number;
  straddling: number;
  missing: number;
  clusters: number;
}

function setOf(arm: Arm, counts: Counts): AnalysisSet {
  const { enrolled, notAtRisk, matured, events, censored, straddling, missing, clusters } = counts;
  return {
    arm,
    enrolled,
    notAtRisk,
    pending: enrolled - notAtRisk - matured,
    matured,
    censored,
    events,
    straddling,
    missingCovariates: missing,
    analysed: matured - straddling - missing,
    clusters,
    risk: matured > 0 ? events / matured : null,
  };
}

/** The trial arm's set and the comparison's. */
export function setsOf(
  everybody: Columns,
  all: readonly AnalysisParticipant[],
  outcomeOf: OutcomeOf,
  ownClock: boolean,
  plan: AnalysisPlan,
  isStraddling: (one: AnalysisParticipant) => boolean,
): AnalysisSet[] {
  const { codes, levels } = plan.clusters === 'council' ? everybody.council : everybody.unit;
  const names = plan.missing === 'complete-case' ? plan.covariates : [];
  const nobody = () => ({
    seen: new Uint8Array(levels.length),
    counts: {
      enrolled: 0,
      notAtRisk: 0,
      matured: 0,
      events: 0,
      censored: 0,
      straddling: 0,
      missing: 0,
      clusters: 0,
    },
  });
  const arms = { trial: nobody(), comparison: nobody() };
  all.forEach((one, row) => {
    const { counts, seen } = arms[one.arm];
    counts.enrolled += 1;
    const outcome = outcomeOf(one);
    if (isLeftOut(outcome, ownClock)) counts.notAtRisk += 1;
    if (!isAnalysed(outcome)) return;
    counts.matured += 1;
    const cluster = codes[row] ?? 0;
    if (seen[cluster] === 0) {
      seen[cluster] = 1;
      counts.clusters += 1;
    }
    if (outcome.state === 'event') counts.events += 1;
    if (outcome.state === 'censored') counts.censored += 1;
    if (isStraddling(one)) counts.straddling += 1;
    else if (names.some((name) => one.covariates[name] === null)) counts.missing += 1;
  });
  return [setOf('trial', arms.trial.counts), setOf('comparison', arms.comparison.counts)];
}
