// Participants that are kept and turn out to be one child: the one that was allocated first is followed (intention to treat,
// ours), the others are put by as they were enrolled, and are participants again when the two are parted. Order among those
// allocated at once, or without an allocation of their own: index day, then the pseudonym of the index record.
import type { Transaction } from '../platform/database.ts';
import type { Evaluation } from './evaluation.ts';

interface Entry {
  participant_key: number;
  /** The participant followed in its place; itself when it is the first of its person. */
  first: number;
  person_key: number;
  put_by: boolean;
  wave: string;
}

/** Entries of the persons of these children that do not stand where they should. */
const misplaced = (tx: Transaction, { id, protocol }: Evaluation, children: readonly number[]) => tx<Entry[]>`
  with listed as (select unnest(${children as number[]}::integer[]) as child_key),
  persons as (
    select distinct coalesce(m.person_key, l.child_key) as person_key
    from listed l left join waymark.person_member m using (child_key)
  ),
  members as (
    select m.child_key, m.person_key from waymark.person_member m join persons using (person_key)
    union select person_key, person_key from persons
  ),
  entries as (
    select p.participant_key, p.index_child, p.council_id, p.index_day, p.cluster, p.child_key as at, null::integer as follows
    from waymark.participant p where p.evaluation_id = ${id} and p.index_child in (select child_key from members)
    union all
    select d.participant_key, d.index_child, d.council_id, d.index_day, d.cluster, null, d.duplicate_of
    from waymark.duplicate_participant d where d.evaluation_id = ${id} and d.index_child in (select child_key from members)
  ),
  ranked as (
    select e.*, m.person_key, first_value(e.participant_key) over (
        partition by m.person_key order by a.allocated_at nulls last, e.index_day, c.pseudonym, e.participant_key) as first
    from entries e join members m on m.child_key = e.index_child join waymark.child c on c.child_key = e.index_child
    left join waymark.allocation a on a.evaluation_id = ${id} and a.council_id = e.council_id and a.unit = e.cluster
  )
  select participant_key, first, person_key, at is null as put_by, date_trunc(${protocol.waves}, index_day)::date as wave
  from ranked
  where (participant_key = first and at is distinct from person_key)
    or (participant_key <> first and follows is distinct from first)`;

/** Brings the kept participants of these children's persons to where they belong. @returns the waves of those that moved */
export async function settleDuplicates(
  tx: Transaction,
  evaluation: Evaluation,
  children: readonly number[],
): Promise<string[]> {
  const entries = await misplaced(tx, evaluation, children);
  if (entries.length === 0) return [];
  const column = (of: (entry: Entry) => number | string) => entries.map(of);
  await tx`
    create temporary table misplaced on commit drop as
    select m.*, coalesce(p.evaluation_id, d.evaluation_id) as evaluation_id, coalesce(p.index_child, d.index_child) as index_child,
      coalesce(p.council_id, d.council_id) as council_id, coalesce(p.index_day, d.index_day) as index_day,
      coalesce(p.index_record, d.index_record) as index_record, coalesce(p.arm, d.arm) as arm,
      coalesce(p.cluster, d.cluster) as cluster
    from unnest(${column((one) => one.participant_key)}::integer[], ${column((one) => one.first)}::integer[],
      ${column((one) => one.person_key)}::integer[], ${column((one) => one.wave)}::date[]) as m(participant_key, first, person_key, wave)
    left join waymark.participant p using (participant_key)
    left join waymark.duplicate_participant d using (participant_key)`;
  await tx`delete from waymark.participant p using misplaced m where p.participant_key = m.participant_key`;
  await tx`delete from waymark.duplicate_participant d using misplaced m where d.participant_key = m.participant_key`;
  await tx`
    insert into waymark.participant (participant_key, evaluation_id, child_key, index_child, council_id, wave, index_day,
      index_record, arm, cluster)
    overriding system value
    select participant_key, evaluation_id, person_key, index_child, council_id, wave, index_day, index_record, arm, cluster
    from misplaced where participant_key = first`;
  await tx`
    insert into waymark.duplicate_participant (participant_key, evaluation_id, index_child, council_id, index_day, index_record,
      arm, cluster, duplicate_of)
    select participant_key, evaluation_id, index_child, council_id, index_day, index_record, arm, cluster, first
    from misplaced where participant_key <> first`;
  await tx`drop table misplaced`;
  return [...new Set(entries.map(({ wave }) => wave))];
}
