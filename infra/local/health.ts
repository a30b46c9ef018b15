// A part is healthy when it has answered in its own protocol, never because time has passed.
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';

const ATTEMPT_MS = 2_000;

/** Throws when PostgreSQL does not answer `select 1`; gives the server's version. */
export async function askPostgres(databaseUrl: string): Promise<string> {
  const sql = postgres(databaseUrl, { max: 1, connect_timeout: ATTEMPT_MS / 1000, onnotice: () => {} });
  try {
    const [row] = await sql<{ version: string }[]>`select current_setting('server_version') as version`;
    return row?.version ?? 'unknown';
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Throws when Kafka does not answer a metadata request with a controller and at least one broker. */
export async function askKafka(brokers: string[]): Promise<void> {
  const { Kafka, logLevel } = await import('kafkajs');
  const kafka = new Kafka({
    clientId: 'waymark-health',
    brokers,
    logLevel: logLevel.NOTHING,
    connectionTimeout: ATTEMPT_MS,
    requestTimeout: ATTEMPT_MS,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length === 0) throw new Error('no broker has registered');
    if (cluster.controller === null) throw new Error('no controller is elected');
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

/** Throws when Temporal's frontend does not know the namespace; gives the server's version. */
export async function askTemporal(address: string, namespace: string): Promise<string> {
  const { Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ address, connectTimeout: ATTEMPT_MS });
  try {
    return await connection.withDeadline(Date.now() + ATTEMPT_MS, async () => {
      await connection.workflowService.describeNamespace({ namespace });
      const system = await connection.workflowService.getSystemInfo({});
      return system.serverVersion ?? 'unknown';
    });
  } finally {
    await connection.close();
  }
}

/**
 * Asks again until a part answers.
 * @throws the last failure when `limitMs` have passed, or the signal's reason when it aborts.
 */
export async function untilHealthy<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  limitMs: number,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await pause(50, undefined, { signal }).catch(() => {});
  }
}
