// The files of a report: the page, and the flow diagram as text.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnalysisRecord } from '../../../schemas/analysis.ts';
import { UserError } from '../../platform/errors.ts';
import { flowBoxes, flowText } from './flow-boxes.ts';
import { reportPage } from './page.ts';
import { shownRecord } from './shown.ts';

/**
 * Writes a report into a folder.
 * @returns the files written
 * @throws UserError as `shownRecord` does; `cannot-write`
 */
export async function writeReport(record: AnalysisRecord, folder: string): Promise<string[]> {
  const contents: [string, string][] = [
    [join(folder, 'report.html'), reportPage(record)],
    [join(folder, 'flow.txt'), `${flowText(flowBoxes(shownRecord(record)))}\n`],
  ];
  try {
    await mkdir(folder, { recursive: true });
    for (const [file, text] of contents) await writeFile(file, text);
  } catch (error) {
    throw new UserError(
      'cannot-write',
      `The folder ${folder} cannot be written: ${(error as Error).message}.`,
      { file: folder },
      1,
    );
  }
  return contents.map(([file]) => file);
}
