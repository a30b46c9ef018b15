// Pseudonyms become the small integers that everything else joins on. The mapping is only ever added to.
import { plainColumn } from '../platform/columns.ts';
import type { Transaction } from '../platform/database.ts';
import type { Entry } from './entry.ts';

const CACHE_LIMIT = 500_000;

/** Keys of children already met, kept by one consumer. Filled after commit only, so a rolled-back key is never believed. */
export type ChildCache = Map<string, number>;

const nameOf = (councilId: number, child: string): string => `${councilId}:${child}`;

/**
 * The keys of the entries' children, and of those they are said to be (null for most), in the entries' order; and the ones
 * to remember once the transaction has held.
 */
export async function childKeys(
  tx: Transaction,
  entries: readonly Entry[],
  councilIds: ReadonlyMap<string, number>,
  cache: ChildCache,
): Promise<{ keys: number[]; others: (number | null)[]; met: Map<string, number> }> {
  const met = new Map<string, number>();
  const wanted = new Map<string, { councilId: number; child: string }>();
  const want = (council: string, child: string): string => {
    const councilId = councilIds.get(council) ?? 0;
    const name = nameOf(councilId, child);
    if (!cache.has(name)) wanted.set(name, { councilId, child });
    return name;
  };
  const names = entries.map(({ council, child }) => want(council, child));
  const named = entries.map(({ council, sameAs }) => (sameAs === null ? null : want(council, sameAs)));
  if (wanted.size > 0) {
    const councils = plainColumn([...wanted.values()].map((one) => one.councilId));
    const pseudonyms = plainColumn([...wanted.values()].map((one) => one.child));
    await tx`
      insert into waymark.child (council_id, pseudonym)
      select * from unnest(${councils}::smallint[], ${pseudonyms}::uuid[])
      on conflict (council_id, pseudonym) do nothing`;
    const rows = await tx<{ child_key: number; name: string }[]>`
      select c.child_key, c.council_id || ':' || replace(c.pseudonym::text, '-', '') as name
      from unnest(${councils}::smallint[], ${pseudonyms}::uuid[]) as w(council_id, pseudonym)
      join waymark.child c using (council_id, pseudonym)`;
    for (const row of rows) met.set(row.name, row.child_key);
  }
  const keyOf = (name: string): number => cache.get(name) ?? met.get(name) ?? -1;
  return { keys: names.map(keyOf), others: named.map((name) => (name === null ? null : keyOf(name))), met };
}

export function remember(cache: ChildCache, met: ReadonlyMap<string, number>): void {
  if (cache.size + met.size > CACHE_LIMIT) cache.clear();
  for (const [name, key] of met) cache.set(name, key);
}
