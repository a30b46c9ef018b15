// The audit log in the real store: it grows and never changes, nothing that matters stays out of it, and whatever the tables'
// owner does to a row past every privilege is found and located.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { grant, revoke } from '../../../services/access/grants.ts';
import { asReader, type Reader } from '../../../services/access/reader.ts';
import { audit } from '../../../services/audit/append.ts';
import { newest } from '../../../services/audit/read.ts';
import { type Anchor, hashOf, verifyAudit } from '../../../services/audit/verify.ts';
import { unblindedNamed } from '../../../services/evaluations/evaluation.ts';
import { importAllocations } from '../../../services/evaluations/register.ts';
import { createKey, holderOf, listKeys, revokeKey } from '../../../services/platform/access.ts';
import { connect, type Database, type DatabaseRole } from '../../../services/platform/database.ts';
import { buildPortal } from '../../../services/portal/app.ts';
import { createPortalStore } from '../../../services/portal/postgres-store.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';
import { surroundings } from '../../harness/processes.ts';
import { councils, twoEvaluations } from '../access/world.ts';

let database: TestDatabase;
let owner: Database;
let operator: Database;
let portal: Database;

beforeAll(async () => {
  database = await testDatabase();
  owner = connect(database.databaseUrl, 4, 'test-audit');
  operator = connect(database.databaseUrl, 4, 'test-audit', 'waymark_operator', { 'waymark.actor': 'olga' });
  portal = connect(database.databaseUrl, 2, 'test-audit', 'waymark_portal');
  await twoEvaluations(owner);
});
afterAll(async () => {
  for (const pool of [owner, operator, portal]) await pool.end();
  await database.drop();
});

/** What work adds to the log, oldest first. */
async function added(work: () => Promise<unknown>) {
  const [{ seq } = { seq: 0n }] = await owner<{ seq: bigint }[]>`select seq from waymark.audit_head`;
  await work();
  return (await newest(owner, { kind: null, by: null, limit: 1_000 }))
    .filter((entry) => entry.seq > Number(seq))
    .reverse();
}

describe('what enters the log', () => {
  it('a grant, and its end, in the name of whoever gave and took it', async () => {
    const granting = {
      who: 'rosa@example.invalid',
      role: 'researcher',
      evaluation: 'first',
      council: null,
    } as const;
    const entries = await added(async () => {
      await grant(operator, granting, 'anna');
      await revoke(operator, granting, 'ben');
    });
    expect(entries.map(({ by, kind, what }) => [by, kind, what.table, what.operation])).toEqual([
      ['anna', 'change', 'person', 'insert'],
      ['anna', 'change', 'access_grant', 'insert'],
      ['ben', 'change', 'access_grant', 'update'],
    ]);
    expect(JSON.stringify(entries)).not.toContain('rosa');
  });

  it('the making, use and revoking of a key, without the key', async () => {
    let key = '';
    const entries = await added(async () => {
      key = await createKey(operator, { label: 'a machine', role: 'researcher', council: null });
      const [entry] = (await listKeys(operator)).filter(({ label }) => label === 'a machine');
      const store = createPortalStore(portal);
      await store.checkKey(key);
      await store.checkKey(key);
      await revokeKey(operator, entry?.id ?? '');
    });
    expect(entries.map(({ by, kind }) => [kind, by.slice(0, 4)])).toEqual([
      ['change', 'olga'],
      ['key-use', 'key:'],
      ['change', 'olga'],
    ]);
    expect(JSON.stringify(entries)).not.toContain(key);
  });

  it('a list of allocations, as one entry that names no family', async () => {
    const units = Array.from({ length: 500 }, (_, at) => ({
      council: councils.one,
      unit: `f${String(at).padStart(32, '0')}`,
      arm: 'trial' as const,
    }));
    const entries = await added(() => importAllocations(operator, 'first', units));
    expect(entries).toMatchObject([
      { kind: 'allocation', by: 'olga', what: { table: 'allocation', operation: 'insert', rows: 500 } },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/f?0{20}/);
  });

  it('whatever is changed past every command', async () => {
    const entries = await added(
      () => owner`update waymark.evaluation set paused = true where slug = 'second'`,
    );
    expect(entries).toMatchObject([
      { kind: 'change', what: { table: 'evaluation', rows: 1, told: [{ slug: 'second', paused: true }] } },
    ]);
  });

  it('results that a command reads', async () => {
    const entries = await added(() => unblindedNamed(operator, 'first'));
    expect(entries).toMatchObject([{ kind: 'read', by: 'olga', what: { evaluation: 'first' } }]);
  });

  it('results that the portal shows, and what it refuses; no result leaves when it cannot be noted', async () => {
    const key = await createKey(operator, {
      label: 'reads one',
      role: 'researcher',
      council: null,
      evaluation: 'first',
    });
    const holder = await holderOf(portal, key);
    const store = createPortalStore(portal);
    const app = buildPortal({ store });
    onTestFinished(() => app.close());
    const ask = (path: string) => app.inject({ url: path, headers: { authorization: `Bearer ${key}` } });
    const entries = await added(async () => {
      expect((await ask('/api/v1/evaluations/first/result')).statusCode).toBe(200);
      expect((await ask('/api/v1/evaluations/second/result')).statusCode).toBe(404);
    });
    const seen = entries.filter(({ kind }) => kind !== 'key-use');
    expect(seen.map(({ kind, by, as, what }) => [kind, by, as, what.slug])).toEqual([
      ['read', holder?.id, 'researcher', 'first'],
      ['refused', holder?.id, 'researcher', 'second'],
    ]);
    store.note = async () => {
      throw new Error('the log is full');
    };
    const answer = await ask('/api/v1/evaluations/first/result');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('arms');
  });

  it('nothing of what was rolled back', async () => {
    const reader: Reader = { id: 'person:1', role: 'researcher' };
    const entries = await added(() =>
      asReader(reader, () =>
        operator
          .begin(async (tx) => {
            await audit(tx, { kind: 'read', what: { evaluation: 'first' } });
            throw new Error('no');
          })
          .catch(() => {}),
      ),
    );
    expect(entries).toEqual([]);
  });

  it('many at once, each in its place', async () => {
    const entries = await added(() =>
      Promise.all(
        Array.from({ length: 40 }, (_, at) =>
          (at % 2 ? operator : portal).begin(async (tx) => {
            await audit(tx, { kind: 'read', what: { at } });
            await tx`select pg_sleep(0.005)`;
          }),
        ),
      ),
    );
    expect(entries.map(({ what }) => what.at).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 40 }, (_, at) => at),
    );
    expect((await verifyAudit(owner)).faults).toEqual([]);
  });
});

describe('the log on the portal', () => {
  it('is read and checked whole by an operator, while others write, and not by anybody else', async () => {
    const store = createPortalStore(portal);
    const key = async (role: 'operator' | 'evaluator') => {
      const made = await createKey(owner, { label: role, role, council: null, evaluation: null });
      return { id: (await store.checkKey(made))?.id ?? '', role };
    };
    const olga = await key('operator');
    const writing = Promise.all(
      Array.from({ length: 30 }, (_, at) => audit(operator, { kind: 'read', what: { at } })),
    );
    const checked = await asReader(olga, () => store.checkedAudit());
    await writing;
    expect(checked.faults).toEqual([]);
    expect(checked.entries).toBe(checked.head.seq);
    const lines = await asReader(olga, () => store.auditLog(null));
    const known = await newest(owner, { kind: null, by: null, limit: lines.length });
    expect(lines.map(({ entry }) => entry)).toEqual(known);
    const older = await asReader(olga, () => store.auditLog(lines.at(-1)!.seq));
    expect(older[0]!.seq).toBe(lines.at(-1)!.seq - 1);
    const eve = await key('evaluator');
    expect(await asReader(eve, () => store.auditLog(null))).toEqual([]);
    expect(await asReader(null, () => store.auditLog(null))).toEqual([]);
    expect(await asReader(eve, () => store.service())).toBeNull();
  });

  it('tells how far the service has come exactly to an operator alone, and nothing to nobody', async () => {
    const store = createPortalStore(portal);
    await owner`insert into waymark.intake (topic, partition, next_offset, received, stored, duplicates, statements, quarantined)
      values ('t', 0, 250, 250, 245, 5, 0, 0)`;
    const told = async (role: 'operator' | 'evaluator') => {
      const made = await createKey(owner, { label: role, role, council: null, evaluation: null });
      const id = (await store.checkKey(made))?.id ?? '';
      return asReader({ id, role }, () => store.progress());
    };
    expect(await told('operator')).toMatchObject({ stored: 245, exact: true });
    expect(await told('evaluator')).toMatchObject({ stored: 200, exact: false });
    expect(await asReader(null, () => store.progress())).toBeNull();
  });
});

describe('privileges', () => {
  const roles: DatabaseRole[] = [
    'waymark_gateway',
    'waymark_ingest',
    'waymark_tracker',
    'waymark_portal',
    'waymark_allocation',
    'waymark_operator',
  ];

  it.each(roles)('%s adds through the one function, and can do nothing else to the log', async (role) => {
    const db = connect(database.databaseUrl, 1, 'test-audit', role);
    try {
      const entries = await added(() => audit(db, { kind: 'read', what: {} }));
      expect(entries).toMatchObject([{ process: role }]);
      for (const statement of [
        `insert into waymark.audit_entry values (9999, '{}', repeat('0', 64))`,
        `update waymark.audit_entry set entry = '{}'`,
        'delete from waymark.audit_entry',
        'truncate waymark.audit_entry',
        `update waymark.audit_head set seq = 0`,
        `insert into waymark.audit_pending (entry) values ('{}')`,
        'alter table waymark.audit_entry disable trigger all',
        'alter table waymark.api_key disable trigger audited_insert',
      ])
        await expect(db.unsafe(statement), statement).rejects.toThrow(/permission denied|must be owner/);
    } finally {
      await db.end();
    }
  });

  it('the owner of the tables has to take the triggers off first', async () => {
    for (const statement of [
      'update waymark.audit_entry set entry = entry',
      'delete from waymark.audit_entry',
      'truncate waymark.audit_entry',
    ])
      await expect(owner.unsafe(statement)).rejects.toThrow('only ever added to');
  });
});

interface Row {
  seq: bigint;
  entry: string;
  hash: string;
}
const all = () => owner<Row[]>`select seq, entry, hash from waymark.audit_entry order by seq`;

describe('tampering by the owner of the tables', () => {
  let before: Row[];
  let anchor: Anchor;

  beforeAll(async () => {
    for (let at = 0; at < 20; at += 1) await audit(operator, { kind: 'read', what: { at } });
    before = [...(await all())];
    ({ head: anchor } = await verifyAudit(owner));
    await owner`alter table waymark.audit_entry disable trigger user`;
  });
  afterEach(async () => {
    await owner`truncate waymark.audit_entry`;
    await owner`insert into waymark.audit_entry ${owner(before as unknown as Record<string, string>[])}`;
    await owner`update waymark.audit_head set seq = ${anchor.seq}, hash = ${anchor.hash}`;
    expect((await verifyAudit(owner, [anchor])).faults).toEqual([]);
  });

  /** The log written anew from an entry on, every hash right, by somebody who knows how. */
  async function writtenAnew(from: number, change: (entry: string) => string): Promise<void> {
    let previous = before[from - 2]?.hash ?? '0'.repeat(64);
    for (const row of before.slice(from - 1)) {
      const entry = Number(row.seq) === from ? change(row.entry) : row.entry;
      previous = hashOf(previous, entry);
      await owner`update waymark.audit_entry set entry = ${entry}, hash = ${previous} where seq = ${row.seq}`;
    }
    await owner`update waymark.audit_head set hash = ${previous}`;
  }
  const faultsAt = async (anchors: Anchor[] = []) => [
    ...new Set((await verifyAudit(owner, anchors)).faults.map(({ seq }) => seq)),
  ];

  it('of each row in turn, whichever it is, is found there', async () => {
    for (const { seq } of before) {
      await owner`update waymark.audit_entry set entry = replace(entry, '"kind"', '"kinD"') where seq = ${seq}`;
      expect(await faultsAt(), `entry ${seq}`).toEqual([Number(seq)]);
      await owner`update waymark.audit_entry set entry = replace(entry, '"kinD"', '"kind"') where seq = ${seq}`;
    }
  });

  it('a changed row with a hash that fits it is found by the row behind', async () => {
    const { entry } = before[9]!;
    const other = entry.replace('"kind"', '"kinD"');
    await owner`update waymark.audit_entry set entry = ${other}, hash = ${hashOf(before[8]!.hash, other)} where seq = 10`;
    expect(await faultsAt()).toEqual([11]);
  });

  it('a removed row, and a removed beginning', async () => {
    await owner`delete from waymark.audit_entry where seq = 7`;
    const { faults } = await verifyAudit(owner);
    expect(faults[0]).toEqual({ seq: 7, fault: 'entry 7 is missing' });
    await owner`delete from waymark.audit_entry where seq < 7`;
    expect((await verifyAudit(owner)).faults[0]).toEqual({ seq: 1, fault: 'entries 1 to 7 are missing' });
  });

  it('rows that changed places', async () => {
    await owner`update waymark.audit_entry set seq = -seq where seq in (5, 6)`.catch(() => {});
    await owner.unsafe('alter table waymark.audit_entry drop constraint audit_entry_seq_check');
    await owner`update waymark.audit_entry set seq = 11 - seq - 1000 where seq in (5, 6)`;
    await owner`update waymark.audit_entry set seq = seq + 1000 where seq < 0`;
    const { faults } = await verifyAudit(owner);
    expect(faults).toContainEqual({ seq: 5, fault: 'was written as entry 6: it was moved or put in' });
    expect(faults).toContainEqual({ seq: 6, fault: 'was written as entry 5: it was moved or put in' });
  });

  it('a row that was put in, and one put in behind the end', async () => {
    await owner`update waymark.audit_entry set seq = seq + 1000 where seq >= 4`;
    await owner`update waymark.audit_entry set seq = seq - 999 where seq > 1000`;
    await owner`insert into waymark.audit_entry values (4, ${before[3]!.entry.replace('"seq": 4', '"seq": 44')}, ${'a'.repeat(64)})`;
    expect((await faultsAt())[0]).toBe(4);
    await owner`delete from waymark.audit_entry`;
    await owner`insert into waymark.audit_entry ${owner(before as unknown as Record<string, string>[])}`;
    const more = JSON.stringify({ seq: anchor.seq + 1 });
    await owner`insert into waymark.audit_entry values (${anchor.seq + 1}, ${more}, ${hashOf(anchor.hash, more)})`;
    expect(await faultsAt()).toEqual([anchor.seq + 1]);
  });

  it('a tail that was cut off, with the head and without', async () => {
    await owner`delete from waymark.audit_entry where seq > 12`;
    expect((await verifyAudit(owner)).faults).toEqual([
      { seq: 13, fault: `entries 13 to ${anchor.seq} are missing: the end was cut off` },
    ]);
    await owner`update waymark.audit_head set seq = 12, hash = ${before[11]!.hash}`;
    expect(await faultsAt(), 'only a head that was kept elsewhere can tell').toEqual([]);
    expect(await faultsAt([anchor])).toEqual([13]);
  });

  it('a log that was written anew, by a head that was kept elsewhere', async () => {
    await writtenAnew(8, (entry) => entry.replace('"kind"', '"kinD"'));
    expect(await faultsAt(), 'every hash is right').toEqual([]);
    expect(await faultsAt([anchor])).toEqual([anchor.seq]);
    const earlier = { seq: 7, hash: before[6]!.hash };
    expect(await faultsAt([earlier, anchor]), 'what was before the change still stands').toEqual([
      anchor.seq,
    ]);
  });
});

it('waymark audit verifies, lists, exports and keeps heads; a broken log is exit code 1', async () => {
  const { run } = await surroundings(database.databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'waymark-audit-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const heads = join(folder, 'heads');
  await run(['audit', 'head', '--to', heads]);
  const kept = JSON.parse(await readFile(heads, 'utf8')) as Anchor;
  await audit(operator, { kind: 'read', what: { last: true } });
  const verified = await run(['audit', 'verify', '--anchors', heads, '--json']);
  expect(JSON.parse(verified.out)).toMatchObject({
    whole: true,
    anchors: 1,
    entries: kept.seq + 1,
    faults: [],
  });
  const listed = JSON.parse((await run(['audit', 'list', '--kind', 'read', '--limit', '1', '--json'])).out);
  expect(listed).toMatchObject([{ kind: 'read', by: 'olga', what: { last: true } }]);
  const exported = (await run(['audit', 'export'])).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  let previous = '0'.repeat(64);
  for (const { entry, hash } of exported) {
    previous = hashOf(previous, entry);
    expect(previous).toBe(hash);
  }
  expect(exported).toHaveLength(kept.seq + 1);
  await owner`delete from waymark.audit_entry where seq = 3`;
  const broken = await run(['audit', 'verify']);
  expect(broken).toMatchObject({ code: 1, out: expect.stringContaining('entry 3 is missing') });
});
