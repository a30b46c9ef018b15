// What happens to a cohort while its evaluation is paused, and what the flow says of children with more than one story.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Protocol } from '../../../schemas/protocol.ts';
import { recordEvent } from '../../../services/council/case-event.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { flowOf } from '../../../services/evaluations/flow.ts';
import { newKeyPair } from '../../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../../services/evaluations/lifecycle/signers.ts';
import * as steps from '../../../services/evaluations/lifecycle/steps.ts';
import { importOptOuts } from '../../../services/evaluations/register.ts';
import { evaluationStatus } from '../../../services/evaluations/status.ts';
import { builtInOutcomes } from '../../../services/outcomes/definitions.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';

const council = 'E09000023';
const hex = (value: number) => value.toString(16).padStart(32, '0');
const protocolOf = (id: string): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    id,
    title: id,
    question: 'Who is followed?',
    dataSource: 'simulated',
    design: 'randomised',
    councils: [council],
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-01-01',
      to: '2025-12-31',
    },
    unit: 'child',
    allocation: { method: 'seeded', seed: 'a-seed-of-ours', trialShare: 0.5 },
    arms: { trial: 'New', comparison: 'Usual' },
    waves: 'month',
    horizons: [6],
    outcomes: builtInOutcomes.slice(0, 1),
    primary: { outcome: builtInOutcomes[0]?.id ?? '', horizon: 6 },
    disclosure: { threshold: 3 },
  });

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

const referred = (child: number, day: string, changes: object = {}, minute = 0) =>
  recordEvent(
    {
      council,
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
