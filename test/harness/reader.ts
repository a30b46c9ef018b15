// The portal sees what its reader was granted. Tests of what it does with what it sees read as an operator, who sees all.
import { createKey, holderOf } from '../../services/platform/access.ts';
import type { Database } from '../../services/platform/database.ts';

/** The address of the same database for connections that read as an operator. @param owner makes the operator's key */
export async function readingAll(owner: Database, databaseUrl: string): Promise<string> {
  const key = await createKey(owner, { label: 'reads all', role: 'operator', council: null });
  const url = new URL(databaseUrl);
  url.searchParams.set('waymark.reader', (await holderOf(owner, key))?.id ?? '');
  url.searchParams.set('waymark.reader_role', 'operator');
  return url.href;
}
