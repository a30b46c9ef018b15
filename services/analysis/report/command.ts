// `waymark report`: the page of a record that was kept, without the events it was made from.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AnalysisRecord } from '../../../schemas/analysis.ts';
import { UserError } from '../../platform/errors.ts';
import { writeReport } from './write.ts';

/** @throws UserError `unreadable-file`; `not-a-record` with the first field at fault */
export async function readRecord(file: string): Promise<AnalysisRecord> {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UserError('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`, {
      file,
    });
  }
  const parsed = AnalysisRecord.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'analysisVersion';
  throw new UserError('not-a-record', `${file} is no analysis record: ${field}: ${issue?.message}.`, {
    file,
    field,
  });
}

export function registerReport(program: Command): void {
  program
    .command('report')
    .description('The report of an analysis record that was kept, as waymark analyse --report writes it')
    .argument('<record>', 'a record printed by waymark analyse --json')
    .requiredOption('--out <folder>', 'where report.html and flow.txt are written')
    .option('--json', 'print the names of the files as one JSON object')
    .action(async (file: string, { out, json }: { out: string; json?: boolean }) => {
      const files = await writeReport(await readRecord(file), out);
      process.stdout.write(json ? `${JSON.stringify({ files })}\n` : `${files.join('\n')}\n`);
    });
}
