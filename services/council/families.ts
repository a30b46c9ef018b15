// Which children are siblings is told by a mapping the council makes: child id, family id.
import { basename } from 'node:path';
import { UserError } from '../platform/errors.ts';
import { readCsv } from './csv-rows.ts';
import { bytesOf } from './file-bytes.ts';
import { decodedText } from './source-text.ts';

/**
 * Reads a CSV with a heading, child ids in its first column and family ids in its second.
 * @throws UserError `cannot-read`, `no-heading`, or `unreadable-mapping` with the line
 */
export async function readMapping(path: string): Promise<Map<string, string>> {
  const file = basename(path);
  const { columns, rows, close } = await readCsv(decodedText(bytesOf(path), file), file);
  const [from = '', to = ''] = columns;
  if (from === to || columns.some((name) => /^\d*$/.test(name))) {
    await close();
    throw new UserError(
      'no-heading',
      'The first line of the mapping must name its two columns differently, with no id in it: add a heading.',
      { file, line: 1 },
    );
  }
  const mapping = new Map<string, string>();
  for await (const row of rows) {
    const key = 'cells' in row ? (row.cells.get(from) ?? '') : '';
    const value = 'cells' in row ? (row.cells.get(to) ?? '') : '';
    if (key === '' || value === '') {
      throw new UserError('unreadable-mapping', 'A row of the mapping does not hold two ids: mend it.', {
        file,
        line: row.line,
      });
    }
    const before = mapping.get(key);
    if (before !== undefined && before !== value) {
      throw new UserError(
        'unreadable-mapping',
        'A child stands twice in the mapping with different ids: mend it.',
        {
          file,
          line: row.line,
        },
      );
    }
    mapping.set(key, value);
  }
  return mapping;
}
