// Protocols are written on pages over the real store: checked and compared by what the commands use, put on record as the
// commands would, and seen by nobody whom they do not concern.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asReader, readInName, writeInName } from '../../../services/access/reader.ts';
import { standingOf, verifyChain } from '../../../services/evaluations/lifecycle/chain.ts';
import { newKeyPair } from '../../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../../services/evaluations/lifecycle/signers.ts';
import * as steps from '../../../services/evaluations/lifecycle/steps.ts';
import { checkProtocol } from '../../../services/evaluations/protocol/check.ts';
import { templates } from '../../../services/evaluations/protocol/templates.ts';
import { protocolText } from '../../../services/evaluations/protocol/text.ts';
import { differences } from '../../../services/evaluations/protocol/words.ts';
import { createEvaluation } from '../../../services/evaluations/register.ts';
import { html } from '../../../services/page/html.ts';
import { contentHash } from '../../../services/platform/content-hash.ts';
import type { Transaction } from '../../../services/platform/database.ts';
import { protocolNamed } from '../../harness/protocols.ts';
import { council, type Planners, startPlanners } from './planners.ts';

let planners: Planners;
const open: Planners['open'] = (...asked) => planners.open(...asked);
const send: Planners['send'] = (...sent) => planners.send(...sent);

beforeAll(async () => {
  planners = await startPlanners();
  for (const slug of ['open-one', 'locked-one', 'foreign']) await planners.draft(slug);
  await lock('locked-one');
  await planners.person('anna', 'evaluator', 'open-one');
  await planners.person('ben', 'evaluator', null);
  await planners.person('carl', 'evaluator', 'foreign');
  await planners.person('rosa', 'researcher', 'open-one');
});
afterAll(() => planners.stop());

async function lock(slug: string): Promise<void> {
  const { operator } = planners;
  const taken = () => ({ slug, by: 'the test', at: new Date() });
  await steps.advance(operator, taken(), 'registered');
  for (const id of ['signer-one', 'signer-two']) {
    const { privatePem, publicKey } = newKeyPair();
    await registerSigner(operator, { id, name: id, publicKey, simulated: true });
    await steps.signEvaluation(operator, { slug, signer: id, privatePem, at: new Date() });
  }
  await steps.advance(operator, taken(), 'locked');
}

/** Begins a draft and gives its address. */
async function begun(who: string, from: string): Promise<string> {
  const { status, to } = await send(who, '/drafts', { from });
  expect(status).toBe(303);
  return to.replace('/choices', '');
}

const shown = async (at: string, who: string): Promise<string> =>
  /<textarea[^>]*>\n([\s\S]*?)<\/textarea>/.exec((await open(who, `${at}/document`)).body)?.[1] ?? '';

/** As a page writes it. */
const escaped = (text: string): string => html`${text}`.text;

const ours = (id: string, changes: [RegExp | string, string][] = []): string =>
  changes.reduce(
    (text, [what, by]) => text.replace(what, by),
    (templates['family-rct'] ?? '')
      .replace(/^id: .*/m, `id: ${id}`)
      .replace(/^councils: .*/m, `councils: [${council}]`),
  );

const write = (who: string, at: string, document: string, action = 'check') =>
  send(who, `${at}/document`, { document, action });

describe('writing', () => {
  it.each(Object.keys(templates))('begins from the template %s as the command prints it', async (name) => {
    expect(await shown(await begun('anna', `template:${name}`), 'anna')).toBe(escaped(templates[name] ?? ''));
  });

  it('begins from a stored plan as a document that comes to the same hash', async () => {
    const document = protocolText((await planners.named('open-one')).protocol);
    expect(document).toContain('use: re-referral');
    expect(contentHash(checkProtocol(document).protocol)).toBe(
      (await planners.named('open-one')).protocolHash,
    );
    expect(await shown(await begun('anna', 'evaluation:open-one'), 'anna')).toBe(escaped(document));
    for (const from of [
      'evaluation:foreign',
      'evaluation:nothing',
      'template:nothing',
      'template:toString',
      '',
    ])
      expect((await send('anna', '/drafts', { from })).status, from).toBe(400);
  });

  it('keeps what is wrong, and tells every fault that the command tells, at its line', async () => {
    const at = await begun('anna', 'template:family-rct');
    const wrong = ours('ours', [
      ['unit: family', 'unit: familly'],
      ['waves:', 'waaves:'],
      ['to: 2028-03-31', 'to: 2026-01-01'],
    ]);
    expect((await write('anna', at, wrong.replaceAll('\n', '\r\n'))).to).toBe(`${at}/document?check=1`);
    expect(await shown(at, 'anna')).toBe(escaped(wrong));
    const { body } = await open('anna', `${at}/document?check=1`);
    const { faults } = checkProtocol(wrong);
    expect(faults.length).toBeGreaterThan(2);
    for (const { line, message, suggestion } of faults) {
      expect(body).toContain(`Line ${line}:`);
      expect(body).toContain(escaped(message));
      if (suggestion) expect(body).toContain(escaped(suggestion));
    }
    expect((await open('anna', `${at}/record`)).body).toContain('once it has none it can be put on record');
  });

  it.each([
    ['nothing that can be read', '{'],
    [
      'a bomb of repetitions',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
        .split('')
        .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`)
        .join('\n')}`,
    ],
    ['a very deep nest', '['.repeat(50_000)],
    ['nothing', ''],
  ])('of %s is answered with what is wrong', async (_, document) => {
    const at = await begun('anna', 'template:family-rct');
    expect((await write('anna', at, document)).status).toBe(303);
    for (const path of ['document?check=1', 'compare', 'record'])
      expect((await open('anna', `${at}/${path}`)).status, path).toBe(200);
    expect((await open('anna', `${at}/document?check=1`)).body).toContain('There is a problem');
    expect((await open('anna', '/drafts')).status).toBe(200);
    expect((await send('anna', `${at}/document`, {}, `${at}/withdraw`)).to).toBe('/drafts?withdrawn=1');
  });

  it('of more characters than are kept is refused, and nothing is lost', async () => {
    const at = await begun('anna', 'template:family-rct');
    const long = `# ${'x'.repeat(60_000)}`;
    const { status, body } = await write('anna', at, long);
    expect([status, body.includes(long), body.includes('at most 60000 characters')]).toEqual([
      400,
      true,
      true,
    ]);
    expect(await shown(at, 'anna')).toBe(escaped(templates['family-rct'] ?? ''));
  });

  it('saves over nobody: the second of two is shown both texts', async () => {
    const at = await begun('anna', 'evaluation:open-one');
    const [document, stale] = [await shown(at, 'anna'), (await open('anna', `${at}/document`)).body];
    const version = /name="version" value="(\d+)"/.exec(stale)?.[1] ?? '';
    const bens = `# Ben was here\n${protocolText((await planners.named('open-one')).protocol)}`;
    expect((await write('ben', at, bens, 'save')).status).toBe(303);
    const late = await send('anna', `${at}/document`, {
      version,
      document: '# Anna was here',
      action: 'save',
    });
    expect(late.status).toBe(409);
    for (const part of ['Ben Person saved this draft', '# Anna was here', '# Ben was here'])
      expect(late.body).toContain(part);
    expect(await shown(at, 'anna')).not.toBe(document);
    expect(await shown(at, 'anna')).toContain('# Ben was here');
  });
});

describe('the form', () => {
  it('writes into the document what was chosen, and saves over nobody', async () => {
    const at = await begun('anna', 'template:family-rct');
    const page = (await open('anna', `${at}/choices`)).body;
    const texts = Object.fromEntries(
      [...page.matchAll(/<input class="govuk-input[^>]* name="([\w-]+)"[^>]* value="([^"]*)"/g)].map(
        ([, name, value]) => [name, value],
      ),
    );
    const areas = Object.fromEntries(
      [...page.matchAll(/<textarea [^>]*name="(\w+)"[^>]*>\n([^<]*)</g)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
    const ticks = Object.fromEntries(
      [...page.matchAll(/name="([\w-]+)" type="(?:checkbox|radio)" value="([\w-]+)" checked/g)].map(
        ([, name, value]) => [name, value],
      ),
    );
    const form = { ...texts, ...areas, ...ticks, action: 'check' };
    expect((await send('anna', `${at}/choices`, form)).to).toBe(`${at}/choices?check=1`);
    const same = await shown(at, 'anna');
    expect(checkProtocol(same.replaceAll('&#39;', "'").replaceAll('&quot;', '"')).protocol).toEqual(
      checkProtocol(templates['family-rct'] ?? '').protocol,
    );
    expect((await open('anna', `${at}/choices?check=1`)).body).toContain('The protocol is right');

    const wrong = await send('anna', `${at}/choices`, { ...form, horizons: '6, never', title: 'A <title>' });
    expect(wrong.status).toBe(303);
    const { body } = await open('anna', `${at}/choices?check=1`);
    expect(body).toMatch(/<a href="#horizons">Horizons\.1 /);
    expect(body).toContain('value="A &lt;title&gt;"');
    const late = await send('anna', `${at}/choices`, { ...form, version: '1', title: 'Too late' });
    expect([late.status, late.body.includes('value="Too late"')]).toEqual([409, true]);
    expect((await send('anna', `${at}/choices`, { version: '3' })).status).toBe(400);
    await write('anna', at, 'no: [form');
    expect((await open('anna', `${at}/choices`)).body).toContain('there is no form for it');
  });
});

describe('comparing', () => {
  it('says what the command says', async () => {
    const at = await begun('anna', 'evaluation:open-one');
    const { protocol: before } = await planners.named('open-one');
    const after = protocolNamed('open-one', [council], { title: 'Another <title>', waves: 'quarter' });
    await write('anna', at, protocolText(after));
    const { body } = await open('anna', `${at}/compare`);
    const changed = differences(before, after);
    expect(changed.length).toBe(2);
    for (const { section, removed, added } of changed) {
      expect(body).toContain(`>${section}</h3>`);
      for (const line of removed) expect(body).toContain(`<del>${escaped(line)}</del>`);
      for (const line of added) expect(body).toContain(`<ins>${escaped(line)}</ins>`);
    }
    expect((await open('anna', `${at}/compare?with=foreign`)).body).not.toContain('Its fingerprint');
    expect((await open('ben', `${at}/compare?with=foreign`)).body).toContain('Its fingerprint');
  });
});

describe('putting on record', () => {
  it('begins an evaluation as the command does, by whoever was granted every one', async () => {
    const document = ours('begun-here');
    const { protocol } = checkProtocol(document);
    const refused = await begun('anna', 'template:family-rct');
    await write('anna', refused, document);
    expect((await open('anna', `${refused}/record`)).body).toContain('You were not granted every evaluation');
    const forced = await send('anna', `${refused}/record`, { version: '2', head: '' });
    expect([forced.status, forced.body.includes('begun by an evaluator who was granted every')]).toEqual([
      409,
      true,
    ]);

    const at = await begun('ben', 'template:family-rct');
    await write('ben', at, document);
    expect((await send('ben', `${at}/record`, {})).to).toBe('/evaluations/begun-here/steps?done=created');
    const evaluation = await planners.named('begun-here');
    expect([evaluation.stage, evaluation.protocolHash]).toEqual(['draft', contentHash(protocol)]);

    // The same by command, in a store of its own tables: the two differ in who and when alone.
    await createEvaluation(planners.operator, checkProtocol(ours('by-command')).protocol, {
      by: 'Ben Person',
      at: new Date(),
    });
    const rowsOf = async (slug: string) => {
      const { id } = await planners.named(slug);
      const [row] = await planners.owner`
        select e.stage, e.data_source, (select array_agg(council_id) from waymark.evaluation_council where evaluation_id = e.evaluation_id) as councils,
          (select jsonb_agg(entry - 'at' - 'evaluation' - 'protocolHash') from waymark.lifecycle_entry where evaluation_id = e.evaluation_id) as entries
        from waymark.evaluation e where evaluation_id = ${id}`;
      return row;
    };
    expect(await rowsOf('begun-here')).toEqual(await rowsOf('by-command'));
    expect((await verifyChain(planners.owner, evaluation)).faults).toEqual([]);
    expect((await open('ben', `${at}/record`)).body).toContain('this very plan already');
  });

  it('asks for a name of its own, and for councils that are registered', async () => {
    const at = await begun('ben', 'template:family-rct');
    await write('ben', at, templates['family-rct'] ?? '');
    const { status, body } = await send('ben', `${at}/record`, {});
    expect([status, body]).toEqual([409, expect.stringContaining('is not registered')]);
    const carls = await begun('carl', 'template:family-rct');
    await write('carl', carls, ours('open-one'));
    expect((await send('carl', `${carls}/record`, { version: '2', head: '' })).body).toContain(
      'begun by an evaluator who was granted every',
    );
  });

  it('revises a plan that is not locked, and deviates from one that is', async () => {
    const at = await begun('anna', 'evaluation:open-one');
    const revised = protocolNamed('open-one', [council], { title: 'A better title' });
    await write('anna', at, protocolText(revised));
    expect((await send('anna', `${at}/record`, {})).to).toBe('/evaluations/open-one/steps?done=revised');
    expect((await planners.named('open-one')).protocol.title).toBe('A better title');

    const locked = await begun('ben', 'evaluation:locked-one');
    await write('ben', locked, protocolText(protocolNamed('locked-one', [council], { horizons: [6, 12] })));
    const short = await send('ben', `${locked}/record`, { label: 'longer', reason: 'because' });
    expect([short.status, short.body]).toEqual([400, expect.stringContaining('href="#reason"')]);
    const label = 'a year of follow-up';
    const reason = 'The funder asks for a year of follow-up.';
    expect((await send('ben', `${locked}/record`, { label, reason })).to).toContain('done=deviated');
    const evaluation = await planners.named('locked-one');
    expect(evaluation.protocol.horizons).toEqual([6, 12]);
    expect(evaluation.deviations).toMatchObject([
      { by: 'Ben Person', label, reason, to: evaluation.protocolHash },
    ]);
    await write(
      'ben',
      locked,
      protocolText(
        protocolNamed('locked-one', [council], {
          horizons: [12],
          primary: { outcome: 're-referral', horizon: 12 },
        }),
      ),
    );
    const lost = await send('ben', `${locked}/record`, { label, reason });
    expect(lost.body).toContain('After locking no horizon is taken out');
    for (const slug of ['open-one', 'locked-one'])
      expect((await verifyChain(planners.owner, await planners.named(slug))).faults).toEqual([]);
    expect((await standingOf(planners.owner, evaluation.id)).entries).toBe(6);
  });

  it('is refused where the draft or the evaluation changed after the page was read', async () => {
    const at = await begun('ben', 'evaluation:open-one');
    const { protocol } = await planners.named('open-one');
    await write('ben', at, protocolText({ ...protocol, title: 'One more title' }));
    const version = '2';
    const draft = await send('ben', `${at}/record`, { version: '1' });
    expect([draft.status, draft.body]).toEqual([409, expect.stringContaining('saved this draft since')]);
    const moved = await send('ben', `${at}/record`, { version, head: 'a'.repeat(64) });
    expect([moved.status, moved.body]).toEqual([409, expect.stringContaining('Somebody took another step')]);
    expect((await send('ben', `${at}/record`, { version: 'x' })).status).toBe(400);
  });
});

describe('a draft is seen and changed', () => {
  it('by whoever began it, by evaluators of its evaluation, and by nobody else', async () => {
    const shared = await begun('anna', 'evaluation:open-one');
    const own = await begun('anna', 'template:family-rct');
    expect([
      (await open('ben', `${shared}/document`)).status,
      (await open('ben', `${own}/document`)).status,
    ]).toEqual([200, 404]);
    expect((await open('carl', `${shared}/document`)).status).toBe(404);
    expect((await open('rosa', `${shared}/document`)).status).toBe(403);
    const taken = await send('ben', `${shared}/document`, { document: ours('bens-now'), action: 'save' });
    expect([taken.status, taken.body]).toEqual([400, expect.stringContaining('only whoever began it')]);
    expect((await send('ben', `${shared}/document`, {}, `${shared}/withdraw`)).status).toBe(403);
    expect((await send('anna', `${shared}/document`, { token: 'x' }, `${shared}/withdraw`)).status).toBe(403);
    expect((await open('anna', `${shared}/document`)).status).toBe(200);
    for (const path of ['/drafts/0/document', '/drafts/x/document', '/drafts/99999999999/document'])
      expect((await open('anna', path)).status, path).toBe(404);
  });

  it('so in the store too', async () => {
    const as = (name: string, work: (tx: Transaction) => Promise<unknown>) => {
      const { id = '', role } = planners.people.get(name) ?? { role: 'evaluator' as const };
      return asReader({ id, role }, () => writeInName(planners.reading, work));
    };
    const insert = (person: number, by: string) => (tx: Transaction) =>
      tx`insert into waymark.protocol_draft (person_id, document, slug, title, changed_by) values (${person}, 'x', '', '', ${by})`;
    const anna = Number(planners.people.get('anna')?.id?.split(':')[1]);
    await expect(as('ben', insert(anna, 'Ben Person'))).rejects.toThrow(/row-level security/);
    await expect(as('anna', insert(anna, 'Ben Person'))).rejects.toThrow(/row-level security/);
    await expect(as('rosa', insert(anna, 'Rosa Person'))).rejects.toThrow(/row-level security/);
    await as('carl', async (tx) => {
      expect((await tx`delete from waymark.protocol_draft where person_id = ${anna}`).count).toBe(0);
    });
    const seen = (name: string) => {
      const { id = '', role } = planners.people.get(name) ?? { role: 'evaluator' as const };
      return asReader({ id, role }, () =>
        readInName(
          planners.reading,
          async (tx) => (await tx`select from waymark.protocol_draft where person_id = ${anna}`).count,
        ),
      );
    };
    expect(await seen('anna')).toBeGreaterThan(3);
    expect([await seen('carl'), await seen('rosa')]).toEqual([0, 0]);
  });

  it('leaves entries in the audit log that name the person, and no text', async () => {
    const [row] = await planners.owner<{ by: string[]; operations: string[]; text: string }[]>`
      select array_agg(distinct entry::jsonb ->> 'by') as by, string_agg(entry, '') as text,
        array_agg(distinct entry::jsonb -> 'what' ->> 'operation') as operations
      from waymark.audit_entry where entry::jsonb -> 'what' ->> 'table' = 'protocol_draft'`;
    expect(row?.operations.sort()).toEqual(['delete', 'insert', 'update']);
    expect(row?.by.sort()).toEqual(
      ['anna', 'ben', 'carl'].map((name) => planners.people.get(name)?.id).sort(),
    );
    expect(row?.text).not.toContain('Family help');
  });
});
