// What was erased does not come back: statements about a child with a tombstone, or naming it, sent or read again, are
// passed over. They count with the duplicates: nothing of them is kept.
import type { Entry } from '../ledger/entry.ts';
import { plainColumn } from '../platform/columns.ts';
import type { Transaction } from '../platform/database.ts';

const nameOf = (councilId: number, child: string | null): string => `${councilId} ${child ?? 'everybody'}`;

/** The pseudonyms that entries name: the children's, and those they are said to be. */
const namesOf = (entries: readonly Entry[]): Set<string> => {
  const names = new Set<string>();
  for (const { child, sameAs } of entries) {
    names.add(child);
    if (sameAs !== null) names.add(sameAs);
  }
  return names;
};

/** The entries of children that have no tombstone. An erasure ordered meanwhile waits for the transaction, or this for it. */
export async function withoutErased(
  tx: Transaction,
  entries: readonly Entry[],
  councilIds: ReadonlyMap<string, number>,
): Promise<readonly Entry[]> {
  if (entries.length === 0) return entries;
  await tx`select pg_advisory_xact_lock_shared(hashtextextended('waymark.tombstone', 0))`;
  const idOf = ({ council }: Entry): number => councilIds.get(council) ?? 0;
  const rows = await tx<{ council_id: number; child: string | null }[]>`
    select council_id, replace(pseudonym::text, '-', '') as child from waymark.tombstone
    where council_id = any(${plainColumn([...new Set(entries.map(idOf))])}::smallint[])
      and (pseudonym is null or pseudonym = any(${plainColumn([...namesOf(entries)])}::uuid[]))`;
  if (rows.length === 0) return entries;
  const erased = new Set(rows.map(({ council_id, child }) => nameOf(council_id, child)));
  const isErased = (entry: Entry, child: string | null): boolean => erased.has(nameOf(idOf(entry), child));
  return entries.filter((entry) => ![...namesOf([entry]), null].some((child) => isErased(entry, child)));
}
