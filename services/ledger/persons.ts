// Who is one person is kept here, and everything derived stands under its person: the lowest pseudonym among those that
// standing statements link. Statements that link hold a lock alone; all other batches share it, so persons stand still under
// them. Batches that write to the same child of several pseudonyms, from two partitions, go one after the other.
import { kindNumber } from '../outcomes/kinds.ts';
import { groupsOf } from '../outcomes/persons.ts';
import { plainColumn } from '../platform/columns.ts';
import type { Transaction } from '../platform/database.ts';
import type { Entry } from './entry.ts';

/** An entry with the keys of its pseudonym, of the person that is, and of the pseudonym it is said to be. */
export type Keyed = Entry & { childKey: number; personKey: number; otherKey: number | null };

const LOCK = 7_293_412;

/** Takes the lock on who is one person, before any other of the transaction: alone when the batch may change it. */
export async function lockPersons(tx: Transaction, entries: readonly Entry[]): Promise<void> {
  if (entries.some(({ kind }) => kind === kindNumber['same-child']))
    await tx`select pg_advisory_xact_lock(${LOCK})`;
  else await tx`select pg_advisory_xact_lock_shared(${LOCK})`;
}

/** The persons of these pseudonyms where they are others than themselves alone, locked until the transaction ends. */
export async function personsOfChildren(
  tx: Transaction,
  children: readonly number[],
): Promise<Map<number, number>> {
  const rows = await tx<{ child_key: number; person_key: number }[]>`
    select child_key, person_key from waymark.person_member
    where child_key = any(${plainColumn([...new Set(children)])}::integer[])`;
  if (rows.length > 0) {
    const persons = plainColumn(rows.map((row) => row.person_key));
    await tx`select from waymark.person_member where child_key = any(${persons}::integer[]) order by child_key for update`;
  }
  return new Map(rows.map((row) => [row.child_key, row.person_key]));
}

/** Puts newer statements of who is the same child at the head of their records. @returns the pseudonyms concerned */
export async function raiseLinks(tx: Transaction, newest: readonly Keyed[]): Promise<number[]> {
  const links = newest.filter(({ kind }) => kind === kindNumber['same-child']);
  if (links.length === 0) return [];
  const column = (of: (link: Keyed) => number | string | null): string => plainColumn(links.map(of));
  const raised = await tx<{ child_key: number; other_key: number | null }[]>`
    insert into waymark.same_child as s (child_key, record_id, other_key, recorded_at, event_id)
    select * from unnest(
      ${column((link) => link.childKey)}::integer[], ${column((link) => link.recordId)}::uuid[],
      ${column((link) => link.otherKey)}::integer[], ${column((link) => link.recordedAt)}::timestamptz[],
      ${column((link) => link.eventId)}::uuid[])
    on conflict (child_key, record_id) do update set
      other_key = excluded.other_key, recorded_at = excluded.recorded_at, event_id = excluded.event_id
    where (excluded.recorded_at, excluded.event_id) > (s.recorded_at, s.event_id)
    returning child_key, other_key`;
  return raised.flatMap((row) => [row.child_key, ...(row.other_key === null ? [] : [row.other_key])]);
}

interface Member {
  child_key: number;
  pseudonym: string;
  person_key: number;
}

/**
 * The person that each linked pseudonym is: the key of the lowest of its group.
 * @param links between keys of pseudonyms
 */
export function personsAmong(
  pseudonyms: readonly { child_key: number; pseudonym: string }[],
  links: readonly (readonly [number, number])[],
): Map<number, number> {
  // Two councils may give one pseudonym: a name holds the key too, after the pseudonym that it sorts by.
  const nameOf = new Map(pseudonyms.map((one) => [one.child_key, `${one.pseudonym} ${one.child_key}`]));
  const keyOf = (name: string): number => Number(name.split(' ')[1]);
  const groups = groupsOf(links.map(([one, other]) => [nameOf.get(one) ?? '', nameOf.get(other) ?? '']));
  return new Map([...groups].map(([name, [lowest = name]]) => [keyOf(name), keyOf(lowest)]));
}

/** Everyone who was one person with any of these pseudonyms. Links that stand now lead to nobody else. */
const membersOf = (tx: Transaction, touched: readonly number[]) => tx<Member[]>`
  with persons as (
    select person_key from waymark.person_member where child_key = any(${touched as number[]}::integer[])
  ),
  members as (
    select unnest(${touched as number[]}::integer[]) as child_key
    union select child_key from waymark.person_member where person_key in (select person_key from persons)
  )
  select c.child_key, c.pseudonym, coalesce(m.person_key, c.child_key) as person_key
  from members join waymark.child c using (child_key) left join waymark.person_member m using (child_key)`;

/** Moves what was stated under these pseudonyms from the person they were to the person they are. */
async function move(tx: Transaction, moved: readonly (Member & { becomes: number })[]): Promise<void> {
  const pseudonyms = plainColumn(moved.map((one) => one.child_key));
  const from = plainColumn(moved.map((one) => one.person_key));
  const to = plainColumn(moved.map((one) => one.becomes));
  for (const table of ['occurrence', 'child_fact', 'referral_team']) {
    await tx`
      update waymark.${tx(table)} o set child_key = m.becomes
      from unnest(${pseudonyms}::integer[], ${from}::integer[], ${to}::integer[]) as m(child_key, was, becomes)
      where o.child_key = m.was and o.stated_under = m.child_key ${
        // Periods of care are made anew.
        table === 'occurrence' ? tx`and o.kind <= ${Math.max(...Object.values(kindNumber))}` : tx``
      }`;
  }
}

export interface Rejoined {
  /** Every pseudonym of a person that changed. */
  children: number[];
  /** Persons that were, and those that are in their place. */
  persons: number[];
}

/** Works out anew who is one person among these pseudonyms and whoever they were one person with. */
export async function rejoin(tx: Transaction, touched: readonly number[]): Promise<Rejoined> {
  if (touched.length === 0) return { children: [], persons: [] };
  const members = await membersOf(tx, touched);
  const children = members.map((member) => member.child_key);
  const links = await tx<{ child_key: number; other_key: number }[]>`
    select child_key, other_key from waymark.same_child where child_key = any(${children}::integer[]) and other_key is not null`;
  const groups = personsAmong(
    members,
    links.map((link) => [link.child_key, link.other_key]),
  );
  const now = members.map((member) => ({
    ...member,
    becomes: groups.get(member.child_key) ?? member.child_key,
  }));
  await tx`delete from waymark.person_member where child_key = any(${children}::integer[])`;
  const several = now.filter(({ child_key }) => groups.has(child_key));
  await tx`
    insert into waymark.person_member (child_key, person_key)
    select * from unnest(${plainColumn(several.map((one) => one.child_key))}::integer[],
      ${plainColumn(several.map((one) => one.becomes))}::integer[])`;
  const moved = now.filter((one) => one.becomes !== one.person_key);
  if (moved.length > 0) await move(tx, moved);
  return { children, persons: [...new Set(moved.flatMap((one) => [one.person_key, one.becomes]))] };
}
