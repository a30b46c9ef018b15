// Who can have the event at all, judged on the day the clock starts: everyone else is not at risk, and not counted.
import type { OutcomeDefinition, RiskCondition } from '../../schemas/outcome.ts';
import { carePeriods } from './care-periods.ts';
import { endOfObservation } from './observation.ts';
import type { Followed } from './participant.ts';

interface Spell {
  starts: string;
  ends: string | null;
}

/**
 * A spell that starts on the day or ends on it does not hold on it (ours): the one is an event of that day, and a child
 * whose care ended that day can come into care again.
 */
const spans = (day: string) => (spell: Spell) =>
  spell.starts < day && (spell.ends === null || spell.ends > day);

export function isAtRisk(definition: OutcomeDefinition, followed: Followed): boolean {
  const { records, start } = followed;
  const periods = carePeriods(records['care-episode']);
  const plans = records['cp-plan']
    .filter(({ state }) => state.heldForAnotherAuthority !== true)
    .map(({ state }): Spell => ({ starts: state.started, ends: state.ended ?? null }));
  const holds: Record<RiskCondition, () => boolean> = {
    'in-care': () => periods.some(spans(start)),
    'never-in-care': () => !periods.some(({ starts }) => starts < start),
    'on-cp-plan': () => plans.some(spans(start)),
    'not-on-cp-plan': () => !plans.some(spans(start)),
  };
  if (definition.riskSet.excludeInCareAtIndex && holds['in-care']()) return false;
  if (!(definition.riskSet.only ?? []).every((condition) => holds[condition]())) return false;
  return !leftBeforeTheStart(definition, followed);
}

/**
 * A child that was 18 or had died when a clock of its own started never came to be at risk. On the index day's clock such
 * a child is censored the day before instead: it was brought in by a referral that should not have been (ours).
 */
function leftBeforeTheStart(definition: OutcomeDefinition, followed: Followed): boolean {
  if ((definition.clock?.from ?? 'index') === 'index') return false;
  const end = endOfObservation(definition, followed);
  const forGood = end?.reason === 'eighteenth-birthday' || end?.reason === 'death';
  return forGood && end.day < followed.start;
}
