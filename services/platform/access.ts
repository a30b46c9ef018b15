// Keys of machines and people: shown once when made, kept only as SHA-256, bound to one role and, for a council, to itself.
import { createHash, randomBytes } from 'node:crypto';
import type { Database } from './database.ts';
import { UserError } from './errors.ts';

export type Role = 'council' | 'allocator' | 'researcher' | 'evaluator' | 'operator';

export interface Holder {
  label: string;
  role: Role;
  /** The ONS code of the council that a council's or an allocator's key belongs to. */
  council: string | null;
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/**
 * Makes a key. The text is returned once and cannot be read again.
 * @throws UserError `unknown-council` when the council is not registered
 */
export async function createKey(db: Database, holder: Holder): Promise<string> {
  const key = `wk_${randomBytes(24).toString('base64url')}`;
  const [council] = holder.council
    ? await db<
        { council_id: number }[]
      >`select council_id from waymark.council where code = ${holder.council}`
    : [];
  if (holder.council && !council) {
    throw new UserError(
      'unknown-council',
      `The council ${holder.council} is not registered: register it first.`,
      { field: 'council' },
    );
  }
  await db`insert into waymark.api_key (key_hash, label, role, council_id)
    values (${hashOf(key)}, ${holder.label}, ${holder.role}, ${council?.council_id ?? null})`;
  return key;
}

/** Who holds this key, or null when nobody does or it was revoked. */
export async function holderOf(db: Database, key: string): Promise<Holder | null> {
  const [found] = await db<Holder[]>`
    select k.label, k.role, c.code as council from waymark.api_key k left join waymark.council c using (council_id)
    where k.key_hash = ${hashOf(key)} and k.revoked_at is null`;
  return found ? { label: found.label, role: found.role, council: found.council } : null;
}

/** Remembers answers for a few seconds, so that a busy sender costs one look-up now and then and a revoked key soon stops. */
export function cachedHolders(db: Database, seconds = 10): (key: string) => Promise<Holder | null> {
  const known = new Map<string, { at: number; holder: Holder | null }>();
  return async (key) => {
    const hash = hashOf(key).toString('base64');
    const hit = known.get(hash);
    if (hit && Date.now() - hit.at < seconds * 1_000) return hit.holder;
    const holder = await holderOf(db, key);
    if (known.size > 10_000) known.clear();
    known.set(hash, { at: Date.now(), holder });
    return holder;
  };
}
