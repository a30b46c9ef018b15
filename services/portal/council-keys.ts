// A council's own keys, in the name of the person who signed in: the database shows and takes those of that council alone.
import { type KeyEntry, listKeys, revokeKey, rotateKey } from '../platform/access.ts';
import type { Transaction } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';

/** Newest first. @param council ONS code */
export const keysOf = async (tx: Transaction, council: string): Promise<KeyEntry[]> =>
  (await listKeys(tx)).filter((key) => key.council === council);

/** The audit log names the person. @throws UserError `unknown-key` */
async function asOwner(tx: Transaction, council: string, id: string, signedIn: string): Promise<void> {
  await tx`select set_config('waymark.actor', ${signedIn}, true)`;
  if ((await keysOf(tx, council)).some((key) => key.id === id)) return;
  throw new UserError('unknown-key', 'Your council has no such key.', { field: 'id' });
}

/**
 * A new key in the place of one that goes on for some days.
 * @param signedIn `person:<id>`
 * @returns the new key's text, which nobody can read again
 * @throws UserError `unknown-key`, `key-revoked`
 */
export async function replaceKey(
  tx: Transaction,
  council: string,
  id: string,
  overlapDays: number,
  signedIn: string,
): Promise<{ key: string; old: KeyEntry }> {
  await asOwner(tx, council, id, signedIn);
  return rotateKey(tx, id, overlapDays);
}

/** Stops a key now. @throws UserError `unknown-key` */
export async function stopKey(
  tx: Transaction,
  council: string,
  id: string,
  signedIn: string,
): Promise<KeyEntry> {
  await asOwner(tx, council, id, signedIn);
  return revokeKey(tx, id);
}
