// What happens to a cohort while its evaluation is paused, and what the flow says of children with more than one story.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Protocol } from '../../../schemas/protocol.ts';
import { feedStatement, recordEvent } from '../../../services/council/case-event.ts';
import { evaluateAsOf } from '../../../services/evaluations/as-of/as-of.ts';
import { diffBetween } from '../../../services/evaluations/as-of/diff.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { flowOf } from '../../../services/evaluations/flow.ts';
import { newKeyPair } from '../../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../../services/evaluations/lifecycle/signers.ts';
import * as steps from '../../../services/evaluations/lifecycle/steps.ts';
import { milestones, standings } from '../../../services/evaluations/maturity.ts';
import { importOptOuts } from '../../../services/evaluations/register.ts';
import { screen } from '../../../services/evaluations/screen.ts';
import { evaluationStatus } from '../../../services/evaluations/status.ts';
import { wakeEvaluation } from '../../../services/evaluations/wake.ts';
import { restsOn } from '../../../services/outcomes/feeds.ts';
import type { Queryable } from '../../../services/platform/database.ts';
import { protocolNamed } from '../../harness/protocols.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';

const council = 'E09000023';
const hex = (value: number) => value.toString(16).padStart(32, '0');
const protocolOf = (id: string): Protocol => protocolNamed(id, [council]);

let sql: SqlEngine;
beforeAll(async () => {
  sql = await sqlEngine();
  await sql.register([council]);
});
afterAll(() => sql.close());

const taken = (slug: string) => ({ slug, by: 'anna', at: new Date('2026-01-01T00:00:00Z') });
const named = async (slug: string) => {
  const evaluation = await evaluationNamed(sql.db, slug);
  if (!evaluation) throw new Error(slug);
  return evaluation;
};
const flow = async (slug: string) => flowOf(sql.db, await named(slug));

const referred = (child: number, day: string, changes: object = {}, minute = 0, by = council) =>
  recordEvent(
    {
      council: by,
      child: `c${hex(child)}`,
      recordId: `r${hex(child)}`,
      recordedAt: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`,
    },
    'referral',
    { date: day, ...changes },
  );

async function recruiting(slug: string): Promise<void> {
  await sql.create(protocolOf(slug));
  await steps.advance(sql.db, taken(slug), 'registered');
  for (const person of ['anna', 'ben']) {
    const { privatePem, publicKey } = newKeyPair();
    const id = `${person}-${slug}`;
    await registerSigner(sql.db, { id, name: id, publicKey, simulated: false });
    await steps.signEvaluation(sql.db, {
      slug,
      signer: id,
      privatePem,
      at: new Date('2026-01-01T00:00:00Z'),
    });
  }
  await steps.advance(sql.db, taken(slug), 'locked');
  await steps.advance(sql.db, taken(slug), 'recruiting');
}

it('a pause enrols nobody, computes nothing and loses nothing', async () => {
  await recruiting('pausing');
  await sql.settle([referred(1, '2024-05-01')]);
  await sql.follow();
  await steps.pause(sql.db, taken('pausing'), 'a fault in the feed of one council is looked into');
  await sql.settle([referred(2, '2024-06-01')]);
  await sql.follow();
  expect(await flow('pausing')).toMatchObject({ screened: 1, enrolled: 1 });
  await steps.resume(sql.db, taken('pausing'));
  await sql.follow();
  expect(await flow('pausing')).toMatchObject({ screened: 2, enrolled: 2 });
  const status = await evaluationStatus(sql.db, await named('pausing'));
  expect(status.pooled).toEqual([{ outcome: 're-referral', horizon: 6, atRisk: 2, events: 0 }]);
  expect(status.next).toEqual(['advance to following']);
});

it('a child in two evaluations, or moved to another council, is followed, and counted as such', async () => {
  await recruiting('second');
  await sql.follow();
  await sql.settle([referred(1, '2024-05-01', { closedOn: '2024-07-01', closureReason: 'RC5' }, 9)]);
  await sql.follow();
  const { flags } = await flow('second');
  expect(flags).toEqual([
    { flag: 'also-in-another-evaluation', count: 2 },
    { flag: 'moved-to-another-council', count: 1 },
  ]);
});

it('a child that opts out is followed no longer in that evaluation, and in no other is touched', async () => {
  await importOptOuts(sql.db, 'second', [{ council, unit: `c${hex(1)}` }]);
  await sql.follow();
  expect(await flow('second')).toMatchObject({
    screened: 2,
    enrolled: 1,
    excluded: [{ reason: 'opted-out', count: 1 }],
  });
  expect((await flow('pausing')).enrolled).toBe(2);
  const left = await sql.db`
    select from waymark.outcome join waymark.participant using (participant_key)
    join waymark.evaluation using (evaluation_id) where slug = 'second'`;
  expect(left).toHaveLength(1);
});

it('who has opted out is out on whatever day is asked about', async () => {
  const second = await named('second');
  const cut = new Date(Date.now() + 60_000);
  const then = await evaluateAsOf(sql.db, second, cut, '2026-01-01');
  expect(then.participants.map(({ child }) => child)).toEqual([`c${hex(2)}`]);
  const diff = await diffBetween(sql.db, second, { from: new Date(0), to: cut }, { from: 'then', to: 'now' });
  expect(diff.participants).toEqual({ before: 0, after: 1, entered: 1, left: 0 });
});

it('waking one evaluation asks for the children of its councils, and of no other', async () => {
  const elsewhere = 'E08000030';
  await sql.register([elsewhere]);
  await sql.create({ ...protocolOf('elsewhere'), councils: [elsewhere] });
  await recruiting('woken');
  await sql.settle([referred(900, '2025-01-01', {}, 0, elsewhere)]);
  await sql.db`delete from waymark.outbox`;
  const children = await wakeEvaluation(sql.db, await named('woken'));
  const [asked] = await sql.db<{ children: number; of_council: number }[]>`
    select count(*)::integer as children, (select count(*)::integer from waymark.child c
      join waymark.council l using (council_id) where l.code = ${council}) as of_council
    from waymark.outbox o, unnest(o.child_keys)`;
  expect(children).toBeGreaterThan(0);
  expect(asked).toEqual({ children, of_council: children });
});

it('what waits is taken by rows and by children, and it is said whether more waits', async () => {
  await sql.db`delete from waymark.outbox`;
  // Nobody has these keys: they are looked for and nothing comes of it.
  for (const children of [70_000, 70_000, 1, 1])
    await sql.db`insert into waymark.outbox (child_keys, council_ids)
      select array_agg(1000000 + n), '{}' from generate_series(1, ${children}) n`;
  const sizes = [];
  for (let after = '0', more = true; more; ) {
    const taken = await sql.take(1_000, after);
    sizes.push(taken.rows.length);
    after = taken.rows.at(-1) ?? after;
    more = taken.more;
  }
  expect(sizes).toEqual([2, 2]);
  expect(await sql.take(2)).toMatchObject({ rows: { length: 2 }, more: true });
  await sql.db`delete from waymark.outbox`;
  expect(await sql.take(2)).toMatchObject({ rows: [], more: false });
});

it('plans of foreign keys are kept while children are screened, and no others after it', async () => {
  await sql.settle([referred(950, '2024-05-01')]);
  const evaluation = await named('second');
  const [found] = await sql.db<
    { child_key: number }[]
  >`select child_key from waymark.child where pseudonym = ${hex(950)}::uuid`;
  const modes = async (db: Queryable) =>
    (
      await db`select current_setting('plan_cache_mode') as plans, current_setting('enable_seqscan') as scans`
    )[0];
  const usual = await modes(sql.db);
  await sql.db.begin(async (tx) => {
    await screen(tx, evaluation, [found?.child_key ?? 0]);
    expect(await modes(tx)).toEqual(usual);
  });
  expect(usual).toEqual({ plans: 'force_custom_plan', scans: 'on' });
  expect(await flow('second')).toMatchObject({ screened: 3 });
});

it('a look is told of a wave what its milestones say, whatever the feeds are complete through', async () => {
  const [one, other] = ['E08000031', 'E08000032'];
  await sql.register([one, other]);
  await sql.create({ ...protocolOf('looked-at'), councils: [one, other], horizons: [6, 12] });
  const evaluation = await named('looked-at');
  const wave = '2024-05-01';
  expect(await standings(sql.db, evaluation, wave)).toEqual([]);
  await sql.settle([referred(960, '2024-05-03', {}, 0, one), referred(961, '2024-05-20', {}, 0, other)]);
  await sql.follow();
  const kinds = evaluation.protocol.outcomes.flatMap(restsOn);
  const complete = async (council: string, completeThrough: string) => {
    await sql.settle([feedStatement(council, `${completeThrough}T12:00:00Z`, { kinds, completeThrough })]);
    const said = await milestones(sql.db, evaluation, wave);
    const found = await standings(sql.db, evaluation, wave);
    expect(found).toEqual(
      said.map(({ horizon, waitingFor, frozenAt }) => ({
        horizon,
        complete: waitingFor.length === 0,
        frozen: frozenAt !== null,
      })),
    );
    return found.filter((each) => each.complete).map(({ horizon }) => horizon);
  };
  expect(await complete(one, '2026-01-01')).toEqual([]);
  // Behind the wave's first day and six months, and before, on and behind the last index day and six months.
  expect(await complete(other, '2024-11-02')).toEqual([]);
  expect(await complete(other, '2024-11-19')).toEqual([]);
  expect(await complete(other, '2024-11-20')).toEqual([6]);
  expect(await complete(other, '2025-05-20')).toEqual([6, 12]);
});
