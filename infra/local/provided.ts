// A part given by its address is never started; it only has to answer.
import type { Config } from '../../services/platform/config.ts';
import { UserError } from '../../services/platform/errors.ts';
import { askKafka, askPostgres, askTemporal, untilHealthy } from './health.ts';

const PATIENCE_MS = 1_500;

const unreachable = (code: string, variable: string, where: string, error: unknown): UserError =>
  new UserError(
    code,
    `${variable} points at ${where}, which does not answer (${reason(error)}); check the address, or unset ${variable} to start an embedded one.`,
    { field: variable },
    1,
  );

function reason(error: unknown): string {
  const { message, code, errors } = error as NodeJS.ErrnoException & { errors?: Error[] };
  return (message || errors?.[0]?.message || code || 'no reason given').replace(/\s+/g, ' ').slice(0, 160);
}

async function answer<T>(
  ask: () => Promise<T>,
  fail: (error: unknown) => UserError,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await untilHealthy(ask, signal, PATIENCE_MS);
  } catch (error) {
    signal.throwIfAborted();
    throw fail(error);
  }
}

/** @throws UserError `database-unreachable` (the password is never shown). Gives the server's version. */
export function checkDatabase(databaseUrl: string, signal: AbortSignal): Promise<string> {
  const { host, pathname } = new URL(databaseUrl);
  const where = `${host}${pathname}`;
  const fail = (error: unknown) => unreachable('database-unreachable', 'DATABASE_URL', where, error);
  return answer(() => askPostgres(databaseUrl), fail, signal);
}

/** @throws UserError `kafka-unreachable`. */
export function checkKafka(brokers: string[], signal: AbortSignal): Promise<void> {
  const fail = (error: unknown) =>
    unreachable('kafka-unreachable', 'KAFKA_BROKERS', brokers.join(','), error);
  return answer(() => askKafka(brokers), fail, signal);
}

/** @throws UserError `temporal-unreachable`, also when the namespace is unknown. Gives the server's version. */
export function checkTemporal(
  address: NonNullable<Config['given']['temporalAddress']>,
  namespace: string,
  signal: AbortSignal,
): Promise<string> {
  const fail = (error: unknown) => unreachable('temporal-unreachable', 'TEMPORAL_ADDRESS', address, error);
  return answer(() => askTemporal(address, namespace), fail, signal);
}
