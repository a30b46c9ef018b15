// The files an evaluator hands over, checked before anything is computed; an error names the file, the line and the field.
import { readFile } from 'node:fs/promises';
import { type CsvError, parse as parseCsv } from 'csv-parse/sync';
import { z } from 'zod';
import { CouncilCode } from '../../../schemas/case-event.ts';
import { Arm, type Protocol } from '../../../schemas/protocol.ts';
import { UserError } from '../../platform/errors.ts';
import { checkProtocol } from '../protocol/check.ts';
import { type ListedArms, listKey } from './allocation.ts';
import { eventLines } from './event-lines.ts';
import type { Known } from './known.ts';

const unreadable = (file: string, error: unknown): UserError =>
  new UserError('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`, { file });

export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** @throws UserError `unreadable-protocol` or `bad-protocol`, naming the line and the field of the first fault */
export async function readProtocol(file: string): Promise<Protocol> {
  const { protocol, faults } = checkProtocol(await readText(file));
  if (protocol) return protocol;
  const [fault] = faults;
  const { line, field = '', message = 'is empty', suggestion = null } = fault ?? {};
  const code = field === '' && message.startsWith('is neither') ? 'unreadable-protocol' : 'bad-protocol';
  const meant = suggestion === null ? '' : ` (${suggestion})`;
  const sentence = `The protocol${field === '' ? '' : `’s ${field}`} ${message}${meant}.`;
  throw new UserError(code, sentence, {
    file,
    ...(line !== undefined && { line }),
    ...(field !== '' && { field }),
  });
}

const AllocationRow = z.object({
  council: CouncilCode,
  unit: z.string().regex(/^[cft][0-9a-f]{32}$/, 'must be a child, family or team pseudonym'),
  arm: Arm,
});

interface CsvRow {
  info: { lines: number };
  record: unknown;
}

/** The rows of a CSV text with a heading, each with its line. */
function csvRows(text: string, refuse: (line: number, sentence: string) => UserError): CsvRow[] {
  try {
    return parseCsv(text, {
      columns: true,
      trim: true,
      skip_empty_lines: true,
      bom: true,
      info: true,
    }) as never;
  } catch (error) {
    const { message, lines } = error as CsvError & { lines?: number };
    throw refuse(lines ?? 1, `is not CSV (${message})`);
  }
}

/** @throws UserError `bad-allocation` naming the line, for a unit put in both arms too */
export async function readAllocations(file: string): Promise<ListedArms> {
  const arms = new Map<string, Arm>();
  const refuse = (line: number, sentence: string, field = '') =>
    new UserError('bad-allocation', `Line ${line} of the list: ${sentence}.`, { file, line, field });
  const rows = csvRows(await readText(file), refuse);
  for (const { info, record } of rows) {
    const parsed = AllocationRow.safeParse(record);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const field = String(issue?.path[0] ?? '');
      throw refuse(info.lines, `${field} ${issue?.message}`, field);
    }
    const { council, unit, arm } = parsed.data;
    const key = listKey(council, unit);
    if ((arms.get(key) ?? arm) !== arm)
      throw refuse(info.lines, 'the unit is in the other arm already', 'arm');
    arms.set(key, arm);
  }
  // One list is one allocation: its units are in order of unit.
  return new Map([...arms].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const OptOutRow = z.object({
  council: CouncilCode,
  unit: z.string().regex(/^[cf][0-9a-f]{32}$/, 'must be a child or family pseudonym'),
});

/** A CSV list (council, unit) of children and families that opted out. @throws UserError `bad-opt-out` naming the line */
export async function readOptOuts(file: string): Promise<z.infer<typeof OptOutRow>[]> {
  const refuse = (line: number, sentence: string, field = '') =>
    new UserError('bad-opt-out', `Line ${line} of the list: ${sentence}.`, { file, line, field });
  return csvRows(await readText(file), refuse).map(({ info, record }) => {
    const parsed = OptOutRow.safeParse(record);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const field = String(issue?.path[0] ?? '');
    throw refuse(info.lines, `${field} ${issue?.message}`, field);
  });
}

/** Takes every line of an NDJSON file. */
export async function readEvents(file: string, known: Known): Promise<void> {
  for await (const line of eventLines(file)) known.take(line);
}
