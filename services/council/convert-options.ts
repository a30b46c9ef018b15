// The options that convert, send and watch share, and what they come to.
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../platform/errors.ts';
import { type Progress, silent, terminalProgress } from '../platform/progress.ts';
import type { ConvertOptions } from './convert.ts';
import { readMapping } from './families.ts';
import { readKey } from './key-file.ts';
import type { ConversionReport, ReportWriter } from './report.ts';
import { reportPage } from './report-page.ts';

export interface ConversionFlags {
  council: string;
  key: string;
  referenceDate?: string;
  recordedAt?: string;
  families?: string;
  crosswalk?: string;
  previous?: string;
  complete?: boolean;
  report?: string;
  quarantine?: string;
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
    key: await readKey(flags.key),
    writer,
    progress: progressOf(flags),
    ...(flags.previous !== undefined && { previous: flags.previous }),
    ...(flags.quarantine !== undefined && { quarantine: flags.quarantine }),
    ...(flags.complete !== undefined && { complete: flags.complete }),
    ...(flags.referenceDate !== undefined && { referenceDate: flags.referenceDate }),
    ...(flags.recordedAt !== undefined && { recordedAt: flags.recordedAt }),
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

/** Saves the report and the list of unlinked children where they were asked for. */
export async function saveReport(flags: ConversionFlags, report: ConversionReport): Promise<void> {
  const { report: path, unlinked } = flags;
  if (path !== undefined) {
    const page = path.endsWith('.html');
    await save(path, page ? reportPage(report) : `${JSON.stringify(report, null, 2)}\n`, 'report');
    // The page is for reading and the JSON for counting: one conversion gives both.
    if (page) await save(path.replace(/\.html$/, '.json'), `${JSON.stringify(report, null, 2)}\n`, 'report');
  }
  if (unlinked !== undefined) {
    const children = report.linkage?.unlinkedChildren ?? [];
    await save(
      unlinked,
      ['child', ...children].map((line) => `${line}\n`).join(''),
      'list of unlinked children',
    );
  }
}

export const conversionFlags = (command: Command, required: boolean): Command => {
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
    .option(
      '--report <file>',
      'write the data-quality report: NAME.html gives the page and NAME.json, else JSON alone',
    )
    .option(
      '--quarantine <folder>',
      'keep refused records there, to be mended and converted again: they hold identifiers',
    )
    .option('--unlinked <file>', 'list the SSDA903 children whom the other returns do not have, by pseudonym')
    .option('--json', 'print one JSON object');
};
