// The three headline outcomes as an analyst would write them: one row a candidate record, a window function that finds the
// first, and a join with the horizons. It is written from domain.md's rules and shares nothing with the set engine but the
// layout of the packed codes, so that counts that agree are also a check. Plain SQL: PostgreSQL and DuckDB both run it.
import { packedField } from '../../services/outcomes/detail.ts';
import { CARE_PERIOD, kindNumber } from '../../services/outcomes/kinds.ts';

const field = (kind: Parameters<typeof packedField>[0], name: string, value: string | number | boolean) => {
  const { sql, numberOf } = packedField(kind, name, 'o.detail');
  return { is: `${sql} = ${numberOf(value)}`, isMore: `${sql} > ${numberOf(value)}` };
};
const isOwnPlan = `o.kind = ${kindNumber['cp-plan']} and not (${field('cp-plan', 'heldForAnotherAuthority', true).is})`;
const isSeenPeriod = `o.kind = ${CARE_PERIOD} and ${field('care-period', 'startSeen', true).is}`;
const isReferral = `o.kind = ${kindNumber.referral}`;
const closedAs = (reason: string) => `${isReferral} and ${field('referral', 'closureReason', reason).is}`;
const ceasedAs = (reason: string) =>
  `o.kind = ${kindNumber['care-episode']} and ${field('care-episode', 'reasonEnded', reason).is}`;

/** What is counted of a state: how many, and the sum of its dates in days, so that a wrong date shows too. */
export const COUNTED = "count(*) as n, coalesce(sum(date - date '2000-01-01'), 0) as days";

/** Counts by outcome (0 re-referral, 1 repeat plan, 2 care entry), horizon and state, for the horizons 6, 12 and 18. */
export const naiveSql = `
with p as (select participant_key, child_key, index_record, index_day from waymark.participant),
o as (select child_key, kind, starts, ends, detail, record_id from waymark.occurrence where not purged),
plan as (
  select o.child_key, o.starts, ${field('cp-plan', 'previousPlans', 0).isMore} as reported,
    rank() over (partition by o.child_key order by o.starts) as nth
  from o where ${isOwnPlan}
),
candidate as (
  select p.participant_key, 0 as outcome, o.starts as day from p join o on o.child_key = p.child_key
    where ${isReferral} and o.starts > p.index_day and o.record_id <> p.index_record
  union all
  select p.participant_key, 1, plan.starts from p join plan on plan.child_key = p.child_key
    where plan.starts >= p.index_day and (plan.reported or plan.nth > 1)
  union all
  select p.participant_key, 2, o.starts from p join o on o.child_key = p.child_key
    where ${isSeenPeriod} and o.starts >= p.index_day
),
first_event as (
  select participant_key, outcome, day from (
    select *, row_number() over (partition by participant_key, outcome order by day) as nth from candidate) c
  where nth = 1
),
fact as (
  select child_key, birth_month, death_month from (
    select *, row_number() over (partition by child_key order by recorded_at desc, event_id desc) as nth from waymark.child_fact) f
  where nth = 1
),
left_on as (
  select p.participant_key,
    min(case when ((${closedAs('RC2')}) or (${ceasedAs('E2')})) then o.ends end) as died,
    min(case when ${closedAs('RC5')} then o.ends end) as moved
  from p join o on o.child_key = p.child_key where o.ends >= p.index_day group by p.participant_key
),
in_care as (
  select distinct p.participant_key from p join o on o.child_key = p.child_key
  where o.kind = ${CARE_PERIOD} and o.starts < p.index_day and (o.ends is null or o.ends > p.index_day)
),
followed as (
  select p.participant_key, p.index_day, greatest(p.index_day - 1, least(
      cast(f.birth_month + interval '18 years' as date) - 1,
      coalesce(cast(f.death_month + interval '1 month' as date) - 1, l.died), l.moved)) as seen_until,
    (f.birth_month is null and f.death_month is null and l.died is null and l.moved is null) as seen_always,
    c.participant_key is not null as in_care
  from p left join fact f on f.child_key = p.child_key left join left_on l on l.participant_key = p.participant_key
    left join in_care c on c.participant_key = p.participant_key
),
asked as (
  select f.participant_key, a.outcome, h.horizon, cast(f.index_day + h.months as date) as due,
    case when f.seen_always then null else f.seen_until end as seen_until, f.in_care and a.outcome = 2 as left_out
  from followed f cross join (values (0), (1), (2)) as a(outcome)
    cross join (values (6, interval '6 months'), (12, interval '12 months'), (18, interval '18 months')) as h(horizon, months)
),
judged as (
  select a.outcome, a.horizon,
    case when a.left_out then 4
      when e.day <= a.due and (a.seen_until is null or e.day <= a.seen_until) then 1
      when a.seen_until < a.due then 3 else 2 end as state,
    e.day, a.seen_until
  from asked a left join first_event e on e.participant_key = a.participant_key and e.outcome = a.outcome
),
told as (select outcome, horizon, state, case state when 1 then day when 3 then seen_until end as date from judged)
select outcome, horizon, state, ${COUNTED} from told group by outcome, horizon, state`;
