// An evaluation begun anew: its workflows end with the reason, another evaluation's go on, and the next look catches up.
import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { endFollowUp } from '../../services/tracker/reset.ts';
import type { CohortRef } from '../../services/tracker/store.ts';
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

async function followed(evaluation: string) {
  const store = new FakeStore();
  const of: CohortRef = { evaluation, wave: '2020-01-01' };
  const fake = store.addCohort(of, [WALSALL], [6]);
  stores.set(evaluation, store);
  await queue.signals.look(of);
  await eventually(() => fake.computed === fake.changes && store.count('checkMaturity 6') > 0);
  return { of, fake, store };
}

const standing = async (workflowId: string): Promise<string> =>
  (await server.client.workflow.getHandle(workflowId).describe()).status.name;

test('ends what runs of one evaluation alone, with the reason, and the next look begins it anew', async () => {
  const one = randomUUID().slice(0, 8);
  const { of, fake, store } = await followed(`begun-${one}`);
  // an evaluation whose name begins alike
  const other = await followed(`begun-${one}-again`);
  const milestone = milestoneId({ ...of, horizon: 6 });
  const ids = [cohortId(of), milestone].sort();
  await eventually(async () => (await standing(milestone)) === 'RUNNING');

  // the list of running workflows may lag behind what runs
  const ended = new Set<string>();
  await eventually(async () => {
    for (const id of await endFollowUp(server.client, of.evaluation, 'stuck on a lost timer')) ended.add(id);
    return ended.size === 2;
  });
  expect([...ended].sort()).toEqual(ids);
  for (const id of ids) expect(await standing(id)).toBe('TERMINATED');
  expect(await standing(cohortId(other.of))).toBe('RUNNING');
  const { events } = await server.client.workflow.getHandle(cohortId(of)).fetchHistory();
  expect(events?.at(-1)?.workflowExecutionTerminatedEventAttributes?.reason).toBe('stuck on a lost timer');

  store.change(of);
  store.state(WALSALL, '2021-01-31');
  await queue.signals.look(of);
  await eventually(() => fake.frozen.get(6) !== undefined);
  expect(fake.computed).toBe(fake.changes);
});
