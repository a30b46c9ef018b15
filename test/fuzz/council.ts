// `node --import tsx test/fuzz/council.ts [inputs] [seed]`: the damaged returns of test/unit/council/fuzz.test.ts in any number, of
// every format in turn. Prints one line a format; exit code 1 when anything good was lost or anything crashed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { convertReturn } from '../../services/council/convert.ts';
import { ReportWriter } from '../../services/council/report.ts';
import type { UserError } from '../../services/platform/errors.ts';
import { type FuzzedReturn, fuzzedReturns, wrongIn } from '../unit/council/fuzzed-returns.ts';
import { COUNCIL, type Converted, KEY } from '../unit/council/sample.ts';

const inputs = Number(process.argv[2] ?? 20_000);
const seed = Number(process.argv[3] ?? Date.now());
const folder = mkdtempSync(join(tmpdir(), 'waymark-fuzz-'));

async function converted({ name, bytes }: FuzzedReturn): Promise<Converted> {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  const writer = new ReportWriter(COUNCIL);
  const all: Converted = { messages: [], report: writer.report, error: undefined };
  const options = { files: [file], council: COUNCIL, key: KEY, referenceDate: '2024-03-31', writer };
  try {
    for await (const message of convertReturn(options)) all.messages.push(message);
  } catch (error) {
    all.error = error as UserError;
  }
  return all;
}

try {
  for (const [name, returns] of fuzzedReturns) {
    const began = performance.now();
    const numRuns = Math.ceil(inputs / fuzzedReturns.length);
    await fc.assert(
      fc.asyncProperty(returns, async (fuzzed) => {
        const wrong = wrongIn(fuzzed, await converted(fuzzed));
        if (wrong !== undefined) throw new Error(wrong);
      }),
      { numRuns, seed },
    );
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    process.stdout.write(
      `${name}: ${numRuns.toLocaleString('en-GB')} inputs, seed ${seed}, ${seconds} s, nothing lost\n`,
    );
  }
} catch (error) {
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
