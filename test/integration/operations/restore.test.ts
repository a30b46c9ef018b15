// What was backed up is what is restored, whatever the rows hold; and Kafka read again brings the store to where it was.

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { recordKinds } from '../../../schemas/records.ts';
import { backup } from '../../../services/command/backup/backup.ts';
import { backupsBelow, destroyExpired } from '../../../services/command/backup/expired.ts';
import type { Manifest } from '../../../services/command/backup/manifest.ts';
import { restore } from '../../../services/command/backup/restore.ts';
import { feedStatement, purgeEvent, recordEvent } from '../../../services/council/case-event.ts';
import { pseudonymiser } from '../../../services/council/pseudonym.ts';
import { ErasureList, eraseAgain, listErasures } from '../../../services/erasure/list.ts';
import { orderErasure } from '../../../services/erasure/order.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { freeze } from '../../../services/evaluations/freeze.ts';
import { newKeyPair } from '../../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../../services/evaluations/lifecycle/signers.ts';
import { advance, signEvaluation, unblind } from '../../../services/evaluations/lifecycle/steps.ts';
import { checkRebuild } from '../../../services/evaluations/rebuild/check.ts';
import { wake } from '../../../services/evaluations/wake.ts';
import { comparePlaces, rewind } from '../../../services/ingest/places.ts';
import { runIngest } from '../../../services/ingest/run.ts';
import { createKey } from '../../../services/platform/access.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { keptAtMost, lagOf } from '../../../services/platform/kafka.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { applyMigrations, migrationNames } from '../../../services/platform/migrate.ts';
import { silent } from '../../../services/platform/progress.ts';
import { emptyDatabase } from '../../harness/database.ts';
import { protocolNamed } from '../../harness/protocols.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';
import { running } from '../pipeline/running.ts';

const council = 'E09000023';
const names = pseudonymiser(new Uint8Array(32).fill(9));
const slug = 'kept';
/** Everything that a line of text could trip over. */
const AWKWARD = 'Tab\there, line\nthere, back\\slash, \\N, \\., "quotes", ‘é’ 日本 🙂, trailing ';

const event = (child: number, day: string, changes: object = {}) =>
  recordEvent(
    {
      council,
      child: names.child(String(child)),
      recordId: names.record(String(child), 'referral', day),
      recordedAt: `${day}T10:00:00Z`,
    },
    'referral',
    { date: day, source: '1A', ...changes },
  );

/** A digest of every table by PostgreSQL's own hands, to compare two databases by. */
async function digests(db: Database): Promise<Record<string, string>> {
  const tables = await db<{ name: string }[]>`
    select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and (n.nspname = 'waymark' or c.relname = 'waymark_migration')`;
  const found: [string, string][] = [];
  for (const { name } of tables) {
    const [row] = await db.unsafe<{ digest: string }[]>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '') as digest from ${name} t`,
    );
    found.push([name, row?.digest ?? '']);
  }
  return Object.fromEntries(found);
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'waymark-backup-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return join(made, 'backup');
}

async function target(): Promise<{ url: string; db: Database }> {
  const database = await emptyDatabase();
  const db = connect(database.databaseUrl, 1, 'restore-test');
  onTestFinished(async () => {
    await db.end();
    await database.drop();
  });
  return { url: database.databaseUrl, db };
}

let source: SqlEngine;
let db: Database;
let url: string;

beforeAll(async () => {
  source = await sqlEngine();
  db = source.db;
  url = source.databaseUrl;
  await source.register([council]);
  await db`update waymark.council set name = ${AWKWARD}`;
  await source.create(protocolNamed(slug, [council], { title: AWKWARD.trim() }));
  const taken = () => ({ slug, by: 'anna', at: new Date('2026-01-01T00:00:00Z') });
  await advance(db, taken(), 'registered');
  for (const id of ['anna-a', 'ben-b']) {
    const { privatePem, publicKey } = newKeyPair();
    await registerSigner(db, { id, name: `${id} ${AWKWARD}`, publicKey, simulated: false });
    await signEvaluation(db, { slug, signer: id, privatePem, at: new Date() });
  }
  await advance(db, taken(), 'locked');
  await advance(db, taken(), 'recruiting');
  const purged = event(3, '2024-01-07');
  await source.settle([
    ...Array.from({ length: 30 }, (_, child) => event(child, '2024-01-05')),
    event(1, '2024-03-01'),
    purged,
    purgeEvent(
      {
        council,
        child: names.child('3'),
        recordId: purged.data.recordId,
        recordedAt: '2024-02-01T00:00:00Z',
      },
      'referral',
    ),
    { not: 'understood' } as never,
    feedStatement(council, '2024-12-01T00:00:00Z', {
      kinds: recordKinds,
      completeThrough: '2024-11-30',
    }),
  ]);
  await source.follow();
  const evaluation = await evaluationNamed(db, slug);
  if (!evaluation) throw new Error('not created');
  await freeze(db, evaluation, '2024-01-01', 6);
  await unblind(db, taken(), 'every wave is frozen at every horizon');
  await createKey(db, { label: AWKWARD, role: 'researcher', council: null });
  await db`insert into waymark.alert (kind, subject, message) values ('feed-silent', ${council}, ${AWKWARD})`;
  await db`insert into waymark.allocation_trial (evaluation_id, design, sealed, commitment, opened_at)
    values (${evaluation.id}, '{}', ${randomBytes(300)}, 'c', 'infinity')`;
});
afterAll(() => source.close());

describe('a restored database', () => {
  it('is equal, table by table, and goes on from where it was', async () => {
    const to = await folder();
    const manifest = await backup(url, to, silent);
    expect(manifest.tables.filter(({ rows }) => rows > 0).length).toBeGreaterThan(15);
    const kept = Object.fromEntries(manifest.tables.map(({ name, rows }) => [name, rows]));
    expect(kept).toMatchObject({
      'waymark.case_event': 33,
      'waymark.quarantine': 1,
      'waymark.milestone': 1,
      'waymark.frozen_outcome': 30,
      'waymark.outcome': 30,
      'waymark.lifecycle_entry': 7,
    });
    // Nobody but its owner may read it.
    for (const name of await readdir(to)) expect((await stat(join(to, name))).mode & 0o077).toBe(0);

    const { url: there, db: restored } = await target();
    const report = await restore(there, to, silent);
    expect(report).toMatchObject({ tables: manifest.tables.length, migrated: [] });
    expect(await digests(restored)).toEqual(await digests(db));
    expect(await checkRebuild(restored)).toMatchObject({ same: true, differences: [] });

    // Numbers go on, and what was guarded is guarded again.
    const [child] = await restored<{ key: number }[]>`
      insert into waymark.child (council_id, pseudonym) values (1, gen_random_uuid()) returning child_key as key`;
    const [most] = await db<{ key: number }[]>`select max(child_key) as key from waymark.child`;
    expect(child?.key).toBe((most?.key ?? 0) + 1);
    await expect(restored`delete from waymark.lifecycle_entry`).rejects.toThrow('only ever added to');
    await expect(restored`update waymark.case_event set child_key = -1 where false`).resolves.toBeDefined();

    const again = await folder();
    await rm(again, { recursive: true, force: true });
    const second = await target();
    await restore(second.url, to, silent);
    const { tables } = await backup(second.url, again, silent);
    expect(tables).toEqual(manifest.tables);

    // What is erased after a backup was taken does not come back with it.
    const order = { child: names.child('7'), reason: 'The family withdrew.', by: 'Ada' };
    expect(await orderErasure(second.db, order)).toBe(1);
    const list = await listErasures(second.db);
    const third = await target();
    expect(
      await restore(third.url, to, silent, ErasureList.parse(JSON.parse(JSON.stringify(list)))),
    ).toMatchObject({
      erased: { orders: 1, children: 1 },
    });
    expect((await listErasures(third.db)).erasures).toEqual(list.erasures);
    expect(await third.db`select store from waymark.erasure_remains(1)`).toEqual([{ store: 'tombstone' }]);
    const [left] = await third.db<
      { children: number }[]
    >`select count(*)::integer as children from waymark.child`;
    expect(left?.children).toBe((kept['waymark.child'] ?? 0) - 1);
    expect(await orderErasure(third.db, { ...order, child: names.child('8') })).toBe(2);
    const another = {
      ...list,
      erasures: list.erasures.map((one) => ({ ...one, scope: 'council' as const })),
    };
    await expect(third.db.begin((tx) => eraseAgain(tx, another))).rejects.toMatchObject({
      code: 'erasure-list-of-another',
    });
  });

  it('is brought to this release when the backup is older', async () => {
    const old = await target();
    const all = await migrationNames();
    await old.db.begin((tx) => applyMigrations(tx, all.slice(0, -1), silent));
    await old.db`insert into waymark.council (code, name, data_source) values (${council}, 'Old', 'simulated')`;
    const to = await folder();
    await backup(old.url, to, silent);
    const { url: there, db: restored } = await target();
    expect(await restore(there, to, silent)).toMatchObject({ migrated: all.slice(-1) });
    expect(await restored`select name from waymark.council`).toEqual([{ name: 'Old' }]);
  });
});

describe('nothing is restored', () => {
  const refused = async (
    change: (to: string, manifest: Manifest) => Promise<void>,
  ): Promise<{ code: string; left: string | null }> => {
    const to = await folder();
    const manifest = await backup(url, to, silent);
    await change(to, manifest);
    await writeFile(join(to, 'manifest.json'), JSON.stringify(manifest));
    const { url: there, db: empty } = await target();
    const error = await restore(there, to, silent).catch((failure: unknown) => failure as { code: string });
    const [left] = await empty<
      { schema: string | null }[]
    >`select to_regnamespace('waymark')::text as schema`;
    return { code: (error as { code: string }).code, left: left?.schema ?? null };
  };

  it('of a file in which a byte has changed', async () => {
    const change = async (to: string) => {
      const path = join(to, 'waymark.child.copy.gz');
      const bytes = await readFile(path);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await writeFile(path, bytes);
    };
    expect(await refused(change)).toEqual({ code: 'backup-damaged', left: null });
  });

  it('of a file that was rewritten with its checksum, but not with what its rows come to', async () => {
    const change = async (to: string, manifest: Manifest) => {
      const table = manifest.tables.find(({ name }) => name === 'waymark.outcome');
      if (!table) throw new Error('no outcomes');
      const path = join(to, table.file);
      const bytes = gzipSync(
        gunzipSync(await readFile(path))
          .toString('utf8')
          .replace('2024-07-05', '2024-07-06'),
      );
      await writeFile(path, bytes);
      table.bytes = bytes.length;
      table.fileSha256 = createHash('sha256').update(bytes).digest('hex');
    };
    expect(await refused(change)).toEqual({ code: 'restore-differs', left: null });
  });

  it('of a file that is gone, of a manifest of another release, or over what is there', async () => {
    expect(await refused((to) => rm(join(to, 'waymark.child.copy.gz')))).toEqual({
      code: 'backup-damaged',
      left: null,
    });
    const newer = async (_to: string, manifest: Manifest) => {
      manifest.migrations.push({ name: '9999_later.sql', hash: '0'.repeat(64) });
    };
    expect(await refused(newer)).toEqual({ code: 'backup-of-another-release', left: null });
    const old = async (_to: string, manifest: Manifest) => {
      expect(manifest.destroyBy).toBe(
        new Date(Date.parse(manifest.takenAt) + 35 * 86_400_000).toISOString().slice(0, 10),
      );
      manifest.destroyBy = '2020-01-01';
    };
    expect(await refused(old)).toEqual({ code: 'backup-expired', left: null });
    const to = await folder();
    await backup(url, to, silent, 2);
    const below = join(to, '..');
    const kept = await backupsBelow(below);
    expect(kept).toMatchObject([{ folder: to, expired: false }]);
    const lastDay = new Date(`${kept[0]?.destroyBy}T23:59:59Z`);
    expect(await destroyExpired(below, lastDay)).toEqual([]);
    expect(await destroyExpired(below, new Date(lastDay.getTime() + 1_000))).toMatchObject([{ folder: to }]);
    expect(await readdir(below)).toEqual([]);

    await backup(url, to, silent);
    await expect(restore(url, to, silent)).rejects.toMatchObject({ code: 'database-not-empty' });
    await expect(backup(url, to, silent)).rejects.toMatchObject({ code: 'backup-exists' });
  });

  it('is left half written by a login that may not read every row: it is refused', async () => {
    const login = `reader_${randomBytes(6).toString('hex')}`;
    await db.unsafe(`create role ${login} login password 'x'; grant usage on schema waymark to ${login};
      grant select on all tables in schema waymark to ${login}; grant select on public.waymark_migration to ${login}`);
    onTestFinished(async () => {
      await db.unsafe(`drop owned by ${login}; drop role ${login}`);
    });
    const as = new URL(url);
    as.username = login;
    as.password = 'x';
    const to = await folder();
    await expect(backup(as.href, to, silent)).rejects.toMatchObject({ code: 'backup-refused' });
    expect(await stat(to).catch(() => null)).toBeNull();
    expect(await stat(`${to}.partial`).catch(() => null)).toBeNull();
  });
});

it('Kafka read again from where the restored store stands gives the ledger that was lost', async () => {
  const other = 'E09900001';
  const {
    gateway,
    key,
    startIngest,
    drained,
    kafka,
    topics,
    groupId,
    db: lost,
    databaseUrl,
  } = await running([other]);
  const apiKey = await key(other);
  const send = async (from: number, to: number) => {
    const lines = Array.from({ length: to - from }, (_, at) => {
      const local = String(from + at);
      const place = {
        council: other,
        child: names.child(local),
        recordId: names.record(local, 'referral', 'a'),
        recordedAt: '2026-01-05T10:00:00Z',
      };
      return JSON.stringify(recordEvent(place, 'referral', { date: '2026-01-04' }));
    });
    const answer = await fetch(`${gateway}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    expect(answer.status).toBe(202);
    await drained();
  };
  const ledgerOf = (on: Database) => on`
    select c.pseudonym, e.event_id, e.kind, e.record_id, e.recorded_at, e.state from waymark.case_event e
    join waymark.child c using (child_key) order by e.event_id`;

  // A week of retention behind a week of one segment: Kafka's own defaults (kafka.apache.org, topic configs).
  expect(await keptAtMost(kafka, topics.events)).toBe(2 * 7 * 86_400_000);

  const ingest = await startIngest();
  await send(0, 200);
  const to = await folder();
  await backup(databaseUrl, to, silent);
  await send(200, 500);

  const { url: there, db: restored } = await target();
  await restore(there, to, silent);
  expect(await ledgerOf(restored)).toHaveLength(200);
  const places = await comparePlaces(restored, kafka, topics.events, groupId);
  expect(places.map(({ standing }) => standing)).toEqual(Array(8).fill('behind'));
  expect(places.reduce((sum, { committed, readFrom }) => sum + committed - readFrom, 0)).toBe(300);
  await expect(rewind(restored, kafka, topics.events, groupId)).rejects.toMatchObject({
    code: 'ingest-running',
  });
  await ingest.stop();
  await rewind(restored, kafka, topics.events, groupId);
  expect(await lagOf(kafka, topics.events, groupId)).toBe(300);

  const log = createLogger('test', 'fatal');
  const reader = connect(there, 4, 'restore-test-ingest', 'waymark_ingest');
  const replaying = await runIngest({ topics, db: reader, kafka, log, groupId, crashed: () => {} });
  await drained();
  await replaying.stop();
  await reader.end();
  expect(await ledgerOf(restored)).toEqual(await ledgerOf(lost));
  expect(await digests(restored).then((found) => found['waymark.intake'])).toBe(
    (await digests(lost))['waymark.intake'],
  );
  expect(await checkRebuild(restored)).toMatchObject({ same: true, differences: [] });

  // Reading everything again, from the very beginning, changes nothing either.
  const before = await digests(restored);
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteGroups([groupId]);
  await admin.disconnect();
  const twice = connect(there, 4, 'restore-test-ingest', 'waymark_ingest');
  const again = await runIngest({ topics, db: twice, kafka, log, groupId, crashed: () => {} });
  await drained();
  await again.stop();
  await twice.end();
  const { 'waymark.feed_heard': _heard, ...after } = await digests(restored);
  const { 'waymark.feed_heard': _before, ...was } = before;
  expect(after).toEqual(was);
  const agreeing = await comparePlaces(restored, kafka, topics.events, groupId);
  expect(agreeing.every(({ standing }) => standing === 'agrees')).toBe(true);

  expect(await wake(restored)).toEqual({ children: 0, councils: 1 });
});
