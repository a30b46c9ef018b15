// A worker is killed (SIGKILL) with an activity of every kind under way; the next one finishes the work.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { workflowBundle } from '../../services/tracker/bundle.ts';
import type { CohortRef } from '../../services/tracker/store.ts';
import { cohort, milestoneProgress } from '../../workflows/index.ts';
import { cohortId, milestoneId } from '../../workflows/messages.ts';
import { eventually, home, realServer, taskQueueOn } from './environment.ts';
import { FakeStore, storeOver } from './fake-store.ts';
import type { Answer, Question } from './worker-process.ts';

const WARRINGTON = 'E06000007';
const { temporalAddress } = inject('stack');

let server: Awaited<ReturnType<typeof realServer>>;
beforeAll(async () => {
  server = await realServer(temporalAddress);
});
afterAll(() => server.teardown());

async function workerProcess(taskQueue: string, stores: Map<string, FakeStore>): Promise<ChildProcess> {
  const { codePath } = await workflowBundle(home);
  const child = fork(
    fileURLToPath(new URL('worker-process.ts', import.meta.url)),
    [temporalAddress, taskQueue, codePath],
    { execArgv: ['--import', 'tsx'], serialization: 'advanced' },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const store = storeOver(stores) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const ready = new Promise<void>((resolve) => {
    child.on('message', async (message: Question | 'ready') => {
      if (message === 'ready') return resolve();
      const value = await store[message.method]?.(...message.args, () => {});
      if (child.connected) child.send({ number: message.number, value } satisfies Answer);
    });
  });
  await Promise.race([ready, once(child, 'exit').then(() => Promise.reject(new Error('worker died')))]);
  return child;
}

test('work cut off by a kill, whatever it was, is done by the next worker', async () => {
  const { taskQueue, signals, client } = await taskQueueOn(server);
  const stores = new Map<string, FakeStore>();
  const run = randomUUID().slice(0, 8);
  const questions = [
    'recomputeCohort',
    'checkMaturity 6',
    'freezeMilestone 6',
    'draftResult 6',
    'noteOverdue 6',
  ];

  const cohorts = questions.map((hangsAt, at): CohortRef => {
    const of = { evaluation: `killed-${run}-${at}`, wave: '2020-01-01' };
    const store = new FakeStore();
    store.addCohort(of, [WARRINGTON], [6]);
    if (hangsAt !== 'noteOverdue 6') store.completeThrough.set(WARRINGTON, '2021-12-31');
    // The first time it is asked, the question never gets an answer.
    store.before = (question) => {
      if (question === hangsAt && store.count(question) === 1) return new Promise(() => {});
    };
    stores.set(of.evaluation, store);
    return of;
  });
  const storeOf = (of: CohortRef) => stores.get(of.evaluation)!;

  const doomed = await workerProcess(taskQueue, stores);
  const start = (of: CohortRef) =>
    client.workflow.start(cohort, {
      workflowId: cohortId(of),
      taskQueue,
      args: [of, { milestones: { graceDays: 0 } }],
    });
  await Promise.all(cohorts.map(start));
  await eventually(() => cohorts.every((of, at) => storeOf(of).count(questions[at]!) === 1));
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');
  // Changes go on meanwhile.
  for (const of of cohorts) storeOf(of).change(of);
  await Promise.all(cohorts.map((of) => signals.look(of)));

  await workerProcess(taskQueue, stores);
  await eventually(() => cohorts.every((of, at) => storeOf(of).count(questions[at]!) >= 2));
  const finished = cohorts.slice(0, 4);
  await eventually(() => finished.every((of) => storeOf(of).count('draftResult 6') > 0));
  for (const of of finished) {
    const fake = storeOf(of).cohort(of);
    expect([...fake.frozen.keys()]).toEqual([6]);
    await eventually(() => fake.computed === fake.changes);
  }
  const overdue = cohorts[4]!;
  const waiting = client.workflow.getHandle(milestoneId({ ...overdue, horizon: 6 }));
  await eventually(async () => (await waiting.query(milestoneProgress)).reminders === 1);
  expect(await waiting.query(milestoneProgress)).toMatchObject({
    stage: 'waiting',
    waitingFor: [WARRINGTON],
  });
});
