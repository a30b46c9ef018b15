// A locked plan and one snapshot of outcomes come to one analysis record: no store, no clock, the same bytes every time.
import type { AnalysisRecord, OutcomeAnalysis, UnitCosts } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Estimand } from '../../../schemas/protocol/estimand.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { DrawnCouncils } from '../../evaluations/evaluate/allocation.ts';
import { contentHash } from '../../platform/content-hash.ts';
import { UserError } from '../../platform/errors.ts';
import { estimate } from '../../statistics/estimate.ts';
import { balanceOf } from './balance.ts';
import { Columns } from './columns.ts';
import { costsOf } from './costs.ts';
import { isTimeToEvent, plannedEstimate } from './estimates.ts';
import type { LastDay } from './follow-up.ts';
import { type Acceptance, gatesOf } from './gates.ts';
import { isNotImputed } from './imputed.ts';
import { type EarlierLook, interimOf, timingOf } from './interim.ts';
import { matchingOf } from './matching.ts';
import { analysedOf, outcomeResult } from './outcome-result.ts';
import type { AnalysedOutcome, AnalysisParticipant } from './participant.ts';
import { snapshotHash } from './snapshot-hash.ts';
import { flowOf, type Screening, studyOf } from './study.ts';

/** The plan's parts that cannot be carried out here are refused, never left out in silence. */
export function refuseImpossible(protocol: Protocol): { plan: AnalysisPlan; estimand: Estimand } {
  const { analysis, estimand } = protocol;
  const refuse = (code: string, field: string, sentence: string): never => {
    throw new UserError(code, sentence, { field });
  };
  if (!analysis || !estimand)
    return refuse('no-plan', 'analysis', 'The protocol has no analysis plan: one of version 2 is needed.');
  if (isTimeToEvent(analysis) !== (estimand.summary === 'hazard-ratio' || analysis.model.method === 'rmst'))
    return refuse(
      'other-estimand',
      'analysis.model.method',
      `The estimand is a ${estimand.summary}, and ${analysis.model.method} estimates something else.`,
    );
  if (analysis.model.method === 'did' && estimand.summary !== 'risk-difference')
    return refuse(
      'other-estimand',
      'analysis.model.method',
      `The estimand is a ${estimand.summary}, and differences in differences are of risks.`,
    );
  if (isNotImputed(analysis))
    return refuse(
      'not-available',
      'analysis.missing',
      `Multiple imputation is not there for ${analysis.model.method}: choose complete-case or missing-category.`,
    );
  return { plan: analysis, estimand };
}

/** The p of every secondary planned estimate, adjusted together; the primary one is tested by itself. */
function withMultiplicity(
  results: OutcomeAnalysis[],
  plan: AnalysisPlan,
  summary: string,
): OutcomeAnalysis[] {
  const planned = results.map((one) => plannedEstimate(one.estimates, summary)?.p ?? null);
  const family = results.flatMap((one, at) => (one.role === 'secondary' && planned[at] !== null ? [at] : []));
  const p = family.map((at) => planned[at] ?? 1);
  const adjusted =
    plan.multiplicity === 'none' || p.length === 0
      ? p
      : (estimate({ method: 'multiplicity', level: 0.95, p, adjust: plan.multiplicity }, null)
          .adjusted as number[]);
  return results.map((one, at) => {
    const place = family.indexOf(at);
    return place < 0 ? one : { ...one, adjustedP: adjusted[place] ?? null };
  });
}

/** Effects and risks taken out; who was followed stays. */
const withheldResult = (one: OutcomeAnalysis): OutcomeAnalysis => ({
  ...one,
  sets: one.sets.map((set) => ({ ...set, events: null, censored: null, risk: null })),
  estimates: [],
  adjustedP: null,
  subgroups: [],
  curves: [],
  councils: [],
  eventStudy: null,
  sensitivity: [],
  pooled: null,
});

const primaryOutcomeOf = ({ outcomes, horizons, primary }: Protocol) => {
  const at =
    outcomes.findIndex(({ id }) => id === primary.outcome) * horizons.length +
    horizons.indexOf(primary.horizon);
  return (one: AnalysisParticipant): AnalysedOutcome => one.outcomes[at] as AnalysedOutcome;
};

export interface Snapshot {
  participants: readonly AnalysisParticipant[];
  lastDay: LastDay;
  asOf: string | null;
  screening: Screening;
  /** The councils that were drawn; none where the protocol draws none. */
  drawn?: DrawnCouncils;
  /** Looks made before, in their order. */
  earlier?: readonly EarlierLook[];
}

/**
 * Carries out the plan of a protocol on a snapshot.
 * @param acceptances reasons recorded for gates that fail; a failed gate without one withholds every effect
 * @throws UserError for a protocol without a plan, or a plan that is not available or contradicts its estimand
 */
export function analyse(
  protocol: Protocol,
  { participants, lastDay, asOf, screening, drawn, earlier = [] }: Snapshot,
  acceptances: readonly Acceptance[],
  codeVersion: string,
  unitCosts: UnitCosts | null = null,
): AnalysisRecord {
  const { plan, estimand } = refuseImpossible(protocol);
  const everybody = new Columns(participants);
  const places = protocol.outcomes.length * protocol.horizons.length;
  const raw = Array.from({ length: places }, (_, at) =>
    outcomeResult(protocol, plan, participants, everybody, at, lastDay),
  );
  const results = withMultiplicity(raw, plan, estimand.summary);
  const balance = balanceOf(everybody, participants, plan.covariates);
  const matching = matchingOf(
    everybody,
    plan,
    analysedOf(protocol, participants, primaryOutcomeOf(protocol)),
  );
  const headline = results.find(({ role }) => role === 'primary');
  const timing = timingOf(protocol, participants, headline, lastDay, earlier);
  const gates = gatesOf(
    protocol,
    participants,
    everybody,
    { balance, matching, results, timing },
    acceptances,
  );
  const withheld = gates.some(({ state }) => state === 'failed');
  const headlineEstimate = headline && plannedEstimate(headline.estimates, estimand.summary);
  return {
    analysisVersion: 4,
    evaluation: protocol.id,
    title: protocol.title,
    dataSource: protocol.dataSource,
    protocolHash: contentHash(protocol),
    definitions: protocol.outcomes.map((definition) => ({
      id: definition.id,
      version: definition.version,
      hash: contentHash(definition),
      title: definition.title,
      words: definition.words,
    })),
    snapshotHash: snapshotHash(participants),
    codeVersion,
    asOf,
    study: studyOf(protocol, plan, estimand, drawn),
    participants: {
      trial: participants.filter(({ arm }) => arm === 'trial').length,
      comparison: participants.filter(({ arm }) => arm === 'comparison').length,
    },
    flow: flowOf(participants, everybody, screening),
    balance,
    matching,
    gates,
    withheld,
    results: withheld ? results.map(withheldResult) : results,
    interim: interimOf(plan, timing, headlineEstimate ?? null, withheld),
    costs: withheld || !unitCosts ? null : costsOf(protocol, plan, participants, unitCosts),
  };
}
