// Who can have the event at all, judged on the day the clock starts: everyone else is not at risk, and not counted.
import type { OutcomeDefinition, RiskCondition } from '../../schemas/outcome.ts';
import { type RecordRef, refTo } from './candidate.ts';
import { carePeriods } from './care-periods.ts';
import { endOfObservation } from './observation.ts';
import type { Followed } from './participant.ts';

interface Spell {
  starts: string;
  ends: string | null;
  /** What it was read from. */
  records: readonly RecordRef[];
}

/** One thing that is asked of a child on the day its clock starts, and whether it holds. */
export interface RiskFinding {
  asked: RiskCondition | 'not-in-care' | 'alive-and-under-18';
  holds: boolean;
  /** The spells that decide: what puts the child in care or on a plan on that day. */
  records: readonly RecordRef[];
}

/**
 * A spell that starts on the day or ends on it does not hold on it (ours): the one is an event of that day, and a child
 * whose care ended that day can come into care again.
 */
const spans = (day: string) => (spell: Spell) =>
  spell.starts < day && (spell.ends === null || spell.ends > day);

const inCareSpells = ({ records }: Followed): Spell[] =>
  carePeriods(records['care-episode']).map(({ starts, ends, endedBy }) => ({
    starts,
    ends,
    records: endedBy,
  }));

const planSpells = ({ records }: Followed): Spell[] =>
  records['cp-plan']
    .filter(({ state }) => state.heldForAnotherAuthority !== true)
    .map((plan) => ({
      starts: plan.state.started,
      ends: plan.state.ended ?? null,
      records: [refTo('cp-plan')(plan)],
    }));

function judge(asked: RiskFinding['asked'], spells: readonly Spell[], isWanted: boolean): RiskFinding {
  return {
    asked,
    holds: spells.length > 0 === isWanted,
    records: spells.flatMap(({ records }) => records),
  };
}

/** Everything that is asked of the child, in the order of the definition. */
export function riskFindings(definition: OutcomeDefinition, followed: Followed): RiskFinding[] {
  const { riskSet } = definition;
  const { start } = followed;
  const inCare = () => inCareSpells(followed).filter(spans(start));
  const onPlan = () => planSpells(followed).filter(spans(start));
  const findings: Record<RiskCondition, () => RiskFinding> = {
    'in-care': () => judge('in-care', inCare(), true),
    'never-in-care': () =>
      judge(
        'never-in-care',
        inCareSpells(followed).filter(({ starts }) => starts < start),
        false,
      ),
    'on-cp-plan': () => judge('on-cp-plan', onPlan(), true),
    'not-on-cp-plan': () => judge('not-on-cp-plan', onPlan(), false),
  };
  return [
    ...(riskSet.excludeInCareAtIndex ? [judge('not-in-care', inCare(), false)] : []),
    ...(riskSet.only ?? []).map((condition) => findings[condition]()),
    ...leftBeforeTheStart(definition, followed),
  ];
}

export const isAtRisk = (definition: OutcomeDefinition, followed: Followed): boolean =>
  riskFindings(definition, followed).every(({ holds }) => holds);

/**
 * A child that was 18 or had died when a clock of its own started never came to be at risk. On the index day's clock such
 * a child is censored the day before instead: it was brought in by a referral that should not have been (ours).
 */
function leftBeforeTheStart(definition: OutcomeDefinition, followed: Followed): RiskFinding[] {
  if ((definition.clock?.from ?? 'index') === 'index') return [];
  const end = endOfObservation(definition, followed);
  const forGood = end?.reason === 'eighteenth-birthday' || end?.reason === 'death';
  const holds = !(forGood && end.day < followed.start);
  return [{ asked: 'alive-and-under-18', holds, records: end?.record ? [end.record] : [] }];
}
