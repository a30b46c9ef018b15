// The use of a key is noted once an hour: who was active when, and not each of a thousand batches.
import type { Holder } from '../platform/access.ts';
import type { Database } from '../platform/database.ts';
import { audit } from './append.ts';

const AGAIN_MS = 3_600_000;

/** A key's holder, when it is known by name (`key:` and its SHA-256). */
export type Known = Holder & { id: string };

/** Looks keys up by `holderOf`, and notes each key's use before it answers. */
export function notingUse<Found extends Known>(
  db: Database,
  process: string,
  holderOf: (key: string) => Promise<Found | null>,
): (key: string) => Promise<Found | null> {
  const noted = new Map<string, number>();
  return async (key) => {
    const holder = await holderOf(key);
    if (holder === null || Date.now() - (noted.get(holder.id) ?? 0) < AGAIN_MS) return holder;
    noted.set(holder.id, Date.now());
    try {
      const what = { process, ...(holder.council && { council: holder.council }) };
      await audit(db, { kind: 'key-use', what, by: holder.id, acting: holder.role });
      await db`select waymark.key_used(decode(substring(${holder.id} from '^key:(.*)$'), 'hex'))`;
    } catch (error) {
      noted.delete(holder.id);
      throw error;
    }
    return holder;
  };
}
