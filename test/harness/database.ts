// Each test that writes has a database of its own, copied from the migrated template in milliseconds.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { inject } from 'vitest';

const TEMPLATE = 'waymark_template';

export interface TestDatabase {
  databaseUrl: string;
  /** Deletes the database. @throws when a connection to it is still open, naming who holds it; it is deleted all the same. */
  drop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A fresh, migrated database. Drop it at the end:
 * `const database = await testDatabase(); onTestFinished(() => database.drop());`
 */
export function testDatabase(): Promise<TestDatabase> {
  return databaseFrom(TEMPLATE);
}

/** One with nothing in it. */
export function emptyDatabase(): Promise<TestDatabase> {
  return databaseFrom('template0');
}

async function databaseFrom(template: string): Promise<TestDatabase> {
  const { databaseUrl } = inject('stack');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(databaseUrl, (sql) => sql`create database ${sql(name)} template ${sql(template)}`);
  const own = new URL(databaseUrl);
  own.pathname = `/${name}`;
  const drop = () =>
    asAdmin(databaseUrl, async (sql) => {
      const leaks = await openConnections(sql, name);
      await sql`drop database if exists ${sql(name)} with (force)`;
      if (leaks.length > 0) throw new Error(`connections to ${name} were left open: ${leaks.join('; ')}`);
    });
  return { databaseUrl: own.href, drop, [Symbol.asyncDispose]: drop };
}

/** A prefix for topic names (WAYMARK_TOPIC_PREFIX) that no other test uses. */
export const uniqueTopicPrefix = (): string => `t-${randomBytes(6).toString('hex')}.`;

/** A Temporal task queue that no other test uses. */
export const uniqueTaskQueue = (): string => `test-${randomBytes(6).toString('hex')}`;

async function asAdmin(databaseUrl: string, act: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    await act(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

// A connection that was just closed needs a moment to go from the server's list.
async function openConnections(sql: postgres.Sql, database: string): Promise<string[]> {
  for (let left = 20; ; left -= 1) {
    const open = await sql<{ who: string; query: string }[]>`
      select application_name as who, left(query, 80) as query from pg_stat_activity
      where datname = ${database} and backend_type = 'client backend'`;
    if (open.length === 0) return [];
    if (left === 0) return open.map(({ who, query }) => `${who || 'unnamed'}: ${query}`);
    await pause(50);
  }
}
