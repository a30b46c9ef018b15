// A locked plan and one snapshot of outcomes come to one analysis record: no store, no clock, the same bytes every time.
import type { AnalysisRecord, AnalysisSet, OutcomeAnalysis } from '../../../schemas/analysis.ts';
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import { contentHash } from '../../platform/content-hash.ts';
import { UserError } from '../../platform/errors.ts';
import { estimate } from '../../statistics/estimate.ts';
import { analysisTable, numbers } from './analysis-table.ts';
import { balanceOf } from './balance.ts';
import { fixedHorizonEstimates, isTimeToEvent, plannedEstimate, timeToEventEstimates } from './estimates.ts';
import { type Acceptance, gatesOf } from './gates.ts';
import type { AnalysedOutcome, AnalysisParticipant } from './participant.ts';
import { daysSince } from './participant.ts';
import { subgroupOf } from './subgroups.ts';

const ARMS: readonly Arm[] = ['trial', 'comparison'];

/** The plan's parts that cannot be carried out here are refused, never left out in silence. */
function refuseImpossible(protocol: Protocol): AnalysisPlan {
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
  if (analysis.model.method === 'did')
    return refuse(
      'not-available',
      'analysis.model.method',
      'Differences in differences are not carried out from a plan yet: use waymark estimate.',
    );
  if (analysis.missing === 'multiple-imputation')
    return refuse(
      'not-available',
      'analysis.missing',
      'Multiple imputation is not available: choose complete-case or missing-category.',
    );
  return analysis;
}

function setOf(
  arm: Arm,
  all: readonly AnalysisParticipant[],
  outcomeOf: (one: AnalysisParticipant) => AnalysedOutcome,
  plan: AnalysisPlan,
): AnalysisSet {
  const own = all.filter((one) => one.arm === arm);
  const atRisk = own.filter((one) => outcomeOf(one).state !== 'not-at-risk');
  const matured = atRisk.filter((one) => outcomeOf(one).matured);
  const having = (state: AnalysedOutcome['state']) =>
    matured.filter((one) => outcomeOf(one).state === state).length;
  const incomplete = (one: AnalysisParticipant) =>
    plan.covariates.some((name) => one.covariates[name] === null);
  return {
    arm,
    enrolled: own.length,
    notAtRisk: own.length - atRisk.length,
    pending: atRisk.length - matured.length,
    matured: matured.length,
    censored: having('censored'),
    events: having('event'),
    missingCovariates: plan.missing === 'complete-case' ? matured.filter(incomplete).length : 0,
    clusters: new Set(
      matured.map((one) => (plan.clusters === 'council' ? one.council : `${one.council} ${one.unit}`)),
    ).size,
    risk: matured.length > 0 ? having('event') / matured.length : null,
  };
}

/** Days to the event, or to where observation ends: the horizon, a censoring reason, or the last complete day. Event 1; 2 is a competing end. */
export interface FollowedTime {
  days: number;
  event: 0 | 1 | 2;
}

export type LastDay = (participant: AnalysisParticipant, definition: OutcomeDefinition) => string | null;

function timeOf(
  one: AnalysisParticipant,
  outcome: AnalysedOutcome,
  through: string | null,
): FollowedTime | null {
  if (outcome.state === 'not-at-risk' || through === null) return null;
  const end = through < outcome.horizonDay ? through : outcome.horizonDay;
  const { date } = outcome;
  if (outcome.state === 'event' && date !== null && date <= end)
    return { days: daysSince(one.indexDay, date), event: 1 };
  if (outcome.state === 'censored' && date !== null && date < end) {
    const competing = outcome.censorReason === 'death' || outcome.censorReason === 'eighteenth-birthday';
    return { days: daysSince(one.indexDay, date), event: competing ? 2 : 0 };
  }
  return { days: daysSince(one.indexDay, end), event: 0 };
}

/** A day counts as half: a time of 0 days is a time, and is at risk. */
const HALF_A_DAY = 0.5;

function resultOf(
  protocol: Protocol,
  plan: AnalysisPlan,
  participants: readonly AnalysisParticipant[],
  at: number,
  lastDay: LastDay,
): OutcomeAnalysis {
  const { horizons, outcomes, primary, unit } = protocol;
  const definition = outcomes[Math.floor(at / horizons.length)] as OutcomeDefinition;
  const horizon = horizons[at % horizons.length] as number;
  const outcomeOf = (one: AnalysisParticipant) => one.outcomes[at] as AnalysedOutcome;
  const missing = plan.missing === 'complete-case' ? 'complete-case' : 'missing-category';
  const sets = ARMS.map((arm) => setOf(arm, participants, outcomeOf, plan));
  const isPrimary = definition.id === primary.outcome && horizon === primary.horizon;
  const analysed = participants
    .filter((one) => outcomeOf(one).matured && outcomeOf(one).state !== 'not-at-risk')
    .map((participant) => ({ participant, event: Number(outcomeOf(participant).state === 'event') }));
  const fixed = () => {
    const table = analysisTable(
      analysed.map((one) => one.participant),
      plan.covariates,
      missing,
      [
        numbers(
          'event',
          analysed.map((one) => one.event),
        ),
        numbers(
          'participant',
          analysed.map((_, row) => row),
        ),
      ],
    );
    const { estimates, warnings } = fixedHorizonEstimates(plan, unit, table);
    return { estimates, warnings: [...table.warnings, ...warnings] };
  };
  const overTime = () => {
    const followed = participants.flatMap((one) => {
      const time = timeOf(one, outcomeOf(one), lastDay(one, definition));
      return time && time.days >= 0 ? [{ one, time }] : [];
    });
    const competing = plan.model.method === 'fine-gray';
    const table = analysisTable(
      followed.map(({ one }) => one),
      plan.covariates,
      missing,
      [
        numbers(
          'days',
          followed.map(({ time }) => time.days + HALF_A_DAY),
        ),
        numbers(
          'event',
          followed.map(({ time }) => (time.event === 2 && !competing ? 0 : time.event)),
        ),
      ],
    );
    const most = Math.max(
      ...followed.map(({ one }) => daysSince(one.indexDay, outcomeOf(one).horizonDay)),
      1,
    );
    const { estimates, warnings } = timeToEventEstimates(plan, unit, table, most);
    return { estimates, warnings: [...table.warnings, ...warnings] };
  };
  const { estimates, warnings } = isTimeToEvent(plan) ? overTime() : fixed();
  return {
    outcome: definition.id,
    horizon,
    role: isPrimary
      ? 'primary'
      : plan.negativeControls.includes(definition.id)
        ? 'negative-control'
        : 'secondary',
    sets,
    estimates,
    adjustedP: null,
    subgroups:
      isPrimary && !isTimeToEvent(plan)
        ? plan.subgroups.map((by) => subgroupOf(plan, unit, analysed, by))
        : [],
    warnings,
  };
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
});

export interface Snapshot {
  participants: readonly AnalysisParticipant[];
  lastDay: LastDay;
  asOf: string | null;
}

/**
 * Carries out the plan of a protocol on a snapshot.
 * @param acceptances reasons recorded for gates that fail; a failed gate without one withholds every effect
 * @throws UserError for a protocol without a plan, or a plan that is not available or contradicts its estimand
 */
export function analyse(
  protocol: Protocol,
  { participants, lastDay, asOf }: Snapshot,
  acceptances: readonly Acceptance[],
  codeVersion: string,
): AnalysisRecord {
  const plan = refuseImpossible(protocol);
  const places = protocol.outcomes.length * protocol.horizons.length;
  const raw = Array.from({ length: places }, (_, at) => resultOf(protocol, plan, participants, at, lastDay));
  const results = withMultiplicity(raw, plan, protocol.estimand?.summary ?? '');
  const balance = balanceOf(participants, plan.covariates);
  const gates = gatesOf(protocol, participants, balance, results, acceptances);
  const withheld = gates.some(({ state }) => state === 'failed');
  return {
    analysisVersion: 1,
    evaluation: protocol.id,
    title: protocol.title,
    dataSource: protocol.dataSource,
    protocolHash: contentHash(protocol),
    definitions: protocol.outcomes.map((definition) => ({
      id: definition.id,
      version: definition.version,
      hash: contentHash(definition),
    })),
    snapshotHash: contentHash(participants),
    codeVersion,
    asOf,
    participants: {
      trial: participants.filter(({ arm }) => arm === 'trial').length,
      comparison: participants.filter(({ arm }) => arm === 'comparison').length,
    },
    balance,
    gates,
    withheld,
    results: withheld ? results.map(withheldResult) : results,
  };
}
