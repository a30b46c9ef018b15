// SQL of how long a participant is seen, and of whether it is at risk at all.
import type { OutcomeDefinition, RiskCondition } from '../../../schemas/outcome.ts';
import { eventKind } from '../event-kind.ts';
import { hasOwnClock } from '../feeds.ts';
import { kindNumber } from '../kinds.ts';
import type { Columns } from './columns.ts';
import { birthMonth, deathMonth } from './facts.ts';
import { isOneOf, isPeriod, ownPlan, spans } from './sql.ts';

/** Numbers under which censor reasons are stored. Among equal dates the lower number is given. */
export const censorNumber = {
  'eighteenth-birthday': 1,
  death: 2,
  'moved-to-another-council': 3,
  'declared-gap': 4,
} as const;

const closedAs = (reason: string): string =>
  `o.kind = ${kindNumber.referral} and ${isOneOf('referral', 'closureReason', [reason])}`;
const ceasedAs = (reason: string): string =>
  `o.kind = ${kindNumber['care-episode']} and ${isOneOf('care-episode', 'reasonEnded', [reason])}`;

/**
 * The ends of observation by reason: each the name of a column of days, null where there is none. A day before the clock's
 * start stands for the day before it.
 */
export function ends(
  definition: OutcomeDefinition,
  scanned: Columns,
  columns: Columns,
): [reason: number, day: string][] {
  const { censoring } = definition;
  const found: [number, string][] = [];
  const note = (reason: number, day: string) => found.push([reason, columns.add(day)]);
  if (censoring.eighteenthBirthday) {
    note(censorNumber['eighteenth-birthday'], `((${birthMonth(scanned)} + interval '18 years')::date - 1)`);
  }
  if (censoring.death !== false) {
    const month = `((${deathMonth(scanned)} + interval '1 month')::date - 1)`;
    if (censoring.death === true) note(censorNumber.death, month);
    else {
      const recorded = scanned.add(
        `min(o.ends) filter (where o.ends >= p.start and ((${closedAs('RC2')}) or (${ceasedAs('E2')})))`,
      );
      note(censorNumber.death, `coalesce(${month}, s.${recorded})`);
    }
  }
  if (censoring.movedToAnotherCouncil) {
    const moved = scanned.add(`min(o.ends) filter (where o.ends >= p.start and ${closedAs('RC5')})`);
    note(censorNumber['moved-to-another-council'], `s.${moved}`);
  }
  if (censoring.declaredGap) {
    const kind = kindNumber[eventKind(definition)];
    note(
      censorNumber['declared-gap'],
      `(case when p.council_id in (select council_id from waymark.declared_gap where kind = ${kind})
        then (select min(g.gap_from) - 1 from waymark.declared_gap g
          where g.council_id = p.council_id and g.kind = ${kind} and g.gap_to >= p.start) end)`,
    );
  }
  return found;
}

const conditions: Record<RiskCondition, { spell: string; holds: boolean }> = {
  'in-care': { spell: `${isPeriod} and ${spans('p.start')}`, holds: true },
  'never-in-care': { spell: `${isPeriod} and o.starts < p.start`, holds: false },
  'on-cp-plan': {
    spell: `o.kind = ${kindNumber['cp-plan']} and ${ownPlan('o', false)} and ${spans('p.start')}`,
    holds: true,
  },
  'not-on-cp-plan': {
    spell: `o.kind = ${kindNumber['cp-plan']} and ${ownPlan('o', false)} and ${spans('p.start')}`,
    holds: false,
  },
};

/**
 * A condition, two levels up, that holds of participants at risk.
 * @param last and `reason`: the last day observed, and why not after it
 */
export function atRisk(
  definition: OutcomeDefinition,
  scanned: Columns,
  last: string,
  reason: string,
): string {
  const { riskSet } = definition;
  const any = (spell: string) => scanned.add(`bool_or(${spell})`);
  const asked = (riskSet.only ?? []).map((condition) => {
    const { spell, holds } = conditions[condition];
    return `${any(spell)} is ${holds ? '' : 'not '}true`;
  });
  if (riskSet.excludeInCareAtIndex) asked.push(`${any(conditions['in-care'].spell)} is not true`);
  // A child that was 18 or had died when a clock of its own started never came to be at risk.
  if (hasOwnClock(definition)) {
    const forGood = `${censorNumber['eighteenth-birthday']}, ${censorNumber.death}`;
    asked.push('start is not null', `(${last} < start and ${reason} in (${forGood})) is not true`);
  }
  return asked.length > 0 ? asked.map((one) => `(${one})`).join(' and ') : 'true';
}
