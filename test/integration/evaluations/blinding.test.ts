// Before the unblinding nobody sees outcomes by arm: tried as every role of the real store, and as one that is granted everything.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { newKeyPair } from '../../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../../services/evaluations/lifecycle/signers.ts';
import { advance, signEvaluation, unblind } from '../../../services/evaluations/lifecycle/steps.ts';
import { maturityLedger } from '../../../services/evaluations/maturing/from-store.ts';
import { createEvaluation, registerCouncils } from '../../../services/evaluations/register.ts';
import { kindNumber } from '../../../services/outcomes/kinds.ts';
import { connect, type Database, type DatabaseRole } from '../../../services/platform/database.ts';
import { createPortalStore } from '../../../services/portal/postgres-store.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';
import { protocolNamed } from '../../harness/protocols.ts';
import { readingAll } from '../../harness/reader.ts';

const council = 'E09000023';
const analyst = `analyst_${randomBytes(6).toString('hex')}`;
/** Who may look. `analyst` is granted every table there is. */
const readers = ['waymark_portal', 'waymark_operator', analyst] as const;

let database: TestDatabase;
let owner: Database;
const pools = new Map<string, Database>();
const as = (role: string): Database => pools.get(role)!;

const byArm = (db: Database, slug: string) => db<{ arm: number; events: number }[]>`
  select p.arm, count(*) filter (where o.state = 1)::integer as events
  from waymark.participant p join waymark.outcome o using (participant_key)
  join waymark.evaluation e using (evaluation_id) where e.slug = ${slug} group by p.arm order by p.arm`;
const frozenByArm = (db: Database, slug: string) => db<{ arm: number; rows: number }[]>`
  select f.arm, count(*)::integer as rows from waymark.frozen_outcome f join waymark.evaluation e using (evaluation_id)
  where e.slug = ${slug} group by f.arm order by f.arm`;

/** Two children in each arm; both of the trial arm had the event. */
async function followed(slug: string): Promise<void> {
  await createEvaluation(
    as('waymark_operator'),
    protocolNamed(slug, [council], { allocation: { method: 'list' }, disclosure: { threshold: 1 } }),
  );
  const id = (await evaluationNamed(owner, slug))?.id ?? 0;
  await owner`insert into waymark.milestone (evaluation_id, wave, horizon, participants, outcome_hash, draft)
    values (${id}, '2024-01-01', 6, 4, 'hash', '{"arms": "by arm"}')`;
  for (const arm of [1, 1, 0, 0]) {
    const [child] = await owner<{ child_key: number }[]>`
      insert into waymark.child (council_id, pseudonym) values (1, gen_random_uuid()) returning child_key`;
    const [row] = await owner<{ key: number }[]>`
      insert into waymark.participant (evaluation_id, child_key, council_id, wave, index_day, index_record, index_child, arm, cluster)
      values (${id}, ${child?.child_key ?? 0}, 1, '2024-01-01', '2024-01-05', gen_random_uuid(), ${child?.child_key ?? 0}, ${arm}, gen_random_uuid())
      returning participant_key as key`;
    const [state, date] = arm === 1 ? [1, '2024-02-01'] : [2, null];
    await owner`insert into waymark.outcome (participant_key, outcome, horizon, horizon_day, state, date)
      values (${row?.key ?? 0}, 0, 6, '2024-07-05', ${state}, ${date})`;
    await owner`insert into waymark.frozen_outcome (evaluation_id, wave, horizon, participant_key, arm, outcome, state, date)
      values (${id}, '2024-01-01', 6, ${row?.key ?? 0}, ${arm}, 0, ${state}, ${date})`;
  }
}

async function unblinded(slug: string): Promise<void> {
  const taken = () => ({ slug, by: 'anna', at: new Date() });
  const db = as('waymark_operator');
  await advance(db, taken(), 'registered');
  for (const id of ['anna-a', 'ben-b']) {
    const { privatePem, publicKey } = newKeyPair();
    await registerSigner(db, { id, name: id, publicKey, simulated: false });
    await signEvaluation(db, { slug, signer: id, privatePem, at: new Date() });
  }
  await advance(db, taken(), 'locked');
  await advance(db, taken(), 'recruiting');
  await unblind(db, taken(), 'every wave is frozen at every horizon');
}

beforeAll(async () => {
  database = await testDatabase();
  owner = connect(database.databaseUrl, 1, 'test-blinding');
  await owner.unsafe(`create role ${analyst} login`);
  await owner.unsafe(
    `grant usage on schema waymark to ${analyst}; grant select on all tables in schema waymark to ${analyst}`,
  );
  const url = await readingAll(owner, database.databaseUrl);
  for (const role of ['waymark_tracker', 'waymark_gateway', 'waymark_ingest', ...readers])
    pools.set(role, connect(url, 1, 'test-blinding', role as DatabaseRole));
  await registerCouncils(owner, [{ code: council, name: council, dataSource: 'simulated' }]);
  await owner`insert into waymark.feed_mark (council_id, kind, partition, complete_through, stated_at, statement_id)
    values (1, ${kindNumber.referral}, 0, '2025-01-01', now(), gen_random_uuid())`;
  await followed('blinded');
  await followed('unblinded');
  await unblinded('unblinded');
});
afterAll(async () => {
  for (const pool of pools.values()) await pool.end();
  await owner.unsafe(`drop owned by ${analyst}; drop role ${analyst}`);
  await owner.end();
  await database.drop();
});

describe.each(readers)('%s', (role) => {
  it('sees outcomes by arm once they are unblinded, and of no evaluation that is blinded', async () => {
    expect(await byArm(as(role), 'blinded')).toEqual([]);
    expect(await frozenByArm(as(role), 'blinded')).toEqual([]);
    expect(await byArm(as(role), 'unblinded')).toEqual([
      { arm: 0, events: 0 },
      { arm: 1, events: 2 },
    ]);
    expect(await frozenByArm(as(role), 'unblinded')).toEqual([
      { arm: 0, rows: 2 },
      { arm: 1, rows: 2 },
    ]);
  });

  it('sees the drafts of unblinded evaluations only', async () => {
    const drafts = await as(role)`
      select slug from waymark.unblinded_draft join waymark.evaluation using (evaluation_id)`;
    expect(drafts.map(({ slug }) => slug)).toEqual(['unblinded']);
  });

  it('is told who has matured, and by state of an unblinded evaluation only', async () => {
    if (role === 'waymark_portal') return; // Its page has no states.
    const told = async (slug: string) => {
      const evaluation = (await evaluationNamed(as(role), slug))!;
      const { rows, statesHidden } = await maturityLedger(as(role), evaluation, new Date());
      return {
        statesHidden,
        counts: rows.map(({ participants, unknown, states }) => [participants, unknown, states]),
      };
    };
    expect(await told('blinded')).toEqual({ statesHidden: 'blinded', counts: [[4, 0, null]] });
    const none = { event: 0, noEvent: 0, censored: 0, notAtRisk: 0 };
    const states = { matured: { ...none, event: 2, noEvent: 2 }, pending: { ...none, notComputed: 0 } };
    expect(await told('unblinded')).toEqual({ statesHidden: null, counts: [[4, 0, states]] });
  });

  it('sees how many children of both arms together had the event', async () => {
    const pooled = await as(role)`
      select slug, at_risk::integer as at_risk, events::integer as events
      from waymark.pooled_outcome join waymark.evaluation using (evaluation_id) order by slug`;
    expect(pooled.map((row) => ({ ...row }))).toEqual([
      { slug: 'blinded', at_risk: 4, events: 2 },
      { slug: 'unblinded', at_risk: 4, events: 2 },
    ]);
  });
});

describe('the services’ own roles', () => {
  it.each(['waymark_portal', 'waymark_operator'])(
    '%s cannot read a draft out of its milestone',
    async (role) => {
      await expect(as(role)`select draft from waymark.milestone`).rejects.toMatchObject({ code: '42501' });
    },
  );

  const entryBy = (role: string) =>
    as(role)`insert into waymark.lifecycle_entry (evaluation_id, seq, entry, hash) values (1, 99, '{}', '')`;

  it.each(['waymark_tracker', 'waymark_gateway', 'waymark_ingest'])('%s cannot unblind', async (role) => {
    await expect(as(role)`update waymark.evaluation set unblinded = true`).rejects.toMatchObject({
      code: '42501',
    });
    await expect(entryBy(role)).rejects.toMatchObject({ code: '42501' });
  });

  it('waymark_portal unblinds nothing in nobody’s name', async () => {
    const touched = await as('waymark_portal')`update waymark.evaluation set unblinded = true`;
    expect(touched.count).toBe(0);
    expect(await owner`select from waymark.evaluation where slug = 'blinded' and unblinded`).toHaveLength(0);
    await expect(entryBy('waymark_portal')).rejects.toMatchObject({ code: '42501' });
  });

  it.each(['waymark_gateway', 'waymark_ingest'])('%s sees no outcome at all', async (role) => {
    await expect(as(role)`select * from waymark.outcome`).rejects.toMatchObject({ code: '42501' });
  });

  it('the tracker, which computes, sees them', async () => {
    expect(await byArm(as('waymark_tracker'), 'blinded')).toEqual([
      { arm: 0, events: 0 },
      { arm: 1, events: 2 },
    ]);
  });
});

it('the portal says that an evaluation is blinded, and has no result of it', async () => {
  const store = createPortalStore(as('waymark_portal'));
  const shown = (await store.evaluations()).map(({ slug, blinded }) => [slug, blinded]);
  expect(shown).toEqual([
    ['blinded', true],
    ['unblinded', false],
  ]);
  expect(await store.result('blinded')).toBeNull();
  expect((await store.result('unblinded'))?.results[0]?.arms.map(({ enrolled }) => enrolled)).toEqual([2, 2]);
  expect(await store.maturity('blinded')).toHaveLength(1);
});
