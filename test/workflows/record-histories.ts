// Records histories of every way through the workflows, for replay.test.ts: `npx tsx test/workflows/record-histories.ts`.
// Run it once a release, with that release's code. It does not write over histories: until the release, delete its folder
// and record again; afterwards keep it for as long as a workflow that the release started may be under way.
// `… record-histories.ts orders` adds those of erasures, duties and releases alone.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { up } from '../../infra/local/index.ts';
import { terminalProgress } from '../../services/platform/progress.ts';
import type { CohortRef, MilestoneRef } from '../../services/tracker/store.ts';
import { type CohortKnobs, cohort, feed, heard, look, milestone } from '../../workflows/index.ts';
import { cohortId, feedId, milestoneId } from '../../workflows/messages.ts';
import { eventually, home, realServer, skipDays, taskQueueOn, timeSkippingServer } from './environment.ts';
import { FakeStore } from './fake-store.ts';
import { recordOrders } from './record-orders.ts';

const COUNCIL = 'E09000023';

const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
const folder = new URL(`histories/${version}/`, import.meta.url);

/** Leaves out what says where it was recorded; replay does not look at it. */
function withoutPlaces(key: string, value: unknown): unknown {
  if (key === 'identity') return 'worker';
  if (key === 'stackTrace') return '';
  if (typeof value === 'string' && value.includes(hostname())) return 'queue of a worker';
  return value;
}

/** Keeps the history of every run of a workflow (at most `most`), one event a line. */
async function keep(server: TestWorkflowEnvironment, name: string, id: string, most = 4): Promise<void> {
  const last = server.client.workflow.getHandle(id);
  let run: string | undefined = (await last.describe()).raw.workflowExecutionInfo?.firstRunId ?? undefined;
  run ||= (await last.describe()).runId;
  for (let number = 1; run && number <= most; number += 1) {
    const history: History = await server.client.workflow.getHandle(id, run).fetchHistory();
    const { events } = JSON.parse(historyToJSON(history)) as { events: unknown[] };
    const lines = events.map((event) => JSON.stringify(event, withoutPlaces));
    const file = new URL(`${name}-${number}.json`, folder);
    await writeFile(file, `{"events":[\n${lines.join(',\n')}\n]}\n`, { flag: 'wx' });
    process.stdout.write(`${name}-${number}: ${events.length} events\n`);
    const next = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    run = next ?? undefined;
  }
}

/** A server with one worker and one store, for one scene. */
async function scene(
  server: TestWorkflowEnvironment,
  evaluation: string,
  play: (stage: {
    store: FakeStore;
    of: CohortRef;
    startCohort: (horizons: number[], knobs?: CohortKnobs) => Promise<void>;
    changeAndLook: () => Promise<void>;
    settled: () => Promise<void>;
    taskQueue: string;
  }) => Promise<void>,
): Promise<void> {
  const { taskQueue, work, signals, client } = await taskQueueOn(server);
  const store = new FakeStore();
  const end = await work(store);
  const of = { evaluation, wave: '2020-01-01' };
  const settled = () => eventually(() => store.cohort(of).computed === store.cohort(of).changes);
  await play({
    store,
    of,
    taskQueue,
    settled,
    startCohort: async (horizons, knobs = {}) => {
      store.addCohort(of, [COUNCIL], horizons);
      await client.workflow.start(cohort, { workflowId: cohortId(of), taskQueue, args: [of, knobs] });
      await eventually(() => horizons.every((horizon) => store.count(`checkMaturity ${horizon}`) > 0));
    },
    changeAndLook: async () => {
      store.change(of);
      await signals.look(of);
    },
  });
  await end();
}

async function recordRealTime(server: TestWorkflowEnvironment): Promise<void> {
  await scene(server, 'two-milestones', async ({ store, of, startCohort, changeAndLook, settled }) => {
    await startCohort([6, 12]);
    for (const [horizon, completeThrough] of [
      [6, '2020-07-31'],
      [12, '2021-01-31'],
    ] as const) {
      await changeAndLook();
      await settled();
      store.completeThrough.set(COUNCIL, completeThrough);
      await changeAndLook();
      await eventually(() => store.count(`draftResult ${horizon}`) > 0);
      await pause(500);
    }
    await keep(server, 'cohort-two-milestones', cohortId(of));
    await keep(server, 'milestone-look-and-freeze', milestoneId({ ...of, horizon: 6 }));
  });

  await scene(server, 'storm', async ({ of, startCohort, changeAndLook, settled }) => {
    await startCohort([6], { historyLimit: 40 });
    for (let burst = 0; burst < 8; burst += 1) {
      await Promise.all([1, 2, 3, 4, 5].map(changeAndLook));
      await pause(60);
    }
    await settled();
    await keep(server, 'cohort-storm', cohortId(of), 3);
  });

  await scene(server, 'overfull', async ({ store, of, startCohort, changeAndLook, settled }) => {
    await startCohort([6], { historyLimit: 25 });
    store.recomputeTakes = 1_500;
    for (let number = 0; number < 20; number += 1) {
      await changeAndLook();
      await pause(60);
    }
    await settled();
    await keep(server, 'cohort-handed-over-at-work', cohortId(of), 2);
  });

  await scene(server, 'terminated', async ({ store, of, startCohort, changeAndLook }) => {
    await startCohort([6]);
    await server.client.workflow.getHandle(milestoneId({ ...of, horizon: 6 })).terminate();
    store.completeThrough.set(COUNCIL, '2020-07-31');
    await changeAndLook();
    await eventually(() => store.count('draftResult 6') > 0);
    await pause(500);
    await keep(server, 'cohort-milestone-started-again', cohortId(of));
  });

  await scene(server, 'put-off', async ({ store, of, startCohort, changeAndLook }) => {
    await startCohort([6]);
    store.before = (question) => {
      if (question === 'freezeMilestone 6' && store.count(question) === 1) store.change(of);
    };
    store.completeThrough.set(COUNCIL, '2020-07-31');
    await changeAndLook();
    await eventually(() => store.count('freezeMilestone 6') === 1);
    await changeAndLook();
    await eventually(() => store.count('draftResult 6') > 0);
    await pause(500);
    await keep(server, 'milestone-put-off', milestoneId({ ...of, horizon: 6 }));
  });

  await scene(server, 'emptied', async ({ store, of, startCohort }) => {
    await startCohort([6]);
    store.cohort(of).councils = [];
    const handle = server.client.workflow.getHandle(milestoneId({ ...of, horizon: 6 }));
    await handle.signal(look);
    await handle.result();
    await keep(server, 'milestone-empty', milestoneId({ ...of, horizon: 6 }));
  });

  await scene(server, 'deleted', async ({ store, of, startCohort }) => {
    await startCohort([6]);
    store.cohorts.clear();
    const handle = server.client.workflow.getHandle(cohortId(of));
    await handle.signal(look);
    await handle.result().catch(() => {});
    await keep(server, 'cohort-evaluation-gone', cohortId(of));
  });
}

async function recordSkippedTime(server: TestWorkflowEnvironment): Promise<void> {
  const followAlone = (of: MilestoneRef, taskQueue: string, historyLimit?: number) =>
    server.client.workflow.start(milestone, {
      workflowId: milestoneId(of),
      taskQueue,
      args: [of, { graceDays: 3, ...(historyLimit && { historyLimit }) }],
    });

  await scene(server, 'overdue', async ({ store, of, taskQueue }) => {
    store.addCohort(of, [COUNCIL], [6]).computed = 1;
    // The first reminder cannot be written.
    store.before = (question) => {
      if (question === 'noteOverdue 6' && store.count(question) <= 5)
        throw new Error('the alert table is locked');
    };
    const alone = await followAlone({ ...of, horizon: 6 }, taskQueue);
    await skipDays(server, 16);
    store.completeThrough.set(COUNCIL, '2020-07-31');
    await alone.signal(look);
    await alone.result();
    await keep(server, 'milestone-overdue', milestoneId({ ...of, horizon: 6 }));
  });

  await scene(server, 'long-wait', async ({ store, of, taskQueue }) => {
    store.addCohort(of, [COUNCIL], [6]).computed = 1;
    const alone = await followAlone({ ...of, horizon: 6 }, taskQueue, 40);
    await skipDays(server, 12);
    store.completeThrough.set(COUNCIL, '2020-07-31');
    await skipDays(server, 2);
    await alone.result();
    await keep(server, 'milestone-long-wait', milestoneId({ ...of, horizon: 6 }));
  });

  await scene(server, 'not-due', async ({ store, taskQueue }) => {
    const of = { evaluation: 'not-due', wave: '2090-01-01', horizon: 6 };
    store.addCohort(of, [COUNCIL], [6]).computed = 1;
    await followAlone(of, taskQueue);
    await skipDays(server, 70);
    await keep(server, 'milestone-not-yet-due', milestoneId(of));
  });

  await scene(server, 'feed', async ({ store, taskQueue }) => {
    const listening = await server.client.workflow.start(feed, {
      workflowId: feedId(COUNCIL),
      taskQueue,
      args: [{ council: COUNCIL, rhythmDays: 7 }, { historyLimit: 30 }],
    });
    await listening.signal(heard);
    await skipDays(server, 3);
    await listening.signal(heard);
    await skipDays(server, 9);
    await eventually(() => store.feeds.length === 1);
    await listening.signal(heard);
    await eventually(() => store.feeds.length === 2);
    for (let week = 0; week < 6; week += 1) {
      await skipDays(server, 4);
      await listening.signal(heard);
    }
    await skipDays(server, 9);
    await keep(server, 'feed-silent-and-heard-again', feedId(COUNCIL));
    await listening.terminate();
  });
}

async function recordTracker(): Promise<void> {
  if ((await readdir(folder)).length > 0)
    throw new Error(`the histories of ${version} are kept already: ${folder}`);
  const root = await mkdtemp(join(tmpdir(), 'waymark-histories-'));
  const stack = await up({
    home: root,
    cacheDir: join(home, 'cache'),
    given: {},
    progress: terminalProgress(),
  });
  try {
    const real = await realServer(stack.addresses.temporalAddress);
    await recordRealTime(real);
    await real.teardown();
  } finally {
    await stack.stop();
    await rm(root, { recursive: true, force: true });
  }
}

await mkdir(folder, { recursive: true });
const ordersAlone = process.argv[2] === 'orders';
if (!ordersAlone) await recordTracker();
const skipping = await timeSkippingServer();
if (!ordersAlone) await recordSkippedTime(skipping);
await recordOrders(skipping, keep);
await skipping.teardown();
