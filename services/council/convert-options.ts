// The options that convert, send and watch share, and what they come to.
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../platform/errors.ts';
import { type Progress, silent, terminalProgress } from '../platform/progress.ts';
import type { ConvertOptions } from './convert.ts';
import { readMapping } from './families.ts';
import { keyFrom, readKey } from './key-file.ts';
import type { ConversionReport, ReportWriter } from './report.ts';
import { reportPage } from './report-page.ts';

export interface ConversionFlags {
  council: string;
  key?: string;
  referenceDate?: string;
  recordedAt?: string;
  dateInName?: boolean;
  families?: string;
  crosswalk?: string;
  previous?: string;
  complete?: boolean;
  report?: string;
  quarantine?: string;
  waiveRefused?: string;
  unlinked?: string;
  json?: boolean;
}

export const progressOf = (flags: { json?: boolean }): Progress => (flags.json ? silent : terminalProgress());

/** Says a result: one JSON line, or a table for a person. */
export function tell(flags: { json?: boolean }, result: object, words: string): void {
  process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : `${words}\n`);
}

export async function conversionOptions(
  files: string[],
  flags: ConversionFlags,
  writer: ReportWriter,
): Promise<ConvertOptions> {
  return {
    files,
    council: flags.council,
    key: flags.key === undefined ? keyFrom(process.env.WAYMARK_PSEUDONYM_KEY) : await readKey(flags.key),
    writer,
    progress: progressOf(flags),
    ...(flags.previous !== undefined && { previous: flags.previous }),
    ...(flags.quarantine !== undefined && { quarantine: flags.quarantine }),
    ...(flags.waiveRefused !== undefined && { waiveRefused: flags.waiveRefused }),
    ...(flags.complete !== undefined && { complete: flags.complete }),
    ...(flags.referenceDate !== undefined && { referenceDate: flags.referenceDate }),
    ...(flags.recordedAt !== undefined && { recordedAt: flags.recordedAt }),
    ...(flags.dateInName !== undefined && { dateInName: flags.dateInName }),
    ...(flags.families !== undefined && { families: await readMapping(flags.families) }),
    ...(flags.crosswalk !== undefined && { crosswalk: await readMapping(flags.crosswalk) }),
  };
}

async function save(path: string, text: string, what: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError('cannot-write', `The ${what} cannot be written (${code}): check the folder.`, {
      file: basename(path),
    });
  }
}

type ReportFlags = Pick<ConversionFlags, 'report' | 'unlinked'>;

/**
 * Converts, and saves the report whatever comes of it: of a return that could not be read to its end it says so, and what
 * was found until then.
 */
export async function reported<T>(
  flags: ReportFlags,
  writer: ReportWriter,
  work: () => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    if (error instanceof UserError) {
      writer.report.failed = error.report();
      await saveReport(flags, writer.report);
    }
    throw error;
  }
  await saveReport(flags, writer.report);
  return result;
}

/** Saves the report and the list of unlinked children where they were asked for. */
async function saveReport(flags: ReportFlags, report: ConversionReport): Promise<void> {
  const { report: path, unlinked } = flags;
  if (path !== undefined) {
    const page = path.endsWith('.html');
    await save(path, page ? reportPage(report) : `${JSON.stringify(report, null, 2)}\n`, 'report');
    // The page is for reading and the JSON for counting: one conversion gives both.
    if (page) await save(path.replace(/\.html$/, '.json'), `${JSON.stringify(report, null, 2)}\n`, 'report');
  }
  if (unlinked !== undefined && report.failed === undefined) {
    const children = report.linkage?.unlinkedChildren ?? [];
    await save(
      unlinked,
      ['child', ...children].map((line) => `${line}\n`).join(''),
      'list of unlinked children',
    );
  }
}

export const conversionFlags = (command: Command, required: boolean): Command => {
  const council = ['--council <code>', 'ONS code of the council, such as E09000023'] as const;
  return (required ? command.requiredOption(...council) : command.option(...council))
    .option('--key <file>', 'pseudonym key, see keygen; else the line of one in WAYMARK_PSEUDONYM_KEY')
    .option('--reference-date <date>', 'YYYY-MM-DD, for returns that do not carry one (SSDA903, daily feed)')
    .option('--date-in-name', 'else such a date stands in the name of the file, as 2026-04-01 or 20260401')
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
    .option(
      '--report <file>',
      'write the data-quality report: NAME.html gives the page and NAME.json, else JSON alone',
    )
    .option(
      '--quarantine <folder>',
      'keep refused records there, to be mended and converted again: they hold identifiers',
    )
    .option(
      '--waive-refused <reason>',
      'state the returns complete without the refused records; else kinds with such records are not',
    )
    .option('--unlinked <file>', 'list the SSDA903 children whom the other returns do not have, by pseudonym')
    .option('--json', 'print one JSON object');
};
