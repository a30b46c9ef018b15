// A child's withdrawal on the real PostgreSQL and Temporal: every table is searched before and after, and what is sent again
// stays out.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createErasureActivities } from '../../services/erasure/activities.ts';
import type { Certificate } from '../../services/erasure/carry-out.ts';
import { type ErasureEntry, erasures, orderErasure } from '../../services/erasure/order.ts';
import {
  confirmRetention,
  orderDue,
  retentions,
  setRetention,
  wouldGo,
} from '../../services/erasure/retention.ts';
import { Councils, settle } from '../../services/ingest/settle.ts';
import { connect, type Database, type DatabaseRole } from '../../services/platform/database.ts';
import { sealedPayloads } from '../../services/platform/payload-codec.ts';
import { workflowBundle } from '../../services/tracker/bundle.ts';
import type { MilestoneRef } from '../../services/tracker/store.ts';
import { duties, erasure } from '../../workflows/index.ts';
import { type TestDatabase, testDatabase, uniqueTaskQueue } from '../harness/database.ts';
import { COUNCIL, storedEvaluation } from '../integration/releases/evaluation.ts';
import { eventually, home, realServer, silentLog } from './environment.ts';

const taskQueue = uniqueTaskQueue();
const pools = new Map<string, Database>();
const dataConverter = {
  payloadCodecs: [
    sealedPayloads({ file: 'keys', inUse: 'test', keys: new Map([['test', randomBytes(32)]]) }),
  ],
};
let database: TestDatabase;
let server: TestWorkflowEnvironment;
let endWorker: () => Promise<void>;
const redrawn: MilestoneRef[] = [];
const looked: unknown[] = [];

const as = (role: DatabaseRole | 'owner'): Database => {
  const known =
    pools.get(role) ?? connect(database.databaseUrl, 2, `test-${role}`, role === 'owner' ? undefined : role);
  pools.set(role, known);
  return known;
};

beforeAll(async () => {
  database = await testDatabase();
  server = await realServer(inject('stack').temporalAddress, { dataConverter });
  const activities = createErasureActivities({
    db: as('waymark_erasure'),
    store: { draftResult: async (milestone) => void redrawn.push({ ...milestone }) },
    due: () => orderDue(as('waymark_tracker')),
    look: async (cohort) => void looked.push({ ...cohort }),
    retentions: async () => [{ topic: 'case-events.v1', retention: 7 * 86_400_000 }],
    log: silentLog,
  });
  const worker = await Worker.create({
    ...{ connection: server.nativeConnection, taskQueue, workflowBundle: await workflowBundle(home) },
    activities: { ...activities },
    dataConverter,
  });
  const running = worker.run();
  endWorker = async () => {
    worker.shutdown();
    await running;
  };
});

afterAll(async () => {
  await endWorker();
  await server.teardown();
  for (const db of pools.values()) await db.end();
  await database.drop();
});

const newChild = (): string => `c${randomUUID().replaceAll('-', '')}`;

let offset = 0;
/** One referral of each child, taken as ingest takes it from Kafka. */
async function taken(
  children: readonly string[],
  records = children.map(() => randomUUID()),
  council = COUNCIL,
) {
  const db = as('waymark_ingest');
  const messages = children.map((child, at) => ({
    offset: String(offset++),
    value: Buffer.from(
      JSON.stringify({
        ...{
          specversion: '1.0',
          id: records[at],
          source: `/councils/${council}`,
          type: 'waymark.case.referral.v1',
        },
        ...{ subject: child, time: '2024-02-01T09:00:00Z' },
        data: {
          recordId: `r${(records[at] ?? '').replaceAll('-', '')}`,
          state: { date: '2024-01-05', source: '1A', noFurtherAction: false },
        },
      }),
    ),
  }));
  const settled = await settle(
    { db, councils: new Councils(db), cache: new Map() },
    'case-events.v1',
    0,
    messages,
  );
  expect(settled.quarantined.map(({ refusal }) => refusal)).toEqual([]);
  return { account: settled.account, records };
}

/** Makes the children participants with outcomes, frozen at 6 months, and lists one of them in every list there is. */
async function followed(slug: string, children: readonly string[], council = COUNCIL): Promise<void> {
  const owner = as('owner');
  const id = await storedEvaluation(as('waymark_operator'), slug, council);
  const [of] = await owner<
    { id: number }[]
  >`select council_id as id from waymark.council where code = ${council}`;
  const by = of?.id ?? 0;
  await owner`insert into waymark.milestone (evaluation_id, wave, horizon, participants, outcome_hash, draft)
    values (${id}, '2024-01-01', 6, ${children.length}, 'hash-of-then', '{}')`;
  for (const child of children) {
    const pseudonym = child.slice(1);
    await owner`insert into waymark.allocation (evaluation_id, council_id, unit, arm) values (${id}, ${by}, ${pseudonym}, 1)`;
    await owner`insert into waymark.opt_out (evaluation_id, council_id, unit) values (${id}, ${by}, ${pseudonym})`;
    const columns = await owner<{ name: string }[]>`
      select attname as name from pg_attribute where attrelid = 'waymark.participant'::regclass and attname = 'index_child'`;
    const [row] = await owner.unsafe<{ key: number }[]>(
      `insert into waymark.participant (evaluation_id, child_key, council_id, wave, index_day, index_record, arm, cluster
         ${columns.length > 0 ? ', index_child' : ''})
       select $1, child_key, council_id, '2024-01-01', '2024-01-05', gen_random_uuid(), 1, pseudonym ${columns.length > 0 ? ', child_key' : ''}
       from waymark.child where pseudonym = $2::uuid returning participant_key as key`,
      [id, pseudonym],
    );
    await owner`insert into waymark.outcome (participant_key, outcome, horizon, horizon_day, state)
      values (${row?.key ?? 0}, 0, 6, '2024-07-05', 2)`;
    await owner`insert into waymark.frozen_outcome (evaluation_id, wave, horizon, participant_key, arm, outcome, state)
      values (${id}, '2024-01-01', 6, ${row?.key ?? 0}, 1, 0, 2)`;
    await owner`insert into waymark.screening (evaluation_id, child_key, index_day)
      select ${id}, child_key, '2024-01-05' from waymark.child where pseudonym = ${pseudonym}`;
    await owner`insert into waymark.cohort_change (evaluation_id, wave, child_key)
      select ${id}, '2024-01-01', child_key from waymark.child where pseudonym = ${pseudonym}`;
  }
}

/** Every table whose rows, as text, hold any of these in either spelling: written apart from how erasure searches. */
async function tablesNaming(child: string): Promise<string[]> {
  const owner = as('owner');
  const hex = child.slice(1);
  const dashed = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const tables = await owner<{ name: string }[]>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await owner.unsafe<{ row: string }[]>(`select row_to_json(t)::text as row from ${name} t`);
    if (rows.some(({ row }) => row.includes(hex) || row.includes(dashed)))
      found.push(name.split('.')[1] ?? '');
  }
  const statistics = await owner<{ table: string; row: string }[]>`
    select s.tablename as table, row_to_json(s)::text as row from pg_stats s where schemaname = 'waymark'`;
  for (const { table, row } of statistics) if (row.includes(dashed)) found.push(`statistics of ${table}`);
  return found.sort();
}

const rowsOf = async (child: string): Promise<number> => {
  const [row] = await as('owner')<{ rows: number }[]>`
    select count(*)::integer as rows from waymark.case_event e join waymark.child c using (child_key)
    where c.pseudonym = ${child.slice(1)}::uuid`;
  return row?.rows ?? 0;
};

/** Everything that Temporal keeps of an erasure, as its bytes. */
const historyOf = async (id: number): Promise<string> => {
  const { history } = await server.client.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: { workflowId: `erasure:${taskQueue}:${id}` },
  });
  return Buffer.from(temporal.api.history.v1.History.encode(history ?? {}).finish()).toString('latin1');
};

const carriedOut = async (id: number): Promise<{ certificate: Certificate; hash: string; text: string }> => {
  const hash = await server.client.workflow.execute(erasure, {
    ...{ workflowId: `erasure:${taskQueue}:${id}`, taskQueue, args: [id] as [number] },
  });
  const entry = (await erasures(as('waymark_operator'))).find((one) => one.id === id);
  const text = entry?.certificate?.text ?? '';
  return { certificate: JSON.parse(text), hash, text };
};

test('a child goes from every table, stays out when sent again, and nobody else loses a row', async () => {
  const [gone, stays] = [newChild(), newChild()];
  await storedEvaluation(as('waymark_operator'), 'before');
  const { records } = await taken([gone, stays]);
  await followed('erased', [gone, stays]);
  await as('owner')`analyze`;
  const named = ['allocation', 'child', 'opt_out', 'participant'];
  expect(await tablesNaming(gone)).toEqual([...named, ...named.map((table) => `statistics of ${table}`)]);

  const order = { child: gone, reason: 'The family withdrew.', by: 'Ada' };
  const id = await orderErasure(as('waymark_operator'), order);
  const { certificate, hash, text } = await carriedOut(id);
  expect(await tablesNaming(gone)).toEqual(['tombstone']);
  expect(createHash('sha256').update(text).digest('hex')).toBe(hash);
  expect(text).not.toContain(gone.slice(1));
  const kept = await historyOf(id);
  expect(kept).toContain('binary/encrypted');
  for (const secret of [gone.slice(1), hash, 'json/plain']) expect(kept).not.toContain(secret);
  expect(certificate.remains).toEqual({ tombstone: 1 });
  expect(certificate.removed).toMatchObject({
    ...{ allocation: 1, case_event: 1, child: 1, frozen_outcome: 1, occurrence: 1, opt_out: 1, outcome: 1 },
    ...{ participant: 1, screening: 1, cohort_change: 1, outbox: 2 },
  });
  expect(certificate.milestones).toEqual([
    { evaluation: 'erased', wave: '2024-01-01', horizon: 6, hash: 'hash-of-then' },
  ]);
  expect(redrawn).toEqual([{ evaluation: 'erased', wave: '2024-01-01', horizon: 6 }]);
  expect(looked).toEqual([{ evaluation: 'erased', wave: '2024-01-01' }]);

  const again = await taken([gone, stays], records);
  expect(again.account).toMatchObject({ received: 2, stored: 0, duplicates: 2 });
  expect((await taken([gone])).account).toMatchObject({ received: 1, stored: 0, duplicates: 1 });
  expect(await tablesNaming(gone)).toEqual(['tombstone']);
  expect(await rowsOf(stays)).toBe(1);
  expect((await tablesNaming(stays)).filter((table) => !table.startsWith('statistics'))).toEqual(named);
});

/** A line that was refused under a delivery's name: a sender may call one what it likes. */
const refusedUnder = (delivery: string) => as('owner')`
  insert into waymark.refused_line (council_id, delivery, line_sha256, line, code, field, reason)
  values (1, ${delivery}, '\\x01', 1, 'bad-json', '', 'is not JSON')`;

test('a child of two pseudonyms goes with both, whichever is named', async () => {
  const [one, other] = [newChild(), newChild()];
  await taken([one, other]);
  await as('owner')`
    insert into waymark.person_member (child_key, person_key)
    select child_key, min(child_key) over () from waymark.child
    where pseudonym = any(${[one, other].map((child) => child.slice(1))}::uuid[])`;
  await refusedUnder(`of ${other}`);
  const order = { child: other, reason: 'The family withdrew.', by: 'Ada' };
  const { certificate } = await carriedOut(await orderErasure(as('waymark_operator'), order));
  expect(certificate.removed).toMatchObject({ child: 2, case_event: 2, occurrence: 2, refused_line: 1 });
  expect(certificate.remains).toEqual({ tombstone: 2 });
  for (const child of [one, other]) expect(await tablesNaming(child)).toEqual(['tombstone']);
});

test('a council that withdraws goes with all its children, and its keys open nothing', async () => {
  const children = [newChild(), newChild(), newChild()];
  await taken(children);
  await as(
    'owner',
  )`insert into waymark.api_key (key_hash, label, role, council_id) values ('\\x01', 'k', 'council', 1)`;
  await as(
    'owner',
  )`insert into waymark.quarantine (topic, partition, "offset", council, code, field, reason, payload_sha256)
    values ('t', 0, 1, ${COUNCIL}, 'bad-json', '', 'is not JSON', '\\x01')`;
  const order = { council: COUNCIL, reason: 'The council withdrew.', by: 'Ada' };
  const { certificate } = await carriedOut(await orderErasure(as('waymark_operator'), order));
  expect(certificate.removed).toMatchObject({ child: 4, quarantine: 1 });
  expect(certificate.remains).toEqual({});
  for (const child of children) expect(await tablesNaming(child)).toEqual([]);
  expect((await taken([newChild()])).account).toMatchObject({ stored: 0, duplicates: 1 });
  const standing = await as(
    'owner',
  )`select from waymark.api_key where revoked_at is null or revoked_at > now()`;
  expect(standing).toHaveLength(0);
});

/** The erasures that stand uncertified, carried out as every morning. */
async function morning(): Promise<ErasureEntry> {
  await server.client.workflow.execute(duties, {
    ...{ workflowId: `duties:${taskQueue}:${randomUUID()}`, taskQueue },
  });
  const newest = async () => (await erasures(as('waymark_operator')))[0];
  await eventually(async () => ((await newest())?.certificate ?? null) !== null);
  return (await newest()) as ErasureEntry;
}

test('an evaluation is destroyed on its day, once two people said so and it is closed; what others follow stays', async () => {
  const operator = as('waymark_operator');
  const other = 'E09000002';
  const [first, second] = [newChild(), newChild()];
  await storedEvaluation(operator, 'ended', other);
  await taken([first, second], undefined, other);
  await followed('ended', [first], other);
  await followed('goes-on', [second], other);
  const rowsIn = async (slug: string) =>
    Object.values((await wouldGo(operator, slug)).rows).reduce((sum, rows) => sum + rows, 0);
  const [before, others] = [await wouldGo(operator, 'ended'), await rowsIn('goes-on')];
  expect(before).toMatchObject({ rows: { participant: 1, frozen_outcome: 1 }, children: 0, councils: [] });

  const set = { evaluation: 'ended', destroyOn: '2025-01-31', reason: 'The sharing agreement ended.' };
  const missing = async () => (await retentions(operator)).find((one) => one.evaluation === 'ended')?.missing;
  await setRetention(operator, { ...set, destroyOn: '2999-01-31', by: 'Ada' });
  expect(await missing()).toBeNull();
  await confirmRetention(operator, { evaluation: 'ended', by: 'Ben' });
  await setRetention(operator, { ...set, by: 'Ada' });
  expect(await missing()).toBe('confirmation');
  await expect(confirmRetention(operator, { evaluation: 'ended', by: 'ada' })).rejects.toMatchObject({
    code: 'same-person',
  });
  await confirmRetention(operator, { evaluation: 'ended', by: 'Ben' });
  expect(await missing()).toBe('closing');
  expect(await orderDue(as('waymark_tracker'))).toEqual([]);

  await as('owner')`update waymark.evaluation set stage = 'closed' where slug in ('ended', 'goes-on')`;
  const { scope, of, by, certificate } = await morning();
  expect({ scope, of, by }).toEqual({ scope: 'evaluation', of: 'ended', by: 'Ben' });
  expect(JSON.parse(certificate?.text ?? '')).toMatchObject({
    ...{ scope: 'evaluation', council: null, evaluation: 'ended', remains: {} },
    removed: { participant: 1, outcome: 1, frozen_outcome: 1, allocation: 1, opt_out: 1, screening: 1 },
  });
  expect(await rowsIn('ended')).toBe(0);
  expect(await rowsIn('goes-on')).toBe(others);
  expect((await tablesNaming(first)).filter((table) => !table.startsWith('statistics'))).toEqual(['child']);
  await expect(setRetention(operator, { ...set, by: 'Ada' })).rejects.toMatchObject({ code: 'destroyed' });

  // With the last evaluation that follows them, the records of its council's children go too.
  await as('owner')`insert into waymark.api_key (key_hash, label, role, council_id)
    select '\\x02', 'k', 'council', council_id from waymark.council where code = ${other}`;
  await setRetention(operator, { ...set, evaluation: 'goes-on', by: 'Ada' });
  await confirmRetention(operator, { evaluation: 'goes-on', by: 'Ben' });
  expect(await wouldGo(operator, 'goes-on')).toMatchObject({ children: 2, councils: [other] });
  expect(JSON.parse((await morning()).certificate?.text ?? '')).toMatchObject({
    removed: { child: 2, case_event: 2 },
    remains: {},
  });
  for (const child of [first, second]) expect(await tablesNaming(child)).toEqual([]);
  expect(
    await as('owner')`select from waymark.api_key where key_hash = '\\x02' and revoked_at <= now()`,
  ).toHaveLength(1);
});

test('whoever orders does not carry out, and the role that carries out can do nothing else', async () => {
  const refused = [
    as('waymark_operator')`select waymark.erase_some(1, 1)`,
    as('waymark_tracker')`select waymark.erase_some(1, 1)`,
    as('waymark_erasure')`select waymark.order_erasure(1::smallint, null, 'because', 'me')`,
    as('waymark_erasure')`delete from waymark.case_event`,
    as('waymark_erasure')`select from waymark.case_event`,
    as('waymark_erasure')`select from waymark.child`,
    as('waymark_ingest')`delete from waymark.tombstone`,
  ];
  for (const attempt of refused) await expect(attempt).rejects.toThrow('permission denied');
  await expect(as('owner')`delete from waymark.tombstone`).rejects.toThrow('only ever added');
});

test('an order that cannot be meant is refused with its reason', async () => {
  const db = as('waymark_operator');
  const said = { reason: 'The family withdrew.', by: 'Ada' };
  const orders = [
    [{ ...said, child: 'c123' }, 'bad-child'],
    [{ ...said, child: newChild() }, 'unknown-child'],
    [{ ...said, council: 'E09000001' }, 'unknown-council'],
    [{ ...said }, 'nothing-named'],
    [{ ...said, council: COUNCIL, reason: 'x' }, 'bad-reason'],
  ] as const;
  for (const [order, code] of orders) await expect(orderErasure(db, order)).rejects.toMatchObject({ code });
});
