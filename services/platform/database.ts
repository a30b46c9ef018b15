// One way to reach PostgreSQL: dates stay YYYY-MM-DD text, bigints stay exact, and a lost database is one clear sentence.
import postgres from 'postgres';
import { UserError } from './errors.ts';

export type Database = postgres.Sql<{ bigint: bigint; date: string }>;
export type Transaction = postgres.TransactionSql<{ bigint: bigint; date: string }>;
export type Queryable = Database | Transaction;

/**
 * A pool of connections. `date` columns arrive as text, `timestamptz` as Date, `bigint` as BigInt.
 * @param connections at most this many at once
 */
export function connect(databaseUrl: string, connections = 4, applicationName = 'waymark'): Database {
  return postgres(databaseUrl, {
    max: connections,
    onnotice: () => {},
    connection: { application_name: applicationName },
    types: {
      bigint: postgres.BigInt,
      date: { to: 1082, from: [1082], serialize: (day: string) => day, parse: (day: string) => day },
    },
  }) as unknown as Database;
}

/** @throws UserError `database-unreachable` saying where and why. */
export async function assertReachable(db: Database): Promise<void> {
  try {
    await db`select 1`;
  } catch (error) {
    const at = `${db.options.host}:${db.options.port}`;
    throw new UserError(
      'database-unreachable',
      `PostgreSQL does not answer at ${at} (${(error as Error).message}): start it, or correct DATABASE_URL.`,
      {},
      1,
    );
  }
}
