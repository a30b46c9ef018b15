// The tracker process: it waits for Temporal, outlasts its absence, and ends when told to.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket, connect as socketTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { expect, inject, onTestFinished, test } from 'vitest';
import { workflowBundle } from '../../services/tracker/bundle.ts';
import { createTrackerMetrics } from '../../services/tracker/metrics.ts';
import { sweepSchedule } from '../../services/tracker/namespace.ts';
import { cohortProgress, workflowCounts } from '../../services/tracker/progress.ts';
import { runTracker } from '../../services/tracker/worker.ts';
import { cohortId, milestoneId } from '../../workflows/messages.ts';
import { eventually, home, silentLog } from './environment.ts';
import { FakeStore } from './fake-store.ts';

const LUTON = 'E06000032';
const [temporalHost = '', temporalPort = ''] = inject('stack').temporalAddress.split(':');

/** A door to Temporal that can be shut: connections through it break, and new ones are refused. */
async function doorToTemporal() {
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const open = (at: number) =>
    new Promise<number>((opened) => {
      const opening = createServer((from) => {
        const to = socketTo(Number(temporalPort), temporalHost);
        hold(from);
        hold(to);
        from.pipe(to).pipe(from);
      });
      opening.listen(at, '127.0.0.1', () => opened((opening.address() as AddressInfo).port));
      server = opening;
    });
  const shut = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server?.close(closed));
  };
  const port = await open(0);
  await shut();
  onTestFinished(shut);
  return { address: `127.0.0.1:${port}`, open: () => open(port), shut };
}

/** A tracker over a store with one cohort, behind a door that is shut. */
async function tracker(namespace = 'default') {
  const door = await doorToTemporal();
  const evaluation = `tracked-${randomUUID().slice(0, 8)}`;
  const of = { evaluation, wave: '2020-01-01' };
  const store = new FakeStore();
  const fake = store.addCohort(of, [LUTON], [6]);
  const ending = new AbortController();
  const metrics = createTrackerMetrics();
  let client: Client | undefined;
  const running = runTracker({
    config: { home, temporalNamespace: namespace, taskQueue: evaluation },
    addresses: { temporalAddress: door.address },
    store,
    log: silentLog,
    metrics,
    signal: ending.signal,
    relay: { interval: 50 },
    onReady: (ready) => {
      client = ready;
    },
  });
  onTestFinished(() => ending.abort());
  return { door, evaluation, of, store, fake, metrics, ending, running, client: () => client };
}

test('a bundle is made once for each state of the sources', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'waymark-bundle-'));
  onTestFinished(() => rm(empty, { recursive: true }));
  const made = await workflowBundle(empty);
  expect(made.cached).toBe(false);
  await writeFile(join(empty, 'cache', 'workflow-bundle-0123456789abcdef.js'), 'of older sources');
  await rm(made.codePath);
  expect(await workflowBundle(empty)).toEqual(made);
  expect(await readdir(join(empty, 'cache'))).toEqual([made.codePath.split('/').at(-1)]);

  expect(await workflowBundle(empty)).toEqual({ ...made, cached: true });
});

test('it starts before Temporal does, outlasts its absence, tells how far the cohorts are, and ends', async () => {
  const { door, evaluation, of, store, fake, ending, running, client } = await tracker();
  store.change(of);
  await pause(600);
  expect(client()).toBeUndefined();

  await door.open();
  await eventually(() => store.outbox.size === 0 && fake.computed === fake.changes);
  await eventually(async () => (await cohortProgress(client()!, evaluation))[0]?.progress?.behind === false);
  expect(await cohortProgress(client()!, evaluation)).toMatchObject([
    {
      wave: '2020-01-01',
      status: 'running',
      progress: { milestones: [{ horizon: 6, ready: false, frozen: false }] },
    },
  ]);

  await door.shut();
  store.change(of);
  store.state(LUTON, '2020-07-31');
  await pause(1_500);
  expect(store.outbox.size).toBe(2);
  expect(fake.frozen.size).toBe(0);

  await door.open();
  await eventually(() => store.count('draftResult 6') === 1);
  expect(fake.frozen.get(6)).toMatchObject({ hash: `at ${fake.changes}` });
  await eventually(async () => (await workflowCounts(client()!, evaluation)).cohorts.completed === 1);
  await eventually(async () => (await workflowCounts(client()!, evaluation)).milestones.completed === 1);
  expect(await workflowCounts(client()!, evaluation)).toEqual({
    cohorts: { running: 0, completed: 1, failed: 0 },
    milestones: { running: 0, completed: 1, failed: 0 },
  });

  ending.abort();
  await running;
});

test('told to end while Temporal never came, it ends', async () => {
  const { ending, running } = await tracker();
  await pause(300);
  ending.abort();
  await running;
});

test('a namespace that does not exist is one clear sentence', async () => {
  const { door, running } = await tracker('no-such-place');
  await door.open();
  await expect(running).rejects.toMatchObject({
    code: 'temporal-namespace-missing',
    message: 'Temporal has no namespace "no-such-place": create it, or correct TEMPORAL_NAMESPACE.',
  });
});

test('workflows are found by evaluation, and the daily sweep starts again what somebody ended by hand', async () => {
  const { door, evaluation, of, store, fake, ending, running, client } = await tracker();
  store.change(of);
  await door.open();
  await eventually(() => client() !== undefined && fake.computed === fake.changes);
  const temporal = client()!;
  const found = async () => {
    const ids: string[] = [];
    const query = `WaymarkEvaluation = '${evaluation}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId } of temporal.workflow.list({ query })) ids.push(workflowId);
    return ids.sort();
  };
  const both = [cohortId(of), milestoneId({ ...of, horizon: 6 })];
  await eventually(async () => (await found()).length === 2);
  expect(await found()).toEqual(both);

  for (const id of both) await temporal.workflow.getHandle(id).terminate('by hand');
  await eventually(async () => (await found()).length === 0);
  const schedule = temporal.schedule.getHandle(sweepSchedule(evaluation));
  expect((await schedule.describe()).spec.timezone).toBe('Europe/London');
  await schedule.trigger();
  await eventually(async () => (await found()).length === 2);
  expect(await found()).toEqual(both);

  await schedule.delete();
  ending.abort();
  await running;
});
