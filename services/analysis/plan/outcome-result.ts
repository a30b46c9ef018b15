// One outcome at one horizon under the plan: who was analysed, and every estimate, subgroup and figure of it.
import type { OutcomeAnalysis } from '../../../schemas/analysis.ts';
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import { hasOwnClock } from '../../outcomes/feeds.ts';
import { type AnalysisTable, analysisTable, numbers } from './analysis-table.ts';
import { councilResults } from './councils.ts';
import { curveOf } from './curves.ts';
import { fixedHorizonEstimates, isTimeToEvent, timeToEventEstimates } from './estimates.ts';
import { type Followed, followedOf, type LastDay } from './follow-up.ts';
import { type Analysed, type AnalysedOutcome, type AnalysisParticipant, daysSince } from './participant.ts';
import { isAnalysed, type OutcomeOf, setOf } from './sets.ts';
import { subgroupOf } from './subgroups.ts';

const ARMS: readonly Arm[] = ['trial', 'comparison'];

/** A day counts as half: a time of 0 days is a time, and is at risk. */
const HALF_A_DAY = 0.5;

/** A place of the protocol: its participants, and how their outcome is found. */
interface Place {
  protocol: Protocol;
  plan: AnalysisPlan;
  participants: readonly AnalysisParticipant[];
  definition: OutcomeDefinition;
  horizon: number;
  outcomeOf: OutcomeOf;
}

interface Estimated {
  estimates: OutcomeAnalysis['estimates'];
  warnings: string[];
}

const missingRule = (plan: AnalysisPlan) =>
  plan.missing === 'complete-case' ? 'complete-case' : 'missing-category';

const withTable = (table: AnalysisTable, { estimates, warnings }: Estimated): Estimated => ({
  estimates,
  warnings: [...table.warnings, ...warnings],
});

function atHorizon({ plan, protocol }: Place, analysed: readonly Analysed[]): Estimated {
  const table = analysisTable(
    analysed.map((one) => one.participant),
    plan.covariates,
    missingRule(plan),
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
  return withTable(table, fixedHorizonEstimates(plan, protocol.unit, table));
}

function overTime({ plan, protocol, outcomeOf }: Place, followed: readonly Followed[]): Estimated {
  const competing = plan.model.method === 'fine-gray';
  const table = analysisTable(
    followed.map(({ one }) => one),
    plan.covariates,
    missingRule(plan),
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
  const most = followed.reduce((days, { one }) => {
    const { clockStart, horizonDay } = outcomeOf(one);
    return Math.max(days, daysSince(clockStart ?? one.indexDay, horizonDay));
  }, 1);
  return withTable(table, timeToEventEstimates(plan, protocol.unit, table, most));
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

/** @param at the place among the protocol's outcomes and, within each, its horizons */
export function outcomeResult(
  protocol: Protocol,
  plan: AnalysisPlan,
  participants: readonly AnalysisParticipant[],
  at: number,
  lastDay: LastDay,
): OutcomeAnalysis {
  const { horizons, outcomes, unit } = protocol;
  const place: Place = {
    protocol,
    plan,
    participants,
    definition: outcomes[Math.floor(at / horizons.length)] as OutcomeDefinition,
    horizon: horizons[at % horizons.length] as number,
    outcomeOf: (one) => one.outcomes[at] as AnalysedOutcome,
  };
  const { definition, horizon, outcomeOf } = place;
  const role = roleOf(place);
  const timed = isTimeToEvent(plan);
  const analysed = participants
    .filter((one) => isAnalysed(outcomeOf(one)))
    .map((participant) => ({ participant, event: Number(outcomeOf(participant).state === 'event') }));
  const followed = timed || hasCurves(place) ? followedOf(participants, outcomeOf, lastDay, definition) : [];
  const { estimates, warnings } = timed ? overTime(place, followed) : atHorizon(place, analysed);
  const competing = plan.model.method === 'fine-gray' || !timed;
  return {
    outcome: definition.id,
    horizon,
    role,
    sets: ARMS.map((arm) => setOf(arm, participants, outcomeOf, hasOwnClock(definition), plan)),
    estimates,
    adjustedP: null,
    subgroups:
      role === 'primary' && !timed ? plan.subgroups.map((by) => subgroupOf(plan, unit, analysed, by)) : [],
    curves: hasCurves(place)
      ? ARMS.flatMap((arm) => curveOf(arm, followed, competing, protocol.disclosure.threshold) ?? [])
      : [],
    councils: role === 'primary' ? councilResults(protocol.councils, analysed) : [],
    warnings,
  };
}
