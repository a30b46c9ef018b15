// The store's shape is the numbered SQL files of infra/migrations, each applied once, in order, in one transaction.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type postgres from 'postgres';
import { assertReachable, connect, type Queryable, type Transaction } from './database.ts';
import { UserError } from './errors.ts';
import { type Progress, silent } from './progress.ts';

const folder = new URL('../../infra/migrations/', import.meta.url);
const LOCK = 7_293_411;
const INSUFFICIENT_PRIVILEGE = '42501';

/** The names of the files, in the order in which they are applied. */
export async function migrationNames(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort();
}

/** The files that have not been applied to a database, in order. */
export async function pendingMigrations(db: Queryable): Promise<string[]> {
  const names = await migrationNames();
  const [made] = await db<
    { made: boolean }[]
  >`select to_regclass('public.waymark_migration') is not null as made`;
  if (!made?.made) return names;
  const done = await db<{ name: string }[]>`select name from public.waymark_migration`;
  const known = new Set(done.map(({ name }) => name));
  return names.filter((name) => !known.has(name));
}

/** Every file with the SHA-256 of its text, in order. */
export async function migrationFiles(): Promise<{ name: string; text: string; hash: string }[]> {
  const files: { name: string; text: string; hash: string }[] = [];
  for (const name of await migrationNames()) {
    const text = await readFile(new URL(name, folder), 'utf8');
    files.push({ name, text, hash: createHash('sha256').update(text).digest('hex') });
  }
  return files;
}

async function apply(tx: Transaction, name: string, text: string, hash: string): Promise<boolean> {
  const [done] = await tx<{ hash: string }[]>`select hash from public.waymark_migration where name = ${name}`;
  if (done && done.hash !== hash) {
    throw new UserError(
      'migration-changed',
      `The migration ${name} was changed after it had been applied: restore it and add a new one instead.`,
      { file: name },
    );
  }
  if (done) return false;
  try {
    await tx.unsafe(text);
  } catch (error) {
    const { code, message } = error as postgres.PostgresError;
    if (code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new UserError('migration-refused', `PostgreSQL refused the migration ${name}: ${message}.`, {
      file: name,
    });
  }
  await tx`insert into public.waymark_migration (name, hash) values (${name}, ${hash})`;
  return true;
}

/**
 * Applies those of the named files (all, unless names are given) that have not been applied.
 * @returns the names of the files applied now
 */
export async function applyMigrations(
  tx: Transaction,
  names: readonly string[] | null,
  progress: Progress,
): Promise<string[]> {
  const applied: string[] = [];
  await tx`select pg_advisory_xact_lock(${LOCK})`;
  await tx`create table if not exists public.waymark_migration (
    name text primary key, hash text not null, applied_at timestamptz not null default now())`;
  for (const { name, text, hash } of await migrationFiles()) {
    if ((names === null || names.includes(name)) && (await apply(tx, name, text, hash))) {
      applied.push(name);
      progress({ stage: 'migrate', message: name });
    }
  }
  return applied;
}

/**
 * Brings a database to the newest shape. Safe to run from several processes at once.
 * @returns the names of the files applied now
 * @throws UserError `database-unreachable`; `migration-changed` when an applied file has been edited; `migration-refused`
 *   when the login may not do what a file asks, such as making roles
 */
export async function migrate(
  databaseUrl: string,
  progress: Progress = silent,
): Promise<{ applied: string[] }> {
  const db = connect(databaseUrl, 1, 'waymark-migrate');
  try {
    await assertReachable(db);
    return { applied: await db.begin((tx) => applyMigrations(tx, null, progress)) };
  } finally {
    await db.end();
  }
}
