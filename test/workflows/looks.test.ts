// A look is never lost and never multiplied: storms of them, runs that end in their midst, outages and deletions.
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { CohortRef } from '../../services/tracker/store.ts';
import { type CohortKnobs, cohort, cohortProgress, type milestone } from '../../workflows/index.ts';
import { cohortId, milestoneId } from '../../workflows/messages.ts';
import { eventually, realServer, taskQueueOn } from './environment.ts';
import { FakeStore, storeOver } from './fake-store.ts';

const WALSALL = 'E08000030';

let server: TestWorkflowEnvironment;
let queue: Awaited<ReturnType<typeof taskQueueOn>>;
let endWorker: () => Promise<void>;
const stores = new Map<string, FakeStore>();

beforeAll(async () => {
  server = await realServer(inject('stack').temporalAddress);
  queue = await taskQueueOn(server);
  endWorker = await queue.work(storeOver(stores));
});

afterAll(async () => {
  await endWorker();
  await server.teardown();
});

/** A cohort under way whose first recompute is done. */
async function followed(evaluation: string, knobs: CohortKnobs = {}) {
  const store = new FakeStore();
  // The real server remembers the evaluations of every test.
  const of: CohortRef = { evaluation: `${evaluation}-${randomUUID().slice(0, 8)}`, wave: '2020-01-01' };
  const fake = store.addCohort(of, [WALSALL], [6]);
  stores.set(of.evaluation, store);
  const handle = await queue.client.workflow.start(cohort, {
    workflowId: cohortId(of),
    taskQueue: queue.taskQueue,
    args: [of, knobs],
  });
  const settled = async () => {
    await eventually(() => fake.computed === fake.changes);
    await eventually(async () => !(await currentRun(handle).query(cohortProgress)).behind);
    return currentRun(handle).query(cohortProgress);
  };
  const changeAndLook = async () => {
    store.change(of);
    await queue.signals.look(of);
  };
  await settled();
  await eventually(() => store.count('checkMaturity 6') > 0);
  return { ...queue, store, of, fake, handle, settled, changeAndLook };
}

const currentRun = (handle: WorkflowHandle<typeof cohort>) =>
  server.client.workflow.getHandle<typeof cohort>(handle.workflowId);

/** Sends looks in small bursts, so that they meet the workflow asleep, awake and in the middle of a recompute. */
async function storm(looks: number, pause: number, changeAndLook: () => Promise<void>): Promise<void> {
  for (let sent = 0; sent < looks; sent += 10) {
    await Promise.all(Array.from({ length: Math.min(10, looks - sent) }, changeAndLook));
    await new Promise((next) => setTimeout(next, pause));
  }
}

/** Events in the history of every run of a workflow, oldest first. */
async function historyLengths(handle: WorkflowHandle, firstRun: string): Promise<number[]> {
  const lengths: number[] = [];
  for (let run: string | null | undefined = firstRun; run; ) {
    const { events } = await server.client.workflow.getHandle(handle.workflowId, run).fetchHistory();
    lengths.push(events?.length ?? 0);
    run = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return lengths;
}

test('200 looks come to a handful of recomputes, the last of them after the last look', async () => {
  const { store, settled, changeAndLook } = await followed('coalesced');
  store.recomputeTakes = 300;
  const before = store.count('recomputeCohort');
  const started = performance.now();
  await storm(200, 20, changeAndLook);
  const progress = await settled();
  const most = Math.ceil((performance.now() - started) / 300) + 1;
  expect(progress).toMatchObject({ looks: 200, behind: false, runs: 1 });
  expect(store.count('recomputeCohort') - before).toBeGreaterThanOrEqual(2);
  expect(store.count('recomputeCohort') - before).toBeLessThanOrEqual(most);
  expect(progress.participantsRecomputed).toBe(201);
  // Its figures have been due for years, but it is followed only since today: nobody is reminded yet.
  expect(store.overdue).toEqual([]);
});

test('runs that end in the middle of a storm of looks lose none of them', async () => {
  const { handle, settled, changeAndLook } = await followed('handed-over', { historyLimit: 40 });
  await storm(300, 100, changeAndLook);
  const progress = await settled();
  // Every single look was counted by one run or another; `settled` has seen the outcomes of the last change.
  expect(progress).toMatchObject({ looks: 300 });
  const lengths = await historyLengths(handle, handle.firstExecutionRunId);
  expect(lengths).toHaveLength(progress.runs);
  expect(progress.runs).toBeGreaterThanOrEqual(4);
  expect(Math.max(...lengths)).toBeLessThan(140);
});

test('a run hands over even while a recompute is at work, when looks would overfill its history', async () => {
  const { store, handle, settled, changeAndLook } = await followed('overfull', { historyLimit: 30 });
  store.recomputeTakes = 1_000;
  for (let spaced = 0; spaced < 40; spaced += 1) {
    await changeAndLook();
    await new Promise((next) => setTimeout(next, 40));
  }
  const progress = await settled();
  expect(progress).toMatchObject({ looks: 40 });
  // More recomputes were begun than the workflow saw finish: some were handed over half done.
  expect(store.count('recomputeCohort')).toBeGreaterThan(progress.recomputes);
  expect(Math.max(...(await historyLengths(handle, handle.firstExecutionRunId)))).toBeLessThan(110);
});

test('a recompute that fails for a while is repeated until it succeeds', async () => {
  const { store, fake, settled, changeAndLook } = await followed('recovering');
  let failures = 0;
  store.before = (question) => {
    if (question === 'recomputeCohort' && ++failures <= 2) throw new Error('the database is away');
  };
  await changeAndLook();
  await eventually(() => failures === 1);
  expect(fake.computed).toBeLessThan(fake.changes);
  await settled();
  expect(failures).toBe(3);
});

test('changes made while no worker runs are recomputed by the next one', async () => {
  const { fake, settled, changeAndLook } = await followed('unattended');
  await endWorker();
  await storm(30, 0, changeAndLook);
  expect(fake.computed).toBeLessThan(fake.changes);
  endWorker = await queue.work(storeOver(stores));
  expect(await settled()).toMatchObject({ looks: 30, participantsRecomputed: 31 });
});

test('a deleted evaluation ends its cohort and milestones, with the reason and without retries', async () => {
  const { store, of, handle, signals, client } = await followed('deleted');
  const waiting = client.workflow.getHandle<typeof milestone>(milestoneId({ ...of, horizon: 6 }));
  const asked = store.count('recomputeCohort');
  store.cohorts.clear();
  await signals.look(of);
  await waiting.signal('look');
  const failed = (ended: Promise<unknown>) =>
    ended.then(
      () => null,
      (error) => error,
    );
  for (const failure of await Promise.all([failed(handle.result()), failed(waiting.result())])) {
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect(failure.cause).toBeInstanceOf(ActivityFailure);
    expect(failure.cause.cause).toBeInstanceOf(ApplicationFailure);
    expect(failure.cause.cause).toMatchObject({ type: 'EvaluationGone', nonRetryable: true });
  }
  expect(store.count('recomputeCohort')).toBe(asked + 1);
});

test('a milestone ends unfrozen when nobody is left in its wave, and starts again with the next participant', async () => {
  const { store, of, fake, settled, changeAndLook, client } = await followed('emptied');
  const id = milestoneId({ ...of, horizon: 6 });
  fake.councils = [];
  await client.workflow.getHandle(id).signal('look');
  expect(await client.workflow.getHandle<typeof milestone>(id).result()).toMatchObject({ stage: 'empty' });
  fake.councils = [WALSALL];
  store.completeThrough.set(WALSALL, '2024-12-31');
  await changeAndLook();
  await eventually(() => fake.frozen.has(6));
  await settled();
});

test('a milestone that someone terminated is started again when it could be frozen', async () => {
  const { store, of, fake, changeAndLook, client } = await followed('terminated');
  await client.workflow.getHandle(milestoneId({ ...of, horizon: 6 })).terminate();
  store.completeThrough.set(WALSALL, '2024-12-31');
  await changeAndLook();
  await eventually(() => fake.frozen.has(6));
});

test('a change that arrives between the check and the freezing puts the freezing off', async () => {
  const { store, of, fake, changeAndLook, signals } = await followed('put-off');
  store.before = (question) => {
    if (question === 'freezeMilestone 6' && store.count(question) === 1) store.change(of);
  };
  store.completeThrough.set(WALSALL, '2024-12-31');
  await changeAndLook();
  await eventually(() => store.count('freezeMilestone 6') === 1);
  expect(fake.frozen.has(6)).toBe(false);
  await signals.look(of);
  await eventually(() => fake.computed === fake.changes);
  await eventually(() => fake.frozen.has(6));
  expect(fake.frozen.get(6)).toMatchObject({ hash: `at ${fake.changes}` });
});
