// Each process may do in the store what it does and no more; the forbidden things are tried as each role on the real server.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import {
  assertReachable,
  connect,
  type Database,
  type DatabaseRole,
} from '../../../services/platform/database.ts';
import { migrate } from '../../../services/platform/migrate.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';

const REFUSED = { code: '42501' };
const roles: DatabaseRole[] = [
  'waymark_gateway',
  'waymark_ingest',
  'waymark_tracker',
  'waymark_portal',
  'waymark_operator',
];

let database: TestDatabase;
let owner: Database;
const as = new Map<DatabaseRole, Database>();

beforeAll(async () => {
  database = await testDatabase();
  owner = connect(database.databaseUrl, 1, 'test-roles');
  for (const role of roles) as.set(role, connect(database.databaseUrl, 1, `test-${role}`, role));
  await owner`insert into waymark.council (code, name, data_source) values ('E09000001', 'One', 'simulated')`;
  await owner`insert into waymark.child (council_id, pseudonym) values (1, gen_random_uuid())`;
  // An assessment, overtaken by its purge, and a plan that stands.
  await owner`insert into waymark.case_event (child_key, event_id, kind, record_id, recorded_at, purged, state) values
    (1, '00000000-0000-4000-8000-000000000001', 3, '00000000-0000-4000-8000-00000000000a', '2025-01-01', false, '{"started": "2025-01-01"}'),
    (1, '00000000-0000-4000-8000-000000000002', 3, '00000000-0000-4000-8000-00000000000a', '2025-01-02', true, null),
    (1, '00000000-0000-4000-8000-000000000003', 5, '00000000-0000-4000-8000-00000000000b', '2025-01-02', false, '{"started": "2025-01-02"}')`;
});
afterAll(async () => {
  for (const pool of [owner, ...as.values()]) await pool.end();
  await database.drop();
});

const on = (role: DatabaseRole): Database => as.get(role)!;

describe('the ledger only grows', () => {
  it.each(roles)('%s can neither change, delete nor empty it', async (role) => {
    for (const statement of [
      `update waymark.case_event set state = null`,
      `update waymark.case_event set recorded_at = now()`,
      `delete from waymark.case_event`,
      `truncate waymark.case_event`,
      `delete from waymark.case_event_3`,
      `drop table waymark.case_event`,
      `alter table waymark.case_event disable trigger all`,
    ]) {
      await expect(on(role).unsafe(statement), statement).rejects.toMatchObject(
        statement.startsWith('drop') || statement.startsWith('alter')
          ? { message: expect.stringMatching(/must be owner/) }
          : REFUSED,
      );
    }
  });

  it.each(roles.filter((role) => role !== 'waymark_ingest'))('%s cannot add to it or erase', async (role) => {
    await expect(
      on(role)`insert into waymark.case_event (child_key, event_id, kind, record_id, recorded_at, purged)
        values (1, gen_random_uuid(), 3, gen_random_uuid(), now(), true)`,
    ).rejects.toMatchObject(REFUSED);
    await expect(on(role)`select waymark.erase_purged('{1}')`).rejects.toMatchObject(REFUSED);
  });

  it('waymark_ingest erases what a purge overtook and nothing else', async () => {
    const [erased] = await on('waymark_ingest')<{ count: number }[]>`
      select waymark.erase_purged('{1}')::integer as count`;
    expect(erased?.count).toBe(1);
    const left = await on('waymark_ingest')<{ kind: number }[]>`
      select kind from waymark.case_event where state is not null`;
    expect(left.map((row) => row.kind)).toEqual([5]);
  });
});

describe('what a process has no business with', () => {
  it.each<[DatabaseRole, string[]]>([
    ['waymark_gateway', ['case_event', 'occurrence', 'child', 'child_fact', 'participant', 'outcome']],
    ['waymark_ingest', ['evaluation', 'allocation', 'outcome', 'frozen_outcome', 'milestone', 'api_key']],
    ['waymark_tracker', ['case_event', 'api_key', 'quarantine']],
    ['waymark_portal', ['case_event', 'occurrence', 'child', 'child_fact', 'child_known', 'allocation']],
  ])('%s cannot read %j', async (role, tables) => {
    for (const table of tables) {
      await expect(on(role).unsafe(`select * from waymark.${table}`), table).rejects.toMatchObject(REFUSED);
    }
  });

  it('waymark_ingest cannot see whose arm is which', async () => {
    await on('waymark_ingest')`select child_key, council_id from waymark.participant`;
    await expect(on('waymark_ingest')`select arm from waymark.participant`).rejects.toMatchObject(REFUSED);
  });

  it.each<[DatabaseRole, string[]]>([
    ['waymark_tracker', ['delete from waymark.milestone', 'update waymark.frozen_outcome set state = 1']],
    [
      'waymark_tracker',
      ['update waymark.milestone set outcome_hash = null', 'delete from waymark.allocation'],
    ],
    ['waymark_portal', ['update waymark.outcome set state = 1', 'delete from waymark.participant']],
    ['waymark_portal', ["insert into waymark.api_key values ('', '', 'operator')"]],
    [
      'waymark_operator',
      ['update waymark.outcome set state = 1', 'update waymark.evaluation set slug = null'],
    ],
    ['waymark_operator', ['update waymark.allocation set arm = 1', 'update waymark.api_key set role = null']],
    ['waymark_gateway', ['update waymark.api_key set revoked_at = null', 'delete from waymark.stream']],
    ['waymark_ingest', ['update waymark.declared_gap set gap_to = null', 'delete from waymark.quarantine']],
  ])('%s cannot %j', async (role, statements) => {
    for (const statement of statements)
      await expect(on(role).unsafe(statement), statement).rejects.toMatchObject(REFUSED);
  });

  it('waymark_operator can read every table', async () => {
    const tables = await owner<{ name: string }[]>`
      select 'waymark.' || c.relname as name from pg_class c
      where c.relnamespace = 'waymark'::regnamespace and c.relkind in ('r', 'p', 'v')`;
    for (const { name } of tables) await on('waymark_operator').unsafe(`select from ${name} limit 1`);
    expect(tables.length).toBeGreaterThan(20);
  });
});

/** A login of its own and the address of a database that it owns; both go when the test ends. */
async function ownedDatabase(rights: string): Promise<{ url: string; login: string; admin: postgres.Sql }> {
  const { databaseUrl } = inject('stack');
  const admin = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  const login = `test_${randomBytes(6).toString('hex')}`;
  await admin.unsafe(`create role ${login} login password 'known' ${rights}`);
  await admin.unsafe(`create database ${login} owner ${login}`);
  const url = new URL(databaseUrl);
  Object.assign(url, { username: login, password: 'known', pathname: `/${login}` });
  onTestFinished(async () => {
    await admin.unsafe(`drop database ${login} with (force)`);
    for (const {
      rolname,
    } of await admin`select rolname from pg_roles where rolname like ${`${login}%`} order by 1 desc`)
      await admin.unsafe(`drop role ${rolname}`);
    await admin.end();
  });
  return { url: url.href, login, admin };
}

const migrations = new URL('../../../infra/migrations/', import.meta.url);

/** The migrations up to the roles', with role names that this cluster does not have yet. */
async function applyWithOwnRoles(sql: postgres.Sql, login: string): Promise<void> {
  for (const name of ['0001_ledger.sql', '0002_evaluations.sql'])
    await sql.unsafe(await readFile(new URL(name, migrations), 'utf8'));
  const text = await readFile(new URL('0003_roles.sql', migrations), 'utf8');
  await sql.unsafe(text.replaceAll('waymark_', `${login}_`));
}

describe('a database whose owner is no superuser', () => {
  it('is migrated when the roles were made beforehand', async () => {
    const { url } = await ownedDatabase('nocreaterole');
    const { applied } = await migrate(url);
    expect(applied).toContain('0003_roles.sql');
  });

  it('gets its roles from an owner with CREATEROLE, who may act as them', async () => {
    const { url, login } = await ownedDatabase('createrole');
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      await applyWithOwnRoles(sql, login);
      await sql.unsafe(`set role ${login}_portal`);
      await expect(sql`select * from waymark.case_event`).rejects.toMatchObject(REFUSED);
      await sql`select * from waymark.outcome`;
    } finally {
      await sql.end();
    }
  });

  it('says who must make the roles when the owner may not', async () => {
    const { url, login } = await ownedDatabase('nocreaterole');
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      await expect(applyWithOwnRoles(sql, login)).rejects.toMatchObject({
        ...REFUSED,
        message: expect.stringMatching(
          /may not create it: give that login CREATEROLE, or have an administrator/,
        ),
      });
    } finally {
      await sql.end();
    }
  });
});

it('a process with a login of its own needs membership of its role, and is told so', async () => {
  const { login, admin } = await ownedDatabase('');
  await admin.unsafe(`grant waymark_ingest to ${login} with inherit false, set true`);
  const url = new URL(database.databaseUrl);
  Object.assign(url, { username: login, password: 'known' });
  const ingest = connect(url.href, 1, 'test-own-login', 'waymark_ingest');
  const tracker = connect(url.href, 1, 'test-own-login', 'waymark_tracker');
  try {
    await ingest`select count(*) from waymark.occurrence`;
    await expect(assertReachable(tracker)).rejects.toMatchObject({
      code: 'database-role',
      message: expect.stringContaining('grant waymark_tracker to that login'),
    });
  } finally {
    await ingest.end();
    await tracker.end();
  }
});
