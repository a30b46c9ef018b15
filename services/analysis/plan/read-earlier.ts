// At how much information the looks before this one were made, as their own records say.
import { readFile } from 'node:fs/promises';
import { AnalysisRecord } from '../../../schemas/analysis.ts';
import { UserError } from '../../platform/errors.ts';
import type { EarlierLook } from './interim.ts';

/** At how much information the look of a record was made; null where none was. */
export function lookIn(record: AnalysisRecord): EarlierLook | null {
  const look = record.interim?.looks.find(({ state }) => state === 'now');
  return look && look.followed !== null ? { share: look.time, followed: look.followed } : null;
}

/** @throws UserError `unreadable-file`, `not-a-record`; `no-look` for a record in which no look was made */
export async function readEarlier(file: string, protocolId: string): Promise<EarlierLook> {
  const refuse = (code: string, sentence: string): never => {
    throw new UserError(code, sentence, { file, field: 'earlier' });
  };
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return refuse('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuse('not-a-record', `The file ${file} is no JSON: give a record printed with --json.`);
  }
  const record = AnalysisRecord.safeParse(parsed);
  if (!record.success || record.data.evaluation !== protocolId)
    return refuse('not-a-record', `The file ${file} is no analysis record of ${protocolId}.`);
  return (
    lookIn(record.data) ??
    refuse(
      'no-look',
      `No look was made in ${file}: its effects were withheld, or its share of the information was not known.`,
    )
  );
}
