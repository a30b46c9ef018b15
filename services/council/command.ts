// `waymark council …`: what an analyst of a council runs. Identifiers stay on this side of every command.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { FeedMessage } from '../../schemas/message.ts';
import { UserError } from '../platform/errors.ts';
import { type Progress, silent, terminalProgress } from '../platform/progress.ts';
import { type ConvertOptions, convertReturn } from './convert.ts';
import { readMapping } from './families.ts';
import { generateKey, readApiKey, readKey } from './key-file.ts';
import { readMessageLines, writeMessages } from './message-file.ts';
import { type ConversionReport, ReportWriter } from './report.ts';
import { type Receipts, sendMessages } from './send.ts';
import { identify } from './source-files.ts';

interface ConversionFlags {
  council: string;
  key: string;
  referenceDate?: string;
  families?: string;
  crosswalk?: string;
  report?: string;
  json?: boolean;
}

const progressOf = (flags: { json?: boolean }): Progress => (flags.json ? silent : terminalProgress());

/** Says a result: one JSON line, or a table for a person. */
function tell(flags: { json?: boolean }, result: object, words: string): void {
  process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : `${words}\n`);
}

const positive = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('give a whole number from 1 on.');
  return number;
};

async function conversionOptions(
  files: string[],
  flags: ConversionFlags,
  writer: ReportWriter,
): Promise<ConvertOptions> {
  return {
    files,
    council: flags.council,
    key: await readKey(flags.key),
    writer,
    progress: progressOf(flags),
    ...(flags.referenceDate !== undefined && { referenceDate: flags.referenceDate }),
    ...(flags.families !== undefined && { families: await readMapping(flags.families) }),
    ...(flags.crosswalk !== undefined && { crosswalk: await readMapping(flags.crosswalk) }),
  };
}

async function saveReport(path: string | undefined, report: ConversionReport): Promise<void> {
  if (path === undefined) return;
  try {
    await writeFile(path, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError('cannot-write', `The report cannot be written (${code}): check the folder.`, {
      file: basename(path),
    });
  }
}

/** The report as a person reads it. */
export function reportWords(report: ConversionReport): string {
  const count = (number: number) => number.toLocaleString('en-GB');
  const lines = [
    `${count(report.children)} children, ${count(report.events)} case events, ${count(report.purges)} purges, ${count(report.statements)} feed statements`,
  ];
  for (const one of report.returns) {
    lines.push(`  ${one.format} ${one.files.join(', ')}: complete through ${one.completeThrough}`);
  }
  for (const [kind, records] of Object.entries(report.records)) {
    if (records > 0) lines.push(`  ${kind.padEnd(16)} ${count(records)}`);
  }
  lines.push(`${count(report.refused)} records refused${report.refused > 0 ? ':' : ''}`);
  for (const one of report.refusals.slice(0, 10)) {
    lines.push(
      `  ${one.file}, line ${one.line}: ${one.record}${one.field ? `, ${one.field}` : ''} ${one.reason}`,
    );
  }
  if (report.refused > 10) lines.push(`  … and ${count(report.refused - 10)} more: see --report`);
  const findings = [...report.findings].sort((a, b) => b.count - a.count);
  if (findings.length > 0) lines.push('Findings (records kept):');
  for (const one of findings) {
    lines.push(
      `  ${count(one.count).padStart(7)} ${one.rule}${one.field ? ` ${one.field}` : ''}: ${one.words}`,
    );
  }
  return lines.join('\n');
}

async function* toStandardOutput(messages: AsyncIterable<FeedMessage>): AsyncGenerator<FeedMessage> {
  for await (const message of messages) {
    if (!process.stdout.write(`${JSON.stringify(message)}\n`)) {
      await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
    yield message;
  }
}

async function convert(files: string[], flags: ConversionFlags & { out?: string }): Promise<void> {
  const writer = new ReportWriter(flags.council);
  const messages = convertReturn(await conversionOptions(files, flags, writer));
  if (flags.out === '-') {
    for await (const _ of toStandardOutput(messages)) {
      // Every message is written as it comes.
    }
  } else if (flags.out !== undefined) {
    await writeMessages(flags.out, messages);
  } else {
    for await (const _ of messages) {
      // Without a place to write to, the returns are read and reported only.
    }
  }
  const { report } = writer;
  await saveReport(flags.report, report);
  if (flags.out === '-') {
    process.stderr.write(`${flags.json ? JSON.stringify(report) : reportWords(report)}\n`);
    return;
  }
  tell(flags, report, reportWords(report));
}

interface SendFlags extends Omit<ConversionFlags, 'council' | 'key'> {
  council?: string;
  key?: string;
  gateway: string;
  apiKeyFile: string;
  batchLines: number;
  patience: number;
  allowHttp?: boolean;
}

/** Row-level data crosses a network only encrypted; a gateway on the same machine may be plain. */
function checkGateway(gateway: string, allowHttp: boolean): void {
  let address: URL;
  try {
    address = new URL(gateway);
  } catch {
    throw new UserError(
      'bad-gateway-address',
      'The gateway must be an address such as https://waymark.example.org.',
      {
        field: 'gateway',
      },
    );
  }
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(address.hostname);
  if (address.protocol === 'https:' || (address.protocol === 'http:' && (local || allowHttp))) return;
  throw new UserError(
    'insecure-gateway',
    'The gateway must be reached by https: records are never sent in the clear.',
    {
      field: 'gateway',
    },
  );
}

async function send(files: string[], flags: SendFlags): Promise<void> {
  checkGateway(flags.gateway, flags.allowHttp === true);
  const apiKey = await readApiKey(flags.apiKeyFile);
  const returns: string[] = [];
  const converted: string[] = [];
  for (const path of files) ((await identify(path)).format === 'messages' ? converted : returns).push(path);
  const folder = await mkdtemp(join(tmpdir(), 'waymark-send-'));
  const writer = new ReportWriter(flags.council ?? '');
  try {
    if (returns.length > 0) {
      const { council, key } = flags;
      if (council === undefined || key === undefined) {
        throw new UserError(
          'missing-option',
          'Returns are converted before they are sent: give --council and --key.',
          {
            field: council === undefined ? 'council' : 'key',
          },
        );
      }
      // Converted whole before the first line leaves: a return that cannot be read to its end sends nothing.
      const path = join(folder, 'messages.ndjson');
      await writeMessages(
        path,
        convertReturn(await conversionOptions(returns, { ...flags, council, key }, writer)),
      );
      converted.push(path);
    }
    const receipts = await sendMessages({
      gateway: flags.gateway,
      apiKey,
      messages: linesOf(converted),
      batchLines: flags.batchLines,
      patience: flags.patience * 1_000,
      progress: progressOf(flags),
    });
    await saveReport(flags.report, writer.report);
    tell(flags, { receipts, report: returns.length > 0 ? writer.report : null }, receiptWords(receipts));
    if (receipts.rejected.length > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* linesOf(paths: readonly string[]): AsyncGenerator<string> {
  for (const path of paths) yield* readMessageLines(path);
}

function receiptWords(receipts: Receipts): string {
  const lines = [
    `${receipts.sent.toLocaleString('en-GB')} messages sent, ${receipts.accepted.toLocaleString('en-GB')} accepted, ${receipts.rejected.length} rejected`,
  ];
  for (const one of receipts.rejected.slice(0, 10)) {
    lines.push(`  message ${one.line}: ${one.code}${one.field ? `, ${one.field}` : ''} ${one.reason}`);
  }
  return lines.join('\n');
}

const conversionFlags = (command: Command, required: boolean): Command => {
  const council = '--council <code>';
  const key = '--key <file>';
  const [councilWords, keyWords] = [
    'ONS code of the council, such as E09000023',
    'pseudonym key, see keygen',
  ];
  const with2 = required
    ? command.requiredOption(council, councilWords).requiredOption(key, keyWords)
    : command.option(council, councilWords).option(key, keyWords);
  return with2
    .option('--reference-date <date>', 'YYYY-MM-DD, for returns that do not carry one (SSDA903)')
    .option('--families <file>', 'CSV with a heading: child id, family id')
    .option(
      '--crosswalk <file>',
      'CSV with a heading: SSDA903 CHILD, CIN census LAchildID, where they differ',
    )
    .option('--report <file>', 'write the data-quality report as JSON')
    .option('--json', 'print one JSON object');
};

/** Adds `council` and its commands. */
export function registerCouncil(program: Command): void {
  const council = program
    .command('council')
    .description('runs inside a council: returns to pseudonymised case events, and their delivery');
  council
    .command('keygen')
    .description('make a pseudonym key: keep it safe and never send it')
    .requiredOption('--out <file>', 'where to write it; an existing file is never overwritten')
    .option('--json', 'print one JSON object')
    .action(async (flags: { out: string; json?: boolean }) => {
      await generateKey(flags.out);
      tell(
        flags,
        { keyFile: flags.out },
        `A new key is in ${flags.out}. Back it up where only its keepers can read it.`,
      );
    });
  conversionFlags(
    council
      .command('convert')
      .description('convert CIN census and SSDA903 returns, and report on them; nothing is sent')
      .argument('<files...>', 'returns: CIN census XML, SSDA903 XML or CSV tables'),
    true,
  )
    .option(
      '--out <file>',
      'write the messages as NDJSON; - for standard output (the report then goes to standard error)',
    )
    .action(convert);
  conversionFlags(
    council
      .command('send')
      .description('deliver returns or converted messages to the gateway')
      .argument('<files...>', 'returns, or NDJSON written by convert'),
    false,
  )
    .requiredOption('--gateway <url>', 'address of the gateway')
    .requiredOption('--api-key-file <file>', 'private file with the API key of this council')
    .option('--batch-lines <number>', 'messages in a batch', positive, 500)
    .option('--patience <seconds>', 'how long to wait for a gateway that does not answer', positive, 600)
    .option('--allow-http', 'reach the gateway without encryption (a closed test network only)')
    .action(send);
}
