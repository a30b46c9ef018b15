// What was refused is kept to be mended, and mended it states what the return would have stated: the same events, no others.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type FeedMessage, isFeedStatement } from '../../../schemas/message.ts';
import { holdForFeeds } from '../../../services/council/send-command.ts';
import { Spool } from '../../../services/council/spool.ts';
import { census, convert, folder } from './support.ts';

const here = folder();
const referenceDate = '2024-03-31';
let folders = 0;
const newFolder = () => {
  folders += 1;
  return here.path(`quarantine-${folders}`);
};

/** Ids of every record stated, in the order of the alphabet. */
const ids = (messages: readonly FeedMessage[]) =>
  messages
    .filter((one) => !isFeedStatement(one))
    .map((one) => one.id)
    .sort();

/** The kinds that are said to be complete, in the order of the alphabet. */
const claimed = (messages: readonly FeedMessage[]) =>
  messages.flatMap((one) => (isFeedStatement(one) ? one.data.kinds : [])).sort();

/**
 * Converts what is wrong, mends the files of the quarantine and converts those.
 * @returns the ids the broken return and the mended records state together
 */
async function roundTrip(files: string[], mend: (text: string, name: string) => string) {
  const quarantine = newFolder();
  const first = await convert(files, { referenceDate, quarantine });
  expect(first.error).toBeUndefined();
  const kept = readdirSync(quarantine).map((name) => `${quarantine}/${name}`);
  for (const path of kept) writeFileSync(path, mend(readFileSync(path, 'utf8'), path));
  const second = await convert(kept, { referenceDate });
  expect(second.error).toBeUndefined();
  // What was refused is of a kind that was not called complete, and is called so when it is mended.
  const held = first.report.returns.flatMap((one) => one.withheld);
  expect(held.length).toBeGreaterThan(0);
  expect(claimed(first.messages)).not.toEqual(expect.arrayContaining(held));
  expect(claimed(second.messages)).toEqual(expect.arrayContaining(held));
  return {
    first,
    second,
    kept,
    both: [...new Set([...ids(first.messages), ...ids(second.messages)])].sort(),
  };
}

const children = (second: string) => `
  <Child><ChildIdentifiers><LAchildID>A1</LAchildID><PersonBirthDate>2015-02-17</PersonBirthDate></ChildIdentifiers>
    <CINdetails><CINreferralDate>2023-05-04</CINreferralDate></CINdetails></Child>
  <Child><ChildIdentifiers><LAchildID>B2</LAchildID><PersonBirthDate>2012-01-30</PersonBirthDate></ChildIdentifiers>
    <CINdetails><CINreferralDate>2023-06-04</CINreferralDate><ReferralNFA>0</ReferralNFA>
      <Assessments><AssessmentActualStartDate>${second}</AssessmentActualStartDate>
        <FactorsIdentifiedAtAssessment><AssessmentFactors>3B</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments>
      <ChildProtectionPlans><CPPstartDate>2023-07-01</CPPstartDate><Reviews><CPPreviewDate>2023-09-01</CPPreviewDate></Reviews></ChildProtectionPlans>
    </CINdetails></Child>`;

describe('a census with a record that was refused', () => {
  const right = () => here.write('right.xml', census({ children: children('2023-06-05') }));
  const wrong = () => here.write('CIN.xml', census({ children: children('2023-13-05') }));

  it('states after repair exactly what it would have stated', async () => {
    const { first, second, kept, both } = await roundTrip([wrong()], (text) =>
      text.replace('2023-13-05', '2023-06-05'),
    );
    expect(first.report.quarantine).toEqual(['CIN.refused.xml']);
    expect(kept.length).toBe(1);
    expect(second.report.refused).toBe(0);
    expect(both).toEqual(ids((await convert([right()])).messages));
    // The other child is not in it.
    expect(second.report.children).toBe(1);
  });

  it('says beside the child where and why, and keeps the file to its owner', async () => {
    const quarantine = newFolder();
    await convert([wrong()], { quarantine });
    const path = `${quarantine}/CIN.refused.xml`;
    expect(readFileSync(path, 'utf8')).toContain(
      '<!-- line 8: assessment, invalid-date, AssessmentActualStartDate is not a day of the calendar written YYYY-MM-DD or dd/mm/yyyy -->',
    );
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(quarantine).mode & 0o777).toString(8)).toBe('700');
  });

  it('is never overwritten by the next conversion', async () => {
    const quarantine = newFolder();
    const again = async () => (await convert([wrong()], { quarantine })).report.quarantine;
    expect([await again(), await again()]).toEqual([['CIN.refused.xml'], ['CIN.refused-2.xml']]);
    const mended = await convert([`${quarantine}/CIN.refused.xml`], { quarantine });
    expect(mended.report.quarantine).toEqual(['CIN.refused-3.xml']);
  });

  it('is no whole return: with complete, everything else would be purged', async () => {
    const quarantine = newFolder();
    const { messages } = await convert([wrong()], { quarantine });
    const previous = here.write('sent.ndjson', messages.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const { error } = await convert([`${quarantine}/CIN.refused.xml`], { previous, complete: true });
    expect(error?.code).toBe('part-of-a-return');
  });

  it('makes no file when nothing was refused', async () => {
    const quarantine = newFolder();
    const { report } = await convert([right()], { quarantine });
    expect(report.quarantine).toEqual([]);
    expect(() => readdirSync(quarantine)).toThrow();
  });
});

describe('what was refused', () => {
  const assessed = (day: string) => here.write(`assessed-${day}.xml`, census({ children: children(day) }));
  const all = ['assessment', 'child', 'cin-plan', 'cp-plan', 'referral', 'section-47'];

  it('keeps its kind from being stated complete, and no other', async () => {
    const { messages, report } = await convert([assessed('2023-13-05')]);
    expect(claimed(messages)).toEqual(all.filter((kind) => kind !== 'assessment'));
    expect(report.returns.map((one) => one.withheld)).toEqual([['assessment']]);
    expect(claimed((await convert([assessed('2023-06-05')])).messages)).toEqual(all);
  });

  it('keeps every kind back when it is a whole child', async () => {
    const lost = '<Child><ChildIdentifiers><LAchildID></LAchildID></ChildIdentifiers></Child>';
    const { messages, report } = await convert([here.write('lost.xml', census({ children: lost }))]);
    expect(claimed(messages)).toEqual([]);
    expect(report.statements).toBe(0);
    expect([...report.returns[0]!.withheld].sort()).toEqual(all);
  });

  it('is not made up for by a later return beside it', async () => {
    const later = here.write('later.xml', census({ year: 2025 }));
    const { messages, report } = await convert([assessed('2023-13-05'), later]);
    expect(claimed(messages)).not.toContain('assessment');
    expect(report.returns.map((one) => one.withheld)).toEqual([['assessment'], ['assessment']]);
  });

  it('is waived by the council with a reason, which the report keeps', async () => {
    const waiveRefused = 'the case was opened by mistake';
    const { messages, report } = await convert([assessed('2023-13-05')], { waiveRefused });
    expect(claimed(messages)).toEqual(all);
    expect(report).toMatchObject({ refused: 1, waived: waiveRefused });
    expect(JSON.stringify(messages)).not.toContain('mistake');
    expect((await convert([assessed('2023-13-05')], { waiveRefused: ' ' })).error?.code).toBe(
      'missing-option',
    );
  });

  it('is not taken for gone when the return is complete', async () => {
    const another = `<Child><ChildIdentifiers><LAchildID>C3</LAchildID></ChildIdentifiers><CINdetails>
      <CINreferralDate>2023-05-04</CINreferralDate>
      <Assessments><AssessmentActualStartDate>2023-05-05</AssessmentActualStartDate></Assessments></CINdetails></Child>`;
    const both = (day: string) =>
      here.write(`both-${day}.xml`, census({ children: children(day) + another }));
    const before = await convert([both('2023-06-05')]);
    const lines = before.messages.map((one) => `${JSON.stringify(one)}\n`).join('');
    const options = { previous: here.write('before.ndjson', lines), complete: true };
    const { report } = await convert([both('2023-13-05')], options);
    expect(report.againstLast).toMatchObject({ gone: 1, purged: 0 });
  });

  it('of a daily feed holds back every later day too, until somebody says that it is settled', async () => {
    const day = (name: string, date: string) =>
      here.write(
        name,
        `{"la_child_id":"L1","social_care_episodes":[{"social_care_episode_id":"E1","referral_date":"${date}"}]}`,
      );
    const spool = await Spool.open(here.path('feed-spool'));
    const outstandingAfter = async (path: string) => {
      await holdForFeeds(spool, (await convert([path], { referenceDate })).report);
      return (await spool.outstanding()).count;
    };
    expect(await outstandingAfter(day('good.json', '2024-02-01'))).toBe(0);
    expect(await outstandingAfter(day('bad.json', 'soon'))).toBe(1);
    expect(await outstandingAfter(day('next.json', '2024-02-02'))).toBe(1);
    expect(await outstandingAfter(assessed('2023-13-05'))).toBe(1);
    await spool.forgetRefused();
    expect((await spool.outstanding()).count).toBe(0);
    await spool.close();
  });
});

describe('SSDA903 tables with rows that were refused', () => {
  const header = 'CHILD,SEX,DOB,ETHNIC\n1,2,27/03/2008,WROM\n2,1,01/02/2010,WBRI\n';
  const episodes = (decom: string, quote: string) =>
    `CHILD;DECOM;RNE;LS;CIN;PLACE;DEC;REC\n1;15/02/2016;S;C2;N3;T2;14/08/2017;X1\n1;14/08/2017;L;${quote}C2;N3;T2;;\n2;01/03/2020;S;C2;N1;U1;01/04/2020;X1\n2;${decom};P;C2;N1;U1;30/05/2020;E2\n3;01/03/2021;S;V4;N1;U1;;\n`;
  const uasc = 'CHILD,SEX,DOB,DUC\n3,1,01/02/2010,01/02/2028\n';
  const write = (decom: string, quote: string, folderName: string) => [
    here.write(`${folderName}header.csv`, header),
    here.write(`${folderName}episodes.csv`, episodes(decom, quote)),
    here.write(`${folderName}uasc.csv`, uasc),
  ];

  it('states after repair exactly what they would have stated, deaths and order included', async () => {
    const wrong = write('31/02/2020', '"', 'wrong-');
    const { first, second, both } = await roundTrip(wrong, (text) =>
      text.replace('31/02/2020', '01/04/2020').replace('L;"C2', 'L;C2'),
    );
    expect(first.report.refused).toBe(2);
    expect(second.report.refused).toBe(0);
    const whole = await convert(write('01/04/2020', '', 'right-'), { referenceDate });
    const missing = ids(whole.messages).filter((id) => !both.includes(id));
    expect(missing).toEqual([]);
    expect(JSON.stringify(second.messages)).toContain('"deathMonth":"2020-05"');
    // The child whose rows were all right is not among them.
    expect(second.report.children).toBe(2);
  });
});

describe('SSDA903 in XML over several years', () => {
  const child = (episodes: string) =>
    `<EXPSSDA903><CHILD><HEADER><CHILDID>7</CHILDID><SEX>2</SEX><DOB>01/02/2010</DOB></HEADER>${episodes}</CHILD></EXPSSDA903>`;
  const episode = (decom: string, dec = '') =>
    `<EPISODE><DECOM>${decom}</DECOM><RNE>S</RNE><LS>C2</LS><PL>U1</PL><DEC>${dec}</DEC>${dec ? '<REC>E4A</REC>' : ''}</EPISODE>`;

  it('states an episode that is open in one year and ended in the next once, ended', async () => {
    const files = [
      here.write('y1.xml', child(episode('01/02/2022'))),
      here.write('y2.xml', child(episode('01/02/2022', '05/06/2023'))),
    ];
    const { report, messages } = await convert(files, { referenceDate });
    expect(report.records['care-episode']).toBe(1);
    expect(JSON.stringify(messages)).toContain('"ended":"2023-06-05"');
    expect(report.returns.length).toBe(1);
  });

  it('keeps a refused episode of either year', async () => {
    const files = [
      here.write('z1.xml', child(episode('01/02/2022', '01/03/2022'))),
      here.write('z2.xml', child(episode('99/02/2023'))),
    ];
    const { first, second, both } = await roundTrip(files, (text) =>
      text.replace('99/02/2023', '09/02/2023'),
    );
    expect([first.report.refused, second.report.refused]).toEqual([1, 0]);
    here.write('z2.xml', child(episode('09/02/2023')));
    expect(both).toEqual(ids((await convert(files, { referenceDate })).messages));
  });
});

describe('a daily feed with a record that was refused', () => {
  const feed = (date: string) =>
    `{"children":[{"la_child_id":"L1","child_details":{"sex":"F","surname":"Ex \\"ample"},"social_care_episodes":[{"social_care_episode_id":"E1","referral_date":"${date}"}]},{"la_child_id":"L2","child_details":{"sex":"M"}}]}`;

  it('states after repair exactly what it would have stated', async () => {
    const wrong = here.write('wrong.json', feed('soon'));
    const { second, both } = await roundTrip([wrong], (text) => text.replace('soon', '2024-02-01'));
    expect(second.report.children).toBe(1);
    const whole = await convert([here.write('right.json', feed('2024-02-01'))], { referenceDate });
    expect(both).toEqual(ids(whole.messages));
  });
});

describe('dataset tables with a row that was refused', () => {
  const assessments = (date: string) =>
    `cina_assessment_id,cina_person_id,cina_assessment_start_date\nX1,P1,2024-01-05\nX2,P2,${date}\n`;
  const factors = 'cinf_assessment_id,cinf_assessment_factors_json\nX1,"[""3B""]"\nX2,"[""16A""]"\n';

  it('states after repair exactly what they would have stated, with what explains them', async () => {
    const file = (name: string, date: string) => here.write(`${name}.csv`, assessments(date));
    const explained = here.write('factors.csv', factors);
    const { second, both } = await roundTrip([file('wrong', '2024-01-99'), explained], (text) =>
      text.replace('2024-01-99', '2024-01-09'),
    );
    expect(second.report.records.assessment).toBe(1);
    expect(JSON.stringify(second.messages)).toContain('16A');
    const whole = await convert([file('right', '2024-01-09'), explained], { referenceDate });
    expect(both).toEqual(ids(whole.messages));
  });
});
