// One child under the ids of several returns, and siblings under one family. What a pseudonym must be is computed here by
// Node's own HMAC from the definition in the guide.
import { createHmac } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { main } from '../../../services/command/main.ts';
import { readMapping } from '../../../services/council/families.ts';
import { generateKey, readKey } from '../../../services/council/key-file.ts';
import { COUNCIL, census, convert, findings, folder, KEY, states } from './support.ts';

const here = folder();
const referenceDate = '2024-03-31';

const pseudonym = (letter: string, domain: string, id: string, key: Uint8Array = KEY): string =>
  letter +
  createHmac('sha256', key)
    .update(JSON.stringify([domain, id]))
    .digest('hex')
    .slice(0, 32);
const childOf = (id: string, key?: Uint8Array) => pseudonym('c', 'child', id, key);
const familyOf = (id: string) => pseudonym('f', 'family', id);

const censusOf = (...ids: string[]): string => {
  const child = (id: string) =>
    `<Child><ChildIdentifiers><LAchildID>${id}</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>2023-05-04</CINreferralDate></CINdetails></Child>`;
  return here.write(`census-${ids.join('-')}.xml`, census({ children: ids.map(child).join('') }));
};
const careOf = (...ids: string[]): string =>
  here.write(
    `episodes-${ids.join('-')}.csv`,
    ['CHILD,DECOM,RNE,LS', ...ids.map((id) => `${id},01/06/2023,S,C2`)].map((row) => `${row}\n`).join(''),
  );

const subjects = (messages: Awaited<ReturnType<typeof convert>>['messages']): Record<string, string[]> => {
  const by: Record<string, string[]> = {};
  for (const one of messages) {
    if (!('subject' in one)) continue;
    by[one.subject] ??= [];
    by[one.subject]?.push(one.type.replace(/^waymark\.case\.|\.v1$/g, ''));
  }
  return by;
};

describe('children of the census and of SSDA903', () => {
  it('are one child under one id', async () => {
    const { messages, report } = await convert([censusOf('A1', 'B2'), careOf('A1')], { referenceDate });
    const by = subjects(messages);
    expect(Object.keys(by).sort()).toEqual([childOf('A1'), childOf('B2')].sort());
    expect(by[childOf('A1')]).toEqual(expect.arrayContaining(['care-episode', 'referral']));
    expect(report.linkage).toEqual({
      careChildren: 1,
      linked: 1,
      unlinked: 0,
      unlinkedChildren: [],
      crosswalkUnused: 0,
    });
  });

  it('are one child by a crosswalk file, whatever writes it; the rest keep their ids', async () => {
    const path = here.write('crosswalk.csv', '\uFEFF"CHILD";"LAchildID"\r\n"7";"A1"\r\n9;Z9\r\n');
    const crosswalk = await readMapping(path);
    const files = [censusOf('A1', 'B2'), careOf('7', 'B2', '8')];
    const { messages, report } = await convert(files, { referenceDate, crosswalk });
    const by = subjects(messages);
    expect(Object.keys(by).sort()).toEqual(['A1', 'B2', '8'].map((id) => childOf(id)).sort());
    expect(by[childOf('A1')]).toEqual(expect.arrayContaining(['care-episode', 'referral']));
    expect(report.linkage).toEqual({
      careChildren: 3,
      linked: 2,
      unlinked: 1,
      unlinkedChildren: [childOf('8')],
      crosswalkUnused: 1,
    });
  });

  it('whom a crosswalk makes one are said to be', async () => {
    const crosswalk = new Map([
      ['7', 'A1'],
      ['8', 'A1'],
    ]);
    const { report } = await convert([careOf('7', '8')], { referenceDate, crosswalk });
    expect(findings(report)).toMatchObject({ 'two-ids-one-child CHILD': 1 });
  });

  it('are not compared when only one of them was given', async () => {
    expect((await convert([careOf('7')], { referenceDate })).report.linkage).toBeUndefined();
    expect((await convert([censusOf('A1')])).report.linkage).toBeUndefined();
  });

  it('who are not linked are listed by pseudonym and by nothing else', async () => {
    const keyFile = here.path('study.key');
    await generateKey(keyFile);
    const key = await readKey(keyFile);
    const list = here.path('unlinked.csv');
    const code = await main([
      ...['council', 'convert', censusOf('A1'), careOf('A1', 'SECRET7', 'SECRET8')],
      ...['--council', COUNCIL, '--key', keyFile, '--reference-date', referenceDate],
      ...['--out', here.path('out.ndjson'), '--unlinked', list, '--json'],
    ]);
    expect(code).toBe(0);
    const rows = ['child', childOf('SECRET7', key), childOf('SECRET8', key)];
    expect(readFileSync(list, 'utf8')).toBe(rows.map((row) => `${row}\n`).join(''));
  });
});

describe('siblings', () => {
  it('are one family by a mapping file, in the census and in SSDA903, where ids are the crosswalk’s', async () => {
    const families = await readMapping(here.write('families.csv', 'LAchildID,family\nA1,F9\nB2,F9\nC3,F1\n'));
    const crosswalk = new Map([['7', 'C3']]);
    const header = here.write('header.csv', 'CHILD,SEX,DOB,ETHNIC\n7,1,01/02/2010,WBRI\n');
    const files = [censusOf('A1', 'B2', 'D4'), header];
    const { messages } = await convert(files, { referenceDate, families, crosswalk });
    const familyBy = Object.fromEntries(
      messages.flatMap((one) =>
        one.type === 'waymark.case.child.v1' && 'state' in one.data && 'subject' in one
          ? [[one.subject, (one.data.state as { family?: string }).family]]
          : [],
      ),
    );
    expect(familyBy).toEqual({
      [childOf('A1')]: familyOf('F9'),
      [childOf('B2')]: familyOf('F9'),
      [childOf('C3')]: familyOf('F1'),
      [childOf('D4')]: undefined,
    });
  });

  it('are one family by ssd_family, and by the mapping where that has no row', async () => {
    const person = here.write(
      'ssd_person.csv',
      'pers_person_id,pers_sex,pers_dob\nP1,F,2014-06-19\nP2,M,2011-02-03\nP3,M,2012-02-03\n',
    );
    const family = here.write(
      'ssd_family.csv',
      'fami_table_id,fami_family_id,fami_person_id\n1,F-1,P1\n2,F-1,P2\n',
    );
    const families = new Map([
      ['P2', 'other'],
      ['P3', 'F-3'],
    ]);
    const { messages } = await convert([person, family], { referenceDate, families });
    expect(states(messages, 'child').map((one) => one.family)).toEqual([
      familyOf('F-1'),
      familyOf('F-1'),
      familyOf('F-3'),
    ]);
  });

  it.each([
    ['with ids in its heading', '17,99\n18,99\n', 'no-heading', 1],
    ['with a row of one id', 'child,family\nA1,F9\nB2,\n', 'unreadable-mapping', 3],
    ['with a child in two families', 'child,family\nA1,F9\nA1,F8\n', 'unreadable-mapping', 3],
  ])('are not taken from a mapping %s', async (name, text, code, line) => {
    const error = await readMapping(here.write('mapping.csv', text)).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect([error?.code, error?.place.line], name).toEqual([code, line]);
    expect(`${error?.message}`).not.toMatch(/A1|F9|F8|17/);
  });
});

describe('the list of pseudonyms', () => {
  const keys = async () => {
    const [old, renewed] = ['old.key', 'new.key'].map((name) => here.path(`${crypto.randomUUID()}-${name}`));
    await generateKey(old!);
    await generateKey(renewed!);
    return { old: old!, renewed: renewed! };
  };

  it('has an id beside its pseudonym, by the crosswalk where there is one, and is never written over', async () => {
    const { old } = await keys();
    const list = here.write('ids.csv', 'CHILD,DOB\n7,x\n"A ""1""",y\n7,z\n');
    const crosswalk = here.write('walk.csv', 'CHILD,LAchildID\n7,A1\n');
    const out = here.path('who.csv');
    const run = () =>
      main(['council', 'pseudonyms', list, '--key', old, '--crosswalk', crosswalk, '--out', out, '--json']);
    expect(await run()).toBe(0);
    const key = await readKey(old);
    expect(readFileSync(out, 'utf8')).toBe(
      `id,child\n"7",${childOf('A1', key)}\n"A ""1""",${childOf('A "1"', key)}\n`,
    );
    expect(statSync(out).mode & 0o077).toBe(0);
    expect(await run()).toBe(2);
  });

  it('is of families or teams too, as whoever allocates them needs, and a crosswalk is then refused', async () => {
    const { old } = await keys();
    const list = here.write('teams.csv', 'team\nNorth 1\n');
    const out = here.path('teams-who.csv');
    const run = (...more: string[]) =>
      main(['council', 'pseudonyms', list, '--of', 'team', '--key', old, '--out', out, ...more]);
    expect(await run('--crosswalk', list)).toBe(2);
    expect(await run()).toBe(0);
    const mac = createHmac('sha256', await readKey(old)).update(JSON.stringify(['team', 'North 1']));
    expect(readFileSync(out, 'utf8')).toBe(`id,team\n"North 1",t${mac.digest('hex').slice(0, 32)}\n`);
  });

  it('joins old to new pseudonyms without an id, in an order that says nothing', async () => {
    const { old, renewed } = await keys();
    const ids = Array.from({ length: 40 }, (_, at) => `SECRET${at}`);
    const list = here.write('participants.csv', ['id', ...ids].map((row) => `${row}\n`).join(''));
    const out = here.path('renewed.csv');
    expect(
      await main(['council', 'pseudonyms', list, '--key', old, '--new-key', renewed, '--out', out, '--json']),
    ).toBe(0);
    const [one, two] = [await readKey(old), await readKey(renewed)];
    const rows = ids.map((id) => `${childOf(id, one)},${childOf(id, two)}`).sort();
    expect(readFileSync(out, 'utf8').trim().split('\n')).toEqual(['child,newChild', ...rows]);
  });
});
