// Who takes part is a function of the records and the allocation alone: screening a child twice changes nothing,
// and screening after a correction gives what screening the corrected records at first would have given.
import { packedField } from '../outcomes/detail.ts';
import { kindNumber } from '../outcomes/kinds.ts';
import type { Transaction } from '../platform/database.ts';
import type { Evaluation } from './evaluation.ts';

const nfa = packedField('referral', 'noFurtherAction', 'o.detail');

/** SQL of a unit's arm (1, 0, or null when it has none) from columns `unit`, `council_id` and parameters of the evaluation. */
function armSql({ id, protocol }: Evaluation, tx: Transaction) {
  const { allocation } = protocol;
  switch (allocation?.method) {
    case undefined:
      throw new Error('arms by exposure are not computed yet');
    case 'list':
      return tx`(select a.arm from waymark.allocation a
        where a.evaluation_id = ${id} and a.council_id = f.council_id and a.unit = f.unit)`;
    case 'by-council':
      return tx`(select (c.code = any(${allocation.trial}))::integer from waymark.council c where c.council_id = f.council_id)`;
    case 'seeded': {
      const bound = Math.floor(allocation.trialShare * 2 ** 32);
      return tx`(('x' || substr(encode(sha256(convert_to(${`${allocation.seed}:`} || f.unit, 'UTF8')), 'hex'), 1, 8))::bit(32)::bigint
        < ${bound})::integer`;
    }
  }
}

/** SQL of the pseudonym of what is allocated. A child whose family is not known is a family of one. */
function unitSql({ protocol }: Evaluation, tx: Transaction) {
  if (protocol.unit === 'council') return tx`lpad(to_hex(c.council_id::integer), 32, '0')::uuid`;
  return protocol.unit === 'family' ? tx`coalesce(facts.family, c.pseudonym)` : tx`c.pseudonym`;
}

/**
 * Screens children against one evaluation: enrols, moves or removes them, and marks the cohorts concerned.
 * @returns the first days of the waves with a participant that is new, changed or gone
 */
export async function screen(
  tx: Transaction,
  evaluation: Evaluation,
  children: readonly number[],
): Promise<string[]> {
  const { id, protocol } = evaluation;
  const { index, from, to } = protocol.population;
  if (index.record !== 'referral') throw new Error(`no index by ${index.record} yet`);
  const anyReferral = index.countNoFurtherAction;
  const marked = await tx<{ wave: string }[]>`
    with listed as (select unnest(${children as number[]}::integer[]) as child_key),
    found as (
      select distinct on (o.child_key) o.child_key, c.council_id, o.starts as index_day, o.record_id as index_record,
        ${unitSql(evaluation, tx)} as unit
      from listed
      join waymark.child c using (child_key)
      join waymark.evaluation_council ec on ec.council_id = c.council_id and ec.evaluation_id = ${id}
      join waymark.occurrence o on o.child_key = c.child_key and o.kind = ${kindNumber.referral} and not o.purged
        and o.starts between ${from} and ${to}
        and (${anyReferral} or ${tx.unsafe(nfa.sql)} <> ${nfa.numberOf(true)})
      left join lateral (select k.family from waymark.child_known k where k.child_key = c.child_key) facts on true
      order by o.child_key, o.starts, o.record_id
    ),
    eligible as (
      select f.*, ${armSql(evaluation, tx)}::smallint as arm, date_trunc(${protocol.waves}, f.index_day)::date as wave from found f
    ),
    enrolled as (
      insert into waymark.participant as p (evaluation_id, child_key, council_id, wave, index_day, index_record, arm, cluster)
      select ${id}, child_key, council_id, wave, index_day, index_record, arm, unit from eligible where arm is not null
      order by child_key
      on conflict (evaluation_id, child_key) do update set
        wave = excluded.wave, index_day = excluded.index_day, index_record = excluded.index_record,
        arm = excluded.arm, cluster = excluded.cluster
      returning p.wave, p.child_key
    ),
    gone as (
      delete from waymark.participant p using listed
      where p.evaluation_id = ${id} and p.child_key = listed.child_key
        and not exists (select from eligible e where e.child_key = p.child_key and e.arm is not null)
      returning p.wave, p.child_key
    ),
    marked as (
      insert into waymark.cohort_change (evaluation_id, wave, child_key)
      select ${id}, wave, child_key from (select * from enrolled union select * from gone) as both_kinds
      order by child_key
      on conflict do nothing
    )
    select distinct wave from (select * from enrolled union all select * from gone) as touched`;
  return marked.map(({ wave }) => wave);
}
