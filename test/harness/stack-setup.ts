// One real stack serves a whole test run, whichever projects it holds; it begins empty and ends with the run.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { type RunningStack, testServerPath, up } from '../../infra/local/index.ts';
import type { StackAddresses } from '../../services/platform/addresses.ts';
import { UserError } from '../../services/platform/errors.ts';
import { migrate } from '../../services/platform/migrate.ts';
import { terminalProgress } from '../../services/platform/progress.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses of the test run's stack. `databaseUrl` is for `testDatabase()`; tests use a database of their own. */
    stack: StackAddresses;
  }
}

const WAYMARK = fileURLToPath(new URL('../../.waymark/', import.meta.url));
const PARALLEL_RUNS = 8;
export const TEMPLATE = 'waymark_template';

interface Shared {
  users: number;
  stack: Promise<RunningStack>;
}

// Each project loads this module for itself; what they share is kept with the process.
const shared = globalThis as { waymarkTestStack?: Shared };

/** Vitest's globalSetup: starts the stack for the first project that asks, and stops it with the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.waymarkTestStack ??= { users: 0, stack: start() };
  const { waymarkTestStack: kept } = shared;
  kept.users += 1;
  const stack = await kept.stack;
  project.provide('stack', stack.addresses);
  return async () => {
    kept.users -= 1;
    if (kept.users > 0) return;
    try {
      await refuseLeaks(stack.addresses.databaseUrl);
    } finally {
      await stack.stop();
    }
  };
}

async function start(): Promise<RunningStack> {
  const stack = await upInFreeHome();
  try {
    // Here no test's limit runs while 390 files are downloaded.
    await testServerPath(WAYMARK, terminalProgress());
    const admin = postgres(stack.addresses.databaseUrl, { max: 1, onnotice: () => {} });
    try {
      await admin`create database ${admin(TEMPLATE)}`;
    } finally {
      await admin.end();
    }
    const template = new URL(stack.addresses.databaseUrl);
    template.pathname = `/${TEMPLATE}`;
    await migrate(template.href);
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

// Two test runs of one checkout each take a home of their own; downloads are shared.
async function upInFreeHome(): Promise<RunningStack> {
  for (let run = 1; ; run += 1) {
    const home = join(WAYMARK, run === 1 ? 'test' : `test-${run}`);
    try {
      return await up({
        home,
        cacheDir: join(WAYMARK, 'cache'),
        given: {},
        progress: terminalProgress(),
        fresh: true,
        // Nothing here need survive a power cut; without compression a database is copied in half the time.
        postgresSettings: { fsync: 'off', full_page_writes: 'off', wal_compression: 'off' },
      });
    } catch (error) {
      const taken = error instanceof UserError && error.code === 'stack-running';
      if (!taken || run === PARALLEL_RUNS) throw error;
    }
  }
}

/** A test that leaves its database behind most often left connections open too; either fails the run. */
async function refuseLeaks(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const left = await sql<{ datname: string; connections: number }[]>`
      select d.datname, count(a.pid)::int as connections
      from pg_database d left join pg_stat_activity a on a.datname = d.datname
      where d.datname like 'test\\_%' group by 1 order by 1`;
    if (left.length === 0) return;
    // Vitest prints an error of a teardown, and leaves the exit code as it was.
    process.exitCode = 1;
    const list = left.map(({ datname, connections }) => `${datname} (${connections} connections)`).join(', ');
    throw new Error(`tests left databases behind; call drop() of each testDatabase(): ${list}`);
  } finally {
    await sql.end();
  }
}
