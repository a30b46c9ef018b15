// Children looked after: tables in any order and of several years, the XML, the rules of episodes, stray quotes.
import { describe, expect, it } from 'vitest';
import { convert, findings, folder, states } from './support.ts';

const here = folder();
const HEADING =
  'CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN';
const row = (decom: string, rne: string, dec = '', rec = '', ls = 'C2', child = '7') =>
  `${child},${decom},${rne},${ls},N1,U1,PR1,${dec},${rec},,,,1`;
const convertRows = (rows: string[], heading = HEADING) =>
  convert([here.write('episodes.csv', [heading, ...rows].join('\n'))], { referenceDate: '2024-03-31' });

describe('episodes', () => {
  it('carry what the schema has room for and nothing else', async () => {
    const { messages } = await convertRows([row('01/02/2023', 'S', '09/03/2023', 'E4A')]);
    expect(states(messages, 'care-episode')).toEqual([
      {
        started: '2023-02-01',
        reasonStarted: 'S',
        legalStatus: 'C2',
        need: 'N1',
        placement: 'U1',
        ended: '2023-03-09',
        reasonEnded: 'E4A',
      },
    ]);
  });

  it.each([
    ['357', [row('01/02/2023', 'L')]],
    ['433', [row('01/02/2023', 'S', '01/03/2023', 'X1'), row('02/03/2023', 'P')]],
    ['388', [row('01/02/2023', 'S', '01/03/2023', 'X1')]],
  ])('%s is found and the episodes are kept', async (rule, rows) => {
    const { report } = await convertRows(rows);
    expect(findings(report)).toHaveProperty(rule);
    expect(report.records['care-episode']).toBe(rows.length);
  });

  it('that follow one another in order raise nothing', async () => {
    const { report } = await convertRows([
      row('01/03/2023', 'P', '05/04/2023', 'E4A'),
      row('01/02/2023', 'S', '01/03/2023', 'X1'),
      row('06/06/2023', 'S'),
    ]);
    expect(findings(report)).toEqual({ 'no-details-of-child': 1 });
  });

  it.each([
    ['missing-field', 'DECOM', row('', 'S')],
    ['invalid-date', 'DECOM', row('31/02/2023', 'S')],
    ['invalid-code', 'RNE', row('01/02/2023', 'Q')],
    ['invalid-code', 'LS', row('01/02/2023', 'S', '', '', 'ZZ')],
    ['8500', 'CHILD', row('01/02/2023', 'S', '', '', 'C2', '')],
  ])('are refused for %s in %s, with the line', async (rule, field, bad) => {
    const { report, messages } = await convertRows([row('01/02/2023', 'S', '', '', 'C2', '8'), bad]);
    expect(report.refusals.map((one) => [one.line, one.rule, one.field])).toEqual([[3, rule, field]]);
    expect(states(messages, 'care-episode').length).toBe(1);
  });

  it('of several years put together stand once, ended', async () => {
    const { messages, report } = await convertRows([
      row('01/02/2023', 'S'),
      row('01/02/2023', 'S', '09/06/2023', 'E4A'),
      row('01/02/2023', 'S'),
    ]);
    expect(states(messages, 'care-episode').map((one) => one.ended)).toEqual(['2023-06-09']);
    expect(findings(report)).toMatchObject({ 'years-overlap': 2 });
  });

  it('of the next year correct those of this one', async () => {
    const of = async (rows: string[], referenceDate: string) => {
      const { messages } = await convert([here.write('e.csv', [HEADING, ...rows].join('\n'))], {
        referenceDate,
      });
      return messages.flatMap((one) => ('recordId' in one.data ? [one.data.recordId] : []));
    };
    const before = await of(
      [row('01/02/2023', 'S', '01/02/2023', 'X1'), row('01/02/2023', 'P')],
      '2023-03-31',
    );
    const after = await of(
      [row('01/02/2023', 'P', '09/06/2023', 'E4A', 'V2'), row('01/02/2023', 'S', '01/02/2023', 'X1')],
      '2024-03-31',
    );
    expect(after).toEqual(before);
  });
});

describe('tables', () => {
  it('may use semicolons, quotes, a byte order mark and Windows line ends', async () => {
    const text = `\ufeff${HEADING.replaceAll(',', ';')}\r\n${row('01/02/2023', 'S').replaceAll(',', ';').replace('U1', '"U1"')}\r\n\r\n`;
    const { messages, report } = await convert([here.write('s.csv', text)], { referenceDate: '2024-03-31' });
    expect(states(messages, 'care-episode').length).toBe(1);
    expect(report.refused).toBe(0);
  });

  it('lose only the row with a stray quote', async () => {
    const good = (child: string) => row('01/02/2023', 'S', '', '', 'C2', child);
    const stray = good('2').replace('U1', '"U1');
    const { report } = await convertRows([
      good('1'),
      stray,
      good('3'),
      good('4').replace('U1', '"U1"'),
      good('5'),
    ]);
    expect(report.records['care-episode']).toBe(4);
    expect(report.refusals.map((one) => [one.line, one.rule])).toEqual([[3, 'unbalanced-quote']]);
  });

  it('lose only the row that was cut off', async () => {
    const { report } = await convertRows([row('01/02/2023', 'S'), '8,01/02/2023,S,C2']);
    expect(report.records['care-episode']).toBe(1);
    expect(report.refusals.map((one) => [one.line, one.rule])).toEqual([[3, 'wrong-number-of-fields']]);
  });

  it('link to the census by the crosswalk, and carry the UASC flag there', async () => {
    const crosswalk = new Map([['7', 'A1']]);
    const uasc = here.write('uasc.csv', 'CHILD,SEX,DOB,DUC\n7,1,01/02/2010,\n');
    const census = here.write(
      'c.xml',
      '<Message><Header><CollectionDetails><ReferenceDate>2024-03-31</ReferenceDate></CollectionDetails></Header><Children><Child><ChildIdentifiers><LAchildID>A1</LAchildID></ChildIdentifiers></Child></Children></Message>',
    );
    const { messages } = await convert([census, uasc], { referenceDate: '2024-03-31', crosswalk });
    expect(states(messages, 'child').map((one) => one.unaccompaniedAsylumSeeker)).toEqual([true, true]);
    expect(new Set(messages.flatMap((one) => ('subject' in one ? [one.subject] : []))).size).toBe(1);
  });

  it('that no outcome uses are passed over', async () => {
    const reviews = here.write('reviews.csv', 'CHILD,DOB,REVIEW,REVIEW_CODE\n1,01/02/2010,03/04/2023,PN1\n');
    const { messages, error } = await convert([reviews], { referenceDate: '2024-03-31' });
    expect([messages, error]).toEqual([[], undefined]);
  });
});
