// Refused rows of CSV tables, with every other row that a mended one depends on: rows of the same child or of the same
// ids, and the headings of all tables, because a table that is there and empty says something.
import { type CsvRow, readCsv, type TableSource } from './csv-rows.ts';
import type { Quarantine } from './quarantine.ts';
import type { RefusedRecord } from './report.ts';

/** Columns put in front of a refused row; the readers pass over them. */
export const REFUSED_COLUMNS = ['WAYMARK_LINE', 'WAYMARK_REASON'];

type Cells = ReadonlyMap<string, string>;

/** The cells of a row, as far as they can be guessed of one that cannot be read. */
function guessed(row: CsvRow, columns: readonly string[], delimiter: string): Cells {
  if ('cells' in row) return row.cells;
  const parts = row.raw.split(delimiter).map((part) => part.replaceAll('"', '').trim());
  return new Map(columns.map((name, at) => [name, parts[at] ?? '']));
}

/**
 * Reads the tables again and keeps the rows concerned. Costs nothing when nothing was refused.
 * @param idsOf the ids by which rows of the tables belong together
 */
export async function keepRefusedRows(
  quarantine: Quarantine | undefined,
  tables: readonly TableSource[],
  refused: readonly RefusedRecord[],
  idsOf: (cells: Cells) => string[],
): Promise<void> {
  if (!quarantine || refused.length === 0) return;
  const reasons = new Map<string, string[]>();
  for (const one of refused) {
    const place = `${one.file} ${one.line}`;
    reasons.set(place, [
      ...(reasons.get(place) ?? []),
      `${one.rule}${one.field ? `, ${one.field}` : ''} ${one.reason}`,
    ]);
  }
  const ids = new Set<string>();
  for (const { file, text } of tables) {
    const { columns, delimiter, rows } = await readCsv(text(), file);
    for await (const row of rows) {
      if (!reasons.has(`${file} ${row.line}`)) continue;
      for (const id of idsOf(guessed(row, columns, delimiter))) if (id !== '') ids.add(id);
    }
  }
  for (const { file, text } of tables) {
    const { columns, delimiter, heading, rows } = await readCsv(text(), file);
    const kept = quarantine.file(file);
    const marked = columns.includes(REFUSED_COLUMNS[0] ?? '');
    const before = (line: string, reason: string) =>
      marked ? '' : `${line}${delimiter}"${reason}"${delimiter}`;
    kept.write(`${marked ? '' : `${REFUSED_COLUMNS.join(delimiter)}${delimiter}`}${heading}\n`);
    for await (const row of rows) {
      const why = reasons.get(`${file} ${row.line}`);
      if (!why && !idsOf(guessed(row, columns, delimiter)).some((id) => ids.has(id))) continue;
      kept.write(`${before(String(row.line), why?.join('; ') ?? '')}${row.raw}\n`);
    }
    kept.close();
  }
}
