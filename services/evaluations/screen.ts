// Each child known in an evaluation's councils is screened once, with the reason kept: screened = enrolled + excluded.
// While participants are not kept, who takes part is a function of the records and the allocation alone, whatever order they
// came in. Once they are kept (`keepsParticipants`) an enrolled child stays with its index, unit and arm as enrolled, flagged
// when the records no longer say so; only an opt-out removes it.
import { stages } from '../../schemas/lifecycle.ts';
import type { Transaction } from '../platform/database.ts';
import { armSql, optedOutSql, unitSql } from './arm-sql.ts';
import { settleDuplicates } from './duplicates.ts';
import { isCandidate, reasonSql, teamSql } from './eligibility-sql.ts';
import type { Evaluation } from './evaluation.ts';
import { keptChecks, plannedAnew } from './kept-checks.ts';

/**
 * Intention to treat (ours): a trial keeps its participants as randomised once it recruits, a quasi-experiment once it is
 * locked. Before that a corrected or purged index changes who takes part.
 */
export function keepsParticipants({ protocol, stage }: Pick<Evaluation, 'protocol' | 'stage'>): boolean {
  const from = protocol.design === 'randomised' ? 'recruiting' : 'locked';
  return stages.indexOf(stage) >= stages.indexOf(from);
}

/**
 * Screens children, under whichever of their pseudonyms they are given, against one evaluation: enrols, moves, flags or removes them, and marks the cohorts concerned.
 * @returns the first days of the waves with a participant that is new, changed or gone
 */
export async function screen(
  tx: Transaction,
  evaluation: Evaluation,
  children: readonly number[],
): Promise<string[]> {
  const { id, protocol } = evaluation;
  const { population } = protocol;
  const keeps = keepsParticipants(evaluation);
  const settled = keeps ? await settleDuplicates(tx, evaluation, children) : [];
  const marked = await tx<{ wave: string }[]>`
    with given as (select unnest(${children as number[]}::integer[]) as child_key from ${tx.unsafe(keptChecks)}),
    listed as (
      select child_key from given
      union select m.person_key from waymark.person_member m join given using (child_key)
    ),
    facts as (
      select c.child_key, c.council_id, c.pseudonym, k.family, k.birth_month, i.starts as index_day,
        i.record_id as index_record, i.stated_under as index_child, ${tx.unsafe(teamSql(protocol))} as team
      from listed
      -- offset, here and below: each child is looked up, which costs the same however many the store holds and needs no
      -- statistics. Else all of a table may be read, or worked out, to find the few asked for.
      cross join lateral (select * from waymark.child c where c.child_key = listed.child_key offset 0) c
      join waymark.evaluation_council ec on ec.council_id = c.council_id and ec.evaluation_id = ${id}
      left join lateral (select * from waymark.child_known known where known.child_key = c.child_key offset 0) k on true
      left join lateral (
        select o.child_key, o.starts, o.record_id, o.stated_under from waymark.occurrence o
        join waymark.child m on m.child_key = o.stated_under
        where o.child_key = c.child_key and ${tx.unsafe(isCandidate(population.index, 'o'))}
          and o.starts between ${population.from} and ${population.to}
        order by o.starts, o.record_id, m.pseudonym limit 1) i on true
      -- Whoever goes by another pseudonym, or was only named by another's record, is nobody by itself.
      where i.record_id is not null or (select true from waymark.occurrence o where o.child_key = c.child_key limit 1)
    ),
    asked as (select f.*, ${optedOutSql(evaluation, tx)} as opted_out from facts f offset 0),
    judged as (
      select f.*, ${unitSql(evaluation, tx)} as unit, ${tx.unsafe(reasonSql(protocol))} as unfit from asked f offset 0
    ),
    armed as (
      select f.*, case when f.unfit is null then ${armSql(evaluation, tx)}::smallint end as arm from judged f
    ),
    fresh as (
      select *, coalesce(unfit, case when arm is null then 'no-arm' end) as reason from armed
    ),
    old as (
      select p.* from listed cross join lateral (
        select * from waymark.participant p where p.evaluation_id = ${id} and p.child_key = listed.child_key offset 0) p
    ),
    kept as (
      select o.child_key, o.council_id, o.index_day, o.index_record, o.index_child, o.cluster, o.arm, null::text as reason,
        case when f.reason is null and (f.index_record, f.index_child, f.index_day)
              is distinct from (o.index_record, o.index_child, o.index_day) then 'index-corrected'
          when f.reason is null and f.arm <> o.arm then 'arm-changed'
          when f.reason = 'no-index' then 'index-gone'
          when f.reason is not null then 'no-longer-eligible' end as flag
      from old o join fresh f using (child_key) where ${keeps} and not f.opted_out
    ),
    decided as (
      select * from kept
      union all
      select f.child_key, f.council_id, f.index_day, f.index_record, f.index_child, f.unit, f.arm,
        -- Of a participant that was kept, its opting out is why it left, whatever its records say by then.
        case when ${keeps} and f.opted_out and f.child_key in (select child_key from old) then 'opted-out'
          else f.reason end, null
      from fresh f where f.child_key not in (select child_key from kept)
    ),
    enrolled as (
      select *, date_trunc(${protocol.waves}, index_day)::date as wave from decided where reason is null
    ),
    stored as (
      insert into waymark.participant as p
        (evaluation_id, child_key, council_id, wave, index_day, index_record, index_child, arm, cluster, flag)
      select ${id}, child_key, council_id, wave, index_day, index_record, index_child, arm, cluster, flag
      from enrolled order by child_key
      on conflict (evaluation_id, child_key) do update set
        wave = excluded.wave, index_day = excluded.index_day, index_record = excluded.index_record,
        index_child = excluded.index_child,
        arm = excluded.arm, cluster = excluded.cluster, flag = excluded.flag
      where (p.wave, p.index_day, p.index_record, p.index_child, p.arm, p.cluster, p.flag) is distinct from
        (excluded.wave, excluded.index_day, excluded.index_record, excluded.index_child, excluded.arm, excluded.cluster,
          excluded.flag)
    ),
    gone as (
      delete from waymark.participant where participant_key = any (array(
        select participant_key from old
        where not exists (select from enrolled e where e.child_key = old.child_key)
          and (not ${keeps} or exists (select from fresh f where f.child_key = old.child_key))))
      returning wave, child_key
    ),
    -- Who opted out is not followed under any of its pseudonyms, whatever is found of them later.
    forgotten as (
      delete from waymark.duplicate_participant d
      using fresh f left join waymark.person_member m on m.person_key = f.child_key
      where f.opted_out and d.evaluation_id = ${id} and d.index_child in (f.child_key, m.child_key)
    ),
    screened as (
      insert into waymark.screening as s (evaluation_id, child_key, index_day, reason)
      select ${id}, child_key, index_day, reason from decided order by child_key
      on conflict (evaluation_id, child_key) do update set index_day = excluded.index_day, reason = excluded.reason
      where (s.index_day, s.reason) is distinct from (excluded.index_day, excluded.reason)
    ),
    -- Children of a council that is no longer the evaluation's, and pseudonyms that are another child's.
    unscreened as (
      delete from waymark.screening where evaluation_id = ${id} and child_key = any (array(
        select child_key from listed
        where not exists (select from fresh f where f.child_key = listed.child_key)
          and (not ${keeps} or (select true from waymark.occurrence o where o.child_key = listed.child_key limit 1) is null)))
    ),
    touched as (select wave, child_key from enrolled union select wave, child_key from gone),
    marked as (
      insert into waymark.cohort_change (evaluation_id, wave, child_key)
      select ${id}, wave, child_key from touched order by child_key
      on conflict do nothing
    )
    select distinct wave from (select wave from touched union all select wave from old) as waves`;
  await plannedAnew(tx);
  return [...new Set([...settled, ...marked.map(({ wave }) => wave)])];
}
