// The ledger only grows, and the newest statement about a record is its head whatever the order of arrival.
// One call is one transaction: either the batch and everything derived from it stand, or nothing does.
import type { RecordState } from '../../schemas/records.ts';
import { kindNumber } from '../outcomes/kinds.ts';
import { plainColumn } from '../platform/columns.ts';
import type { Transaction } from '../platform/database.ts';
import { deriveCarePeriods } from './care-periods.ts';
import { type ChildCache, childKeys } from './children.ts';
import type { Entry } from './entry.ts';
import type { Expected } from './expected.ts';
import { factColumns, factRows } from './facts.ts';
import { nameOf, type Raised, store } from './heads.ts';
import { type Keyed, lockPersons, personsOfChildren, raiseLinks, rejoin } from './persons.ts';

export interface Appended {
  /** Rows new to the ledger; the others of the batch were already there. */
  stored: number;
  /** Persons with a record whose head changed, and every pseudonym of those who became others. */
  changed: number[];
  /** Child keys met for the first time, to remember once the transaction has held. */
  met: Map<string, number>;
}

/** Keeps the team of each referral whose head changed; one that states none (any more) has none. */
async function raiseTeams(
  tx: Transaction,
  newest: readonly Keyed[],
  raised: readonly Raised[],
): Promise<void> {
  const heads = new Map(
    raised
      .filter(({ kind }) => kind === kindNumber.referral)
      .map((head) => [nameOf(head.stated_under, head.event_id), head]),
  );
  const stated = newest.flatMap((entry) => {
    if (entry.kind !== kindNumber.referral) return [];
    const head = heads.get(nameOf(entry.childKey, entry.eventId));
    if (!head) return [];
    const team = (entry.state as RecordState<'referral'> | null)?.team?.slice(1) ?? null;
    return team === null && !head.corrected ? [] : [{ entry, team }];
  });
  if (stated.length === 0) return;
  await tx`
    with stated as (
      select * from unnest(
        ${plainColumn(stated.map(({ entry }) => entry.personKey))}::integer[],
        ${plainColumn(stated.map(({ entry }) => entry.recordId))}::uuid[],
        ${plainColumn(stated.map(({ entry }) => entry.childKey))}::integer[],
        ${plainColumn(stated.map(({ team }) => team))}::uuid[]) as s(child_key, record_id, stated_under, team)
    ),
    gone as (
      delete from waymark.referral_team t using stated s
      where s.team is null and (t.child_key, t.record_id, t.stated_under) = (s.child_key, s.record_id, s.stated_under)
    )
    insert into waymark.referral_team (child_key, record_id, stated_under, team)
    select child_key, record_id, stated_under, team from stated where team is not null
    on conflict (child_key, record_id, stated_under) do update set team = excluded.team`;
}

async function raiseFacts(tx: Transaction, newest: readonly Keyed[]): Promise<void> {
  const facts = newest
    .filter((entry) => entry.kind === kindNumber.child)
    .map((entry) => ({ ...entry, state: entry.state as RecordState<'child'> | null }));
  if (facts.length === 0) return;
  await tx`
    insert into waymark.child_fact as f (${tx(factColumns)}) ${factRows(tx, facts)}
    on conflict (child_key, record_id, stated_under) do update set
      birth_month = excluded.birth_month, death_month = excluded.death_month, sex = excluded.sex,
      ethnicity = excluded.ethnicity, disabled = excluded.disabled, unaccompanied = excluded.unaccompanied,
      deprivation_decile = excluded.deprivation_decile, family = excluded.family,
      recorded_at = excluded.recorded_at, event_id = excluded.event_id
    where (excluded.recorded_at, excluded.event_id) > (f.recorded_at, f.event_id)`;
}

/** Of the statements new to the ledger, those that are no head with content: purges, and what came after a newer one. */
function overtaken(fresh: readonly Keyed[], raised: readonly Raised[]): readonly Keyed[] {
  const standing = raised.filter((head) => !head.purged);
  if (standing.length === fresh.length) return [];
  const stands = new Set(standing.map((head) => nameOf(head.stated_under, head.event_id)));
  return fresh.filter((entry) => !stands.has(nameOf(entry.childKey, entry.eventId)));
}

/** Removes the content of every statement older than a purge of its record, whichever of the two arrived first. */
async function erasePurged(tx: Transaction, entries: readonly Keyed[]): Promise<void> {
  if (entries.length === 0) return;
  const children = plainColumn([...new Set(entries.map((entry) => entry.childKey))]);
  await tx`select waymark.erase_purged(${children}::integer[])`;
}

/**
 * Appends a batch and brings everything derived up to date, in the caller's transaction.
 * @param councilIds the id of every council that stands in `entries`
 * @param expected of what the batch repeats; without it, nothing is
 */
export async function append(
  tx: Transaction,
  entries: readonly Entry[],
  councilIds: ReadonlyMap<string, number>,
  cache: ChildCache,
  expected?: Expected,
): Promise<Appended> {
  await lockPersons(tx, entries);
  const { keys, others, met } = await childKeys(tx, entries, councilIds, cache);
  const persons = await personsOfChildren(tx, keys);
  const keyed = entries.map((entry, at): Keyed => {
    const childKey = keys[at] ?? -1;
    const personKey = persons.get(childKey) ?? childKey;
    return Object.assign(entry, { childKey, personKey, otherKey: others[at] ?? null });
  });
  keyed.sort((a, b) => a.childKey - b.childKey);
  const { fresh, newest, raised } = await store(tx, keyed, expected);
  await raiseTeams(tx, newest, raised);
  await raiseFacts(tx, newest);
  const rejoined = await rejoin(tx, await raiseLinks(tx, newest));
  const changedCare = raised
    .filter((head) => head.kind === kindNumber['care-episode'])
    .map((head) => head.child_key);
  await deriveCarePeriods(tx, [...new Set([...changedCare, ...rejoined.persons])]);
  await erasePurged(tx, overtaken(fresh, raised));
  const changed = new Set([...raised.map((head) => head.child_key), ...rejoined.children]);
  return { stored: fresh.length, changed: [...changed], met };
}
