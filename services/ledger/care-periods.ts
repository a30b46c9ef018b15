// Periods of care (kind 100) are derived from a child's care episodes whenever one of them changes, never edited.
// Short breaks (V3, V4) make no period. An episode opens a period when it says so (RNE = S) or when no earlier episode
// reaches its first day. The start counts as seen when RNE = S or a short break turns into care that day; else the
// child was already in care before the records begin. Source: SSDA903 guide; the last rule is ours.
import { packDetail, packedField } from '../outcomes/detail.ts';
import { CARE_PERIOD, kindNumber } from '../outcomes/kinds.ts';
import type { Queryable } from '../platform/database.ts';

const legalStatus = packedField('care-episode', 'legalStatus', 'o.detail');
const started = packedField('care-episode', 'reasonStarted', 'o.detail');
const shortBreak = `${legalStatus.sql} in (${legalStatus.numberOf('V3')}, ${legalStatus.numberOf('V4')})`;
const saysStart = `${started.sql} = ${started.numberOf('S')}`;

/** SQL giving, from a relation of occurrences, the periods of the children `$1` (integer array): child_key, stated_under and record_id of the first episode, starts, ends, detail, recorded_at, event_id. */
export const carePeriodsSql = (occurrences: string): string => `
with episode as (
  select o.child_key, o.stated_under, m.pseudonym, o.record_id, o.starts, o.ends, o.recorded_at, o.event_id,
    ${shortBreak} as short_break, ${saysStart} as says_start
  from ${occurrences} o join waymark.child m on m.child_key = o.stated_under
  where o.child_key = any($1::integer[]) and o.kind = ${kindNumber['care-episode']} and not o.purged
),
reached as (
  select *, max(coalesce(ends, 'infinity')) over (
    partition by child_key order by starts, ends nulls last, record_id, pseudonym
    rows between unbounded preceding and 1 preceding) as reaches
  from episode where not short_break
),
numbered as (
  select *, count(*) filter (where says_start or reaches is null or reaches < starts) over (
    partition by child_key order by starts, ends nulls last, record_id, pseudonym) as period
  from reached
),
first as (
  select distinct on (child_key, period) * from numbered
  order by child_key, period, starts, ends nulls last, record_id, pseudonym
),
after_a_break as (
  select distinct f.child_key, f.period from first f join episode b using (child_key)
  where b.short_break and b.starts <= f.starts and (b.ends is null or b.ends >= f.starts)
),
span as (
  select child_key, period, case when bool_or(ends is null) then null else max(ends) end as ends,
    max(recorded_at) as recorded_at
  from numbered group by child_key, period
)
select f.child_key, f.stated_under, f.record_id, f.starts,
  least(s.ends, lead(f.starts) over (partition by f.child_key order by f.period)) as ends,
  case when f.says_start or b.child_key is not null
    then ${packDetail('care-period', { startSeen: true })} else ${packDetail('care-period', { startSeen: false })} end as detail,
  s.recorded_at, f.event_id
from first f join span s using (child_key, period) left join after_a_break b using (child_key, period)`;

/** Derives the periods of these children anew. */
export async function deriveCarePeriods(db: Queryable, children: readonly number[]): Promise<void> {
  if (children.length === 0) return;
  await db`delete from waymark.occurrence where kind = ${CARE_PERIOD} and child_key = any(${children as number[]}::integer[])`;
  await db.unsafe(
    `insert into waymark.occurrence (child_key, stated_under, kind, record_id, starts, ends, detail, purged, recorded_at, event_id)
     select child_key, stated_under, ${CARE_PERIOD}, record_id, starts, ends, detail, false, recorded_at, event_id from (${carePeriodsSql('waymark.occurrence')}) p`,
    [children as number[]],
  );
}
