// What a council reads of its own account and does with its own keys, on the real store, and that it is told of no other's.
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grant } from '../../../services/access/grants.ts';
import { type Acting, createPeople } from '../../../services/access/people.ts';
import { asReader } from '../../../services/access/reader.ts';
import { notingUse } from '../../../services/audit/key-use.ts';
import { createKey, holderOf, listKeys } from '../../../services/platform/access.ts';
import { connect, type Database, type DatabaseRole } from '../../../services/platform/database.ts';
import { buildPortal } from '../../../services/portal/app.ts';
import { qualityByMonth } from '../../../services/portal/council-quality.ts';
import { createPortalStore } from '../../../services/portal/postgres-store.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';
import { newAddress } from './servers.ts';
import { councils, twoEvaluations } from './world.ts';

const issuer = 'https://sign-in.example.invalid';

let database: TestDatabase;
let owner: Database;
let portal: Database;
let person: Acting;
let app: FastifyInstance;
let cookie = '';
const pools: Database[] = [];
const keys = { own: '', spare: '', foreign: '' };

const as = (role?: DatabaseRole): Database => {
  const pool = connect(database.databaseUrl, 1, 'test-council', role);
  pools.push(pool);
  return pool;
};
const idOf = async (label: string): Promise<string> =>
  (await listKeys(owner)).find((key) => key.label === label && key.revokedAt === null)?.id ?? '';

beforeAll(async () => {
  database = await testDatabase();
  owner = as();
  await twoEvaluations(owner);
  portal = as('waymark_portal');
  await grant(
    owner,
    { who: 'cas@one.example', role: 'council', evaluation: null, council: councils.one },
    'Anna Admin',
  );
  const identity = { issuer, subject: 'cas', email: 'cas@one.example' };
  person = (await createPeople(portal).rolesOf(identity))?.[0] as Acting;
  for (const [label, council] of [
    ['own', councils.one],
    ['spare', councils.one],
    ['foreign', councils.two],
  ] as const)
    keys[label] = await createKey(owner, { label, role: 'council', council, evaluation: null });
  const store = createPortalStore(portal);
  // The sign-in alone is short cut: whoever brings this text is the person, whom the store knows.
  const checkKey = async (key: string) => (key === 'wk_the-person' ? person : store.checkKey(key));
  app = buildPortal({ store: { ...store, checkKey } });
  await app.ready();
  cookie = await signIn('wk_the-person');
});
afterAll(async () => {
  await app.close();
  for (const pool of pools) await pool.end();
  await database.drop();
});

async function signIn(key: string): Promise<string> {
  const answer = await app.inject({
    ...{ method: 'POST', url: '/sign-in', remoteAddress: newAddress() },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ key }).toString(),
  });
  expect(answer.statusCode).toBe(303);
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}
const get = (url: string, by = cookie) => app.inject({ url, headers: { cookie: by } });
const keysPath = `/feeds/${councils.one}/keys`;

async function post(fields: Record<string, string>, { by = cookie, withToken = true, path = keysPath } = {}) {
  const token = /name="token" value="([\w-]+)"/.exec((await get('/feeds', by)).body)?.[1] ?? '';
  return app.inject({
    ...{ method: 'POST', url: path },
    headers: { cookie: by, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ ...fields, ...(withToken && { token }) }).toString(),
  });
}

describe('what a council sent', () => {
  const event = (at: string, kind: number, purged = false, id = crypto.randomUUID()) => ({
    at,
    kind,
    purged,
    id,
  });

  it('is counted by the ledger itself, once a statement, by London month', async () => {
    const ingest = as('waymark_ingest');
    const [child] = await owner<
      { key: number }[]
    >`select min(child_key) as key from waymark.child where council_id = 1`;
    const twice = event('2026-01-10T09:00:00Z', 2);
    const batches = [
      // 31 March at 23:30 UTC is 1 April in London.
      [
        twice,
        event('2026-01-11T09:00:00Z', 2),
        event('2026-03-31T23:30:00Z', 3),
        event('2026-01-12T09:00:00Z', 2, true),
      ],
      [twice, event('2026-02-01T09:00:00Z', 2)],
    ];
    for (const batch of batches)
      await ingest`
          insert into waymark.case_event (child_key, event_id, kind, record_id, recorded_at, ledgered_at, purged, state)
          select ${child?.key ?? 0}, id, kind, gen_random_uuid(), at, at, purged, case when not purged then '{}'::jsonb end
          from unnest(${batch.map(({ id }) => id)}::uuid[], ${batch.map(({ kind }) => kind)}::smallint[],
            ${batch.map(({ at }) => at)}::timestamptz[], ${batch.map(({ purged }) => String(purged))}::text[]::boolean[]) e(id, kind, at, purged)
          on conflict do nothing`;
    const answer = await app.inject({
      url: `/api/v1/feeds/${councils.one}`,
      headers: { authorization: `Bearer ${keys.own}` },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.json().sent).toEqual([
      { month: '2026-01-01', kind: 'referral', events: 3, purges: 1 },
      { month: '2026-02-01', kind: 'referral', events: 1, purges: 0 },
      { month: '2026-04-01', kind: 'assessment', events: 1, purges: 0 },
    ]);
    const [ledger] = await owner<{ n: number }[]>`select count(*)::integer as n from waymark.case_event`;
    const [counted] = await owner<{ n: number }[]>`select sum(stored)::integer as n from waymark.sent_month`;
    expect(counted?.n).toBe(ledger?.n);
  });

  it('says what could not be used by month and code, and where the children take part', async () => {
    await owner`insert into waymark.refused_line (council_id, delivery, line_sha256, line, code, field, reason, refused_at) values
      (1, 'd', '\\x01', 1, 'bad-field', 'record.date', 'r', '2026-02-02'), (1, 'd', '\\x02', 2, 'bad-field', 'record.date', 'r', '2026-02-03'),
      (2, 'd', '\\x03', 3, 'unknown-type', 'type', 'r', '2026-02-03')`;
    await owner`insert into waymark.quarantine (topic, partition, "offset", council, code, field, reason, payload_sha256, received_at)
      values ('t', 0, 1, ${councils.one}, 'not-json', '', 'r', '\\x', '2026-02-04'), ('t', 0, 2, ${councils.two}, 'not-an-object', '', 'r', '\\x', '2026-02-04')`;
    const { body } = await get(`/feeds/${councils.one}`);
    expect(body).toContain('record.date');
    expect(body).toContain('The line was cut or changed on its way');
    for (const foreign of ['unknown-type', 'not-an-object', 'The second evaluation', 'Council two'])
      expect(body).not.toContain(foreign);
    const read = async () =>
      (
        await app.inject({
          url: `/api/v1/feeds/${councils.one}`,
          headers: { authorization: `Bearer ${keys.own}` },
        })
      ).json();
    const { quality, evaluations, ...account } = await read();
    expect(quality.length).toBeGreaterThan(0);
    const [, february] = qualityByMonth(account, '2026-03-15');
    expect(february).toMatchObject({
      month: '2026-02-01',
      ...{ events: 1, refused: 2, quarantined: 1, share: 0.75 },
      codes: [
        { code: 'bad-field', count: 2 },
        { code: 'not-json', count: 1 },
      ],
    });
    const [enrolled] = await owner<{ n: number }[]>`
      select count(*)::integer as n from waymark.participant where evaluation_id = 1 and council_id = 1`;
    expect(evaluations).toMatchObject([{ slug: 'first', participants: enrolled?.n }]);
    await owner`update waymark.evaluation set protocol = jsonb_set(protocol, '{disclosure,threshold}', ${enrolled!.n + 1}::text::jsonb)
      where slug = 'first'`;
    expect((await read()).evaluations).toMatchObject([{ slug: 'first', participants: null }]);
  });
});

describe('another council', () => {
  it('is not there: neither its account nor its keys, to look at or to change', async () => {
    const foreign = await idOf('foreign');
    for (const path of [`/feeds/${councils.two}`, `/feeds/${councils.two}/keys`]) {
      const there = await get(path);
      const never = await get(path.replace(councils.two, 'E09999999'));
      expect(there.statusCode).toBe(404);
      const bare = (page: string) => page.replace(/name="token" value="[\w-]+"/g, '');
      expect(bare(there.body)).toBe(bare(never.body));
    }
    const api = await app.inject({
      url: `/api/v1/feeds/${councils.two}`,
      headers: { authorization: `Bearer ${keys.own}` },
    });
    expect(api.statusCode).toBe(404);
    for (const path of [keysPath, `/feeds/${councils.two}/keys`])
      for (const fields of [
        { do: 'stop', id: foreign },
        { do: 'replace', id: foreign, overlap: '7' },
      ]) {
        const answer = await post(fields, { path });
        expect(answer.statusCode).toBe(404);
      }
    expect(await holderOf(owner, keys.foreign)).toMatchObject({ label: 'foreign' });
    expect((await listKeys(owner)).filter(({ council }) => council === councils.two)).toHaveLength(1);
  });

  it('is refused by the database too, whatever the pages ask', async () => {
    const store = createPortalStore(portal);
    const foreign = await idOf('foreign');
    const inName = <T>(work: () => Promise<T>) => asReader({ id: person.id, role: 'council' }, work);
    expect(await inName(() => store.councilKeys(councils.two))).toEqual([]);
    expect(await inName(() => store.councilAccount(councils.two))).toBeNull();
    await expect(inName(() => store.stopKey(councils.two, foreign, person.id))).rejects.toMatchObject({
      code: 'unknown-key',
    });
    for (const role of ['operator', 'researcher', 'administrator'] as const)
      expect(await asReader({ id: person.id, role }, () => store.councilKeys(councils.one))).toEqual([]);
    expect(await asReader(null, () => store.councilKeys(councils.one))).toEqual([]);
    const [stolen] = await portal.begin(async (tx) => {
      await tx`select set_config('waymark.reader', ${person.id}, true), set_config('waymark.reader_role', 'council', true)`;
      return tx<{ n: number }[]>`select count(*)::integer as n from waymark.contributions_of(2::smallint)`;
    });
    expect(stolen?.n).toBe(0);
    const forged = portal.begin(async (tx) => {
      await tx`select set_config('waymark.reader', ${person.id}, true), set_config('waymark.reader_role', 'council', true)`;
      await tx`insert into waymark.api_key (key_hash, label, role, council_id) values ('\\x01', 'forged', 'council', 2)`;
    });
    await expect(forged).rejects.toThrow('violates row-level security policy');
  });
});

describe('a council’s keys', () => {
  it('are listed with their last use, without their texts and without anybody else’s', async () => {
    await notingUse(as('waymark_gateway'), 'gateway', (key) => holderOf(owner, key))(keys.spare);
    const listed = await asReader({ id: person.id, role: 'council' }, () =>
      createPortalStore(portal).councilKeys(councils.one),
    );
    expect(listed.map(({ label }) => label).sort()).toEqual(['own', 'spare']);
    expect(listed.find(({ label }) => label === 'spare')?.lastUsedAt).not.toBeNull();
    const { body } = await get(keysPath);
    for (const { id } of listed) expect(body).toContain(id);
    for (const key of Object.values(keys)) expect(body).not.toContain(key);
    expect(body).not.toContain(await idOf('foreign'));
  });

  it('are replaced by one that is shown once, and the old one goes on as long as was asked', async () => {
    const id = await idOf('own');
    const answer = await post({ do: 'replace', id, overlap: '7' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toContain('no-store');
    const made = /wk_[\w-]{32}/.exec(answer.body)?.[0] ?? '';
    expect(await holderOf(owner, made)).toMatchObject({
      role: 'council',
      council: councils.one,
      label: 'own',
    });
    expect(await holderOf(owner, keys.own)).not.toBeNull();
    expect((await get(keysPath)).body).not.toContain(made);
    const [row] = await owner<{ days: number }[]>`
      select round(extract(epoch from revoked_at - now()) / 86400)::integer as days from waymark.api_key
      where left(encode(key_hash, 'hex'), 8) = ${id}`;
    expect(row?.days).toBe(7);
    expect((await post({ do: 'replace', id, overlap: '7' })).statusCode).toBe(409);
    const entries = await owner<{ entry: string }[]>`select entry from waymark.audit_entry order by seq`;
    const changes = entries
      .map(({ entry }) => JSON.parse(entry))
      .filter(({ what }) => what.table === 'api_key');
    expect(changes.slice(-2)).toMatchObject([
      { by: person.id, what: { operation: 'insert' } },
      { by: person.id, what: { operation: 'update' } },
    ]);
    expect(entries.map(({ entry }) => entry).join()).not.toContain(made);
  });

  it('are stopped at once', async () => {
    const id = await idOf('spare');
    const answer = await post({ do: 'stop', id });
    expect(answer.statusCode).toBe(303);
    expect((await get(String(answer.headers.location))).body).toContain(`Key ${id} is stopped.`);
    expect(await holderOf(owner, keys.spare)).toBeNull();
    expect((await get(`${keysPath}?stopped=00000000`)).body).not.toContain('is stopped.');
  });

  it('are changed by a person’s own form alone: not from elsewhere, not by a key, not by a bad answer', async () => {
    const id = await idOf('own');
    expect((await post({ do: 'stop', id }, { withToken: false })).statusCode).toBe(403);
    const keyed = await signIn(keys.own);
    const refused = await post({ do: 'stop', id }, { by: keyed });
    expect(refused.statusCode).toBe(400);
    expect(refused.body).toContain('has no name of its own');
    const byKey = await holderOf(owner, keys.own);
    const store = createPortalStore(portal);
    const inNameOfKey = asReader({ id: byKey?.id ?? '', role: 'council' }, () =>
      store.stopKey(councils.one, id, 'person:1'),
    );
    await expect(inNameOfKey).rejects.toThrow('violates row-level security policy');
    for (const fields of [{ do: 'stop' }, { do: 'replace', id, overlap: '9999' }, { do: 'burn', id }, {}])
      expect((await post(fields as Record<string, string>)).statusCode).toBe(400);
    expect((await post({ do: 'stop', id: '00000000' })).statusCode).toBe(404);
    expect((await listKeys(owner)).find((key) => key.id === id)?.revokedAt).toBeNull();
  });
});
