// The log as people read it and take it away: newest first on a page, oldest first in an export.
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';
import { type AuditKind, auditKinds } from './append.ts';

export const Entry = z.object({
  seq: z.number().int(),
  at: z.iso.datetime(),
  kind: z.enum(auditKinds),
  by: z.string(),
  as: z.string().nullable(),
  process: z.string(),
  what: z.record(z.string(), z.unknown()),
});
export type Entry = z.infer<typeof Entry>;

export interface Wanted {
  kind: AuditKind | null;
  /** Whoever's name holds this. */
  by: string | null;
  limit: number;
}

/** The newest entries. An entry that is no entry any more is for `verify` to tell. */
export async function newest(db: Queryable, { kind, by, limit }: Wanted): Promise<Entry[]> {
  const rows = await db<{ entry: unknown }[]>`
    select entry::jsonb as entry from waymark.audit_entry
    where (${kind}::text is null or entry::jsonb ->> 'kind' = ${kind})
      and (${by}::text is null or position(lower(${by}) in lower(entry::jsonb ->> 'by')) > 0)
    order by seq desc limit ${limit}`;
  return rows.map(({ entry }) => Entry.parse(entry));
}

/** Every row as it stands, oldest first: with it anybody can follow the chain. */
export async function* rows(
  db: Queryable,
  from = 1,
): AsyncGenerator<{ seq: number; entry: string; hash: string }> {
  for (let after = BigInt(from) - 1n; ; ) {
    const some = await db<{ seq: bigint; entry: string; hash: string }[]>`
      select seq, entry, hash from waymark.audit_entry where seq > ${after} order by seq limit 5000`;
    for (const { seq, entry, hash } of some) yield { seq: Number(seq), entry, hash };
    const last = some.at(-1);
    if (!last) return;
    after = last.seq;
  }
}
