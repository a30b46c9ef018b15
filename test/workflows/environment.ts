// Temporal servers, and workers that run today's workflow code against a store in memory.
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { testServerPath } from '../../infra/local/index.ts';
import { silent } from '../../services/platform/progress.ts';
import { createActivities } from '../../services/tracker/activities.ts';
import { workflowBundle } from '../../services/tracker/bundle.ts';
import { createTrackerMetrics } from '../../services/tracker/metrics.ts';
import type { TrackerStore } from '../../services/tracker/store.ts';
import { createSignals } from '../../services/tracker/worker.ts';

export const home = resolve('.waymark');
export const silentLog = pino({ level: 'silent' });

let installed = false;

/** Those of this process that have not been ended. */
const workers = new Set<Worker>();

/** Once a process. What goes wrong on purpose in a test is not worth a line. */
export function installRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
    shutdownSignals: [],
  });
}

/** A real Temporal that is running, such as the test run's. */
export async function realServer(
  address: string,
  client: { dataConverter?: DataConverter } = {},
): Promise<TestWorkflowEnvironment> {
  installRuntime();
  return TestWorkflowEnvironment.createFromExistingServer({ address, client });
}

/**
 * Temporal's test server, whose clock stands at today and skips ahead when `sleep` or a result is awaited. It is not
 * for storms of signals, nor for workers that follow each other: it drops signals that arrive while a run continues
 * as new (the real one makes the run take them first), and leaves work waiting for a worker that is gone.
 */
export async function timeSkippingServer(): Promise<TestWorkflowEnvironment> {
  installRuntime();
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: await testServerPath(home, silent) } },
  });
}

/** One task queue of a server: its workers, and the signals that the relay would send there. */
export async function taskQueueOn(server: TestWorkflowEnvironment) {
  const taskQueue = `test-${randomUUID()}`;
  const { codePath } = await workflowBundle(home);

  const signals = createSignals(server.client, taskQueue);

  /** Starts a worker; the function it answers with ends it. `code`: other workflow code than today's. */
  const work = async (store: TrackerStore, code?: string): Promise<() => Promise<void>> => {
    const worker = await Worker.create({
      connection: server.nativeConnection,
      taskQueue,
      workflowBundle: code === undefined ? { codePath } : { code },
      activities: createActivities(store, signals, silentLog, createTrackerMetrics()),
      shutdownGraceTime: 100,
      shutdownForceTime: 5_000,
    });
    workers.add(worker);
    const running = worker.run();
    return async () => {
      workers.delete(worker);
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    };
  };

  return { taskQueue, work, signals, client: server.client };
}

/**
 * Lets days go by on the server's clock.
 *
 * The test server takes a lock on its clock when a child workflow ends and gives it back through the parent; when the
 * parent's run has ended before (ours continue as new while milestones live on) it never does. So when the server
 * has stood still for long and no worker has anything in hand, one lock is given back. One too many would let the clock
 * run ahead by itself: on a busy machine half a second was not long enough.
 */
export async function skipDays(server: TestWorkflowEnvironment, days: number): Promise<void> {
  const before = await server.currentTimeMs();
  let passed = false;
  const sleeping = server.sleep(days * 86_400_000).then(() => {
    passed = true;
  });
  for (let still = 0, last = before; !passed; ) {
    await Promise.race([sleeping, pause(50)]);
    const now = await server.currentTimeMs();
    still = now - last > 1_000 || busy() ? 0 : still + 1;
    last = now;
    if (still < STILL_POLLS || passed) continue;
    await server.connection.testService?.unlockTimeSkipping({});
    still = 0;
  }
}

const STILL_POLLS = 60;

const busy = (): boolean =>
  [...workers].some((worker) => {
    const { runState, numInFlightActivities, numInFlightWorkflowActivations } = worker.getStatus();
    return runState !== 'RUNNING' || numInFlightActivities + numInFlightWorkflowActivations > 0;
  });

const pause = (milliseconds: number) => new Promise((next) => setTimeout(next, milliseconds));

/** Waits, in real time, until something holds. */
export async function eventually(holds: () => boolean | Promise<boolean>, limit = 120_000): Promise<void> {
  const until = performance.now() + limit;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`did not come to hold within ${limit} ms: ${holds}`);
    await pause(25);
  }
}
