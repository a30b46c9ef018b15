// `waymark council …`: what an analyst of a council runs. Identifiers stay on this side of every command.
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { Instant } from '../../schemas/calendar.ts';
import type { FeedMessage } from '../../schemas/message.ts';
import { type ErrorReport, UserError } from '../platform/errors.ts';
import { type Progress, silent, terminalProgress } from '../platform/progress.ts';
import { purgeAll } from './against-last.ts';
import { type ConvertOptions, convertReturn } from './convert.ts';
import { readMapping } from './families.ts';
import { generateKey, readApiKey, readKey } from './key-file.ts';
import { readMessages, writeMessages } from './message-file.ts';
import { type ConversionReport, ReportWriter } from './report.ts';
import { reportPage } from './report-page.ts';
import type { RejectedMessage, SendOptions } from './send.ts';
import { identify } from './source-files.ts';
import { type Receipt, Spool } from './spool.ts';
import { FolderWatch } from './watch.ts';

interface ConversionFlags {
  council: string;
  key: string;
  referenceDate?: string;
  recordedAt?: string;
  families?: string;
  crosswalk?: string;
  previous?: string;
  complete?: boolean;
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
    ...(flags.previous !== undefined && { previous: flags.previous }),
    ...(flags.complete !== undefined && { complete: flags.complete }),
    ...(flags.referenceDate !== undefined && { referenceDate: flags.referenceDate }),
    ...(flags.recordedAt !== undefined && { recordedAt: flags.recordedAt }),
    ...(flags.families !== undefined && { families: await readMapping(flags.families) }),
    ...(flags.crosswalk !== undefined && { crosswalk: await readMapping(flags.crosswalk) }),
  };
}

async function saveReport(path: string | undefined, report: ConversionReport): Promise<void> {
  if (path === undefined) return;
  try {
    const text = path.endsWith('.html') ? reportPage(report) : `${JSON.stringify(report, null, 2)}\n`;
    await writeFile(path, text, { mode: 0o600 });
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
  const last = report.againstLast;
  if (last) {
    lines.push(
      `Against ${last.file}: ${count(last.new)} new, ${count(last.corrected)} corrected, ${count(last.same)} the same, ${count(last.gone)} gone (${count(last.purged)} purged)`,
    );
  }
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

async function purge(
  files: string[],
  flags: { out: string; recordedAt?: string; json?: boolean },
): Promise<void> {
  const recordedAt = flags.recordedAt ?? new Date().toISOString();
  if (!Instant.safeParse(recordedAt).success) {
    throw new UserError('bad-recorded-at', 'The time must be written as 2026-04-01T06:00:00Z.', {
      field: 'recorded-at',
    });
  }
  const purges = await writeMessages(flags.out, purgeAll(files, recordedAt));
  tell(
    flags,
    { purges, out: basename(flags.out) },
    `${purges.toLocaleString('en-GB')} purges: send them with waymark council send.`,
  );
}

interface SendFlags extends Omit<ConversionFlags, 'council' | 'key'> {
  council?: string;
  key?: string;
  gateway: string;
  apiKeyFile: string;
  batchLines: number;
  patience: number;
  spool: string;
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

/** Converts returns, or passes converted messages on: whole, before anything leaves. */
async function* messagesOf(files: readonly string[], flags: SendFlags, writer: ReportWriter) {
  const returns: string[] = [];
  const converted: string[] = [];
  for (const path of files) ((await identify(path)).format === 'messages' ? converted : returns).push(path);
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
    yield* convertReturn(await conversionOptions(returns, { ...flags, council, key }, writer));
  }
  for (const path of converted) yield* readMessages(path);
}

const deliveryOf = (flags: SendFlags, apiKey: string): Omit<SendOptions, 'messages'> => ({
  gateway: flags.gateway,
  apiKey,
  batchLines: flags.batchLines,
  patience: flags.patience * 1_000,
  progress: progressOf(flags),
});

async function send(files: string[], flags: SendFlags & { dryRun?: boolean }): Promise<void> {
  const writer = new ReportWriter(flags.council ?? '');
  if (flags.dryRun) {
    for await (const _ of toStandardOutput(messagesOf(files, flags, writer))) {
      // Exactly the lines that would leave, and no connection is made.
    }
    return;
  }
  checkGateway(flags.gateway, flags.allowHttp === true);
  const apiKey = await readApiKey(flags.apiKeyFile);
  const spool = await Spool.open(flags.spool);
  const receipts: Receipt[] = [];
  try {
    if (files.length > 0) await spool.add(messagesOf(files, flags, writer));
    await saveReport(flags.report, writer.report);
    for await (const receipt of spool.deliver(deliveryOf(flags, apiKey))) receipts.push(receipt);
  } finally {
    await spool.close();
  }
  const all = sumOf(receipts);
  tell(flags, { receipts: all, report: files.length > 0 ? writer.report : null }, receiptWords(all));
  if (all.rejected.length > 0) process.exitCode = 1;
}

const sumOf = (receipts: readonly Receipt[]) => ({
  parcels: receipts.length,
  sent: receipts.reduce((sum, one) => sum + one.sent, 0),
  accepted: receipts.reduce((sum, one) => sum + one.accepted, 0),
  rejected: receipts.flatMap((one) => one.rejected),
});

interface WatchFlags extends SendFlags {
  every: number;
  once?: boolean;
}

/** What one look at the folder led to: a line for the log, with pseudonyms and counts only. */
type WatchLine =
  | { parcel: string; sent: number; accepted: number; rejected: number }
  | { error: ErrorReport };

async function watch(folder: string, flags: WatchFlags): Promise<void> {
  checkGateway(flags.gateway, flags.allowHttp === true);
  const apiKey = await readApiKey(flags.apiKeyFile);
  const spool = await Spool.open(flags.spool);
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  const watching = new FolderWatch(folder, join(flags.spool, 'read.json'));
  const say = (line: WatchLine) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const delivery = { ...deliveryOf({ ...flags, json: true }, apiKey), signal: stop.signal };
  try {
    for (let looks = 0; !stop.signal.aborted; looks += 1) {
      await takeIn(watching, spool, flags, say);
      try {
        for await (const one of spool.deliver(delivery)) say({ ...one, rejected: one.rejected.length });
      } catch (error) {
        if (stop.signal.aborted) break;
        // An outage is waited out for as long as it lasts; a refused key needs a person.
        if (!(error instanceof UserError) || error.code !== 'gateway-unavailable') throw error;
        say({ error: error.report() });
      }
      if (flags.once && looks > 0) break;
      await pause(flags.once ? 50 : flags.every * 1_000, stop.signal);
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await spool.close();
  }
}

/** Puts what has landed into the spool. Files that landed together are one conversion; one that cannot be read is said once. */
async function takeIn(
  watching: FolderWatch,
  spool: Spool,
  flags: WatchFlags,
  say: (line: WatchLine) => void,
) {
  const landed = await watching.look();
  if (landed.length === 0) return;
  try {
    const parcel = await spool.add(
      messagesOf(
        landed.map((one) => one.path),
        { ...flags, json: true },
        new ReportWriter(flags.council ?? ''),
      ),
    );
    await watching.note(landed, parcel);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say({ error: error.report() });
    const bad = landed.filter((one) => basename(one.path) === error.place.file);
    await watching.note(bad.length > 0 ? bad : landed, error.code);
    watching.forget(landed.filter((one) => !bad.includes(one)));
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  setTimeout(milliseconds, undefined, { signal }).catch(() => {});

function receiptWords(receipts: { sent: number; accepted: number; rejected: RejectedMessage[] }): string {
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
    .option('--reference-date <date>', 'YYYY-MM-DD, for returns that do not carry one (SSDA903, daily feed)')
    .option(
      '--recorded-at <time>',
      'when such a return was made, as 2026-04-01T06:00:00Z; else noon of that date',
    )
    .option('--families <file>', 'CSV with a heading: child id, family id')
    .option(
      '--crosswalk <file>',
      'CSV with a heading: SSDA903 CHILD, CIN census LAchildID, where they differ',
    )
    .option(
      '--previous <file>',
      'NDJSON last sent of these returns: the report counts what is new, corrected and gone',
    )
    .option('--complete', 'the returns are complete: purge what --previous has and they have not')
    .option('--report <file>', 'write the data-quality report: a page when the name ends in .html, else JSON')
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
      .description('convert returns and feeds, and report on them; nothing is sent')
      .argument(
        '<files...>',
        'CIN census XML, SSDA903 XML or CSV tables, daily feed JSON, Safeguarding Dataset CSV',
      ),
    true,
  )
    .option(
      '--out <file>',
      'write the messages as NDJSON; - for standard output (the report then goes to standard error)',
    )
    .action(convert);
  council
    .command('purge')
    .description(
      'make the purges of everything that was sent: to leave a study, or before the key is changed',
    )
    .argument('<files...>', 'NDJSON of what was sent')
    .requiredOption('--out <file>', 'write the purges as NDJSON')
    .option('--recorded-at <time>', 'when they are recorded, as 2026-04-01T06:00:00Z; else now')
    .option('--json', 'print one JSON object')
    .action(purge);
  deliveryFlags(
    council
      .command('send')
      .description('deliver returns or converted messages, and whatever still waits in the spool')
      .argument('[files...]', 'returns, or NDJSON written by convert; none: only what waits in the spool'),
  )
    .option('--dry-run', 'print exactly the lines that would leave, and connect to nothing')
    .action(send);
  deliveryFlags(
    council
      .command('watch')
      .description(
        'deliver whatever lands in a folder, until stopped; prints one line of JSON for each delivery',
      )
      .argument('<folder>', 'where returns, feeds or converted messages are put'),
  )
    .option('--every <seconds>', 'how often to look', positive, 30)
    .option('--once', 'deliver what is there and stop')
    .action(watch);
}

const deliveryFlags = (command: Command): Command =>
  conversionFlags(command, false)
    .requiredOption('--gateway <url>', 'address of the gateway')
    .requiredOption('--api-key-file <file>', 'private file with the API key of this council')
    .option('--spool <folder>', 'where messages wait until they are accepted', join('.waymark', 'spool'))
    .option('--batch-lines <number>', 'messages in a batch', positive, 500)
    .option('--patience <seconds>', 'how long to wait for a gateway that does not answer', positive, 600)
    .option('--allow-http', 'reach the gateway without encryption (a closed test network only)');
