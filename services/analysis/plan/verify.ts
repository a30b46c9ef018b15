// Whether a record made earlier comes out byte for byte again.
import { readFile } from 'node:fs/promises';
import { UserError } from '../../platform/errors.ts';
import { firstDifference } from '../../platform/first-difference.ts';

/** @throws UserError `unreadable-file`; `differs`, exit code 1, with the first differing field */
export async function verifyRecord(file: string, printed: string): Promise<void> {
  let earlier: string;
  try {
    earlier = await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`, {
      file,
    });
  }
  if (earlier === printed) return;
  let field = 'the whole document';
  try {
    field = firstDifference(JSON.parse(earlier), JSON.parse(printed)) ?? 'its white space';
  } catch {
    // What is no JSON differs as a whole.
  }
  throw new UserError('differs', `The record comes out differently in: ${field}.`, { file, field }, 1);
}
