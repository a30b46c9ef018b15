// What is restored is what was kept: after loading, every table is read back and compared, or nothing has happened at all.
import { type ErasureList, eraseAgain } from '../../erasure/list.ts';
import { assertReachable, connect, type Transaction } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { applyMigrations, migrationFiles } from '../../platform/migrate.ts';
import type { Progress } from '../../platform/progress.ts';
import { copyIn, sumOf } from './copy.ts';
import { isExpired } from './expired.ts';
import { type Manifest, readManifest, verifyFiles } from './manifest.ts';
import { plainly, quoted, tablesOf } from './tables.ts';

export interface Restored {
  takenAt: string;
  tables: number;
  rows: number;
  /** Migrations of this release that the backup did not have, applied afterwards. */
  migrated: string[];
  /** Orders of erasure that the backup did not know, and the children that went. */
  erased: { orders: number; children: number };
}

/** @throws UserError `backup-expired` */
function assertKeepable({ destroyBy }: Manifest): void {
  if (!isExpired(destroyBy)) return;
  const sentence = `The backup was to be destroyed by ${destroyBy}: restore a newer one, or say --past-its-day and why you may in your records.`;
  throw new UserError('backup-expired', sentence, { field: 'destroyBy' });
}

/** @throws UserError `backup-of-another-release` when the backup's shape cannot be made by this code */
async function assertKnown({ migrations, waymark }: Manifest): Promise<void> {
  const known = new Map((await migrationFiles()).map(({ name, hash }) => [name, hash]));
  const strange = migrations.find(({ name, hash }) => known.get(name) !== hash);
  if (strange)
    throw new UserError(
      'backup-of-another-release',
      `The backup was taken by ${waymark}, whose migration ${strange.name} this release does not have: restore with that release or a later one.`,
      { file: strange.name },
    );
}

async function assertEmpty(tx: Transaction): Promise<void> {
  const [found] = await tx<{ there: boolean }[]>`
    select exists (select from pg_namespace where nspname = 'waymark')
      or to_regclass('public.waymark_migration') is not null as there`;
  if (found?.there)
    throw new UserError(
      'database-not-empty',
      'The database holds a Waymark already: restore into an empty one and point DATABASE_URL at it.',
      { field: 'DATABASE_URL' },
    );
}

async function load(tx: Transaction, folder: string, manifest: Manifest, progress: Progress): Promise<void> {
  const tables = manifest.tables.map(({ name }) => quoted(name));
  // Triggers judge what people do; a restored row was judged when it was written.
  for (const table of tables) await tx.unsafe(`alter table ${table} disable trigger user`);
  await tx.unsafe(`truncate ${tables.join(', ')}`);
  for (const [at, table] of manifest.tables.entries()) {
    await copyIn(tx, table, folder);
    progress({ stage: 'restore', message: table.name, done: at + 1, total: tables.length, unit: 'tables' });
  }
  for (const table of tables) await tx.unsafe(`alter table ${table} enable trigger user`);
  for (const { name, last } of manifest.sequences)
    if (last !== null) await tx`select setval(${quoted(name)}::regclass, ${last}::bigint)`;
}

/** @throws UserError `restore-differs` naming the tables that are not what was kept */
async function compare(tx: Transaction, manifest: Manifest, progress: Progress): Promise<void> {
  const kept = new Map(manifest.tables.map((table) => [table.name, table]));
  const different: string[] = [];
  for (const table of await tablesOf(tx)) {
    const was = kept.get(table.name);
    const is = await sumOf(tx, table);
    if (!was || was.rows !== is.rows || was.sha256 !== is.sha256) different.push(table.name);
    progress({ stage: 'compare', message: table.name });
  }
  if (different.length > 0)
    throw new UserError(
      'restore-differs',
      `Not what was kept, so nothing was restored: ${different.join(', ')}.`,
      {},
      1,
    );
}

/**
 * In one transaction: makes an empty database what it was when the backup was taken, brings it to this release, and erases
 * again what was erased since.
 * @param erasures null: nothing was ever erased
 * @throws UserError `backup-unreadable`, `backup-expired`, `backup-damaged`, `backup-of-another-release`,
 *   `database-not-empty`, `restore-differs`, `erasure-list-of-another`; the database is then as it was
 */
export async function restore(
  databaseUrl: string,
  folder: string,
  progress: Progress,
  erasures: ErasureList | null = null,
  { pastItsDay = false } = {},
): Promise<Restored> {
  const manifest = await readManifest(folder);
  if (!pastItsDay) assertKeepable(manifest);
  await assertKnown(manifest);
  await verifyFiles(folder, manifest, progress);
  const db = connect(databaseUrl, 1, 'waymark-restore');
  try {
    await assertReachable(db);
    const done = await db.begin(async (tx) => {
      await assertEmpty(tx);
      await plainly(tx);
      await applyMigrations(
        tx,
        manifest.migrations.map(({ name }) => name),
        progress,
      );
      await load(tx, folder, manifest, progress);
      await compare(tx, manifest, progress);
      const migrated = await applyMigrations(tx, null, progress);
      const erased = erasures ? await eraseAgain(tx, erasures) : { orders: 0, children: 0 };
      return { migrated, erased };
    });
    await db`analyze`;
    return {
      takenAt: manifest.takenAt,
      tables: manifest.tables.length,
      rows: manifest.tables.reduce((sum, { rows }) => sum + rows, 0),
      ...done,
    };
  } finally {
    await db.end({ timeout: 5 });
  }
}
