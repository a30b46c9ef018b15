// How fast a census becomes case events, beside the bare speed of saxes (the parser everybody has) over the same bytes.
// Usage: tsx bench/council-convert.ts [records]. Each measurement is a process of its own, so that memory is its own.
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SaxesParser } from 'saxes';
import { addDays } from '../schemas/calendar.ts';
import { convertReturn } from '../services/council/convert.ts';
import { decodedText } from '../services/council/source-text.ts';
import { readXmlRecords } from '../services/council/xml-records.ts';

const CENSUS = { root: 'Message', records: new Set(['Header', 'Child']) };

/** A census of about `records` records with every module, indented as real exports are. */
async function writeCensus(path: string, records: number): Promise<void> {
  const file = await open(path, 'w');
  await file.write(
    '<?xml version="1.0" encoding="utf-8"?>\n<Message>\n  <Header>\n    <CollectionDetails>\n      <Collection>CIN</Collection>\n      <Year>2024</Year>\n      <ReferenceDate>2024-03-31</ReferenceDate>\n    </CollectionDetails>\n    <Source>\n      <DateTime>2024-06-03T10:00:00</DateTime>\n    </Source>\n  </Header>\n  <Children>\n',
  );
  let text = '';
  let written = 0;
  for (let child = 0; written < records; child += 1) {
    const start = addDays('2023-04-01', child % 360);
    const day = (days: number) => addDays(start, days);
    text += `    <Child>\n      <ChildIdentifiers>\n        <LAchildID>LA${String(child).padStart(9, '0')}</LAchildID>\n        <UPN>A${String(child).padStart(12, '0')}</UPN>\n        <PersonBirthDate>${addDays('2008-01-01', child % 5000)}</PersonBirthDate>\n        <Sex>${child % 2 ? 'M' : 'F'}</Sex>\n      </ChildIdentifiers>\n      <ChildCharacteristics>\n        <Ethnicity>WBRI</Ethnicity>\n        <Disabilities>\n          <Disability>NONE</Disability>\n        </Disabilities>\n      </ChildCharacteristics>\n      <CINdetails>\n        <CINreferralDate>${start}</CINreferralDate>\n        <ReferralSource>1A</ReferralSource>\n        <PrimaryNeedCode>N1</PrimaryNeedCode>\n        <CINclosureDate>${day(200)}</CINclosureDate>\n        <ReasonForClosure>RC8</ReasonForClosure>\n        <Assessments>\n          <AssessmentActualStartDate>${day(1)}</AssessmentActualStartDate>\n          <AssessmentAuthorisationDate>${day(35)}</AssessmentAuthorisationDate>\n          <FactorsIdentifiedAtAssessment>\n            <AssessmentFactors>3B</AssessmentFactors>\n            <AssessmentFactors>16A</AssessmentFactors>\n          </FactorsIdentifiedAtAssessment>\n        </Assessments>\n        <ReferralNFA>false</ReferralNFA>\n`;
    written += 3;
    if (child % 2 === 0) {
      text += `        <CINPlanDates>\n          <CINPlanStartDate>${day(36)}</CINPlanStartDate>\n          <CINPlanEndDate>${day(60)}</CINPlanEndDate>\n        </CINPlanDates>\n`;
      written += 1;
    }
    if (child % 3 === 0) {
      text += `        <Section47>\n          <S47ActualStartDate>${day(50)}</S47ActualStartDate>\n          <DateOfInitialCPC>${day(61)}</DateOfInitialCPC>\n          <ICPCnotRequired>false</ICPCnotRequired>\n        </Section47>\n        <ChildProtectionPlans>\n          <CPPstartDate>${day(61)}</CPPstartDate>\n          <CPPendDate>${day(190)}</CPPendDate>\n          <InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse>\n          <LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse>\n          <NumberOfPreviousCPP>0</NumberOfPreviousCPP>\n          <Reviews>\n            <CPPreviewDate>${day(140)}</CPPreviewDate>\n          </Reviews>\n        </ChildProtectionPlans>\n`;
      written += 2;
    }
    text += '      </CINdetails>\n    </Child>\n';
    if (text.length < 1_000_000) continue;
    await file.write(text);
    text = '';
  }
  await file.write(`${text}  </Children>\n</Message>\n`);
  await file.close();
}

/** Each way of going over the file; gives what it counted. */
const ways: Record<string, (path: string) => Promise<number>> = {
  'saxes alone': async (path) => {
    const parser = new SaxesParser({ position: true });
    let elements = 0;
    parser.on('opentag', () => {
      elements += 1;
    });
    parser.on('text', () => {});
    for await (const text of decodedText(createReadStream(path), 'bench')) parser.write(text);
    parser.close();
    return elements;
  },
  'our reader': async (path) => {
    let children = 0;
    for await (const _ of readXmlRecords(decodedText(createReadStream(path), 'bench'), 'bench', CENSUS))
      children += 1;
    return children;
  },
  convert: async (path) => {
    let messages = 0;
    for await (const _ of convertReturn({ files: [path], council: 'E09000023', key: Buffer.alloc(32, 1) }))
      messages += 1;
    return messages;
  },
  'convert and write': async (path) => {
    let bytes = 0;
    for await (const message of convertReturn({
      files: [path],
      council: 'E09000023',
      key: Buffer.alloc(32, 1),
    })) {
      bytes += JSON.stringify(message).length;
    }
    return bytes;
  },
};

const [first, second] = process.argv.slice(2);
const way = first === undefined ? undefined : ways[first];
if (way && second !== undefined) {
  const bytes = (await stat(second)).size;
  const before = performance.now();
  const cpu = process.cpuUsage();
  const counted = await way(second);
  const seconds = (performance.now() - before) / 1000;
  const cpuSeconds = process.cpuUsage(cpu).user / 1e6;
  const rss = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    JSON.stringify({
      way: first,
      counted,
      seconds,
      mbPerCpuSecond: bytes / 1e6 / cpuSeconds,
      mbPerSecond: bytes / 1e6 / seconds,
      rssMb: rss,
    }),
  );
} else {
  const records = Number(first ?? 1_000_000);
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  try {
    const path = join(folder, 'census.xml');
    await writeCensus(path, records);
    console.log(
      `${records.toLocaleString('en-GB')} records, ${((await stat(path)).size / 1e6).toFixed(0)} MB of XML`,
    );
    let bare = 0;
    for (const name of Object.keys(ways)) {
      const self = fileURLToPath(import.meta.url);
      const output = execFileSync(process.execPath, ['--import', 'tsx', self, name, path], {
        encoding: 'utf8',
      });
      const measured = JSON.parse(output) as {
        counted: number;
        mbPerCpuSecond: number;
        mbPerSecond: number;
        rssMb: number;
      };
      bare ||= measured.mbPerCpuSecond;
      console.log(
        `${name.padEnd(18)} ${measured.mbPerSecond.toFixed(1).padStart(7)} MB/s  ${measured.mbPerCpuSecond.toFixed(1).padStart(6)} MB a CPU second  ${(measured.mbPerCpuSecond / bare).toFixed(2)} of saxes  ${measured.rssMb.toFixed(0).padStart(4)} MB RSS  ${measured.counted.toLocaleString('en-GB')} counted`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
