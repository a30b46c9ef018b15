// Evaluators take the steps of an evaluation's life on the portal's pages, on the real store: in their own name, two to lock,
// and nothing that is not theirs, however the portal is made to ask for it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asReader, writeInName } from '../../../services/access/reader.ts';
import type { PersonRole } from '../../../services/access/roles.ts';
import { standingOf, verifyChain } from '../../../services/evaluations/lifecycle/chain.ts';
import { newKeyPair, signProtocol } from '../../../services/evaluations/lifecycle/signatures.ts';
import { bindSigner, registerSigner, signerIdOf } from '../../../services/evaluations/lifecycle/signers.ts';
import * as steps from '../../../services/evaluations/lifecycle/steps.ts';
import type { Database, Transaction } from '../../../services/platform/database.ts';
import { type Planners, startPlanners } from './planners.ts';

let planners: Planners;
let owner: Database;
let operator: Database;
const open: Planners['open'] = (...asked) => planners.open(...asked);
const send: Planners['send'] = (...sent) => planners.send(...sent);
const named: Planners['named'] = (slug) => planners.named(slug);

const keys = { anna: newKeyPair(), ben: newKeyPair() };
const publicPem = (key: { publicKey: Buffer }): string =>
  `-----BEGIN PUBLIC KEY-----\n${Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.publicKey]).toString('base64')}\n-----END PUBLIC KEY-----\n`;
const signatureOf = async (who: keyof typeof keys, slug: string): Promise<string> =>
  signProtocol(keys[who].privatePem, slug, (await named(slug)).protocolHash).signature.toString('base64');

beforeAll(async () => {
  planners = await startPlanners();
  ({ owner, operator } = planners);
  for (const slug of ['planned', 'another', 'by-hand']) await planners.draft(slug);
  await planners.person('anna', 'evaluator', 'planned');
  await planners.person('ben', 'evaluator', null);
  await planners.person('rosa', 'researcher', 'planned');
  await planners.person('olu', 'operator', null);
});
afterAll(() => planners.stop());

it('takes a plan from draft to unblinded, by two people, with a deviation, and the chain holds', async () => {
  const at = '/evaluations/planned/steps';
  expect((await send('anna', `${at}/advance`, {})).to).toBe(`${at}?done=registered`);

  const unsigned = await send('anna', `${at}/sign`, { signature: await signatureOf('anna', 'planned') });
  expect(unsigned.body).toContain('Register your signing key');
  expect((await send('anna', '/signing-key', { key: keys.anna.privatePem })).body).toContain(
    'This is a private key',
  );
  expect((await send('anna', '/signing-key', { key: publicPem(keys.anna) })).status).toBe(303);
  expect((await send('ben', '/signing-key', { key: publicPem(keys.anna) })).body).toContain(
    'another signer’s',
  );
  expect((await send('ben', '/signing-key', { key: publicPem(keys.ben) })).status).toBe(303);
  const again = await send('anna', '/signing-key', { key: publicPem(newKeyPair()) });
  expect(again.status).toBe(400);

  const text = await open('anna', `${at}/sign.txt`);
  expect(text.body).toBe(`waymark protocol 1\nplanned\n${(await named('planned')).protocolHash}\n`);
  const bens = await send('anna', `${at}/sign`, { signature: await signatureOf('ben', 'planned') });
  expect([bens.status, bens.body]).toEqual([400, expect.stringContaining('was not made over this plan')]);
  const anothers = await send('anna', `${at}/sign`, { signature: await signatureOf('anna', 'another') });
  expect(anothers.status).toBe(400);
  expect((await send('anna', `${at}/sign`, { signature: 'not a signature' })).body).toContain(
    '88 characters',
  );
  for (const attempt of [1, 2]) {
    const one = await send('anna', `${at}/sign`, { signature: await signatureOf('anna', 'planned') });
    expect([attempt, one.to]).toEqual([attempt, `${at}?done=signed`]);
  }
  expect((await open('anna', `${at}/advance`)).body).toContain('those here are of 1.');
  const alone = await send('anna', `${at}/advance`, {
    to: 'locked',
    head: (await standingOf(owner, (await named('planned')).id)).head ?? '',
  });
  expect([alone.status, alone.body]).toEqual([409, expect.stringContaining('two different people')]);
  expect((await send('ben', `${at}/sign`, { signature: await signatureOf('ben', 'planned') })).status).toBe(
    303,
  );
  expect((await send('anna', `${at}/advance`, {})).to).toBe(`${at}?done=locked`);

  expect((await open('anna', `${at}/unblind`)).body).toContain('nothing to unblind before recruiting');
  expect((await send('anna', `${at}/advance`, {})).to).toBe(`${at}?done=recruiting`);
  const label = 'one council began late';
  const short = await send('anna', `${at}/deviate`, { label, reason: 'late' });
  expect(short.body).toContain('href="#reason">The reason must say why in at least 20 characters.');
  expect(short.body).toContain(`value="${label}"`);
  const reason = 'Staff were not in post, so the council began a month later.';
  expect((await send('anna', `${at}/deviate`, { label, reason })).status).toBe(303);

  const gates = (await open('anna', `${at}/unblind`)).body;
  expect(gates).toContain('Still to pass');
  expect(gates).toContain('No child has been enrolled yet.');
  expect((await send('anna', `${at}/unblind`, { reason: 'now' })).status).toBe(400);
  expect((await named('planned')).unblinded).toBe(false);
  expect(
    (await send('anna', `${at}/unblind`, { reason: 'The data monitoring committee asks for it.' })).status,
  ).toBe(303);

  const evaluation = await named('planned');
  const { standing, faults } = await verifyChain(owner, evaluation);
  expect(faults).toEqual([]);
  expect(standing).toMatchObject({
    stage: 'recruiting',
    unblinded: { by: 'Anna Person', reason: 'The data monitoring committee asks for it.' },
    deviations: [{ by: 'Anna Person', label, reason }],
  });
  expect(standing.signatures.map(({ name }) => name)).toEqual(['Anna Person', 'Anna Person', 'Ben Person']);
});

it('tells the audit log who took each step', async () => {
  const [row] = await owner<{ by: string[] }[]>`
    select array_agg(distinct entry::jsonb ->> 'by') as by from waymark.audit_entry
    where entry::jsonb -> 'what' ->> 'table' = 'lifecycle_entry' and entry::jsonb ->> 'process' = 'waymark_portal'`;
  expect(row?.by.sort()).toEqual([planners.people.get('anna')?.id, planners.people.get('ben')?.id].sort());
});

describe('a page that was overtaken', () => {
  it('takes no step, and says that somebody else did', async () => {
    await planners.draft('overtaken');
    const at = '/evaluations/overtaken/steps/advance';
    const head = (await standingOf(owner, (await named('overtaken')).id)).head ?? '';
    await steps.advance(operator, { slug: 'overtaken', by: 'operator', at: new Date() }, 'registered');
    const late = await send('ben', at, { head, to: 'registered' });
    expect([late.status, late.body]).toEqual([409, expect.stringContaining('Somebody took another step')]);
    expect((await standingOf(owner, (await named('overtaken')).id)).entries).toBe(2);
  });
});

describe('who may', () => {
  it('evaluators of the evaluation, and nobody else', async () => {
    for (const path of ['', '/advance', '/sign', '/sign.txt', '/unblind', '/deviate']) {
      expect((await open('anna', `/evaluations/planned/steps${path}`)).status, path).toBe(200);
      expect((await open('anna', `/evaluations/another/steps${path}`)).status, path).toBe(404);
      for (const who of ['rosa', 'olu'])
        expect((await open(who, `/evaluations/planned/steps${path}`)).status, `${who} ${path}`).toBe(403);
    }
    expect(
      (await send('rosa', '/evaluations/planned/steps/advance', { to: 'following', head: '' })).status,
    ).toBe(403);
    expect((await open('rosa', '/evaluations/planned/plan')).body).not.toContain(
      '/evaluations/planned/steps',
    );
  });

  it('a form without the token of its session does nothing', async () => {
    const answer = await send('ben', '/evaluations/another/steps/advance', { token: 'x' });
    expect([answer.status, (await named('another')).stage]).toEqual([403, 'draft']);
  });
});

describe('the store refuses what no page asks for', () => {
  const asPerson = (key: string, work: (tx: Transaction) => Promise<unknown>, role?: PersonRole) => {
    const { id = '', role: acting } = planners.people.get(key) ?? { role: 'evaluator' as const };
    return asReader({ id, role: role ?? acting }, () => writeInName(planners.reading, work));
  };
  const entry = (kind: string, by: string, more: object = {}) =>
    JSON.stringify({ kind, by, evaluation: 'by-hand', ...more });
  const add = (text: string) => async (tx: Transaction) =>
    tx`insert into waymark.lifecycle_entry (evaluation_id, seq, entry, hash)
      select evaluation_id, 90, ${text}::text::jsonb, 'x' from waymark.evaluation where slug = 'by-hand'`;
  const refused = /row-level security|permission denied|says why/;

  it.each<[string, string, (tx: Transaction) => Promise<unknown>, PersonRole?]>([
    ['an entry in another’s name', 'ben', add(entry('advanced', 'Anna Person', { to: 'registered' }))],
    ['a step that pages do not take', 'ben', add(entry('resumed', 'Ben Person'))],
    ['a signature as another signer', 'ben', add(entry('signed', 'anna-person', { signer: 'anna-person' }))],
    [
      'a stage without its entry',
      'ben',
      (tx) => tx`update waymark.evaluation set stage = 'locked' where slug = 'by-hand'`,
    ],
    [
      'an unblinding without its entry',
      'ben',
      (tx) => tx`update waymark.evaluation set unblinded = true where slug = 'by-hand'`,
    ],
    [
      'another protocol beside the chain',
      'ben',
      (tx) => tx`update waymark.evaluation set protocol = '{}' where slug = 'by-hand'`,
    ],
    [
      'a signer of another name',
      'olu',
      (tx) =>
        tx`insert into waymark.signer (signer_id, name, public_key, person_id) values ('eve-e', 'Eve', ${Buffer.alloc(32, 7)}, 1)`,
    ],
    [
      'a new evaluation by an evaluator of one',
      'anna',
      (tx) => tx`select waymark.add_evaluation('new-one', '{}', 'x', 'real', '{}')`,
    ],
  ])('%s', async (_, key, work) => {
    const refusal = /row-level security|permission denied|says why|begun by an evaluator of every/;
    await expect(asPerson(key, work)).rejects.toThrow(refusal);
  });

  it.each<[string, PersonRole]>([
    ['rosa', 'researcher'],
    ['olu', 'operator'],
  ])('%s adds no entry', async (key, role) => {
    const label = planners.people.get(key)?.label ?? '';
    const to = (tx: Transaction) => tx`insert into waymark.lifecycle_entry (evaluation_id, seq, entry, hash)
      select evaluation_id, 90, ${entry('advanced', label, { to: 'following' })}::text::jsonb, 'x' from waymark.evaluation where slug = 'planned'`;
    await expect(asPerson(key, to, role)).rejects.toThrow(refused);
    await asPerson(key, async (tx) => {
      const changed = await tx`update waymark.evaluation set stage = stage where slug = 'planned'`;
      expect(changed.count).toBe(0);
    });
  });

  it('nobody’s own changes on an evaluation that was not granted', async () => {
    await asPerson('anna', async (tx) => {
      expect((await tx`update waymark.evaluation set paused = paused where slug = 'by-hand'`).count).toBe(0);
    });
    await expect(
      asPerson('anna', (tx) => tx`select waymark.replace_protocol(${3}::smallint, '{}', 'x', 'real', '{}')`),
    ).rejects.toThrow(/replaced by an evaluator of it/);
  });
});

describe('a signer that was made by command', () => {
  it('is bound to a person once, who signs on pages as that signer', async () => {
    const carl = newKeyPair();
    await registerSigner(operator, {
      id: 'carl-c',
      name: 'Carl C',
      publicKey: carl.publicKey,
      simulated: false,
    });
    await planners.person('carl', 'evaluator', 'by-hand');
    await bindSigner(operator, 'carl-c', 'carl@example.invalid');
    expect((await open('carl', '/signing-key')).body).toContain('Carl C (carl-c)');
    await expect(bindSigner(operator, 'carl-c', 'rosa@example.invalid')).rejects.toMatchObject({
      code: 'signer-exists',
    });
    await expect(bindSigner(operator, 'carl-c', 'x@example.invalid')).rejects.toMatchObject({
      code: 'unknown-person',
    });
    await steps.advance(operator, { slug: 'by-hand', by: 'operator', at: new Date() }, 'registered');
    const { signature } = signProtocol(carl.privatePem, 'by-hand', (await named('by-hand')).protocolHash);
    const signed = await send('carl', '/evaluations/by-hand/steps/sign', {
      signature: signature.toString('base64'),
    });
    expect(signed.status).toBe(303);
    expect(
      (await standingOf(owner, (await named('by-hand')).id)).signatures.map(({ signer }) => signer),
    ).toEqual(['carl-c']);
  });

  it.each([
    ['Anna Å. Björk-O’Neil', 'anna-a-bjork-o-neil'],
    ['李小龍', 'person-7'],
    ['  9 lives ', 'lives'],
    ['x', 'person-7'],
  ])('of the name %s has the id %s', (name, id) => {
    expect(signerIdOf(name, 7)).toBe(id);
  });
});
