// Identifiers planted in every field of every format never come out: not in messages, reports, errors or logs.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { convert, folder, samples } from './support.ts';

const planted = [
  'Zebediah Quill',
  'A123456789012Z',
  '943 476 5919',
  'ZZ9 4XX',
  '2011-11-23',
  '23/11/2011',
  'KIDID77',
];
const here = folder();

/** A day as the messages would write it. */
const isoOf = (value: string) => value.replace(/^(\d\d)\/(\d\d)\/(\d{4})$/, '$3-$2-$1');

/** What of it came out, in any spelling that a reader would recognise. */
function leaks(output: string, values: readonly string[]): string[] {
  return values.filter((value) => output.includes(value) || output.includes(value.replaceAll(' ', '')));
}

/** Where a day is no identifier: these are the days the records are about. */
const dated =
  /^(ReferenceDate|DateTime|CINreferralDate|CINclosureDate|Assessment\w+Date|CINPlan\w+Date|S47ActualStartDate|DateOfInitialCPC|CPP(start|end|review)Date|PPStartDate|LBPSentDate|StepDecisionDate|CourtAppDate|DECOM|DEC)$/;
const isDay = (value: string) => /^\d.*\d{2}$/.test(value) && !value.includes(' ');

/** The same text with one field's value replaced, for every element that holds a value. */
function* plantedXml(text: string, value: string): Generator<[field: string, text: string]> {
  for (const found of text.matchAll(/<([A-Za-z0-9]+)>([^<>\s][^<>]*)<\/\1>/g)) {
    const start = found.index + found[1]!.length + 2;
    yield [found[1]!, text.slice(0, start) + value + text.slice(start + found[2]!.length)];
  }
}

const headings: Record<string, string> = {
  episodes: 'CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN',
  header: 'CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB',
  uasc: 'CHILD,SEX,DOB,DUC',
};
const goodRows: Record<string, string> = {
  episodes: '1,15/02/2016,S,C2,N3,T2,PR0,14/08/2017,X1,CLOSE,,,4244474',
  header: '1,2,27/03/2008,WROM,D051910639385,,',
  uasc: '1,2,18/10/2010,13/10/2028',
};

describe('planted identifiers', () => {
  it.each(planted)('%s in any element of a census stays inside', async (value) => {
    const text = readFileSync(`${samples}cin-census/CIN_Census_2026.xml`, 'utf8');
    let variants = 0;
    for (const [field, variant] of plantedXml(text, value)) {
      variants += 1;
      const { messages, report, error } = await convert([here.write('census.xml', variant)]);
      const output = JSON.stringify({ messages, report, error: error?.report(), stack: error?.stack });
      if (!isDay(value) || !dated.test(field))
        expect([field, leaks(output, [isoOf(value)])]).toEqual([field, []]);
    }
    expect(variants).toBe(66);
  });

  it.each(planted)('%s in any cell of the SSDA903 tables stays inside', async (value) => {
    for (const [table, heading] of Object.entries(headings)) {
      const cells = goodRows[table]!.split(',');
      for (let at = 0; at < cells.length; at += 1) {
        const row = cells.map((cell, index) => (index === at ? value : cell)).join(',');
        const file = here.write(`${table}.csv`, `${heading}\n${row}\n${row},${value}\n"${row}\n`);
        const { messages, report, error } = await convert([file], { referenceDate: '2020-03-31' });
        const output = JSON.stringify({ messages, report, error: error?.report(), stack: error?.stack });
        const field = heading.split(',')[at]!;
        if (!isDay(value) || !dated.test(field))
          expect([field, leaks(output, [isoOf(value)])]).toEqual([field, []]);
      }
    }
  });

  it('days of birth and local ids of the samples stay inside', async () => {
    const xml = readFileSync(`${samples}cin-census/fake_CIN_data.xml`, 'utf8');
    const { messages, report } = await convert([`${samples}cin-census/fake_CIN_data.xml`]);
    const output = JSON.stringify({ messages, report });
    const ids = [...xml.matchAll(/<(?:LAchildID|UPN)>([^<]+)</g)].map((found) => found[1]!);
    expect(leaks(output, ids)).toEqual([]);
    const births = [...xml.matchAll(/<PersonBirthDate>([^<]+)</g)].map((found) => found[1]!);
    const children = messages.filter((message) => message.type === 'waymark.case.child.v1');
    expect(leaks(JSON.stringify(children), births)).toEqual([]);
  });

  it('tags, attributes and broken text of a file that cannot be read are not quoted', async () => {
    for (const broken of [
      '<Message><Header/><Children><Zebediah Quill></Children></Message>',
      '<Message name="Zebediah Quill"><Zebediah',
      '<Message>&ZebediahQuill;</Message>',
      'Zebediah Quill;ZZ9 4XX\n1;2\n',
      '<Zebediah.Quill/>',
    ]) {
      const { error } = await convert([here.write('broken.xml', broken)]);
      expect(error?.place.line).toBe(1);
      expect(`${JSON.stringify(error?.report())} ${error?.stack}`).not.toMatch(/Zebediah|ZZ9/);
    }
  });

  it('the command prints and writes none of them', { timeout: 60_000 }, () => {
    const key = here.path('key');
    const run = (...args: string[]) =>
      execFileSync('node_modules/.bin/tsx', ['test/unit/council/run-command.mts', 'council', ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    run('keygen', '--out', key);
    const file = `${samples}cin-census/CIN_Census_2026.xml`;
    const printed = run(
      'convert',
      file,
      '--council',
      'E09000023',
      '--key',
      key,
      '--out',
      here.path('out.ndjson'),
      '--report',
      here.path('report.json'),
    );
    const output =
      printed +
      readFileSync(here.path('out.ndjson'), 'utf8') +
      readFileSync(here.path('report.json'), 'utf8');
    expect(output).toContain('waymark.case.referral.v1');
    const secret = readFileSync(key, 'utf8').trim().split(' ')[1]!;
    expect(
      leaks(output, [
        'DfEX0000001',
        'A123456789123',
        'X98765432123B',
        '2015-03-27',
        '2023-09-25',
        'child_fails',
        secret,
      ]),
    ).toEqual([]);
  });
});
