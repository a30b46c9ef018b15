// What every command needs: settings, a log, where the stack answers, and one way to print an answer.
import { readAddresses } from '../../infra/local/index.ts';
import type { StackAddresses } from '../platform/addresses.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { assertReachable, connect, type Database, type DatabaseRole } from '../platform/database.ts';
import { createLogger, type Logger } from '../platform/log.ts';

export interface Context {
  config: Config;
  log: Logger;
}

export function context(component: string): Context {
  const config = loadConfig(process.env);
  return { config, log: createLogger(component, config.logLevel) };
}

export const addressesOf = ({ home, given }: Config): Promise<StackAddresses> => readAddresses(home, given);

/** Runs `work` with a database of the running stack and closes it whatever happens. */
export async function withDatabase<T>(
  work: (db: Database) => Promise<T>,
  role: DatabaseRole = 'waymark_operator',
): Promise<T> {
  const { config } = context('command');
  const db = connect((await addressesOf(config)).databaseUrl, 4, 'waymark-command', role);
  try {
    await assertReachable(db);
    return await work(db);
  } finally {
    await db.end();
  }
}

/** Prints one JSON document with `--json`, else lines for people. */
export function print(json: boolean | undefined, value: unknown, lines: () => string[]): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${lines().join('\n')}\n`);
}
