// A backup is one moment of the whole database, written whole or not at all.
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type postgres from 'postgres';
import { assertReachable, connect, type Transaction } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import type { Progress } from '../../platform/progress.ts';
import { codeVersion } from '../../platform/version.ts';
import { copyOut } from './copy.ts';
import { MANIFEST, type Manifest } from './manifest.ts';
import { plainly, sequencesOf, tablesOf } from './tables.ts';

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';
const DAY = 86_400_000;
/** Days that a backup is kept unless somebody says otherwise: five weeks. */
export const KEEP_DAYS = 35;

async function write(
  tx: Transaction,
  folder: string,
  progress: Progress,
  keepDays: number,
): Promise<Manifest> {
  await plainly(tx);
  const tables = await tablesOf(tx);
  const migration = tables.some(({ name }) => name === 'public.waymark_migration');
  if (!migration)
    throw new UserError('nothing-to-back-up', 'The database holds no Waymark: run waymark migrate.');
  const [server] = await tx<{ version: string }[]>`select current_setting('server_version') as version`;
  const migrations = await tx<{ name: string; hash: string }[]>`
    select name, hash from public.waymark_migration order by name collate "C"`;
  const copied: Manifest['tables'] = [];
  for (const table of tables) {
    copied.push(await copyOut(tx, table, folder));
    progress({
      stage: 'backup',
      message: table.name,
      done: copied.length,
      total: tables.length,
      unit: 'tables',
    });
  }
  const takenAt = new Date();
  return {
    format: 1,
    waymark: codeVersion,
    takenAt: takenAt.toISOString(),
    destroyBy: new Date(takenAt.getTime() + keepDays * DAY).toISOString().slice(0, 10),
    postgres: server?.version ?? 'unknown',
    migrations: [...migrations],
    tables: copied,
    // Asked after the rows were: a sequence only ever runs ahead of them.
    sequences: await sequencesOf(tx),
  };
}

/**
 * Writes the database to a new folder, while everything goes on working.
 * @param folder must not exist; it appears when the backup is whole
 * @param keepDays after which it is to be destroyed
 * @throws UserError `backup-exists`, `database-unreachable`, `nothing-to-back-up`, `backup-refused` when the login may not
 *   read every row
 */
export async function backup(
  databaseUrl: string,
  folder: string,
  progress: Progress,
  keepDays = KEEP_DAYS,
): Promise<Manifest> {
  if (await stat(folder).catch(() => null))
    throw new UserError('backup-exists', `${folder} is there already: name another folder.`, {
      file: folder,
    });
  const partial = `${folder}.partial`;
  const db = connect(databaseUrl, 1, 'waymark-backup');
  try {
    await assertReachable(db);
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const manifest = await db.begin('isolation level repeatable read read only', (tx) =>
      write(tx, partial, progress, keepDays),
    );
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeFile(join(partial, MANIFEST), text, { mode: 0o600, flush: true });
    await flush(partial);
    await rename(partial, folder);
    await flush(dirname(folder));
    return manifest;
  } catch (error) {
    const { code, message } = error as postgres.PostgresError;
    if (code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new UserError(
      'backup-refused',
      `The login of DATABASE_URL may not read every row (${message}): back up as the owner of the tables.`,
      { field: 'DATABASE_URL' },
    );
  } finally {
    await db.end({ timeout: 5 });
    await rm(partial, { recursive: true, force: true });
  }
}
