// The set engine: SQL that computes the states of many participants at once from stored occurrences, in one pass an outcome.
// It must agree, case by case, with the reference engine (reference.ts), which is written to be read.
import type { OutcomeDefinition } from '../../schemas/outcome.ts';
import { packedField } from './detail.ts';
import { CARE_PERIOD, kindNumber } from './kinds.ts';

/** Numbers under which states and censor reasons are stored. Among equal dates the lower reason number is given. */
export const stateNumber = { event: 1, 'no-event': 2, censored: 3, 'not-at-risk': 4 } as const;
export const censorNumber = {
  'eighteenth-birthday': 1,
  death: 2,
  'moved-to-another-council': 3,
  'declared-gap': 4,
} as const;

/** The record kinds whose feed must be complete before an outcome is known. */
export function feedKinds(definition: OutcomeDefinition): number[] {
  const record = definition.event.record;
  return [record === 'care-period' ? kindNumber['care-episode'] : kindNumber[record]];
}

/** A condition on an occurrence `o` (and the child's facts `f`): is it an event of this outcome, whatever its day? */
function qualifies(event: OutcomeDefinition['event']): string {
  switch (event.record) {
    case 'referral': {
      const nfa = packedField('referral', 'noFurtherAction', 'o.detail');
      return event.countNoFurtherAction ? 'true' : `${nfa.sql} <> ${nfa.numberOf(true)}`;
    }
    case 'cp-plan':
      return `${ownPlan('o', event.countHeldForAnotherAuthority)} and ${isRepeat(event)}`;
    case 'care-period': {
      const seen = packedField('care-period', 'startSeen', 'o.detail');
      const uasc = event.countUnaccompaniedAsylumSeekers ? '' : ' and f.unaccompanied is not true';
      return `${seen.sql} = ${seen.numberOf(true)}${uasc}`;
    }
  }
}

function ownPlan(alias: string, countHeld: boolean): string {
  const held = packedField('cp-plan', 'heldForAnotherAuthority', `${alias}.detail`);
  return countHeld ? 'true' : `${held.sql} <> ${held.numberOf(true)}`;
}

function isRepeat(event: OutcomeDefinition['event'] & { record: 'cp-plan' }): string {
  const previous = packedField('cp-plan', 'previousPlans', 'o.detail');
  const reported = `${previous.sql} > ${previous.numberOf(0)}`;
  const recent =
    event.earlierPlan === 'ever'
      ? ''
      : ` and (x.ends is null or (x.ends + interval '${event.earlierPlan.endedWithinMonths} months')::date >= o.starts)`;
  const inLedger = `exists (select from waymark.occurrence x where x.child_key = o.child_key
      and x.kind = ${kindNumber['cp-plan']} and not x.purged and x.starts < o.starts
      and ${ownPlan('x', event.countHeldForAnotherAuthority)}${recent})`;
  if (event.evidence === 'ledger') return inLedger;
  return event.evidence === 'reported' ? reported : `(${reported} or ${inLedger})`;
}

/** Rows of (day, reason) after which participant `p` is no longer observed. */
function ends(definition: OutcomeDefinition): string {
  const { censoring } = definition;
  const reason = packedField('referral', 'closureReason', 'r.detail');
  const parts = [
    censoring.eighteenthBirthday &&
      `select (f.birth_month + interval '18 years')::date - 1, ${censorNumber['eighteenth-birthday']} where f.birth_month is not null`,
    censoring.death &&
      `select (f.death_month + interval '1 month')::date - 1, ${censorNumber.death} where f.death_month is not null`,
    censoring.movedToAnotherCouncil &&
      `select min(r.ends), ${censorNumber['moved-to-another-council']} from waymark.occurrence r
       where r.child_key = p.child_key and r.kind = ${kindNumber.referral} and not r.purged
         and ${reason.sql} = ${reason.numberOf('RC5')} and r.ends >= p.index_day`,
    censoring.declaredGap &&
      `select min(g.gap_from) - 1, ${censorNumber['declared-gap']} from waymark.declared_gap g
       where g.council_id = p.council_id and g.kind in (${feedKinds(definition).join(', ')}) and g.gap_to >= p.index_day`,
  ].filter((part) => part !== false);
  return parts.length > 0
    ? parts.join('\n    union all\n    ')
    : 'select null::date, null::integer where false';
}

/**
 * SQL for one outcome over the participants of a relation `chosen` (columns of waymark.participant) and horizons `$1`
 * (smallint array, months). Gives participant_key, horizon, horizon_day, state, date, censor_reason.
 */
export function outcomeSql(definition: OutcomeDefinition): string {
  const kind = definition.event.record === 'care-period' ? CARE_PERIOD : kindNumber[definition.event.record];
  const first = definition.indexDay === 'counts' ? 'o.starts >= p.index_day' : 'o.starts > p.index_day';
  // Record ids are unique within a kind only.
  const notTheIndex = definition.event.record === 'referral' ? 'o.record_id <> p.index_record' : 'true';
  const inCare = definition.riskSet.excludeInCareAtIndex
    ? `exists (select from waymark.occurrence c where c.child_key = p.child_key and c.kind = ${CARE_PERIOD}
         and not c.purged and c.starts < p.index_day and (c.ends is null or c.ends > p.index_day))`
    : 'false';
  return `
select participant_key, horizon, horizon_day,
  case when in_care then ${stateNumber['not-at-risk']}
       when event_day <= horizon_day and (last_day is null or event_day <= last_day) then ${stateNumber.event}
       when last_day < horizon_day then ${stateNumber.censored}
       else ${stateNumber['no-event']} end::smallint as state,
  case when in_care then null
       when event_day <= horizon_day and (last_day is null or event_day <= last_day) then event_day
       when last_day < horizon_day then last_day end as date,
  case when in_care or (event_day <= horizon_day and (last_day is null or event_day <= last_day)) then null
       when last_day < horizon_day then reason end::smallint as censor_reason
from (
  select p.participant_key, p.index_day, ${inCare} as in_care, e.event_day,
    case when ended.day is not null then greatest(ended.day, p.index_day - 1) end as last_day, ended.reason
  from chosen p
  left join lateral (select * from waymark.child_known k where k.child_key = p.child_key) f on true
  left join lateral (
    select min(o.starts) as event_day from waymark.occurrence o
    where o.child_key = p.child_key and o.kind = ${kind} and not o.purged
      and ${first} and ${notTheIndex} and ${qualifies(definition.event)}) e on true
  left join lateral (
    select day, reason from (${ends(definition)}) as known(day, reason)
    where day is not null order by greatest(day, p.index_day - 1), reason limit 1) ended on true
) as seen
cross join lateral (
  select months as horizon, (index_day + make_interval(months => months))::date as horizon_day
  from unnest($1::smallint[]) as h(months)) as horizons`;
}
