// A long-running process starts, says where it listens, and stops cleanly on a signal, with its parent, or on a failure.
import { setTimeout as pause } from 'node:timers/promises';
import { register as registry } from 'prom-client';
import type { StackAddresses } from '../platform/addresses.ts';
import { assertReachable, connect, type Database } from '../platform/database.ts';
import { processMetrics } from '../platform/metrics.ts';
import { type Checks, databaseIsReady, readiness } from '../platform/readiness.ts';
import { type Figures, reportStanding } from '../platform/standing.ts';
import { startTracing } from '../platform/tracing/start.ts';
import { addressesOf, type Context, context } from './context.ts';
import { buildOperations } from './operations.ts';

export interface Parts extends Context {
  addresses: StackAddresses;
  db: Database;
  /** Ends the process with exit code 1: something failed that repeating will not mend. */
  fail: (error: Error) => void;
}

/** Each acts as the database role of its name. */
export type ProcessName = 'gateway' | 'ingest' | 'tracker' | 'portal' | 'allocation';

/** What a started process has: an address if it listens, and how it stops. */
export interface Started {
  url?: string;
  /** The parts it needs besides PostgreSQL. */
  needs?: Checks;
  /** What it can see and the store cannot. */
  figures?: Figures;
  /** @param failed whether what is in hand is to be given up: it may wait for something that never comes */
  stop: (failed: boolean) => Promise<void>;
}

export type Start = (parts: Parts) => Promise<Started>;

/** Of a process that failed, after which it ends whatever still hangs. */
const STOPPING_MS = 20_000;
const FAREWELL_MS = 2_000;

/** Resolves with an exit code when the process is told to stop or has failed. */
function untilEnded(
  { log }: Context,
  name: string,
): { ended: Promise<number>; fail: (error: Error) => void } {
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(0));
  process.once('disconnect', () => end(0));
  const fail = (error: Error) => {
    log.fatal({ err: error }, `${name} stopped: nothing was lost; mend the cause and start it again`);
    end(1);
    setTimeout(() => process.exit(1), STOPPING_MS).unref();
  };
  // A process that dies at once is missed only when Kafka or Temporal have waited for it in vain. PostgreSQL's client throws so
  // when its connection is cut while it is about to write (https://github.com/porsager/postgres/issues/1154).
  process.on('uncaughtException', fail);
  return { ended, fail };
}

/** Runs one process to its end and sets the exit code. Tells a parent `{ready: {url, operations}}` once it serves. */
export async function runProcess(name: ProcessName, start: Start): Promise<void> {
  const own = context(name);
  const stopTracing = await startTracing(name, own.config.tracing);
  const addresses = await addressesOf(own.config);
  const db = connect(addresses.databaseUrl, 6, `waymark-${name}`, `waymark_${name}`);
  await assertReachable(db);
  const { ended, fail } = untilEnded(own, name);
  processMetrics(registry, name);
  const { app, serve, leave } = buildOperations(registry);
  const operations = await app.listen({ host: own.config.host, port: own.config.metricsPort });
  const started = await start({ ...own, addresses, db, fail });
  const checks = { postgres: databaseIsReady(db), ...started.needs };
  serve(checks);
  const { figures } = started;
  const standing = reportStanding(db, {
    ...{ unready: readiness(checks), log: own.log },
    ...(figures && { figures }),
  });
  own.log.info({ url: started.url, operations }, `${name} is serving`);
  process.send?.({ ready: { url: started.url ?? null, operations } });
  process.exitCode = await ended;
  const failed = process.exitCode !== 0;
  leave();
  await started.stop(failed);
  const farewell = standing.stop();
  await (failed ? Promise.race([farewell, pause(FAREWELL_MS)]) : farewell);
  await app.close();
  await db.end({ timeout: failed ? 0 : 5 });
  await stopTracing();
  if (process.connected) process.disconnect();
  // A connection that PostgreSQL's client has lost track of would keep the process.
  if (failed) process.exit();
}
