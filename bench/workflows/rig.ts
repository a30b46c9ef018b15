// Cohort workflows on the real Temporal of the local stack, one worker on this machine, and a storm of changes over them.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { up } from '../../infra/local/index.ts';
import { loadConfig } from '../../services/platform/config.ts';
import { terminalProgress } from '../../services/platform/progress.ts';
import { createActivities } from '../../services/tracker/activities.ts';
import { workflowBundle } from '../../services/tracker/bundle.ts';
import { concurrently } from '../../services/tracker/concurrently.ts';
import { createTrackerMetrics } from '../../services/tracker/metrics.ts';
import type { TrackerStore } from '../../services/tracker/store.ts';
import { createSignals } from '../../services/tracker/worker.ts';

const home = fileURLToPath(new URL('../../.waymark/', import.meta.url));
export const progress = terminalProgress();
export const log = pino({ level: 'silent' });

/** A stack of its own, fresh. */
export const benchStack = () =>
  up({ home: join(home, 'bench'), cacheDir: join(home, 'cache'), given: {}, progress, fresh: true });

/** The worker over a store, and what signals and counts. `close` ends both. */
export async function working(temporalAddress: string, store: TrackerStore) {
  const config = loadConfig({});
  Runtime.install({ shutdownSignals: [] });
  const connection = await NativeConnection.connect({ address: temporalAddress });
  const client = new Client({ connection, namespace: config.temporalNamespace });
  const signals = createSignals(client, config.taskQueue);
  const metrics = createTrackerMetrics();
  const worker = await Worker.create({
    connection,
    namespace: config.temporalNamespace,
    taskQueue: config.taskQueue,
    workflowBundle: await workflowBundle(home),
    activities: createActivities(store, signals, log, metrics),
  });
  const ended = worker.run();
  return {
    signals,
    metrics,
    sent: async () => (await metrics.signals.get()).values.reduce((sum, { value }) => sum + value, 0),
    /** Events in the histories of the cohorts' runs. The list knows no length of a run that goes on; the run itself does. */
    async histories() {
      const runs: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'cohort'" }))
        runs.push(workflowId);
      const lengths: number[] = [];
      await concurrently(runs, 20, async (id) => {
        lengths.push((await client.workflow.getHandle(id).describe()).historyLength);
      });
      lengths.sort((a, b) => a - b);
      return {
        runs: lengths.length,
        median: lengths[Math.floor(lengths.length / 2)],
        most: lengths.at(-1),
      };
    },
    async close() {
      worker.shutdown();
      await ended;
      await connection.close();
    },
  };
}

/**
 * Changes arrive evenly, a hundredth of a second's worth at a time or, where making them takes longer, what is due by then.
 * @param change makes those from one number up to another
 * @param waiting rows in the outbox; asked once a second
 */
export async function storm(
  { seconds, perSecond }: { seconds: number; perSecond: number },
  change: (from: number, to: number) => void | Promise<void>,
  waiting: () => number | Promise<number>,
): Promise<{ made: number; perSecond: number; mostRowsWaiting: { firstHalf: number; secondHalf: number } }> {
  const began = performance.now();
  const waited: number[] = [];
  let made = 0;
  for (let now = 0; now < seconds * 1_000; now = performance.now() - began) {
    const due = Math.floor((now / 1_000) * perSecond);
    if (due > made) await change(made, due);
    made = due;
    if (now >= waited.length * 1_000) waited.push(await waiting());
    await sleep(10);
  }
  return {
    made,
    perSecond: Math.round(made / ((performance.now() - began) / 1_000)),
    mostRowsWaiting: {
      firstHalf: Math.max(...waited.slice(0, waited.length / 2)),
      secondHalf: Math.max(...waited.slice(waited.length / 2)),
    },
  };
}

/** Milliseconds until nothing is left to do. */
export async function untilSettled(isSettled: () => boolean | Promise<boolean>): Promise<number> {
  const began = performance.now();
  while (!(await isSettled())) await sleep(20);
  return Math.round(performance.now() - began);
}
