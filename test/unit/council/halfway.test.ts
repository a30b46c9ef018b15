// A conversion that fails half way leaves nothing that could be sent, no half of a quarantine, and a report that says so.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { main } from '../../../services/command/main.ts';
import { generateKey } from '../../../services/council/key-file.ts';
import { COUNCIL, census, convert, folder } from './support.ts';

const here = folder();
const referenceDate = '2024-03-31';

const child = (id: string, date: string) =>
  `<Child><ChildIdentifiers><LAchildID>${id}</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>${date}</CINreferralDate></CINdetails></Child>`;
const careChild = (decom: string) =>
  `<CHILD><HEADER><CHILDID>7</CHILDID></HEADER><EPISODE><DECOM>${decom}</DECOM><RNE>S</RNE><LS>C2</LS></EPISODE></CHILD>`;
const feedChild = (date: string) =>
  `{"la_child_id":"L1","social_care_episodes":[{"social_care_episode_id":"E1","referral_date":"${date}"}]}`;
const census1 = census({ children: child('A1', 'soon') + child('B2', '2023-05-04') });

/** Each has a record that is refused before the place where the reading fails. */
const failing: [name: string, files: [string, string | Uint8Array][], code: string][] = [
  ['a census cut in the middle', [['cut.xml', census1.slice(0, -40)]], 'return-truncated'],
  ['a census with a second root', [['two.xml', `${census1}<Message></Message>`]], 'not-well-formed'],
  [
    'an SSDA903 in XML cut in the middle',
    [['cut903.xml', `<EXPSSDA903>${careChild('soon')}<CHILD><HEADER>`]],
    'return-truncated',
  ],
  [
    'the second year of an SSDA903 in XML cut in the middle',
    [
      ['y1.xml', `<EXPSSDA903>${careChild('soon')}</EXPSSDA903>`],
      ['y2.xml', `<EXPSSDA903>${careChild('01/02/2023')}<CHILD>`],
    ],
    'return-truncated',
  ],
  ['a feed cut in the middle', [['cut.json', `[${feedChild('soon')},{"la_child_id"`]], 'return-truncated'],
  ['a feed with a bracket too many', [['odd.json', `${feedChild('soon')}\n}`]], 'not-json'],
  [
    'tables that are followed by a census cut in the middle',
    [
      ['episodes.csv', 'CHILD,DECOM,RNE,LS\n1,soon,S,C2\n'],
      ['cut.xml', census1.slice(0, -40)],
    ],
    'return-truncated',
  ],
  [
    'tables of the dataset that are followed by a feed cut in the middle',
    [
      ['plans.csv', 'cinp_cin_plan_id,cinp_person_id,cinp_cin_plan_start_date\nP1,L1,soon\n'],
      ['cut.json', `[${feedChild('2024-01-01')},{`],
    ],
    'return-truncated',
  ],
];

describe('a conversion that fails half way', () => {
  it.each(failing)('%s keeps nothing in the quarantine', async (name, files, code) => {
    const quarantine = here.path(`q ${name}`);
    const paths = files.map(([file, text]) => here.write(file, text));
    const { error, report } = await convert(paths, { referenceDate, quarantine });
    expect(error?.code).toBe(code);
    expect(error?.place.line).toBeGreaterThan(0);
    // Of several years nothing is stated before all are read.
    if (!name.startsWith('the second year')) expect(report.refused).toBeGreaterThan(0);
    expect(existsSync(quarantine) ? readdirSync(quarantine) : []).toEqual([]);
    expect(report.quarantine).toEqual([]);
    // What was there from an earlier conversion stays.
    const good = here.write('good.csv', 'CHILD,DECOM,RNE,LS\n1,soon,S,C2\n');
    await convert([good], { referenceDate, quarantine });
    await convert(paths, { referenceDate, quarantine });
    expect(readdirSync(quarantine)).toEqual(['good.refused.csv']);
  });

  it('writes no messages, no list of unlinked children, and a report that says so', async () => {
    const key = here.path('study.key');
    await generateKey(key);
    const cut = here.write('cut.xml', census1.slice(0, -40));
    const at = (name: string) => here.path(name);
    const code = await main([
      'council',
      'convert',
      cut,
      ...['--council', COUNCIL, '--key', key, '--out', at('out.ndjson'), '--report', at('report.html')],
      ...['--quarantine', at('kept'), '--unlinked', at('unlinked.csv'), '--json'],
    ]);
    expect(code).toBe(2);
    const written = readdirSync(here.path('.')).filter((name) => /out|report|kept|unlinked/.test(name));
    expect(written.sort()).toEqual(['kept', 'report.html', 'report.json']);
    expect(readdirSync(at('kept'))).toEqual([]);
    const report = JSON.parse(readFileSync(at('report.json'), 'utf8'));
    expect(report).toMatchObject({ failed: { code: 'return-truncated', file: 'cut.xml' }, refused: 1 });
    expect(readFileSync(at('report.html'), 'utf8')).toContain('Nothing was written');
  });

  it('puts nothing into the spool, and what waited there stays', async () => {
    const key = here.path('spool.key');
    await generateKey(key);
    const api = here.write('api.key', 'a-council-key');
    const { chmodSync } = await import('node:fs');
    chmodSync(api, 0o600);
    const spool = here.path('spool');
    const shared = ['--council', COUNCIL, '--key', key, '--spool', spool, '--api-key-file', api, '--json'];
    const gateway = ['--gateway', 'http://127.0.0.1:9', '--patience', '1'];
    const good = here.write('good.xml', census({}));
    expect(await main(['council', 'send', good, ...shared, ...gateway])).toBe(1);
    const cut = here.write('cut2.xml', census1.slice(0, -40));
    expect(await main(['council', 'send', cut, ...shared, ...gateway])).toBe(2);
    expect(readdirSync(spool).sort()).toEqual(['00000001.ndjson', '00000001.settled.json']);
  });
});
