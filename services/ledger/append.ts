// The ledger only grows, and the newest statement about a record is its head whatever the order of arrival.
// One call is one transaction: either the batch and everything derived from it stand, or nothing does.
import type { RecordState } from '../../schemas/records.ts';
import { kindNumber } from '../outcomes/kinds.ts';
import { jsonColumn, plainColumn } from '../platform/columns.ts';
import type { Transaction } from '../platform/database.ts';
import { deriveCarePeriods } from './care-periods.ts';
import { type ChildCache, childKeys } from './children.ts';
import { type Entry, heads } from './entry.ts';

export interface Appended {
  /** Rows new to the ledger; the others of the batch were already there. */
  stored: number;
  /** Children with a record whose head changed. */
  changed: number[];
  /** Child keys met for the first time, to remember once the transaction has held. */
  met: Map<string, number>;
}

type Keyed = Entry & { childKey: number };

const nameOf = (childKey: number, eventId: string): string => `${childKey} ${eventId}`;

const column = (entries: readonly Keyed[], of: (entry: Keyed) => number | boolean | string | null): string =>
  plainColumn(entries.map(of));

/** Appends what is new and gives it back: a statement that was there already, or repeats an id, changes nothing. */
async function insertEvents(tx: Transaction, entries: readonly Keyed[]): Promise<Keyed[]> {
  const inserted = await tx<{ child_key: number; event_id: string }[]>`
    insert into waymark.case_event (child_key, event_id, kind, record_id, recorded_at, purged, state)
    select child_key, event_id, kind, record_id, recorded_at, state is null, state::jsonb
    from unnest(
      ${column(entries, (entry) => entry.childKey)}::integer[], ${column(entries, (entry) => entry.eventId)}::uuid[],
      ${column(entries, (entry) => entry.kind)}::smallint[], ${column(entries, (entry) => entry.recordId)}::uuid[],
      ${column(entries, (entry) => entry.recordedAt)}::timestamptz[],
      string_to_array(${jsonColumn(entries.map((entry) => entry.state))}, chr(30), '')
    ) as e(child_key, event_id, kind, record_id, recorded_at, state)
    on conflict do nothing
    returning child_key, event_id`;
  const fresh = new Set(inserted.map((row) => nameOf(row.child_key, row.event_id)));
  return entries.filter((entry) => fresh.delete(nameOf(entry.childKey, entry.eventId)));
}

/** Puts newer statements at the head of their records; gives back each record that changed. */
function raiseHeads(tx: Transaction, newest: readonly Keyed[]) {
  return tx<{ child_key: number; kind: number; event_id: string; purged: boolean }[]>`
    insert into waymark.occurrence as o
      (child_key, kind, record_id, starts, ends, detail, purged, recorded_at, event_id)
    select * from unnest(
      ${column(newest, (entry) => entry.childKey)}::integer[], ${column(newest, (entry) => entry.kind)}::smallint[],
      ${column(newest, (entry) => entry.recordId)}::uuid[], ${column(newest, (entry) => entry.occurrence.starts)}::date[],
      ${column(newest, (entry) => entry.occurrence.ends)}::date[], ${column(newest, (entry) => entry.occurrence.detail)}::integer[],
      ${column(newest, (entry) => entry.state === null)}::boolean[],
      ${column(newest, (entry) => entry.recordedAt)}::timestamptz[], ${column(newest, (entry) => entry.eventId)}::uuid[])
    on conflict (child_key, kind, record_id) do update set
      starts = excluded.starts, ends = excluded.ends, detail = excluded.detail, purged = excluded.purged,
      recorded_at = excluded.recorded_at, event_id = excluded.event_id
    where (excluded.recorded_at, excluded.event_id) > (o.recorded_at, o.event_id)
    returning child_key, kind, event_id, purged`;
}

const firstOfMonth = (month: string | undefined): string | null => (month ? `${month}-01` : null);

async function raiseFacts(tx: Transaction, newest: readonly Keyed[]): Promise<void> {
  const facts = newest
    .filter((entry) => entry.kind === kindNumber.child)
    .map((entry) => ({ entry, state: (entry.state ?? {}) as RecordState<'child'> }));
  if (facts.length === 0) return;
  const fact = (of: (state: RecordState<'child'>) => number | boolean | string | null | undefined): string =>
    plainColumn(facts.map(({ state }) => of(state)));
  await tx`
    insert into waymark.child_fact as f (child_key, record_id, birth_month, death_month, sex, ethnicity, disabled,
      unaccompanied, deprivation_decile, family, recorded_at, event_id)
    select * from unnest(
      ${plainColumn(facts.map(({ entry }) => entry.childKey))}::integer[],
      ${plainColumn(facts.map(({ entry }) => entry.recordId))}::uuid[],
      ${fact((state) => firstOfMonth(state.birthMonth))}::date[], ${fact((state) => firstOfMonth(state.deathMonth))}::date[],
      ${fact((state) => state.sex)}::text[], ${fact((state) => state.ethnicity)}::text[],
      ${fact((state) => state.disabilities?.some((code) => code !== 'NONE'))}::boolean[],
      ${fact((state) => state.unaccompaniedAsylumSeeker)}::boolean[],
      ${fact((state) => state.deprivationDecile)}::smallint[], ${fact((state) => state.family?.slice(1))}::uuid[],
      ${plainColumn(facts.map(({ entry }) => entry.recordedAt))}::timestamptz[],
      ${plainColumn(facts.map(({ entry }) => entry.eventId))}::uuid[])
    on conflict (child_key, record_id) do update set
      birth_month = excluded.birth_month, death_month = excluded.death_month, sex = excluded.sex,
      ethnicity = excluded.ethnicity, disabled = excluded.disabled, unaccompanied = excluded.unaccompanied,
      deprivation_decile = excluded.deprivation_decile, family = excluded.family,
      recorded_at = excluded.recorded_at, event_id = excluded.event_id
    where (excluded.recorded_at, excluded.event_id) > (f.recorded_at, f.event_id)`;
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
 */
export async function append(
  tx: Transaction,
  entries: readonly Entry[],
  councilIds: ReadonlyMap<string, number>,
  cache: ChildCache,
): Promise<Appended> {
  const { keys, met } = await childKeys(tx, entries, councilIds, cache);
  const keyed = entries.map((entry, at): Keyed => Object.assign(entry, { childKey: keys[at] ?? -1 }));
  keyed.sort((a, b) => a.childKey - b.childKey);
  const fresh = await insertEvents(tx, keyed);
  const newest = heads(fresh) as Keyed[];
  const raised = await raiseHeads(tx, newest);
  await raiseFacts(tx, newest);
  const changedCare = raised
    .filter((head) => head.kind === kindNumber['care-episode'])
    .map((head) => head.child_key);
  await deriveCarePeriods(tx, [...new Set(changedCare)]);
  const standing = raised.filter((head) => !head.purged).map((head) => nameOf(head.child_key, head.event_id));
  const stands = new Set(standing);
  await erasePurged(
    tx,
    fresh.filter((entry) => !stands.has(nameOf(entry.childKey, entry.eventId))),
  );
  return { stored: fresh.length, changed: [...new Set(raised.map((head) => head.child_key))], met };
}
