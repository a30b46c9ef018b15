// One outcome at one horizon under the plan: who was analysed, and every estimate, subgroup and figure of it.
import type { Estimate, OutcomeAnalysis } from '../../../schemas/analysis.ts';
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import { hasOwnClock } from '../../outcomes/feeds.ts';
import type { Table } from '../../statistics/data/table.ts';
import { cumulativeHazard } from '../../statistics/survival/nelson-aalen.ts';
import { type AnalysisTable, analysisTable } from './analysis-table.ts';
import { type Columns, eventsOf, numbersBy } from './columns.ts';
import { councilResults } from './councils.ts';
import { curveOf } from './curves.ts';
import { didEstimates } from './did.ts';
import { fixedHorizonEstimates, isTimeToEvent, plannedEstimate, timeToEventEstimates } from './estimates.ts';
import { type Followed, followedOf, type LastDay } from './follow-up.ts';
import { completedTables, isNotImputed } from './imputed.ts';
import { type Analysed, type AnalysedOutcome, type AnalysisParticipant, daysSince } from './participant.ts';
import { pooledOf } from './pooled.ts';
import { sensitivityOf } from './sensitivity.ts';
import { isAnalysed, type OutcomeOf, setsOf } from './sets.ts';
import { isStraddling } from './straddling.ts';
import { subgroupOf } from './subgroups.ts';

const ARMS: readonly Arm[] = ['trial', 'comparison'];

/** A day counts as half: a time of 0 days is a time, and is at risk. */
const HALF_A_DAY = 0.5;

/** What an imputation model knows of times: White and Royston (2009), Stat. Med. 28:1982. */
const HAZARD = 'cumulative hazard';

/** A place of the protocol: its participants, and how their outcome is found. */
interface Place {
  protocol: Protocol;
  plan: AnalysisPlan;
  participants: readonly AnalysisParticipant[];
  everybody: Columns;
  definition: OutcomeDefinition;
  horizon: number;
  outcomeOf: OutcomeOf;
}

interface Estimated {
  estimates: OutcomeAnalysis['estimates'];
  warnings: string[];
}

/** What is imputed stays as it is until then. */
const missingRule = (plan: AnalysisPlan) =>
  plan.missing === 'missing-category' ? 'missing-category' : 'complete-case';

/** The tables that a plan with covariates is carried out on: where it imputes, many, made once. */
function completing(
  { protocol, plan, definition, horizon }: Place,
  analysed: AnalysisTable,
  beside: readonly string[],
): () => readonly Table[] {
  const { id, councils } = protocol;
  const words = [id, ...councils, definition.id, horizon, ...plan.covariates].join(' ');
  let made: readonly Table[] | null = null;
  return () => {
    made ??=
      plan.missing === 'multiple-imputation' ? completedTables(analysed, beside, words) : [analysed.table];
    return made;
  };
}

const withTable = (table: AnalysisTable, { estimates, warnings }: Estimated): Estimated => ({
  estimates,
  warnings: [...table.warnings, ...warnings],
});

function atHorizon(place: Place, analysed: Analysed): Estimated {
  const { everybody, plan, protocol } = place;
  const table = analysisTable(everybody, analysed.rows, plan.covariates, missingRule(plan), [
    eventsOf(analysed),
    numbersBy('participant', analysed.rows.length, (row) => row),
  ]);
  const complete = completing(place, table, ['event']);
  return withTable(table, fixedHorizonEstimates(plan, protocol.unit, table, complete));
}

function overTime(place: Place, { rows, days, events }: Followed): Estimated {
  const { everybody, participants, plan, protocol, outcomeOf } = place;
  const competing = plan.model.method === 'fine-gray';
  const hazard = cumulativeHazard(
    days,
    Float64Array.from(events, (event) => Number(event === 1)),
  );
  const table = analysisTable(everybody, rows, plan.covariates, missingRule(plan), [
    numbersBy('days', rows.length, (at) => (days[at] ?? Number.NaN) + HALF_A_DAY),
    numbersBy('event', rows.length, (at) => (events[at] === 2 && !competing ? 0 : (events[at] ?? 0))),
    numbersBy(HAZARD, rows.length, (at) => hazard[at] ?? Number.NaN),
  ]);
  const most = rows.reduce((longest, row) => {
    const one = participants[row] as AnalysisParticipant;
    const { clockStart, horizonDay } = outcomeOf(one);
    return Math.max(longest, daysSince(clockStart ?? one.indexDay, horizonDay));
  }, 1);
  const complete = completing(place, table, ['event', HAZARD]);
  return withTable(table, timeToEventEstimates(plan, protocol.unit, table, most, complete));
}

const roleOf = ({ protocol, plan, definition, horizon }: Place): OutcomeAnalysis['role'] =>
  definition.id === protocol.primary.outcome && horizon === protocol.primary.horizon
    ? 'primary'
    : plan.negativeControls.includes(definition.id)
      ? 'negative-control'
      : 'secondary';

/** Curves are of first events, at the last horizon: earlier ones are their beginning. */
const hasCurves = ({ definition, horizon, protocol }: Place): boolean =>
  (definition.measure ?? 'first-event') === 'first-event' && horizon === protocol.horizons.at(-1);

/** Those whose outcome is known and whom the plan does not leave out. */
export const analysedOf = (
  protocol: Protocol,
  participants: readonly AnalysisParticipant[],
  outcomeOf: OutcomeOf,
): Analysed => {
  const rows = new Int32Array(participants.length);
  const events = new Float64Array(participants.length);
  let found = 0;
  participants.forEach((participant, row) => {
    const outcome = outcomeOf(participant);
    if (!isAnalysed(outcome) || isStraddling(protocol, participant, outcome)) return;
    rows[found] = row;
    events[found] = Number(outcome.state === 'event');
    found += 1;
  });
  return { rows: rows.slice(0, found), events: events.slice(0, found) };
};

/** Under another plan, the planned estimate; or why there is none. */
function underAnother(place: Place, plan: AnalysisPlan): Estimate | string {
  if (isNotImputed(plan)) return 'not-available';
  const protocol = { ...place.protocol, analysis: plan };
  const { estimates, warnings } =
    plan.model.method === 'did'
      ? didEstimates({ ...place, protocol, ownClock: hasOwnClock(place.definition) })
      : atHorizon({ ...place, plan, protocol }, analysedOf(protocol, place.participants, place.outcomeOf));
  const found = plannedEstimate(estimates, protocol.estimand?.summary);
  return found?.estimate == null ? (warnings.at(-1) ?? 'not-estimated') : found;
}

/** @param at the place among the protocol's outcomes and, within each, its horizons */
export function outcomeResult(
  protocol: Protocol,
  plan: AnalysisPlan,
  participants: readonly AnalysisParticipant[],
  everybody: Columns,
  at: number,
  lastDay: LastDay,
): OutcomeAnalysis {
  const { horizons, outcomes, unit } = protocol;
  const place: Place = {
    protocol,
    plan,
    participants,
    everybody,
    definition: outcomes[Math.floor(at / horizons.length)] as OutcomeDefinition,
    horizon: horizons[at % horizons.length] as number,
    outcomeOf: (one) => one.outcomes[at] as AnalysedOutcome,
  };
  const { definition, horizon, outcomeOf } = place;
  const role = roleOf(place);
  const timed = isTimeToEvent(plan);
  const analysed = analysedOf(protocol, participants, outcomeOf);
  const followed =
    timed || hasCurves(place) ? followedOf(participants, outcomeOf, lastDay, definition) : null;
  const direct = timed && followed ? overTime(place, followed) : atHorizon(place, analysed);
  const ownClock = hasOwnClock(definition);
  const compared =
    plan.model.method === 'did' ? didEstimates({ protocol, participants, outcomeOf, ownClock }) : null;
  const competing = plan.model.method === 'fine-gray' || !timed;
  const isPrimary = role === 'primary';
  return {
    outcome: definition.id,
    horizon,
    role,
    sets: setsOf(everybody, participants, outcomeOf, ownClock, plan, (one) =>
      isStraddling(protocol, one, outcomeOf(one)),
    ),
    estimates: [...direct.estimates, ...(compared?.estimates ?? [])],
    adjustedP: null,
    subgroups: isPrimary && !timed ? plan.subgroups.map((by) => subgroupOf(place, analysed, by)) : [],
    curves:
      followed && hasCurves(place)
        ? ARMS.flatMap(
            (arm) => curveOf(arm, everybody, followed, competing, protocol.disclosure.threshold) ?? [],
          )
        : [],
    councils: isPrimary ? councilResults(protocol.councils, everybody, analysed) : [],
    eventStudy: compared?.eventStudy ?? null,
    sensitivity: isPrimary && !timed ? sensitivityOf(plan, (other) => underAnother(place, other)) : [],
    pooled: isPrimary && !timed ? pooledOf(everybody, plan, unit, analysed) : null,
    warnings: [...direct.warnings, ...(compared?.warnings ?? [])],
  };
}
