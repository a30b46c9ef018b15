// `node --import tsx test/fuzz/ten-million.ts [elements]`: returns of so many elements (ten million when not said), in four shapes.
// Each is converted by a process of its own, which prints what it made of it, its seconds and the most memory it held.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convertBatches } from '../../services/council/convert.ts';
import { ReportWriter } from '../../services/council/report.ts';
import { UserError } from '../../services/platform/errors.ts';
import { COUNCIL, KEY } from '../unit/council/sample.ts';

const HEADER =
  '<Header><CollectionDetails><Year>2024</Year><ReferenceDate>2024-03-31</ReferenceDate></CollectionDetails></Header>';

/** 10 elements. */
const child = (at: number) =>
  `<Child><ChildIdentifiers><LAchildID>K${at}</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>2023-05-04</CINreferralDate><Assessments><AssessmentActualStartDate>2023-05-05</AssessmentActualStartDate></Assessments><ReferralSource>1A</ReferralSource><PrimaryNeedCode>N1</PrimaryNeedCode></CINdetails></Child>\n`;
const census = (inside: (elements: number) => Generator<string>) =>
  function* (elements: number): Generator<string> {
    yield `<Message>${HEADER}<Children>`;
    yield* inside(elements);
    yield `${child(0)}</Children></Message>`;
  };
function* repeated(text: string, times: number): Generator<string> {
  for (let at = 0; at < times; at += 1) yield text;
}

const shapes: Record<string, (elements: number) => Generator<string>> = {
  'children of ten elements each': census(function* (elements) {
    for (let at = 1; at <= elements / 10; at += 1) yield child(at);
  }),
  'one child of all elements': census(function* (elements) {
    yield '<Child><ChildIdentifiers><LAchildID>K1</LAchildID></ChildIdentifiers>';
    yield* repeated('<CINdetails></CINdetails>', elements);
    yield '</Child>';
  }),
  'elements that belong to nothing': census((elements) => repeated('<Note>x</Note>', elements)),
  'a child of one element, over and over, in a feed': function* (elements) {
    yield '[{"la_child_id":"K0"}';
    for (let at = 1; at < elements; at += 1) yield `,\n{"la_child_id":"K${at}"}`;
    yield ']';
  },
};

function write(path: string, pieces: Generator<string>): void {
  const handle = openSync(path, 'w');
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < 1_000_000) continue;
    writeSync(handle, text);
    text = '';
  }
  writeSync(handle, text);
  closeSync(handle);
}

async function convertOne(file: string): Promise<void> {
  const began = performance.now();
  const writer = new ReportWriter(COUNCIL);
  let error = '';
  try {
    const options = { files: [file], council: COUNCIL, key: KEY, referenceDate: '2024-03-31', writer };
    for await (const _ of convertBatches(options)) {
      // What is made is let go: sending and writing have their own tests.
    }
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    error = thrown.code;
  }
  const { children, events, refused } = writer.report;
  const mostMebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  process.stdout.write(`${JSON.stringify({ children, events, refused, error, seconds, mostMebibytes })}\n`);
}

const [first = '10000000', path] = process.argv.slice(2);
if (first === '--one' && path !== undefined) await convertOne(path);
else {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-ten-million-'));
  const file = join(folder, 'return');
  try {
    for (const [name, pieces] of Object.entries(shapes)) {
      write(file, pieces(Number(first)));
      const megabytes = Math.round(statSync(file).size / 1e6);
      const one = spawnSync(
        process.execPath,
        ['--import', 'tsx', fileURLToPath(import.meta.url), '--one', file],
        { encoding: 'utf8' },
      );
      process.stdout.write(
        `${name}, ${megabytes} MB: ${one.stdout.trim() || one.stderr.trim().slice(-300)}\n`,
      );
      if (one.status !== 0) process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
