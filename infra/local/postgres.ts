// PostgreSQL 18, on 127.0.0.1 only, with a password made at its first start.
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import postgres from 'postgres';
import { askPostgres } from './health.ts';
import type { Home } from './home.ts';
import { type Starting, startPart } from './part.ts';
import { findBinaries } from './postgres-binaries.ts';
import { ensureInitialised, removeStalePidFile } from './postgres-cluster.ts';
import { postgresUser } from './postgres-user.ts';
import type { StopLadder } from './records.ts';

// SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one (recovers at the next start).
const STOP: StopLadder = [
  ['SIGINT', 20_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 0],
];

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '512MB',
  effective_cache_size: '2GB',
  maintenance_work_mem: '256MB',
  work_mem: '32MB',
  max_wal_size: '4GB',
  // These binaries have pglz alone, which takes longer than writing the pages: a day's 5,000 events took twice the time.
  wal_compression: 'off',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Starts PostgreSQL and makes the database `waymark`; gives its URL, with the password, and the server's version. */
export async function startPostgres(
  starting: Starting,
  over: Record<string, string> = {},
): Promise<{ databaseUrl: string; version: string }> {
  const { home, ports, progress } = starting;
  const binaries = await findBinaries(starting);
  const folder = join(home.data, 'postgres');
  const user = postgresUser({ programs: dirname(binaries.postgres), data: home.data });
  const password = await ensureInitialised(starting, binaries.initdb, folder, user);
  await removeStalePidFile(folder);
  const url = (database: string) => `postgres://waymark:${password}@127.0.0.1:${ports.postgres}/${database}`;
  progress({ stage: 'postgres', message: 'starting PostgreSQL' });
  const settings = { ...SETTINGS, port: String(ports.postgres), ...(await sharedMemorySetting()), ...over };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { answer: version } = await startPart(
    starting,
    'postgres',
    { ...user.wrap(binaries.postgres, ['-D', folder, ...flags]), stop: STOP },
    () => askPostgres(url('postgres')),
  );
  await ensureDatabase(url('postgres'));
  return { databaseUrl: url('waymark'), version };
}

// Containers often have a 64 MB /dev/shm, which parallel queries overflow; then shared segments go to files.
async function sharedMemorySetting(): Promise<Record<string, string>> {
  const shm = await statfs('/dev/shm').catch(() => null);
  const small = shm !== null && shm.blocks * shm.bsize < 512_000_000;
  return small ? { dynamic_shared_memory_type: 'mmap' } : {};
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  try {
    const there = await sql`select 1 from pg_database where datname = 'waymark'`;
    if (there.length === 0) await sql`create database waymark`;
  } finally {
    await sql.end({ timeout: 2 });
  }
}

/** The folder that holds PostgreSQL's data, for its size. */
export const postgresData = (home: Home): string => join(home.data, 'postgres');
