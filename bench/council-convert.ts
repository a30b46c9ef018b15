// How fast a census becomes case events, beside the bare speed of saxes (the parser everybody has) over the same bytes.
// Usage: tsx bench/council-convert.ts [records]. Each measurement is a process of its own, so that memory is its own.
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SaxesParser } from 'saxes';
import { convertReturn } from '../services/council/convert.ts';
import { decodedText } from '../services/council/source-text.ts';
import { readXmlRecords } from '../services/council/xml-records.ts';
import { writeCensus } from './census-file.ts';

const CENSUS = { root: 'Message', records: new Set(['Header', 'Child']) };

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
