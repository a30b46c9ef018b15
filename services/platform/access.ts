// Keys of machines and people: shown once when made, kept only as SHA-256, bound to one role and, for a council, to itself.
import { createHash, randomBytes } from 'node:crypto';
import type { Database, Queryable } from './database.ts';
import { UserError } from './errors.ts';

export const roles = [
  'council',
  'allocator',
  'researcher',
  'evaluator',
  'output-checker',
  'operator',
  'administrator',
] as const;
export type Role = (typeof roles)[number];

export interface Holder {
  label: string;
  role: Role;
  /** The ONS code of the council that a council's or an allocator's key belongs to. */
  council: string | null;
}

/** What a key is bound to. */
export interface KeyScope extends Holder {
  /** The one evaluation (its id) of a key that is bound to it; else, for a role that works on evaluations, every one. */
  evaluation?: string | null;
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/**
 * Makes a key. The text is returned once and cannot be read again.
 * @throws UserError `unknown-council`, `unknown-evaluation`
 */
export async function createKey(db: Queryable, holder: KeyScope): Promise<string> {
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
  const { evaluation = null } = holder;
  const [bound] = await db<
    { id: number }[]
  >`select evaluation_id as id from waymark.evaluation where slug = ${evaluation}`;
  if (evaluation !== null && !bound)
    throw new UserError('unknown-evaluation', `There is no evaluation ${evaluation}.`, {
      field: 'evaluation',
    });
  await db`insert into waymark.api_key (key_hash, label, role, council_id, evaluation_id)
    values (${hashOf(key)}, ${holder.label}, ${holder.role}, ${council?.council_id ?? null}, ${bound?.id ?? null})`;
  return key;
}

/** A key's holder, and its name in the store: `key:` and its SHA-256, which opens nothing. */
export interface KnownHolder extends Holder {
  id: string;
}

/** Who holds this key, or null when nobody does or it was revoked. */
export async function holderOf(db: Database, key: string): Promise<KnownHolder | null> {
  const hash = hashOf(key);
  const [found] = await db<Holder[]>`select label, role, council from waymark.key_holder(${hash})`;
  return found ? { id: `key:${hash.toString('hex')}`, ...found } : null;
}

/** A key as it can be listed: its text is not known. */
export interface KeyEntry extends KeyScope {
  evaluation: string | null;
  /** The first eight hexadecimal digits of its SHA-256: names the key, opens nothing. */
  id: string;
  createdAt: string;
  /** When it stops, or stopped; null for a key that stands. */
  revokedAt: string | null;
  /** When it was last used, noted once an hour; null when it never was. */
  lastUsedAt: string | null;
}

interface KeyRow extends Holder {
  id: string;
  evaluation: string | null;
  created: Date;
  revoked: Date | null;
  used: Date | null;
}

const entryOf = ({ created, revoked, used, ...row }: KeyRow): KeyEntry => ({
  ...row,
  createdAt: created.toISOString(),
  revokedAt: revoked?.toISOString() ?? null,
  lastUsedAt: used?.toISOString() ?? null,
});

/** Every key that was made, newest first. */
export async function listKeys(db: Queryable): Promise<KeyEntry[]> {
  const rows = await db<KeyRow[]>`
    select left(encode(k.key_hash, 'hex'), 8) as id, k.label, k.role, c.code as council, e.slug as evaluation,
      k.created_at as created, k.revoked_at as revoked, u.used_at as used
    from waymark.api_key k left join waymark.key_use u using (key_hash) left join waymark.council c using (council_id) left join waymark.evaluation e using (evaluation_id)
    order by k.created_at desc, id`;
  return rows.map(entryOf);
}

async function keyNamed(db: Queryable, id: string): Promise<KeyEntry> {
  const found = (await listKeys(db)).filter((key) => key.id === id);
  if (found.length === 1 && found[0]) return found[0];
  throw new UserError('unknown-key', `There is no key ${id}: waymark keys list names them.`, { field: 'id' });
}

/**
 * Stops a key, now or after some days; one that stops sooner already keeps its time.
 * @throws UserError `unknown-key`
 */
export async function revokeKey(db: Queryable, id: string, afterDays = 0): Promise<KeyEntry> {
  await keyNamed(db, id);
  await db`
    update waymark.api_key set revoked_at = least(revoked_at, now() + make_interval(days => ${afterDays}))
    where left(encode(key_hash, 'hex'), 8) = ${id}`;
  return keyNamed(db, id);
}

/**
 * Makes a new key for the holder of an old one, which goes on for some days so that nothing has to happen at once.
 * @returns the new key's text, once, and what the old one is now
 * @throws UserError `unknown-key`, `key-revoked`
 */
export async function rotateKey(
  db: Queryable,
  id: string,
  overlapDays: number,
): Promise<{ key: string; old: KeyEntry }> {
  const { label, role, council, evaluation, revokedAt } = await keyNamed(db, id);
  if (revokedAt !== null) {
    throw new UserError('key-revoked', `The key ${id} is revoked: make a new one with waymark key.`, {
      field: 'id',
    });
  }
  const key = await createKey(db, { label, role, council, evaluation });
  return { key, old: await revokeKey(db, id, overlapDays) };
}

/** Remembers answers for a few seconds, so that a busy sender costs one look-up now and then and a revoked key soon stops. */
export function cachedHolders(db: Database, seconds = 10): (key: string) => Promise<KnownHolder | null> {
  const known = new Map<string, { at: number; holder: KnownHolder | null }>();
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
