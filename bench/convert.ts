// How fast a census becomes case events on disk, beside the bare speed of saxes (the parser everybody has) and of our
// scanner over the same bytes. Each measurement is a process of its
// own, so that memory is its own. CPU seconds are user and system of all threads, reading and collecting garbage included.
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SaxesParser } from 'saxes';
import { convertBatches } from '../services/council/convert.ts';
import { writeBatches } from '../services/council/message-file.ts';
import { decodedText, utf8Bytes } from '../services/council/source-text.ts';
import { readXmlRecords } from '../services/council/xml-records.ts';
import { XmlScanner } from '../services/council/xml-scanner.ts';
import { writeCensus } from './census-file.ts';
import { options, print } from './load/options.ts';

/** The word that makes a process measure one way. */
const MEASURE = 'measure';
const CENSUS = { root: 'Message', records: new Set(['Header', 'Child']) };
const opened = (path: string) => createReadStream(path, { highWaterMark: 65_536 });
const converted = (path: string) =>
  convertBatches({ files: [path], council: 'E09000023', key: Buffer.alloc(32, 1) });

/** Each way of going over the file; gives what it counted. */
const ways: Record<string, (path: string) => Promise<number>> = {
  'saxes alone': async (path) => {
    const parser = new SaxesParser({ position: true });
    let elements = 0;
    parser.on('opentag', () => {
      elements += 1;
    });
    parser.on('text', () => {});
    for await (const text of decodedText(opened(path), 'bench')) parser.write(text);
    parser.close();
    return elements;
  },
  'our scanner alone': async (path) => {
    let elements = 0;
    const scanner = new XmlScanner({
      open: () => {
        elements += 1;
      },
      text: () => {},
      close: () => {},
    });
    for await (const bytes of utf8Bytes(opened(path), 'bench')) scanner.write(bytes);
    if (scanner.end() !== 'whole') throw new Error('the scanner did not reach the end');
    return elements;
  },
  'our reader': async (path) => {
    let children = 0;
    for await (const records of readXmlRecords(utf8Bytes(opened(path), 'bench'), 'bench', CENSUS)) {
      children += records.length;
    }
    return children;
  },
  convert: async (path) => {
    let messages = 0;
    for await (const batch of converted(path)) messages += batch.length;
    return messages;
  },
  'convert and write': (path) => writeBatches(`${path}.ndjson`, converted(path)),
};

interface Measured {
  counted: number;
  mbPerCpuSecond: number;
  mbPerSecond: number;
  rssMb: number;
}

async function measured(way: (path: string) => Promise<number>, path: string): Promise<Measured> {
  const mb = (await stat(path)).size / 1e6;
  const before = performance.now();
  const cpu = process.cpuUsage();
  const counted = await way(path);
  const seconds = (performance.now() - before) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const rssMb = process.resourceUsage().maxRSS / 1024;
  return { counted, mbPerCpuSecond: (mb * 1e6) / (user + system), mbPerSecond: mb / seconds, rssMb };
}

const self = fileURLToPath(import.meta.url);
const round = (value: number): number => Math.round(100 * value) / 100;

async function compared(records: number): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  try {
    const path = join(folder, 'census.xml');
    await writeCensus(path, records);
    let bare = 0;
    const found: Record<string, object> = {};
    for (const name of Object.keys(ways)) {
      const output = execFileSync(process.execPath, ['--import', 'tsx', self, MEASURE, name, path], {
        encoding: 'utf8',
      });
      const one = JSON.parse(output) as Measured;
      bare ||= one.mbPerCpuSecond;
      found[name] = {
        mbACpuSecond: round(one.mbPerCpuSecond),
        mbASecond: round(one.mbPerSecond),
        'of saxes': round(one.mbPerCpuSecond / bare),
        residentMb: Math.round(one.rssMb),
        counted: one.counted,
      };
    }
    return { records, mbOfXml: Math.round((await stat(path)).size / 1e6), ...found };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [first, name = '', path = ''] = process.argv.slice(2);
const way = first === MEASURE ? ways[name] : undefined;
if (way) process.stdout.write(JSON.stringify(await measured(way, path)));
else {
  const { records } = options(
    'node --import tsx bench/convert.ts: a census becomes case events, beside saxes alone and our scanner alone over the same bytes.',
    { records: { words: 'of children in the census', otherwise: 1_000_000 } },
  );
  print(await compared(records));
}
