// One way to reach PostgreSQL: dates stay YYYY-MM-DD text, bigints stay exact, and a lost database is one clear sentence.
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { UserError } from './errors.ts';
import { tracingIsOn } from './tracing/span.ts';
import { traced } from './tracing/traced-database.ts';

export type Database = postgres.Sql<{ bigint: bigint; date: string }>;
export type Transaction = postgres.TransactionSql<{ bigint: bigint; date: string }>;
export type Queryable = Database | Transaction;

/** What a process may do in the store; granted by infra/migrations. */
export type DatabaseRole =
  | 'waymark_gateway'
  | 'waymark_ingest'
  | 'waymark_tracker'
  | 'waymark_portal'
  | 'waymark_allocation'
  | 'waymark_operator'
  | 'waymark_erasure'
  | 'waymark_look_back';

/**
 * A pool of connections. `date` columns arrive as text, `timestamptz` as Date, `bigint` as BigInt.
 * @param connections at most this many at once
 * @param role what every connection acts as from its first statement; without one, as the login itself (the owner, who migrates)
 * @param settings of every connection, by name: `waymark.actor` is whom the audit log names
 */
export function connect(
  databaseUrl: string,
  connections = 4,
  applicationName = 'waymark',
  role?: DatabaseRole,
  settings: Readonly<Record<string, string>> = {},
): Database {
  const db = postgres(databaseUrl, {
    max: connections,
    onnotice: () => {},
    // Seconds to wait before connecting again. The client's own rule counts the failures of all connections together and so
    // waits 20 s after an outage of one: a database that was back in two seconds was asked again after half a minute.
    backoff: (failures: number) => Math.min(0.05 * failures, 1),
    connection: {
      application_name: applicationName,
      // A statement is planned for what it is asked of now. A kept plan, made while the tables were empty, reads them child by
      // child: screening 16,000 children took minutes by one and under a second by a new one.
      plan_cache_mode: 'force_custom_plan',
      ...(role && { role }),
      ...settings,
    },
    types: {
      bigint: postgres.BigInt,
      date: { to: 1082, from: [1082], serialize: (day: string) => day, parse: (day: string) => day },
    },
  }) as unknown as Database;
  return tracingIsOn() ? traced(db) : db;
}

// serialization_failure, deadlock_detected: another transaction stood in the way, and nothing of this one was kept.
const COLLIDED = ['40001', '40P01'];
const TRIES = 8;
const PAUSE_MS = 20;

/**
 * A transaction, done again from its beginning when it collided with another one: `work` may be called several times.
 * @param mode as after BEGIN, such as `isolation level repeatable read`
 * @throws what `work` or the store throws; after eight collisions the last of them
 */
export async function transact<T>(
  db: Database,
  work: (tx: Transaction) => Promise<T>,
  mode = '',
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return (await db.begin(mode, work)) as T;
    } catch (error) {
      if (tries === TRIES || !COLLIDED.includes((error as { code?: string }).code ?? '')) throw error;
      await pause(Math.random() * PAUSE_MS * 2 ** tries);
    }
  }
}

// invalid_parameter_value, insufficient_privilege: the role is not there, or the login may not act as it.
const ROLE_REFUSED = ['22023', '42501'];

/** @throws UserError `database-unreachable` saying where and why, or `database-role` when the login may not act as the role. */
export async function assertReachable(db: Database): Promise<void> {
  try {
    await db`select 1`;
  } catch (error) {
    const { role } = db.options.connection;
    if (role && ROLE_REFUSED.includes((error as postgres.PostgresError).code)) {
      const sentence = `The login of DATABASE_URL may not act as ${role}: run waymark migrate, and grant ${role} to that login.`;
      throw new UserError('database-role', sentence, { field: 'DATABASE_URL' });
    }
    const at = `${db.options.host}:${db.options.port}`;
    throw new UserError(
      'database-unreachable',
      `PostgreSQL does not answer at ${at} (${(error as Error).message}): start it, or correct DATABASE_URL.`,
      {},
      1,
    );
  }
}
