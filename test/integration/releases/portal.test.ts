// Releases by the portal's own role in PostgreSQL: who may take which step, in whose name, and in which order.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grant } from '../../../services/access/grants.ts';
import { createPeople } from '../../../services/access/people.ts';
import { asReader, readInName, writeInName } from '../../../services/access/reader.ts';
import type { PersonRole } from '../../../services/access/roles.ts';
import { createKey } from '../../../services/platform/access.ts';
import { connect, type Database, type DatabaseRole } from '../../../services/platform/database.ts';
import { createPortalStore } from '../../../services/portal/postgres-store.ts';
import type { KeyHolder, PortalStore } from '../../../services/portal/store.ts';
import { checkRelease, publishRelease } from '../../../services/releases/check.ts';
import { releaseNumbered } from '../../../services/releases/standing.ts';
import type { PersonStep } from '../../../services/releases/steps.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';
import { twoEvaluations } from '../access/world.ts';
import { storedEvaluation } from './evaluation.ts';

let database: TestDatabase;
const pools: Database[] = [];
const as = (role?: DatabaseRole): Database => {
  const pool = connect(database.databaseUrl, 2, 'test-releases', role);
  pools.push(pool);
  return pool;
};
let [owner, operator, portal, tracker]: Database[] = [];
let store: PortalStore;
let [evaluator, checker]: KeyHolder[] = [];

async function acting(name: string, role: PersonRole): Promise<KeyHolder> {
  const email = `${name}@example.invalid`;
  const granted = { who: email, role, evaluation: 'first', council: null };
  await grant(operator as Database, granted, 'anna');
  const roles = await createPeople(portal as Database).rolesOf({ issuer: 'https://x', subject: name, email });
  return roles?.find((one) => one.role === role) as KeyHolder;
}

const inNameOf = <T>(person: KeyHolder | undefined, work: () => T): T =>
  asReader({ id: person?.id ?? '', role: person?.role ?? 'researcher' }, work);
const draft = (person = evaluator, evaluation = 'first'): Promise<number> =>
  inNameOf(person, () =>
    store.draft(person as KeyHolder, { evaluation, audience: 'researchers', title: 'Some results' }),
  );
const take = (
  step: PersonStep,
  id: number,
  more: { note?: string; with?: number } = {},
  person = checker,
): Promise<void> => inNameOf(person, () => store.take(person as KeyHolder, step, { id, ...more }));
const stateOf = async (id: number) => (await releaseNumbered(operator as Database, id)).state;

async function published(): Promise<number> {
  const id = await draft();
  await checkRelease(tracker as Database, id);
  await take('asked', id);
  await publishRelease(tracker as Database, id);
  return id;
}

beforeAll(async () => {
  database = await testDatabase();
  [owner, operator, portal, tracker] = [
    as(),
    as('waymark_operator'),
    as('waymark_portal'),
    as('waymark_tracker'),
  ];
  store = createPortalStore(portal as Database);
  await twoEvaluations(owner as Database);
  await storedEvaluation(operator as Database, 'blinded');
  [evaluator, checker] = [await acting('eve', 'evaluator'), await acting('chidi', 'output-checker')];
});
afterAll(async () => {
  for (const pool of pools) await pool.end();
  await database.drop();
});

describe('a release on the portal', () => {
  it('goes from an evaluator’s draft to its permalink by a checker, each in their own name, and is superseded', async () => {
    const older = await draft();
    expect(await stateOf(older)).toBe('checking');
    expect(
      await (owner as Database)`select from waymark.release_look where release_id = ${older}`,
    ).toHaveLength(1);
    await checkRelease(tracker as Database, older);
    expect(await stateOf(older)).toBe('settled');
    await take('asked', older);
    await publishRelease(tracker as Database, older);
    const { steps, published: out, check } = await releaseNumbered(operator as Database, older);
    expect(steps.map(({ step, by, signedIn = null }) => [step, by, signedIn])).toEqual([
      ['drafted', evaluator?.label, evaluator?.id],
      ['checked', 'Waymark', null],
      ['asked', checker?.label, checker?.id],
      ['published', checker?.label, null],
    ]);
    expect(check?.record.checks?.map(({ result }) => result)).toEqual(['pass', 'pass', 'pass', 'pass']);

    const newer = await published();
    await take('superseded', older, { note: 'Newer numbers.', with: newer });
    const read = await inNameOf(checker, () => store.releaseAt(out?.permalink ?? ''));
    expect(read).toMatchObject({ state: 'superseded', supersededBy: { by: newer } });
    const audited = await (owner as Database)<{ told: Record<string, unknown>[] }[]>`
      select entry::jsonb -> 'what' -> 'told' as told from waymark.audit_entry
      where entry::jsonb ->> 'kind' = 'release' and entry::jsonb -> 'what' ->> 'table' = 'release_step'`;
    expect(audited.flatMap(({ told }) => told)).toContainEqual({
      ...{ release_id: older, seq: 5, step: 'superseded', by: checker?.label, signed_in: checker?.id },
    });
  });

  it('is drafted by nobody but an evaluator of it, and of no blinded evaluation', async () => {
    const refused = 'row-level security';
    await expect(draft(evaluator, 'second')).rejects.toMatchObject({ code: 'unknown-evaluation' });
    await expect(draft(checker)).rejects.toThrow(refused);
    await expect(draft(await acting('ruth', 'researcher'))).rejects.toThrow(refused);
    await expect(draft({ ...(evaluator as KeyHolder), label: 'Somebody Else' })).rejects.toThrow(refused);
    const key = await createKey(owner as Database, {
      label: 'machine',
      role: 'evaluator',
      council: null,
      evaluation: 'first',
    });
    const machine = await createPeople(portal as Database).ofKey(key);
    await expect(draft(machine as KeyHolder)).rejects.toThrow(refused);

    await grant(
      operator as Database,
      { who: 'eve@example.invalid', role: 'evaluator', evaluation: 'blinded', council: null },
      'anna',
    );
    await expect(draft(evaluator, 'blinded')).rejects.toMatchObject({ code: 'blinded' });
    const past = inNameOf(evaluator, () =>
      writeInName(
        portal as Database,
        (tx) => tx`insert into waymark.release (evaluation_id, audience, title, result)
          select evaluation_id, 'researchers', 'x', '{}' from waymark.evaluation where slug = 'blinded'`,
      ),
    );
    await expect(past).rejects.toThrow(refused);
    const counts = inNameOf(evaluator, () =>
      readInName(portal as Database, (tx) => tx`select result from waymark.release`),
    );
    await expect(counts).rejects.toThrow('permission denied');
  });

  it('is neither published nor decided on by an evaluator, and only by the reason-giving steps of a checker', async () => {
    const id = await draft();
    await checkRelease(tracker as Database, id);
    const own = { ...(evaluator as KeyHolder) };
    await expect(take('asked', id, {}, own)).rejects.toThrow('row-level security');
    await expect(take('refused', id, { note: 'No.' }, own)).rejects.toMatchObject({ code: 'same-person' });
    await expect(take('refused', id)).rejects.toThrow('row-level security');
    await expect(take('approved', id, { note: 'Yes.' })).rejects.toMatchObject({ code: 'wrong-state' });
    await take('refused', id, { note: 'Not needed.' });
    expect(await stateOf(id)).toBe('refused');
  });
});

describe('the order of steps', () => {
  it('is held by the store: what waits for a decision is not published without one, whoever asks', async () => {
    const db = owner as Database;
    const insert = (id: number, seq: number, step: string, detail: object | null = null) =>
      db`insert into waymark.release_step (release_id, seq, step, by, detail)
        values (${id}, ${seq}, ${step}, 'Ada', ${detail && JSON.stringify(detail)}::text::jsonb)`;
    const id = await draft();
    await expect(insert(id, 2, 'published')).rejects.toThrow('cannot be published after drafted');
    await expect(insert(id, 2, 'approved')).rejects.toThrow('cannot be approved after drafted');
    await expect(insert(id, 3, 'checked')).rejects.toThrow('cannot be checked after drafted');
    await insert(id, 2, 'checked', { verdict: 'review', findings: [] });
    await expect(insert(id, 3, 'asked')).rejects.toThrow('cannot be asked after checked');
    await expect(insert(id, 3, 'published')).rejects.toThrow('cannot be published after checked');
    await insert(id, 3, 'approved');
    await insert(id, 4, 'asked');

    const [one, two] = [await published(), await published()];
    const permalink = (await releaseNumbered(db, two)).published?.permalink;
    await expect(insert(one, 5, 'superseded', { by: two, permalink: 'elsewhere' })).rejects.toThrow(
      'superseded',
    );
    await expect(insert(one, 5, 'superseded', { by: one, permalink })).rejects.toThrow('superseded');
    await insert(one, 5, 'superseded', { by: two, permalink });
  });
});
