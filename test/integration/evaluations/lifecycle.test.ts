// A life from draft to closed in a real store: signed by two people, held together by its chain, and told when it is not.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stages } from '../../../schemas/lifecycle.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { resultOf } from '../../../services/analysis/result.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { verifyChain } from '../../../services/evaluations/lifecycle/chain.ts';
import { registrationDocument } from '../../../services/evaluations/lifecycle/document.ts';
import { newKeyPair, publicKeyOf } from '../../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../../services/evaluations/lifecycle/signers.ts';
import * as steps from '../../../services/evaluations/lifecycle/steps.ts';
import { createEvaluation, registerCouncils } from '../../../services/evaluations/register.ts';
import { headlineOutcomes } from '../../../services/outcomes/definitions.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';
import { protocolNamed } from '../../harness/protocols.ts';

const council = 'E09000023';
const protocolOf = (id: string, changes: Partial<Protocol> = {}): Protocol =>
  protocolNamed(id, [council], {
    horizons: [6, 12],
    outcomes: [...headlineOutcomes],
    primary: { outcome: 'care-entry', horizon: 12 },
    disclosure: { threshold: 6 },
    ...changes,
  });

const people = { anna: newKeyPair(), ben: newKeyPair() };
let database: TestDatabase;
let db: Database;
let minutes = 0;
const taken = (slug: string) => {
  minutes += 1;
  return { slug, by: 'anna', at: new Date(Date.UTC(2026, 0, 1, 0, minutes)) };
};
const signed = (slug: string, signer: 'anna-a' | 'ben-b', key = signer.startsWith('anna') ? 'anna' : 'ben') =>
  steps.signEvaluation(db, {
    slug,
    signer,
    privatePem: people[key as keyof typeof people].privatePem,
    at: taken(slug).at,
  });
const named = async (slug: string) => {
  const evaluation = await evaluationNamed(db, slug);
  if (!evaluation) throw new Error(slug);
  return evaluation;
};

/** Registered, signed by both and locked. */
async function locked(slug: string): Promise<void> {
  await createEvaluation(db, protocolOf(slug));
  await steps.advance(db, taken(slug), 'registered');
  await signed(slug, 'anna-a');
  await signed(slug, 'ben-b');
  await steps.advance(db, taken(slug), 'locked');
}

beforeAll(async () => {
  database = await testDatabase();
  db = connect(database.databaseUrl, 2, 'test-lifecycle');
  await registerCouncils(db, [{ code: council, name: council, dataSource: 'simulated' }]);
  await registerSigner(db, {
    id: 'anna-a',
    name: 'Anna',
    publicKey: people.anna.publicKey,
    simulated: false,
  });
  await registerSigner(db, { id: 'ben-b', name: 'Ben', publicKey: people.ben.publicKey, simulated: true });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

it('goes from draft to closed, step by step, and verifies at the end', async () => {
  const slug = 'whole-life';
  await locked(slug);
  await steps.advance(db, taken(slug), 'recruiting');
  await steps.pause(db, taken(slug), 'a council’s feed is to be looked into first');
  await expect(steps.advance(db, taken(slug), 'following')).rejects.toMatchObject({ code: 'illegal-step' });
  await steps.resume(db, taken(slug));
  await steps.advance(db, taken(slug), 'following');
  await expect(steps.advance(db, taken(slug), 'analysed')).rejects.toThrow(/blinded/);
  await expect(steps.unblind(db, taken(slug), 'too short')).rejects.toMatchObject({ code: 'bad-step' });
  await steps.unblind(db, taken(slug), 'every wave is frozen at every horizon');
  for (const to of ['analysed', 'released', 'closed'] as const) await steps.advance(db, taken(slug), to);
  const { standing, faults } = await verifyChain(db, await named(slug));
  expect(faults).toEqual([]);
  expect(standing.stage).toBe('closed');
  await expect(steps.advance(db, taken(slug), 'draft')).rejects.toMatchObject({ code: 'illegal-step' });
});

it('says in words what a step lacks', async () => {
  const slug = 'in-words';
  await createEvaluation(db, protocolOf(slug));
  const nobody = { ...taken(slug), by: '' };
  await expect(steps.advance(db, nobody, 'registered')).rejects.toThrow(
    'The by must name who takes the step.',
  );
  await expect(steps.advance(db, taken(slug), 'locked')).rejects.toMatchObject({
    message: 'The evaluation is draft: registered comes before locked.',
    place: { field: 'to' },
  });
  await expect(steps.resume(db, taken(slug))).rejects.toMatchObject({ place: {} });
  await steps.advance(db, taken(slug), 'registered');
  for (const who of ['anna-a', 'ben-b'] as const) await signed(slug, who);
  await steps.advance(db, taken(slug), 'locked');
  const change = { label: 'ab', reason: 'a reason that is long enough', protocol: null };
  await expect(steps.deviate(db, taken(slug), change)).rejects.toThrow(
    'The label must say in a few words what was changed.',
  );
});

it('refuses every step that is not open without a trace', async () => {
  const slug = 'no-trace';
  await createEvaluation(db, protocolOf(slug));
  for (const to of stages.filter((stage) => stage !== 'registered'))
    await expect(steps.advance(db, taken(slug), to)).rejects.toMatchObject({ code: 'illegal-step' });
  expect((await verifyChain(db, await named(slug))).standing.entries).toBe(1);
});

describe('signatures', () => {
  it('of the wrong key are refused, and one person does not make two', async () => {
    const slug = 'signing';
    await createEvaluation(db, protocolOf(slug));
    await steps.advance(db, taken(slug), 'registered');
    await expect(signed(slug, 'anna-a', 'ben')).rejects.toMatchObject({ code: 'wrong-key' });
    await signed(slug, 'anna-a');
    await signed(slug, 'anna-a');
    await expect(steps.advance(db, taken(slug), 'locked')).rejects.toThrow(/two different people/);
    await steps.revise(db, taken(slug), protocolOf(slug, { title: 'Another title' }));
    await signed(slug, 'ben-b');
    await expect(steps.advance(db, taken(slug), 'locked')).rejects.toThrow(/those here are of 1/);
  });

  it('need a key each: a key that is registered is nobody else’s', async () => {
    const again = {
      id: 'carl-c',
      name: 'Carl',
      publicKey: publicKeyOf(people.anna.privatePem),
      simulated: false,
    };
    await expect(registerSigner(db, again)).rejects.toMatchObject({ code: 'signer-exists' });
  });
});

describe('after locking', () => {
  it('a change is a deviation that follows every result, with the protocol before and after', async () => {
    const slug = 'deviating';
    await locked(slug);
    const before = (await named(slug)).protocolHash;
    const changed = protocolOf(slug, { horizons: [6, 12, 18] });
    await expect(steps.revise(db, taken(slug), changed)).rejects.toMatchObject({ code: 'illegal-step' });
    expect((await named(slug)).protocolHash).toBe(before);
    const reason = 'the funder asks for an 18-month follow-up';
    await steps.deviate(db, taken(slug), { label: 'longer follow-up', reason, protocol: changed });
    await steps.deviate(db, taken(slug), {
      label: 'late list',
      reason: 'the list of one council came a week late',
      protocol: null,
    });
    const evaluation = await named(slug);
    const { deviations } = await resultOf(db, evaluation);
    expect(deviations.map(({ label, from, to }) => [label, from, to])).toEqual([
      ['longer follow-up', before, evaluation.protocolHash],
      ['late list', evaluation.protocolHash, evaluation.protocolHash],
    ]);
    expect((await verifyChain(db, evaluation)).faults).toEqual([]);
    const shorter = protocolOf(slug, { horizons: [12] });
    await expect(
      steps.deviate(db, taken(slug), {
        label: 'shorter',
        reason: 'nobody waits for so long',
        protocol: shorter,
      }),
    ).rejects.toMatchObject({ code: 'lost-horizon' });
  });

  it('the registration document says what was locked, by whom, and who is simulated', async () => {
    const slug = 'documented';
    await locked(slug);
    const evaluation = await named(slug);
    const { standing } = await verifyChain(db, evaluation);
    const text = registrationDocument(evaluation, standing, ['ben-b']);
    for (const part of [
      evaluation.protocolHash,
      'Anna (anna-a)',
      standing.head ?? '?',
      'SIMULATED DATA',
      'Primary outcome: Care entry by 12 months',
    ])
      expect(text).toContain(part);
    expect(text).toContain('behind whom nobody stands: Ben.');
    for (const { signature } of standing.signatures) expect(text).toContain(signature);
  });
});

describe('the chain', () => {
  it('cannot be changed, emptied or cut short, even by the owner of the store', async () => {
    await locked('unchangeable');
    await expect(db`update waymark.lifecycle_entry set hash = ''`).rejects.toThrow(/only ever added to/);
    await expect(db`delete from waymark.lifecycle_entry`).rejects.toThrow(/only ever added to/);
    await expect(db`truncate waymark.lifecycle_entry`).rejects.toThrow(/only ever added to/);
  });

  const forced =
    (change: (tx: Parameters<Parameters<Database['begin']>[1]>[0], id: number) => Promise<unknown>) =>
    async (slug: string) => {
      await locked(slug);
      const evaluation = await named(slug);
      await db.begin(async (tx) => {
        await tx`alter table waymark.lifecycle_entry disable trigger lifecycle_entry_stays`;
        await change(tx, evaluation.id);
        await tx`alter table waymark.lifecycle_entry enable trigger lifecycle_entry_stays`;
      });
      return (await verifyChain(db, evaluation)).faults;
    };

  it.each([
    [
      'another name in an entry',
      'renamed',
      forced(
        (tx, id) => tx`update waymark.lifecycle_entry set entry = jsonb_set(entry, '{by}', '"eve"')
        where evaluation_id = ${id} and seq = 2`,
      ),
      /entry 2 was changed/,
    ],
    [
      'an entry taken out',
      'taken-out',
      forced((tx, id) => tx`delete from waymark.lifecycle_entry where evaluation_id = ${id} and seq = 3`),
      /entry 3 .*does not follow/,
    ],
    [
      'the last entry taken out',
      'cut-short',
      forced((tx, id) => tx`delete from waymark.lifecycle_entry where evaluation_id = ${id} and seq = 5`),
      /beside .*the store says locked, the chain registered/,
    ],
    [
      'another protocol in the store',
      'swapped-protocol',
      forced(
        (tx, id) => tx`update waymark.evaluation set protocol = jsonb_set(protocol, '{title}', '"Other"')
        where evaluation_id = ${id}`,
      ),
      /beside .*protocol does not have its hash/,
    ],
  ])('tells %s', async (_, slug, faultsAfter, expected) => {
    const told = (await faultsAfter(slug)).map(
      ({ seq, fault }) => `${seq === null ? 'beside' : `entry ${seq}`} ${fault}`,
    );
    expect(told.join('\n')).toMatch(expected);
  });

  it('is the only way to unblind: without its entry and reason the store refuses, even its owner', async () => {
    await locked('by-hand');
    await expect(db`update waymark.evaluation set unblinded = true where slug = 'by-hand'`).rejects.toThrow(
      /says why/,
    );
    expect((await named('by-hand')).unblinded).toBe(false);
  });
});
