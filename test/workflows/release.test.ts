// A release on the real PostgreSQL and Temporal, from draft to what takes its place; workers come and go meanwhile.
import { createHash } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { ResultRecord } from '../../schemas/result.ts';
import { analyse } from '../../services/analysis/plan/analyse.ts';
import { createTrackerStore } from '../../services/evaluations/tracker-store.ts';
import { connect, type Database } from '../../services/platform/database.ts';
import { createReleaseActivities } from '../../services/releases/activities.ts';
import { publishRelease } from '../../services/releases/check.ts';
import { showLive } from '../../services/releases/memory.ts';
import { heldPanels, releaseNumbered } from '../../services/releases/standing.ts';
import * as steps from '../../services/releases/steps.ts';
import { workflowBundle } from '../../services/tracker/bundle.ts';
import { createTrackerMetrics } from '../../services/tracker/metrics.ts';
import { relay } from '../../services/tracker/relay.ts';
import { look, release } from '../../workflows/index.ts';
import { type TestDatabase, testDatabase, uniqueTaskQueue } from '../harness/database.ts';
import { keepAnalysis, storedEvaluation, unblindedEvaluation } from '../integration/releases/evaluation.ts';
import { invented, plannedProtocol, snapshotOf } from '../unit/analysis/plan-world.ts';
import { type Child, recordAt } from '../unit/disclosure/follow-up-suite.ts';
import { eventually, home, realServer, silentLog } from './environment.ts';

const taskQueue = uniqueTaskQueue();
let database: TestDatabase;
let [operator, tracker, owner]: Database[] = [];
let server: TestWorkflowEnvironment;
let endWorker: () => Promise<void>;
let evaluation = 0;

async function work(): Promise<() => Promise<void>> {
  const worker = await Worker.create({
    connection: server.nativeConnection,
    taskQueue,
    workflowBundle: await workflowBundle(home),
    activities: { ...createReleaseActivities(tracker as Database, silentLog) },
    shutdownForceTime: 5_000,
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
  };
}

beforeAll(async () => {
  database = await testDatabase();
  const as = (role?: 'waymark_operator' | 'waymark_tracker') =>
    connect(database.databaseUrl, 2, 'test', role);
  [operator, tracker, owner] = [as('waymark_operator'), as('waymark_tracker'), as()];
  evaluation = await storedEvaluation(operator, 'released');
  server = await realServer(inject('stack').temporalAddress);
  endWorker = await work();
});

afterAll(async () => {
  await endWorker();
  await server.teardown();
  for (const db of [operator, tracker, owner]) await db?.end();
  await database.drop();
});

const cohort = (size: number, events: number, enrolledIn = 0): Child[] =>
  (['trial', 'comparison'] as const).flatMap((arm) =>
    Array.from({ length: size }, (_, at) => ({
      ...{ arm, enrolledIn, atRisk: true },
      ...(at < events ? { what: 'event' as const, month: (at % 3) * 6 + 3 } : { what: null, month: 0 }),
    })),
  );

/** A draft of counts given here: nobody is enrolled in this store. */
async function stored(result: ResultRecord): Promise<number> {
  const db = operator as Database;
  return db.begin(async (tx) => {
    const [row] = await tx<{ id: number }[]>`
      insert into waymark.release (evaluation_id, audience, title, result)
      values (${evaluation}, 'researchers', 'A release', ${JSON.stringify(result)}::text::jsonb) returning release_id as id`;
    await steps.addStep(tx, { id: row?.id ?? 0, steps: [] }, { step: 'drafted', by: 'Ada' });
    return row?.id ?? 0;
  });
}

async function drafted(result: ResultRecord) {
  const id = await stored(result);
  await tell(id);
  return id;
}

const tell = (id: number) =>
  server.client.workflow.signalWithStart(release, {
    ...{ workflowId: `release:${taskQueue}:${id}`, taskQueue, args: [id] as [number], signal: look },
  });
const stateOf = async (id: number) => (await releaseNumbered(operator as Database, id)).state;
const reaches = (id: number, state: string) => eventually(async () => (await stateOf(id)) === state);

const first = recordAt(cohort(200, 90), 20);
const threeMore = recordAt([...cohort(200, 90), ...cohort(3, 0, 20)], 20.5);
let published = 0;

test('what the rules settle is published once somebody asks: frozen, with its hash and a permalink', async () => {
  published = await drafted(first);
  await reaches(published, 'settled');
  await steps.askToPublish(operator as Database, { id: published, by: 'Ada' });
  await endWorker();
  await tell(published);
  endWorker = await work();
  await reaches(published, 'published');

  const { published: out, check } = await releaseNumbered(operator as Database, published);
  expect(out?.hash).toBe(
    createHash('sha256')
      .update(out?.body ?? '')
      .digest('hex'),
  );
  expect(out?.permalink).toBe(`released-${out?.hash.slice(0, 16)}`);
  expect(JSON.parse(out?.body ?? '').result.participants).toEqual({ trial: 200, comparison: 200 });
  expect(check?.record).toMatchObject({ status: 'pass', files: [{ checksum: out?.hash }] });
  // Asked again, as after a lost answer, nothing is published twice.
  await publishRelease(tracker as Database, published);
  expect(
    await (owner as Database)`select from waymark.released_panel where release_id = ${published}`,
  ).toHaveLength(1);
  await expect((owner as Database)`update waymark.release_step set note = 'x'`).rejects.toThrow(
    'only ever added',
  );
});

test('3 children more wait for a second person, who is never the first', async () => {
  const db = operator as Database;
  const id = await drafted(threeMore);
  await reaches(id, 'waiting');
  const { check } = await releaseNumbered(db, id);
  expect(check?.findings[0]).toMatchObject({ outcome: 're-referral', reason: 'few', what: 'enrolled' });
  expect(check?.record.status).toBe('review');
  await expect(steps.askToPublish(db, { id, by: 'Ada' })).rejects.toMatchObject({ code: 'wrong-state' });
  const decision = { id, note: 'Three infants of one family centre; their number is public.' };
  for (const by of ['Ada', 'ada'])
    await expect(steps.approveRelease(db, { ...decision, by })).rejects.toMatchObject({
      code: 'same-person',
    });
  await steps.approveRelease(db, { ...decision, by: 'Ben' });
  await steps.askToPublish(db, { id, by: 'Ada' });
  await tell(id);
  await reaches(id, 'published');

  const live = await showLive(
    owner as Database,
    { id: evaluation, threshold: 6, primaryHorizon: 12 },
    'researchers',
    threeMore,
  );
  expect(live.participants).toEqual({ trial: 203, comparison: 203 });
  expect(await heldPanels(db)).toEqual([]);

  await steps.supersedeRelease(db, { id: published, with: id, by: 'Ben', note: 'Newer numbers.' });
  await tell(published);
  expect(await server.client.workflow.getHandle(`release:${taskQueue}:${published}`).result()).toBe(
    'superseded',
  );
  expect((await releaseNumbered(db, published)).published?.body).toContain('"trial":200');
});

test('a release that was settled is judged again when its audience has seen more meanwhile', async () => {
  const db = operator as Database;
  const id = await drafted(recordAt([...cohort(200, 90), ...cohort(40, 0, 20)], 20.6));
  await reaches(id, 'settled');
  const nearby = recordAt([...cohort(200, 90), ...cohort(42, 0, 20)], 20.7);
  await showLive(
    owner as Database,
    { id: evaluation, threshold: 6, primaryHorizon: 12 },
    'researchers',
    nearby,
  );
  await steps.askToPublish(db, { id, by: 'Ada' });
  await tell(id);
  await reaches(id, 'waiting');
  await steps.refuseRelease(db, { id, by: 'Ben', note: 'Readers have newer numbers already.' });
  await tell(id);
  expect(await server.client.workflow.getHandle(`release:${taskQueue}:${id}`).result()).toBe('refused');
});

test('a step that is taken without a signal is told by the relay', async () => {
  const db = operator as Database;
  const store = createTrackerStore(tracker as Database, async () => null, silentLog);
  const nothing = async (): Promise<void> => {};
  const signals = { look: nothing, heard: nothing, release: async (id: number) => void (await tell(id)) };
  const ending = new AbortController();
  const relaying = relay(store, signals, silentLog, createTrackerMetrics(), ending.signal, { interval: 20 });
  const id = await stored(recordAt([...cohort(200, 90), ...cohort(90, 0, 20)], 21));
  await reaches(id, 'settled');
  await steps.askToPublish(db, { id, by: 'Ada' });
  await reaches(id, 'published');
  const untold = () => (owner as Database)`select from waymark.release_look where release_id = ${id}`;
  await eventually(async () => (await untold()).length === 0);
  ending.abort();
  await relaying;
});

test('the effects of an analysis go the same way: checked, left to a second person beside what was seen, published', async () => {
  const db = operator as Database;
  const protocol = plannedProtocol({ id: 'analysed' });
  const of = await unblindedEvaluation(owner as Database, protocol);
  const children = invented();
  const drafted = async (among: typeof children, cut: string) => {
    const record = analyse(protocol, snapshotOf(among), [], 'test');
    const analysis = await keepAnalysis(owner as Database, of, protocol, record, cut);
    const id = await steps.draftRelease(db, {
      ...{ evaluation: 'analysed', analysis, title: 'Effects', audience: 'public', by: 'Ada' },
    });
    await tell(id);
    return id;
  };
  const first = await drafted(children, '2026-06-01T00:00:00Z');
  await reaches(first, 'settled');
  await steps.askToPublish(db, { id: first, by: 'Ada' });
  await tell(first);
  await reaches(first, 'published');
  const body = (await releaseNumbered(db, first)).published?.body ?? '';
  expect(JSON.parse(body)).toMatchObject({ kind: 'analysis', effects: { evaluation: 'analysed' } });

  const second = await drafted(children.slice(2), '2026-06-02T00:00:00Z');
  await reaches(second, 'waiting');
  await steps.refuseRelease(db, { id: second, by: 'Ben', note: 'Two children could be told.' });
  await tell(second);
  expect(await server.client.workflow.getHandle(`release:${taskQueue}:${second}`).result()).toBe('refused');
});
