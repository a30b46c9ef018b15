// Cohort workflows under a storm of changes: `node --import tsx bench/workflows.ts [cohorts] [changes a second] [seconds]`.
// The real Temporal of the local stack, one worker and the relay on this machine; the store is in memory, so that what is
// measured is the coalescing and the histories. Beside it in the same run: a signal for every change, without the relay.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { up } from '../infra/local/index.ts';
import { loadConfig } from '../services/platform/config.ts';
import { terminalProgress } from '../services/platform/progress.ts';
import { createActivities } from '../services/tracker/activities.ts';
import { workflowBundle } from '../services/tracker/bundle.ts';
import { concurrently } from '../services/tracker/concurrently.ts';
import { createTrackerMetrics } from '../services/tracker/metrics.ts';
import { relay } from '../services/tracker/relay.ts';
import type { CohortRef } from '../services/tracker/store.ts';
import { createSignals } from '../services/tracker/worker.ts';
import { FakeStore } from '../test/workflows/fake-store.ts';

const [COHORTS = 500, CHANGES = 2_000, SECONDS = 60] = process.argv.slice(2).map(Number);
const COUNCIL = 'E09000023';
const BARE_SECONDS = 10;
const log = pino({ level: 'silent' });

const home = fileURLToPath(new URL('../.waymark/', import.meta.url));
const config = loadConfig({});
const progress = terminalProgress();
const stack = await up({
  home: join(home, 'bench'),
  cacheDir: join(home, 'cache'),
  given: {},
  progress,
  fresh: true,
});
Runtime.install({ shutdownSignals: [] });
const connection = await NativeConnection.connect({ address: stack.addresses.temporalAddress });
const client = new Client({ connection, namespace: config.temporalNamespace });
const signals = createSignals(client, config.taskQueue);
const store = new FakeStore();
const metrics = createTrackerMetrics();
const cohorts = Array.from({ length: COHORTS }, (_, at): CohortRef => {
  const of = {
    evaluation: `bench-${Math.floor(at / 24)}`,
    wave: `20${String(10 + (at % 24)).padStart(2, '0')}-01-01`,
  };
  store.addCohort(of, [COUNCIL], [6]);
  return of;
});
const worker = await Worker.create({
  connection,
  namespace: config.temporalNamespace,
  taskQueue: config.taskQueue,
  workflowBundle: await workflowBundle(home),
  activities: createActivities(store, signals, log, metrics),
});
const working = worker.run();

const cohortAt = (at: number): CohortRef => cohorts[at % cohorts.length] as CohortRef;
const behind = () => [...store.cohorts.values()].filter((each) => each.computed < each.changes).length;
const untilSettled = async () => {
  const began = performance.now();
  while (store.outbox.size > 0 || behind() > 0) await sleep(20);
  return performance.now() - began;
};

/** Changes arrive evenly, a hundredth of a second's worth at a time. */
async function storm(
  seconds: number,
  change: (at: number) => void,
): Promise<{ made: number; waited: number[] }> {
  const began = performance.now();
  let made = 0;
  /** Rows in the outbox, once a second. */
  const waited: number[] = [];
  for (let now = 0; now < seconds * 1_000; now = performance.now() - began) {
    for (const due = Math.floor((now / 1_000) * CHANGES); made < due; made += 1) change(made);
    if (now >= waited.length * 1_000) waited.push(store.outbox.size);
    await sleep(10);
  }
  return { made, waited };
}

const sent = async () => (await metrics.signals.get()).values.reduce((sum, { value }) => sum + value, 0);

await concurrently(cohorts, 50, (of) => signals.look(of));
await untilSettled();
progress({ stage: 'bench', message: `${COHORTS} cohort workflows are running` });

const ending = new AbortController();
const relaying = relay(store, signals, log, metrics, ending.signal);
const before = await sent();
const began = performance.now();
const { made, waited } = await storm(SECONDS, (at) => store.change(cohortAt(at)));
const during = (performance.now() - began) / 1_000;
const settled = await untilSettled();
const relayed = (await sent()) - before;
ending.abort();
await relaying;

const lengths: number[] = [];
// The list knows no length of a run that goes on; the run itself does.
const runs: string[] = [];
for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'cohort'" }))
  runs.push(workflowId);
await concurrently(runs, 20, async (id) => {
  lengths.push((await client.workflow.getHandle(id).describe()).historyLength);
});
lengths.sort((a, b) => a - b);

// Without the relay: as many signals as can be delivered.
const underWay = new Set<Promise<void>>();
let delivered = 0;
const bareBegan = performance.now();
for (let at = 0; performance.now() - bareBegan < BARE_SECONDS * 1_000; at += 1) {
  const one = signals.look(cohortAt(at)).then(() => {
    delivered += 1;
    underWay.delete(one);
  });
  underWay.add(one);
  if (underWay.size >= 50) await Promise.race(underWay);
}
await Promise.all(underWay);

console.log(
  JSON.stringify(
    {
      cohorts: COHORTS,
      changes: made,
      changesPerSecond: Math.round(made / during),
      signals: relayed,
      signalsPerSecond: Math.round(relayed / during),
      changesPerSignal: Math.round((made / relayed) * 10) / 10,
      mostRowsWaiting: {
        firstHalf: Math.max(...waited.slice(0, waited.length / 2)),
        secondHalf: Math.max(...waited.slice(waited.length / 2)),
      },
      settledAfterMs: Math.round(settled),
      recomputes: store.count('recomputeCohort'),
      historyEvents: {
        runs: lengths.length,
        median: lengths[Math.floor(lengths.length / 2)],
        most: lengths.at(-1),
      },
      withoutRelay: { signalsPerSecond: Math.round(delivered / BARE_SECONDS) },
    },
    null,
    2,
  ),
);
worker.shutdown();
await working;
await connection.close();
await stack.stop();
