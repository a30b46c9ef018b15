// The files an evaluator hands over, checked before anything is computed; an error names the file, the line and the field.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type CsvError, parse as parseCsv } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { CouncilCode } from '../../../schemas/case-event.ts';
import { Arm, Protocol } from '../../../schemas/protocol.ts';
import { UserError } from '../../platform/errors.ts';
import { type ListedArms, listKey } from './allocation.ts';
import type { Known } from './known.ts';

const unreadable = (file: string, error: unknown): UserError =>
  new UserError('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`, { file });

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** @throws UserError `unreadable-protocol` or `bad-protocol`, naming the field */
export async function readProtocol(file: string): Promise<Protocol> {
  const text = await readText(file);
  let candidate: unknown;
  try {
    candidate = parseYaml(text);
  } catch (error) {
    const line = (error as { linePos?: { line: number }[] }).linePos?.[0]?.line;
    const sentence = `The protocol is neither YAML nor JSON: ${(error as Error).message.split('\n')[0]}`;
    throw new UserError('unreadable-protocol', sentence, { file, ...(line !== undefined && { line }) });
  }
  const parsed = Protocol.safeParse(candidate);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join('.') ?? '';
  const sentence = `The protocol’s ${field || 'content'} ${issue?.message}.`;
  throw new UserError('bad-protocol', sentence, { file, field });
}

const AllocationRow = z.object({
  council: CouncilCode,
  unit: z.string().regex(/^[cf][0-9a-f]{32}$/, 'must be a child or family pseudonym'),
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
  return arms;
}

const OptOutRow = AllocationRow.omit({ arm: true });

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
  const stream = createReadStream(file, 'utf8');
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      known.take(line);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw unreadable(file, error);
  } finally {
    stream.destroy();
  }
}
