// What was granted decides, row by row in PostgreSQL, what the portal can see: tried as the portal's own role, past its pages.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grant, grants, rebind, revoke } from '../../../services/access/grants.ts';
import { createPeople } from '../../../services/access/people.ts';
import { asReader, type Reader, readInName, writeInName } from '../../../services/access/reader.ts';
import type { PersonRole } from '../../../services/access/roles.ts';
import { createKey, listKeys, revokeKey } from '../../../services/platform/access.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { createPortalStore } from '../../../services/portal/postgres-store.ts';
import type { KeyHolder } from '../../../services/portal/store.ts';
import { releaseNumbered } from '../../../services/releases/standing.ts';
import { approveRelease } from '../../../services/releases/steps.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';
import { councils, twoEvaluations } from './world.ts';

const issuer = 'https://login.example';
let database: TestDatabase;
let owner: Database;
let operator: Database;
let portal: Database;

const give = (who: string, role: PersonRole, to: { evaluation?: string; council?: string } = {}) =>
  grant(operator, { who, role, evaluation: to.evaluation ?? null, council: to.council ?? null }, 'anna');

/** Signs in and becomes a reader in the first role. */
async function readerOf(subject: string, email: string | null = null): Promise<Reader | null> {
  const [acting] = (await createPeople(portal).rolesOf({ issuer, subject, email })) ?? [];
  return acting ? { id: acting.id, role: acting.role } : null;
}

/** How many rows of a table, or of a part of it, the portal sees for a reader. */
const seen = (reader: Reader | null, from: string): Promise<number> =>
  asReader(reader, () => readInName(portal, async (tx) => (await tx.unsafe(`select from ${from}`)).count));

beforeAll(async () => {
  database = await testDatabase();
  owner = connect(database.databaseUrl, 1, 'test-grants');
  operator = connect(database.databaseUrl, 1, 'test-grants', 'waymark_operator');
  portal = connect(database.databaseUrl, 2, 'test-grants', 'waymark_portal');
  await twoEvaluations(owner);
});
afterAll(async () => {
  for (const pool of [owner, operator, portal]) await pool.end();
  await database.drop();
});

/** Tables that hold rows of both evaluations, and what they hold of each. */
const ofEvaluations: [string, number][] = [
  ['waymark.evaluation', 1],
  ['waymark.evaluation_council', 2],
  ['waymark.participant', 24],
  ['waymark.outcome', 24],
  ['waymark.frozen_outcome', 24],
  ['waymark.milestone', 1],
  ['waymark.pooled_outcome', 1],
];

describe('rows', () => {
  it('are there for nobody without a reader, and for a reader that does not exist', async () => {
    const nobodies: (Reader | null)[] = [
      null,
      { id: 'person:99999', role: 'operator' },
      { id: 'person:1; drop table', role: 'operator' },
      { id: `key:${'0'.repeat(64)}`, role: 'operator' },
    ];
    for (const reader of nobodies)
      for (const table of [...ofEvaluations.map(([name]) => name), 'waymark.council', 'waymark.feed_heard'])
        expect(await seen(reader, table), `${reader?.id} ${table}`).toBe(0);
  });

  it.each<PersonRole>(['researcher', 'evaluator', 'output-checker'])(
    'of the evaluation that a %s was granted, and of no other',
    async (role) => {
      await give(`${role}@example.invalid`, role, { evaluation: 'first' });
      const reader = await readerOf(role, `${role}@example.invalid`);
      for (const [table, rows] of ofEvaluations) expect(await seen(reader, table), table).toBe(rows);
      const own = `waymark.evaluation where slug = 'first'`;
      expect(await seen(reader, own)).toBe(1);
      expect(await seen(reader, 'waymark.council')).toBe(2);
      expect(await seen(reader, `waymark.council where code = '${councils.three}'`)).toBe(0);
    },
  );

  it('of every evaluation, for whoever was granted every one, and for an operator', async () => {
    await give('all@example.invalid', 'researcher');
    await give('operator@example.invalid', 'operator');
    for (const name of ['all', 'operator']) {
      const reader = await readerOf(name, `${name}@example.invalid`);
      for (const [table, rows] of ofEvaluations) expect(await seen(reader, table), table).toBe(2 * rows);
      expect(await seen(reader, 'waymark.council')).toBe(3);
    }
  });

  it('of the council that somebody acts for, and of no evaluation', async () => {
    await give('council@example.invalid', 'council', { council: councils.two });
    const reader = await readerOf('council', 'council@example.invalid');
    for (const [table] of ofEvaluations) expect(await seen(reader, table), table).toBe(0);
    expect(await seen(reader, 'waymark.feed_heard')).toBe(1);
    const feeds = await asReader(reader, () => createPortalStore(portal).feeds());
    expect(feeds.map(({ council }) => council)).toEqual([councils.two]);
  });

  it('of feeds but of no evaluation, for an administrator', async () => {
    await give('administrator@example.invalid', 'administrator');
    const reader = await readerOf('administrator', 'administrator@example.invalid');
    for (const [table] of ofEvaluations) expect(await seen(reader, table), table).toBe(0);
    expect(await seen(reader, 'waymark.feed_heard')).toBe(3);
  });

  it('of a role that is not acted in stay away: one role at a time', async () => {
    await give('both@example.invalid', 'council', { council: councils.one });
    await give('both@example.invalid', 'researcher', { evaluation: 'first' });
    const people = createPeople(portal);
    const held = await people.rolesOf({ issuer, subject: 'both', email: 'both@example.invalid' });
    expect(held?.map(({ role }) => role)).toEqual(['council', 'researcher']);
    const { id = '' } = held?.[0] ?? {};
    expect(await seen({ id, role: 'council' }, 'waymark.participant')).toBe(0);
    expect(await seen({ id, role: 'researcher' }, 'waymark.participant')).toBe(24);
    expect(await seen({ id, role: 'operator' }, 'waymark.participant')).toBe(0);
  });

  it('of a key follow the key: its role, its evaluation, and its end', async () => {
    const key = await createKey(operator, {
      label: 'machine',
      role: 'researcher',
      council: null,
      evaluation: 'second',
    });
    const holder = await createPeople(portal).ofKey(key);
    const reader: Reader = { id: holder?.id ?? '', role: 'researcher' };
    expect(await seen(reader, 'waymark.participant')).toBe(24);
    expect(await seen(reader, `waymark.evaluation where slug = 'first'`)).toBe(0);
    expect(await seen({ ...reader, role: 'operator' }, 'waymark.participant')).toBe(0);
    const [entry] = (await listKeys(operator)).filter(({ label }) => label === 'machine');
    await revokeKey(operator, entry?.id ?? '');
    expect(await seen(reader, 'waymark.participant')).toBe(0);
  });

  it('go when the grant is revoked, whatever a session still believes', async () => {
    await give('gone@example.invalid', 'researcher', { evaluation: 'first' });
    const reader = await readerOf('gone', 'gone@example.invalid');
    expect(await seen(reader, 'waymark.participant')).toBe(24);
    const wanted = { who: 'gone@example.invalid', role: null, evaluation: 'first', council: null };
    expect(await revoke(operator, wanted, 'anna')).toEqual({ revoked: 1 });
    expect(await seen(reader, 'waymark.participant')).toBe(0);
    const listed = (await grants(operator, true)).find(({ who }) => who === 'gone@example.invalid');
    expect(listed).toMatchObject({
      role: 'researcher',
      evaluation: 'first',
      grantedBy: 'anna',
      revokedBy: 'anna',
    });
  });

  it('of a result that was counted for one reader are not handed to another', async () => {
    const store = createPortalStore(portal);
    await give('in@example.invalid', 'researcher', { evaluation: 'first' });
    await give('out@example.invalid', 'researcher', { evaluation: 'second' });
    const [inside, outside] = [
      await readerOf('in', 'in@example.invalid'),
      await readerOf('out', 'out@example.invalid'),
    ];
    expect((await asReader(inside, () => store.result('first')))?.participants).toEqual({
      trial: 12,
      comparison: 12,
    });
    expect(await asReader(outside, () => store.result('first'))).toBeNull();
    expect((await asReader(outside, () => store.evaluations())).map(({ slug }) => slug)).toEqual(['second']);
  });
});

describe('an account', () => {
  it('is bound at its first sign-in, and another with the same address gets nothing', async () => {
    await give('rosa@example.invalid', 'researcher');
    expect(await readerOf('rosa-1', null), 'an address that is not verified').toBeNull();
    expect(await readerOf('rosa-1', 'rosa@example.invalid')).not.toBeNull();
    expect(await readerOf('rosa-2', 'rosa@example.invalid')).toBeNull();
    expect(await readerOf('rosa-1', 'another@example.invalid'), 'the address may change').not.toBeNull();
    await rebind(operator, 'rosa@example.invalid', 'anna');
    expect(await readerOf('rosa-2', 'rosa@example.invalid')).not.toBeNull();
    expect(await readerOf('rosa-1', null)).toBeNull();
  });

  it('may be granted by its sub alone', async () => {
    await give('subject:00u1', 'operator');
    expect(await readerOf('00u1')).toMatchObject({ role: 'operator' });
    expect(await readerOf('00u2')).toBeNull();
  });
});

it.each<[Parameters<typeof give>, string]>([
  [['nobody', 'researcher'], 'bad-person'],
  [['a@b', 'council'], 'bad-grant'],
  [['a@b', 'operator', { evaluation: 'first' }], 'bad-grant'],
  [['a@b', 'researcher', { evaluation: 'none' }], 'unknown-evaluation'],
  [['a@b', 'council', { council: 'E09000099' }], 'unknown-council'],
])('%j is refused: %s', async (granting, code) => {
  await expect(give(...granting)).rejects.toMatchObject({ code });
});

it('the portal can neither grant, nor list people, nor list keys of anybody but its reader’s council', async () => {
  for (const statement of [
    `insert into waymark.access_grant (person_id, role, granted_by) values (1, 'operator', 'x')`,
    `update waymark.access_grant set revoked_at = null, revoked_by = null`,
    'select * from waymark.person',
    'select * from waymark.access_grant',
    `insert into waymark.api_key (key_hash, label, role) values ('\\x01', 'forged', 'operator')`,
    `delete from waymark.api_key`,
  ])
    await expect(portal.unsafe(statement), statement).rejects.toMatchObject({ code: '42501' });
  expect(await portal`select from waymark.api_key`).toHaveLength(0);
  expect((await portal`update waymark.api_key set revoked_at = now()`).count).toBe(0);
});

it('every table that the portal reads and that belongs to an evaluation or a council has its policy', async () => {
  const bare = await owner<{ name: string }[]>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'waymark'::regnamespace and c.relkind in ('r', 'p')
      and (has_table_privilege('waymark_portal', c.oid, 'select') or has_any_column_privilege('waymark_portal', c.oid, 'select'))
      and exists (select from pg_attribute a where a.attrelid = c.oid
        and a.attname in ('evaluation_id', 'council_id', 'participant_key', 'council', 'subject'))
      and not (c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))`;
  expect(bare.map(({ name }) => name)).toEqual([]);
});

it('what one reader may see is not kept for the next, in one transaction or on one connection', async () => {
  await give('one@example.invalid', 'researcher', { evaluation: 'first' });
  const reader = await readerOf('one', 'one@example.invalid');
  const single = connect(database.databaseUrl, 1, 'test-grants', 'waymark_portal');
  try {
    const count = async () => (await single`select from waymark.participant`).count;
    expect(
      await asReader(reader, () =>
        readInName(single, async (tx) => (await tx`select from waymark.participant`).count),
      ),
    ).toBe(24);
    expect(await count()).toBe(0);
    await single.begin(async (tx) => {
      const as = (id: string, role: string) =>
        tx`select set_config('waymark.reader', ${id}, true), set_config('waymark.reader_role', ${role}, true)`;
      const seen_ = async () => (await tx`select from waymark.participant`).count;
      await as(reader?.id ?? '', 'researcher');
      expect(await seen_()).toBe(24);
      await as(reader?.id ?? '', 'operator');
      expect(await seen_()).toBe(0);
      await as('', '');
      expect(await seen_()).toBe(0);
    });
  } finally {
    await single.end();
  }
});

describe('a decision on a release', () => {
  /** A release that waits for a second person. */
  const waiting = async (slug: string, draftedBy: string): Promise<number> => {
    const [row] = await owner<{ id: number }[]>`
      insert into waymark.release (evaluation_id, audience, title, result)
      select evaluation_id, 'researchers', 'A release', '{}' from waymark.evaluation where slug = ${slug} returning release_id as id`;
    const id = row?.id ?? 0;
    await owner`insert into waymark.release_step (release_id, seq, step, by, detail) values (${id}, 1, 'drafted', ${draftedBy}, null),
      (${id}, 2, 'checked', 'the rules', '{"verdict": "review", "findings": []}')`;
    return id;
  };
  const actingAs = async (name: string, role: PersonRole): Promise<KeyHolder> => {
    await give(`${name}@example.invalid`, role, { evaluation: 'first' });
    const identity = { issuer, subject: name, email: `${name}@example.invalid` };
    const acting = (await createPeople(portal).rolesOf(identity))?.find((one) => one.role === role);
    if (!acting) throw new Error('not granted');
    return acting;
  };
  const inNameOf = <T>({ id = '', role }: KeyHolder, work: () => T): T => asReader({ id, role }, work);
  const decide = (person: KeyHolder, release: number, decision: 'approved' | 'refused' = 'approved') =>
    inNameOf(person, () =>
      createPortalStore(portal).take(person, decision, { id: release, note: 'Looked at it.' }),
    );

  it('is taken in the signed-in checker’s own name, of their own evaluations, and by nobody else', async () => {
    const checker = await actingAs('checking-ben', 'output-checker');
    const release = await waiting('first', 'Ada');
    await decide(checker, release);
    const { state, steps } = await releaseNumbered(operator, release);
    expect(state).toBe('approved');
    expect(steps.at(-1)).toMatchObject({
      by: checker.label,
      signedIn: checker.id,
      login: null,
      note: 'Looked at it.',
    });
    await expect(decide(checker, release)).rejects.toMatchObject({ code: 'wrong-state' });
    await expect(decide(checker, await waiting('second', 'Ada'))).rejects.toMatchObject({
      code: 'unknown-release',
    });
    await expect(decide(checker, await waiting('first', checker.label.toUpperCase()))).rejects.toMatchObject({
      code: 'same-person',
    });

    const refused = 'violates row-level security policy';
    const open = await waiting('first', 'Ada');
    await expect(decide({ ...checker, label: 'Somebody Else' }, open, 'refused')).rejects.toThrow(refused);
    // Nobody who does not work on the evaluation so much as sees what is not published.
    await expect(decide(await actingAs('ruth', 'researcher'), open, 'refused')).rejects.toMatchObject({
      code: 'unknown-release',
    });
    await expect(decide({ ...checker, role: 'researcher' }, open, 'refused')).rejects.toMatchObject({
      code: 'unknown-release',
    });
    const another = inNameOf(checker, () =>
      writeInName(
        portal,
        (tx) => tx`insert into waymark.release_step (release_id, seq, step, by, note, signed_in)
          values (${open}, 3, 'published', ${checker.label}, null, ${checker.id ?? ''})`,
      ),
    );
    await expect(another).rejects.toThrow('cannot be published after checked');
    expect((await releaseNumbered(operator, open)).state).toBe('waiting');
  });

  it('of a command keeps the login that named the person', async () => {
    const named = connect(database.databaseUrl, 1, 'test-login', 'waymark_operator', {
      'waymark.actor': 'ops7',
    });
    const taken = { id: await waiting('first', 'Ada'), by: 'Ben', note: 'Looked at it.' };
    await expect(approveRelease(named, { ...taken, by: ' ada' })).rejects.toMatchObject({
      code: 'same-person',
    });
    const { steps } = await approveRelease(named, taken);
    expect(steps.at(-1)).toMatchObject({ by: 'Ben', login: 'ops7', signedIn: null });
    await named.end();
  });
});
