// The census as councils really write it: every spelling, both shapes of reviews, unborn children, and rules of order.
import { describe, expect, it } from 'vitest';
import { census, convert, findings, folder, states } from './support.ts';

const here = folder();
const convertXml = (parts: Parameters<typeof census>[0]) =>
  convert([here.write('census.xml', census(parts))]);
const details = (inside: string, date = '2023-05-04') =>
  `<CINdetails><CINreferralDate>${date}</CINreferralDate>${inside}</CINdetails>`;

describe('spellings', () => {
  it.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['Y', true],
    ['false', false],
    ['False', false],
    ['0', false],
    [' 0 ', false],
  ])('reads the boolean %j as %s', async (text, value) => {
    const { messages } = await convertXml({ details: details(`<ReferralNFA>${text}</ReferralNFA>`) });
    expect(states(messages, 'referral')).toEqual([{ date: '2023-05-04', noFurtherAction: value }]);
  });

  it.each([
    ['2023-05-04T00:00:00', '2023-05-04'],
    ['04/05/2023', '2023-05-04'],
  ])('reads the date %s', async (text, date) => {
    const { messages } = await convertXml({ details: details('', text) });
    expect(states(messages, 'referral')).toEqual([{ date }]);
  });

  it.each([
    ['<GenderCurrent>1</GenderCurrent>', 'M'],
    ['<GenderCurrent>2</GenderCurrent>', 'F'],
    ['<GenderCurrent>0</GenderCurrent>', 'U'],
    ['<GenderCurrent>9</GenderCurrent>', 'U'],
    ['<Sex>F</Sex>', 'F'],
    ['<Sex>u</Sex>', 'U'],
    ['<Sex>1</Sex>', 'M'],
  ])('reads %s', async (identifiers, sex) => {
    const { messages } = await convertXml({ identifiers });
    expect(states(messages, 'child')).toEqual([{ sex, ethnicity: 'WBRI' }]);
  });

  it('reads a namespace prefix, comments, CDATA and entities as what they stand for', async () => {
    const text = census({
      details: details(
        '<!-- x --><ReferralSource><![CDATA[1A]]></ReferralSource><PrimaryNeedCode>N&#49;</PrimaryNeedCode>',
      ),
    });
    const prefixed = text.replaceAll(/<(\/?)(?=[A-Z](?!DATA))/g, '<$1cin:');
    const { messages } = await convert([
      here.write('p.xml', prefixed.replace('<cin:Message', '<cin:Message xmlns:cin="urn:x"')),
    ]);
    expect(states(messages, 'referral')).toEqual([{ date: '2023-05-04', source: '1A', primaryNeed: 'N1' }]);
  });
});

describe('the child', () => {
  it('keeps the month of birth only', async () => {
    const { messages } = await convertXml({});
    expect(states(messages, 'child')).toEqual([{ birthMonth: '2015-02', ethnicity: 'WBRI' }]);
  });

  it('is unborn when only the expected date stands', async () => {
    const { messages } = await convertXml({
      identifiers: '<ExpectedPersonBirthDate>2024-05-11</ExpectedPersonBirthDate>',
    });
    expect(states(messages, 'child')).toEqual([{ birthMonth: '2024-05', unborn: true, ethnicity: 'WBRI' }]);
  });

  it('without an id is refused with its line, and its records with it', async () => {
    const { messages, report } = await convertXml({
      children:
        '\n<Child><ChildIdentifiers/><CINdetails><CINreferralDate>2023-05-04</CINreferralDate></CINdetails></Child>',
    });
    // Nor is the feed called complete: nobody knows what was lost with the child.
    expect(messages.length).toBe(0);
    expect(report.refusals).toEqual([
      {
        file: 'census.xml',
        line: 4,
        record: 'child',
        rule: '8500',
        field: 'LAchildID',
        reason: 'is missing, so the child cannot be followed',
      },
    ]);
  });

  it('belongs to the family of the mapping', async () => {
    const families = new Map([['A1', 'F9']]);
    const { messages } = await convert([here.write('f.xml', census({}))], { families });
    expect(states(messages, 'child')[0]?.family).toMatch(/^f[0-9a-f]{32}$/);
  });
});

describe('records', () => {
  it.each([
    [
      'one wrapper of many dates',
      '<Reviews><CPPreviewDate>2023-08-01</CPPreviewDate><CPPreviewDate>2023-11-01</CPPreviewDate></Reviews>',
    ],
    [
      'many wrappers of one date',
      '<Reviews><CPPreviewDate>2023-08-01</CPPreviewDate></Reviews><Reviews><CPPreviewDate>2023-11-01</CPPreviewDate></Reviews>',
    ],
  ])('reads reviews in %s', async (_, reviews) => {
    const { messages, report } = await convertXml({
      details: details(
        `<ChildProtectionPlans><CPPstartDate>2023-06-01</CPPstartDate><InitialCategoryOfAbuse>neg</InitialCategoryOfAbuse><NumberOfPreviousCPP>2</NumberOfPreviousCPP>${reviews}</ChildProtectionPlans>`,
      ),
    });
    expect(states(messages, 'cp-plan')).toEqual([
      {
        started: '2023-06-01',
        initialCategory: 'NEG',
        previousPlans: 2,
        reviews: ['2023-08-01', '2023-11-01'],
      },
    ]);
    expect(findings(report)).toEqual({});
  });

  it('leaves out a code that is none, and keeps the record', async () => {
    const { messages, report } = await convertXml({
      details: details('<ReferralSource>99</ReferralSource><PrimaryNeedCode>soon</PrimaryNeedCode>'),
    });
    expect(states(messages, 'referral')).toEqual([{ date: '2023-05-04' }]);
    expect(findings(report)).toEqual({
      'invalid-field ReferralSource': 1,
      'invalid-field PrimaryNeedCode': 1,
    });
  });

  it.each([
    ['missing-field', ''],
    ['invalid-date', '2023-02-30'],
    ['invalid-date', 'yesterday'],
    ['date-out-of-bounds', '1899-12-31'],
  ])('refuses a referral whose date is %s, and keeps the records under it', async (rule, date) => {
    const { messages, report } = await convertXml({
      details: details(
        '<Assessments><AssessmentActualStartDate>2023-05-05</AssessmentActualStartDate></Assessments>',
        date,
      ),
    });
    expect(states(messages, 'referral')).toEqual([]);
    expect(states(messages, 'assessment').length).toBe(1);
    expect(report.refusals.map((one) => [one.record, one.rule, one.field])).toEqual([
      ['referral', rule, 'CINreferralDate'],
    ]);
  });

  it('states a record that stands twice once, and tells two of one day apart', async () => {
    const { messages, report } = await convertXml({
      details: `${details('<ReferralSource>1A</ReferralSource>')}${details('<ReferralSource>1A</ReferralSource>')}${details('<ReferralSource>4</ReferralSource>')}`,
    });
    expect(states(messages, 'referral').length).toBe(2);
    expect(new Set(messages.map((one) => ('recordId' in one.data ? one.data.recordId : ''))).size).toBe(4);
    expect(findings(report)).toMatchObject({
      'duplicate-record referral': 1,
      'same-key-records referral': 1,
    });
  });

  it('corrects the same record in the next return', async () => {
    const records = async (year: number, inside: string) => {
      const { messages } = await convertXml({ year, details: details(inside) });
      const referral = messages.find((one) => one.type === 'waymark.case.referral.v1');
      return referral as { id: string; time: string; data: { recordId: string } };
    };
    const [open, closed] = [
      await records(2024, ''),
      await records(
        2025,
        '<CINclosureDate>2024-07-01</CINclosureDate><ReasonForClosure>RC8</ReasonForClosure>',
      ),
    ];
    expect(closed.data.recordId).toBe(open.data.recordId);
    expect(closed.id).not.toBe(open.id);
    expect(closed.time > open.time).toBe(true);
  });
});

describe('the statement', () => {
  const statementOf = (messages: { type: string; data: unknown; time: string }[]) => messages.at(-1);

  it.each([
    [2021, ['child', 'referral', 'assessment', 'section-47', 'cp-plan']],
    [2022, ['child', 'referral', 'assessment', 'section-47', 'cin-plan', 'cp-plan']],
    [
      2026,
      [
        'child',
        'referral',
        'assessment',
        'section-47',
        'cin-plan',
        'cp-plan',
        'family-meeting',
        'pre-proceedings',
      ],
    ],
  ])('of %i names the kinds that the census of that year carries', async (year, kinds) => {
    const { messages } = await convertXml({ year });
    expect(statementOf(messages)?.data).toEqual({ kinds, completeThrough: `${year}-03-31` });
  });

  it('is dated by the header, in London time when it has no offset', async () => {
    const { messages } = await convertXml({});
    expect(statementOf(messages)?.time).toBe('2024-06-03T09:00:00.000Z');
  });

  it('is dated noon of the reference date when the header has no time', async () => {
    const header =
      '<Header><CollectionDetails><ReferenceDate>2024-03-31</ReferenceDate></CollectionDetails></Header>';
    const { messages } = await convertXml({ header });
    expect(statementOf(messages)?.time).toBe('2024-03-31T12:00:00.000Z');
  });

  it('reaches no further than the day the return was made', async () => {
    const header =
      '<Header><CollectionDetails><ReferenceDate>2024-03-31</ReferenceDate></CollectionDetails><Source><DateTime>2024-02-10T09:00:00Z</DateTime></Source></Header>';
    const { messages, report } = await convertXml({ header });
    expect(statementOf(messages)?.data).toMatchObject({ completeThrough: '2024-02-10' });
    expect(findings(report)).toHaveProperty('stated-before-reference-date ReferenceDate');
  });

  it('is not made without a reference date', async () => {
    const { error } = await convertXml({ header: '<Header/>' });
    expect(error?.code).toBe('no-reference-date');
  });
});

describe('rules of order', () => {
  const plan = (start: string, end?: string) =>
    `<ChildProtectionPlans><CPPstartDate>${start}</CPPstartDate>${end ? `<CPPendDate>${end}</CPPendDate>` : ''}</ChildProtectionPlans>`;
  const cinPlan = (start: string, end?: string) =>
    `<CINPlanDates><CINPlanStartDate>${start}</CINPlanStartDate>${end ? `<CINPlanEndDate>${end}</CINPlanEndDate>` : ''}</CINPlanDates>`;
  const assessment = (start: string) =>
    `<Assessments><AssessmentActualStartDate>${start}</AssessmentActualStartDate></Assessments>`;
  const closed = (date: string) =>
    `<CINclosureDate>${date}</CINclosureDate><ReasonForClosure>RC1</ReasonForClosure>`;
  const nfa = '<ReferralNFA>true</ReferralNFA>';
  const conference = (date: string) => `<DateOfInitialCPC>${date}</DateOfInitialCPC>`;

  it.each([
    ['8630', details(closed('2023-05-03'))],
    ['8805', details('<CINclosureDate>2023-06-01</CINclosureDate>')],
    ['8810', details('<ReasonForClosure>RC1</ReasonForClosure>')],
    ['8565', details(closed('2023-06-01') + assessment('2023-06-02'))],
    ['8831', details(nfa + assessment('2023-06-02'))],
    ['8831', details(nfa + conference('2023-06-02'))],
    ['8832', details(nfa + plan('2023-06-02'))],
    ['4000', details(nfa + cinPlan('2023-06-02'))],
    ['4001', details(plan('2023-06-02') + cinPlan('2023-06-10'))],
    ['8940', details(plan('2023-06-02', '2023-09-01') + plan('2023-08-31'))],
    ['8840', details(plan('2023-06-02', '2023-06-02'))],
    ['8925', details(plan('2023-06-02', '2023-06-01'))],
    ['8815', details('') + details('', '2023-07-01')],
    ['8816', details('') + details(closed('2023-08-01'), '2023-07-01')],
    ['8820', details(closed('2023-07-02')) + details('', '2023-07-01')],
    ['1103', details(assessment('2023-05-03'))],
    ['1104', details(conference('2023-05-03'))],
    ['1105', details(plan('2023-05-03'))],
  ])('%s is found and the records are kept', async (rule, inside) => {
    const { messages, report } = await convertXml({ details: inside });
    expect(findings(report)).toHaveProperty(rule);
    expect(report.refused).toBe(0);
    const records =
      inside.match(/<(CINdetails|Assessments|CINPlanDates|ChildProtectionPlans)>/g)?.length ?? 0;
    expect(messages.length).toBe(records + 2);
  });

  it.each([
    ['a referral on the day the last one closed', details(closed('2023-07-01')) + details('', '2023-07-01')],
    ['a plan on the day the last one ended', details(plan('2023-06-02', '2023-09-01') + plan('2023-09-01'))],
    [
      'an open referral of no further action that is not the latest',
      details(nfa) + details('', '2023-07-01'),
    ],
    ['a CIN plan after the CP plan', details(plan('2023-06-02', '2023-09-01') + cinPlan('2023-09-01'))],
    [
      'activity on the days of referral and closure',
      details(assessment('2023-05-04') + closed('2023-05-04')),
    ],
  ])('%s is in order', async (_, inside) => {
    const { report } = await convertXml({ details: inside });
    expect(findings(report)).toEqual({});
  });
});

describe('a file that cannot be read to its end', () => {
  it('is refused with the line where it breaks, and never stated complete', async () => {
    const text = census({ details: details('') });
    const cut = text.slice(0, text.indexOf('</Children>'));
    const { messages, error } = await convert([here.write('cut.xml', cut)]);
    expect(error?.code).toBe('return-truncated');
    expect(error?.place).toEqual({ file: 'cut.xml', line: cut.split('\n').length });
    expect(messages.map((one) => one.type)).not.toContain('waymark.feed.statement.v1');
  });

  it('is refused for a tag that is closed by another', async () => {
    const { error } = await convert([here.write('t.xml', census({}).replace('</Ethnicity>', '</Ethnic>'))]);
    expect(error?.code).toBe('not-well-formed');
    expect(error?.place.line).toBe(6);
  });

  it('is refused when it declares a document type, so that no entity can grow', async () => {
    const { error } = await convert([
      here.write(
        'bomb.xml',
        `<!DOCTYPE Message [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>${census({})}`,
      ),
    ]);
    expect(error?.code).toBe('document-type-refused');
  });
});
