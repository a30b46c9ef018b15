// The tracker process: a Temporal worker and the outbox relay, which start whether or not Temporal is up yet and
// end together, within a limit.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, isGrpcServiceError } from '@temporalio/client';
import {
  GracefulShutdownPeriodExpiredError,
  type LogLevel,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  TransportError,
  Worker,
} from '@temporalio/worker';
import { cohort, feed, heard, look, release } from '../../workflows/index.ts';
import { cohortId, feedId, releaseId } from '../../workflows/messages.ts';
import { searchAttributesOf } from '../../workflows/search-attributes.ts';
import type { StackAddresses } from '../platform/addresses.ts';
import type { Config } from '../platform/config.ts';
import { UserError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { temporalSealed } from '../platform/payload-codec.ts';
import { type TemporalSecurity, temporalSecured } from '../platform/secured.ts';
import { createActivities } from './activities.ts';
import { workflowBundle } from './bundle.ts';
import { createTrackerMetrics, type TrackerMetrics } from './metrics.ts';
import { ensureDailyWork, ensureSearchAttributes } from './namespace.ts';
import { type RelayOptions, relay, type Signals } from './relay.ts';
import type { TrackerStore } from './store.ts';
import { tracedActivities, tracedSignals } from './traced.ts';

const SIGNAL_DEADLINE = 10_000;
const GRPC_NOT_FOUND = 5;
const RETRY_CONNECT_MOST = 10_000;

export interface TrackerOptions {
  config: Pick<Config, 'home' | 'temporalNamespace' | 'taskQueue'> &
    Partial<Pick<Config, 'temporalSecurity'>>;
  addresses: Pick<StackAddresses, 'temporalAddress'>;
  store: TrackerStore;
  /** Activities of other workflows than the follow-up's, by name; `signals` are the relay's. */
  more?: (signals: Signals) => Record<string, (...args: never[]) => Promise<unknown>>;
  log: Logger;
  /** Ends the tracker. */
  signal: AbortSignal;
  /** A bundle made beforehand; otherwise the one kept under `home` is used, or made. */
  workflowBundle?: { codePath: string };
  relay?: RelayOptions;
  metrics?: TrackerMetrics;
  /** Activities at work at once; each may hold a database connection. */
  activities?: number;
  /** Called once workflows are being worked on and changes relayed. */
  onReady?: (client: Client) => void;
}

let runtimeInstalled = false;

/** Sends the SDK's own log to ours. Once a process; signals of the operating system stay ours to handle. */
function installRuntime(log: Logger): void {
  if (runtimeInstalled) return;
  runtimeInstalled = true;
  const write = (level: LogLevel, message: string, meta: object = {}) =>
    log[level.toLowerCase() as Lowercase<LogLevel>](meta, message);
  Runtime.install({
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
    },
    logger: {
      log: write,
      trace: (message, meta) => write('TRACE', message, meta),
      debug: (message, meta) => write('DEBUG', message, meta),
      // The SDK tells every state of every worker; that is detail.
      info: (message, meta) => write('DEBUG', message, meta),
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
  });
}

/** Connects, waiting for Temporal as long as it takes. Undefined when `signal` aborted first. */
async function connect(
  address: string,
  security: TemporalSecurity,
  log: Logger,
  signal: AbortSignal,
): Promise<NativeConnection | undefined> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await NativeConnection.connect({ address, ...temporalSecured(security) });
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      const retryIn = Math.min(250 * 2 ** attempt, RETRY_CONNECT_MOST);
      log.warn({ address, retryIn, reason: error.message }, 'Temporal does not answer yet');
      await sleep(retryIn, undefined, { signal }).catch(() => {});
    }
  }
  return undefined;
}

/** @throws UserError `temporal-namespace-missing` */
async function assertNamespace(connection: NativeConnection, namespace: string): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== GRPC_NOT_FOUND) throw error;
    throw new UserError(
      'temporal-namespace-missing',
      `Temporal has no namespace "${namespace}": create it, or correct TEMPORAL_NAMESPACE.`,
      { field: 'TEMPORAL_NAMESPACE' },
    );
  }
}

/** Signals over one client, with search attributes where the namespace knows them. Each starts its workflow when it is not running, and fails after ten seconds without answer. */
export function createSignals(client: Client, taskQueue: string, searchable = false): Signals {
  const send = async (deliver: () => Promise<unknown>) => {
    await client.withDeadline(Date.now() + SIGNAL_DEADLINE, deliver);
  };
  return {
    look: (of) =>
      send(() =>
        client.workflow.signalWithStart(cohort, {
          workflowId: cohortId(of),
          taskQueue,
          args: [{ evaluation: of.evaluation, wave: of.wave }, searchable ? { searchable } : {}],
          signal: look,
          ...(searchable && { typedSearchAttributes: searchAttributesOf(of) }),
        }),
      ),
    heard: (of) =>
      send(() =>
        client.workflow.signalWithStart(feed, {
          workflowId: feedId(of.council),
          taskQueue,
          args: [{ council: of.council, rhythmDays: of.rhythmDays }],
          signal: heard,
          ...(searchable && { typedSearchAttributes: searchAttributesOf({ council: of.council }) }),
        }),
      ),
    release: (id) =>
      send(() =>
        client.workflow.signalWithStart(release, {
          workflowId: releaseId(id),
          taskQueue,
          args: [id],
          signal: look,
        }),
      ),
  };
}

/**
 * Runs until `signal` aborts: then stops relaying, lets activities under way finish for five seconds, cancels them,
 * and returns within fifteen. What is cut short is done again by the next worker.
 * @throws UserError `temporal-namespace-missing`
 */
export async function runTracker(options: TrackerOptions): Promise<void> {
  const { config, addresses, store, log, signal } = options;
  const metrics = options.metrics ?? createTrackerMetrics();
  installRuntime(log);
  const sealed = temporalSealed(config.temporalSecurity ?? {});

  const [bundle, connection] = await Promise.all([
    options.workflowBundle ?? workflowBundle(config.home),
    connect(addresses.temporalAddress, config.temporalSecurity ?? {}, log, signal),
  ]);
  if (!connection) return;

  try {
    await assertNamespace(connection, config.temporalNamespace);
    const client = new Client({
      connection,
      namespace: config.temporalNamespace,
      ...sealed,
      interceptors: { workflow: [tracedSignals] },
    });
    const searchable = await ensureSearchAttributes(connection, config.temporalNamespace, log);
    const signals = createSignals(client, config.taskQueue, searchable);
    const worker = await Worker.create({
      ...sealed,
      connection,
      namespace: config.temporalNamespace,
      taskQueue: config.taskQueue,
      workflowBundle: { codePath: bundle.codePath },
      activities: { ...createActivities(store, signals, log, metrics), ...options.more?.(signals) },
      interceptors: { activity: [tracedActivities] },
      maxConcurrentActivityTaskExecutions: options.activities ?? 8,
      shutdownGraceTime: '5 seconds',
      shutdownForceTime: '15 seconds',
    });
    await ensureDailyWork(client, config.taskQueue);

    // Either part's end is the other's: a worker that fails must not leave the relay behind.
    const over = new AbortController();
    const endWorker = () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    const end = () => over.abort();
    over.signal.addEventListener('abort', endWorker, { once: true });
    signal.addEventListener('abort', end, { once: true });
    try {
      const working = worker
        .run()
        .catch((error) => {
          if (!(error instanceof GracefulShutdownPeriodExpiredError)) throw error;
          log.warn('activities did not stop in time and were abandoned; they will be done again');
        })
        .finally(end);
      const relaying = relay(store, signals, log, metrics, over.signal, options.relay).finally(end);
      log.info({ taskQueue: config.taskQueue, temporal: addresses.temporalAddress }, 'tracker ready');
      options.onReady?.(client);
      if (signal.aborted) end();
      await Promise.allSettled([working, relaying]);
      await Promise.all([working, relaying]);
    } finally {
      signal.removeEventListener('abort', end);
    }
  } finally {
    await connection.close();
  }
}
