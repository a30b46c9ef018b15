// What every command needs: settings, a log, where the stack answers, and one way to print an answer.
import { userInfo } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import { readAddresses } from '../../infra/local/index.ts';
import type { StackAddresses } from '../platform/addresses.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { assertReachable, connect, type Database, type DatabaseRole } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { createLogger, type Logger } from '../platform/log.ts';
import { temporalSealed } from '../platform/payload-codec.ts';
import { temporalSecured } from '../platform/secured.ts';

export interface Context {
  config: Config;
  log: Logger;
}

export function context(component: string): Context {
  const config = loadConfig(process.env);
  return { config, log: createLogger(component, config.logLevel) };
}

export const addressesOf = ({ home, given }: Config): Promise<StackAddresses> => readAddresses(home, given);

/** The name that this machine has for whoever runs the command. */
function whoAsks(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unnamed user';
  }
}

/** Runs `work` with a database of the running stack and closes it whatever happens. */
export async function withDatabase<T>(
  work: (db: Database) => Promise<T>,
  role: DatabaseRole = 'waymark_operator',
): Promise<T> {
  const { config } = context('command');
  const { databaseUrl } = await addressesOf(config);
  const db = connect(databaseUrl, 4, 'waymark-command', role, { 'waymark.actor': whoAsks() });
  try {
    await assertReachable(db);
    return await work(db);
  } finally {
    await db.end();
  }
}

/** Runs `work` with a client of the stack's Temporal and closes it whatever happens. @throws UserError `temporal-unreachable` */
export async function withTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const { config } = context('command');
  const { temporalAddress: address } = await addressesOf(config);
  const sealed = temporalSealed(config.temporalSecurity);
  const connection = await Connection.connect({
    address,
    connectTimeout: 5_000,
    ...temporalSecured(config.temporalSecurity),
  }).catch(() => {
    throw new UserError('temporal-unreachable', `Temporal does not answer at ${address}. Is the stack up?`, {
      field: 'TEMPORAL_ADDRESS',
    });
  });
  try {
    return await work(new Client({ connection, namespace: config.temporalNamespace, ...sealed }));
  } finally {
    await connection.close();
  }
}

/** Prints one JSON document with `--json`, else lines for people. */
export function print(json: boolean | undefined, value: unknown, lines: () => string[]): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${lines().join('\n')}\n`);
}
