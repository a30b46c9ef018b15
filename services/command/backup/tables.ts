// What there is to keep, asked of the database itself: a table that a later migration adds is kept without a word here.
import type { Queryable, Transaction } from '../../platform/database.ts';
import { invariant } from '../../platform/errors.ts';

/** A table with its columns that are stored (not generated), and the order in which its rows are compared. */
export interface Table {
  name: string;
  columns: string[];
  orderBy: string;
}

interface Found {
  name: string;
  columns: string[];
  key: string[] | null;
  collated: string[];
  refers_to: string[];
}

export const quoted = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');

/** Tables so that each stands behind those it refers to. */
function inOrder(found: Found[]): Found[] {
  const ordered: Found[] = [];
  let left = found;
  while (left.length > 0) {
    const placed = new Set(ordered.map(({ name }) => name));
    const next = left.filter(({ name, refers_to: others }) =>
      others.every((other) => other === name || placed.has(other)),
    );
    invariant(next.length > 0, 'no table refers to itself through others');
    ordered.push(...next);
    left = left.filter((table) => !next.includes(table));
  }
  return ordered;
}

/** Every table of Waymark, partitions as part of their whole. */
export async function tablesOf(db: Queryable): Promise<Table[]> {
  const found = await db<Found[]>`
    select n.nspname || '.' || c.relname as name,
      array(select a.attname::text from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns,
      (select array_agg(a.attname::text order by k.at) from pg_index i
        cross join unnest(i.indkey) with ordinality as k(attnum, at)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
        where i.indrelid = c.oid and i.indisprimary) as key,
      array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and a.attcollation <> 0) as collated,
      array(select fn.nspname || '.' || fc.relname from pg_constraint f
        join pg_class fc on fc.oid = f.confrelid join pg_namespace fn on fn.oid = fc.relnamespace
        where f.conrelid = c.oid and f.contype = 'f') as refers_to
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition
      and (n.nspname = 'waymark' or (n.nspname = 'public' and c.relname = 'waymark_migration'))
    order by name`;
  return inOrder([...found]).map(({ name, columns, key, collated }) => ({
    name,
    columns,
    // The order of words differs between databases unless it is said.
    orderBy: (key ?? columns)
      .map((column) => `${quoted(column)}${collated.includes(column) ? ' collate "C"' : ''}`)
      .join(', '),
  }));
}

export async function sequencesOf(db: Queryable): Promise<{ name: string; last: string | null }[]> {
  return db<{ name: string; last: string | null }[]>`
    select schemaname || '.' || sequencename as name, last_value::text as last from pg_sequences
    where schemaname = 'waymark' order by name`;
}

/** Values are written alike whatever the server's settings, and rows that a policy hides are an error instead of missing. */
export async function plainly(tx: Transaction): Promise<void> {
  await tx.unsafe(`set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601';
    set local bytea_output = 'hex'; set local extra_float_digits = 1; set local row_security = off;
    set local statement_timeout = 0; set local lock_timeout = 0`);
}
