// The folder with which the primary estimate can be checked in R: the bundle's texts, and its rows as Parquet.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { UserError } from '../../platform/errors.ts';
import { type Bundle, rBundle } from './r-bundle.ts';
import type { Made } from './stored.ts';

/** Numbers as doubles, everything else as text; no cell is empty. */
export const dataParquet = ({ columns, rows }: Bundle['data']): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: columns.map(({ name, isNumber }, at) => ({
        name,
        type: isNumber ? ('DOUBLE' as const) : ('STRING' as const),
        nullable: false,
        data: rows.map((row) => (isNumber ? Number(row[at]) : (row[at] ?? ''))),
      })),
    }),
  );

/**
 * @returns the files written
 * @throws UserError as `rBundle` does; `cannot-write`
 */
export async function exportForR(folder: string, { protocol, snapshot, record }: Made): Promise<string[]> {
  const { files, data } = rBundle(protocol, snapshot.participants, record);
  const contents = [...Object.entries(files), ['data.parquet', dataParquet(data)] as const];
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [name, content] of contents) await writeFile(join(folder, name), content, { mode: 0o600 });
  } catch (error) {
    throw new UserError(
      'cannot-write',
      `The folder ${folder} cannot be written: ${(error as Error).message}.`,
      { file: folder },
      1,
    );
  }
  return contents.map(([name]) => join(folder, name));
}
