// Each child known in an evaluation's councils is screened once, with the reason kept: screened = enrolled + excluded.
// While participants are not kept, who takes part is a function of the records and the allocation alone, whatever order they
// came in. Once they are kept (`keepsParticipants`) an enrolled child stays with its index, unit and arm as enrolled, flagged
// when the records no longer say so; only an opt-out removes it.
import { stages } from '../../schemas/lifecycle.ts';
import type { Transaction } from '../platform/database.ts';
import { armSql, unitSql } from './arm-sql.ts';
import { isCandidate, reasonSql } from './eligibility-sql.ts';
import type { Evaluation } from './evaluation.ts';

/**
 * Intention to treat (ours): a trial keeps its participants as randomised once it recruits, a quasi-experiment once it is
 * locked. Before that a corrected or purged index changes who takes part.
 */
export function keepsParticipants({ protocol, stage }: Pick<Evaluation, 'protocol' | 'stage'>): boolean {
  const from = protocol.design === 'randomised' ? 'recruiting' : 'locked';
  return stages.indexOf(stage) >= stages.indexOf(from);
}

/**
 * Screens children against one evaluation: enrols, moves, flags or removes them, and marks the cohorts concerned.
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
  const marked = await tx<{ wave: string }[]>`
    with listed as (select unnest(${children as number[]}::integer[]) as child_key),
    facts as (
      select c.child_key, c.council_id, c.pseudonym, k.family, k.birth_month, i.starts as index_day, i.record_id as index_record,
        exists (select from waymark.opt_out x where x.evaluation_id = ${id} and x.council_id = c.council_id
          and x.unit in (c.pseudonym, k.family)) as opted_out
      from listed
      join waymark.child c using (child_key)
      join waymark.evaluation_council ec on ec.council_id = c.council_id and ec.evaluation_id = ${id}
      left join lateral (select * from waymark.child_known known where known.child_key = c.child_key) k on true
      left join lateral (
        select o.starts, o.record_id from waymark.occurrence o
        where o.child_key = c.child_key and ${tx.unsafe(isCandidate(population.index, 'o'))}
          and o.starts between ${population.from} and ${population.to}
        order by o.starts, o.record_id limit 1) i on true
    ),
    judged as (select f.*, ${unitSql(evaluation, tx)} as unit, ${tx.unsafe(reasonSql(population))} as unfit from facts f),
    armed as (
      select f.*, case when f.unfit is null then ${armSql(evaluation, tx)}::smallint end as arm from judged f
    ),
    fresh as (
      select *, coalesce(unfit, case when arm is null then 'no-arm' end) as reason from armed
    ),
    old as (
      select p.* from waymark.participant p join listed using (child_key) where p.evaluation_id = ${id}
    ),
    kept as (
      select o.child_key, o.council_id, o.index_day, o.index_record, o.cluster, o.arm, null::text as reason,
        case when f.reason is null and (f.index_record, f.index_day) is distinct from (o.index_record, o.index_day)
            then 'index-corrected'
          when f.reason is null and f.arm <> o.arm then 'arm-changed'
          when f.reason = 'no-index' then 'index-gone'
          when f.reason is not null then 'no-longer-eligible' end as flag
      from old o join fresh f using (child_key) where ${keeps} and not f.opted_out
    ),
    decided as (
      select * from kept
      union all
      select f.child_key, f.council_id, f.index_day, f.index_record, f.unit, f.arm,
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
        (evaluation_id, child_key, council_id, wave, index_day, index_record, arm, cluster, flag)
      select ${id}, child_key, council_id, wave, index_day, index_record, arm, cluster, flag from enrolled order by child_key
      on conflict (evaluation_id, child_key) do update set
        wave = excluded.wave, index_day = excluded.index_day, index_record = excluded.index_record,
        arm = excluded.arm, cluster = excluded.cluster, flag = excluded.flag
      where (p.wave, p.index_day, p.index_record, p.arm, p.cluster, p.flag) is distinct from
        (excluded.wave, excluded.index_day, excluded.index_record, excluded.arm, excluded.cluster, excluded.flag)
    ),
    gone as (
      delete from waymark.participant p using old
      where p.participant_key = old.participant_key
        and not exists (select from enrolled e where e.child_key = p.child_key)
        and (not ${keeps} or exists (select from fresh f where f.child_key = p.child_key))
      returning p.wave, p.child_key
    ),
    screened as (
      insert into waymark.screening as s (evaluation_id, child_key, index_day, reason)
      select ${id}, child_key, index_day, reason from decided order by child_key
      on conflict (evaluation_id, child_key) do update set index_day = excluded.index_day, reason = excluded.reason
      where (s.index_day, s.reason) is distinct from (excluded.index_day, excluded.reason)
    ),
    -- Children of a council that is no longer the evaluation's.
    unscreened as (
      delete from waymark.screening s using listed
      where s.evaluation_id = ${id} and s.child_key = listed.child_key and not ${keeps}
        and not exists (select from fresh f where f.child_key = s.child_key)
    ),
    touched as (select wave, child_key from enrolled union select wave, child_key from gone),
    marked as (
      insert into waymark.cohort_change (evaluation_id, wave, child_key)
      select ${id}, wave, child_key from touched order by child_key
      on conflict do nothing
    )
    select distinct wave from (select wave from touched union all select wave from old) as waves`;
  return marked.map(({ wave }) => wave);
}
