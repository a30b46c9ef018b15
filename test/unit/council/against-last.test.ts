// A later return corrects, and purges only what it is told to; the report says which and fits on a page.
import { readFileSync } from 'node:fs';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { type CaseEvent, isPurge } from '../../../schemas/case-event.ts';
import { parseMessage } from '../../../schemas/message.ts';
import { purgeAll } from '../../../services/council/against-last.ts';
import { convertReturn } from '../../../services/council/convert.ts';
import { writeMessages } from '../../../services/council/message-file.ts';
import { reportPage } from '../../../services/council/report-page.ts';
import { COUNCIL, census, convert, folder, KEY, samples } from './support.ts';

const here = folder();
const details = (date: string, inside = '') =>
  `<CINdetails><CINreferralDate>${date}</CINreferralDate>${inside}</CINdetails>`;

async function sentBefore(name: string, xml: string): Promise<string> {
  const path = here.path(`${name}.ndjson`);
  await writeMessages(
    path,
    convertReturn({ files: [here.write(`${name}.xml`, xml)], council: COUNCIL, key: KEY }),
  );
  return path;
}

const first = census({ details: details('2023-05-04') + details('2023-07-01') + details('2023-09-01') });
const second = census({
  year: 2025,
  details:
    details('2023-05-04') +
    details('2023-07-01', '<ReferralSource>1A</ReferralSource>') +
    details('2024-10-01'),
});

describe('a later return', () => {
  it('is counted against the last one, and purges nothing by itself', async () => {
    const previous = await sentBefore('one', first);
    const { messages, report } = await convert([here.write('two.xml', second)], { previous });
    expect(report.againstLast).toEqual({
      file: 'one.ndjson',
      new: 1,
      corrected: 1,
      same: 2,
      gone: 1,
      purged: 0,
    });
    expect(messages.filter((one) => 'recordId' in one.data && isPurge(one as never))).toEqual([]);
  });

  it('that is complete purges what is gone, after the events and before the statement', async () => {
    const previous = await sentBefore('one', first);
    const { messages, report } = await convert([here.write('two.xml', second)], { previous, complete: true });
    const purged = messages.at(-2);
    expect(purged).toMatchObject({
      type: 'waymark.case.referral.v1',
      time: '2025-06-03T09:00:00.000Z',
      data: { purged: true },
    });
    expect(parseMessage(JSON.stringify(purged)).ok).toBe(true);
    expect(messages.at(-1)?.type).toBe('waymark.feed.statement.v1');
    expect(report.purges).toBe(1);
    const before = readFileSync(previous, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(before.map((one) => one.data.recordId)).toContain(
      (purged as { data: { recordId: string } }).data.recordId,
    );
  });

  it('made at the same moment still overtakes what it purges', async () => {
    const previous = await sentBefore('one', first);
    const { messages } = await convert(
      [here.write('again.xml', census({ details: details('2023-05-04') }))],
      { previous, complete: true },
    );
    const purges = messages.filter((one) => 'recordId' in one.data && isPurge(one as never));
    expect(purges.map((one) => one.time)).toEqual(['2024-06-03T09:00:00.001Z', '2024-06-03T09:00:00.001Z']);
  });

  it('of another kind leaves the records alone that it does not carry', async () => {
    const previous = await sentBefore('one', first);
    const episodes = here.write('e.csv', 'CHILD,DECOM,RNE,LS\nA1,01/02/2023,S,C2\n');
    const { report } = await convert([episodes], { previous, complete: true, referenceDate: '2024-03-31' });
    expect(report.purges).toBe(0);
  });

  it('without any record is not taken for a complete one', async () => {
    const previous = await sentBefore('one', first);
    const { error, messages } = await convert([here.write('none.xml', census({ children: '' }))], {
      previous,
      complete: true,
    });
    expect([error?.code, messages]).toEqual(['nothing-stated', []]);
  });

  it('can be taken back whole, each record once and newer than what was sent', async () => {
    const paths = [await sentBefore('one', first), await sentBefore('two', second)];
    const purges: CaseEvent[] = [];
    for await (const one of purgeAll(paths, '2025-01-01T00:00:00Z')) purges.push(one);
    expect(purges.length).toBe(5);
    expect(purges.every(isPurge)).toBe(true);
    expect(purges.filter((one) => !parseMessage(JSON.stringify(one)).ok)).toEqual([]);
    expect(new Set(purges.map((one) => one.time))).toEqual(
      new Set(['2025-01-01T00:00:00Z', '2025-06-03T09:00:00.001Z']),
    );
  });

  it('cannot be complete against nothing', async () => {
    expect((await convert([here.write('two.xml', second)], { complete: true })).error?.code).toBe(
      'missing-option',
    );
  });
});

describe('the page', () => {
  it('has the counts, the missing fields and the rule codes, in words', async () => {
    const { report } = await convert([
      `${samples}cin-census/fake_CIN_data.xml`,
      `${samples}cin-census/CIN_Census_2021.xml`,
    ]);
    const { document } = parseHTML(reportPage(report));
    const text = document.body.textContent ?? '';
    for (const words of [
      '333 children',
      'DfE 8831',
      '350',
      'fake_CIN_data.xml line ',
      'CINreferralDate',
      'Closure reason',
      'July 2022',
    ]) {
      expect(text).toContain(words);
    }
    expect(document.querySelectorAll('script, link, img').length).toBe(0);
  });

  it('shows a month without records as a month, and counts what lies outside the two years', async () => {
    const on = (date: string) =>
      `<Child><ChildIdentifiers><LAchildID>${date}</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>${date}</CINreferralDate></CINdetails></Child>`;
    const children = ['2010-05-01', '2023-02-03', '2023-04-05', '2023-04-06'].map(on).join('');
    const { report } = await convert([here.write('gap.xml', census({ children }))]);
    const { document } = parseHTML(reportPage(report));
    const rows = [...document.querySelectorAll('#months tbody tr')].map((row) => row.textContent);
    expect(rows).toHaveLength(24);
    expect(rows.slice(10, 13)).toEqual(['February 2023Records1', 'March 2023Records0', 'April 2023Records2']);
    expect(rows.at(-1)).toBe('March 2024Records0');
    expect(document.querySelector('#months')?.textContent).toContain('At most 2 a month; 1 earlier');
  });

  it('says first of a return that was cut off that nothing was written', async () => {
    const { report, error } = await convert([here.write('cut.xml', census({}).slice(0, -60))]);
    report.failed = error!.report();
    const { document } = parseHTML(reportPage(report));
    expect(document.querySelector('[role=alert]')?.textContent).toMatch(
      /Nothing was written or sent.*ends before its last element.*cut\.xml, line/s,
    );
    expect(document.title).toMatch(/^Failed/);
  });
});
