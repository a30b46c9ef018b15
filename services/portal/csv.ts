// The dashboard's table as CSV.
import type { ProtectedResult } from '../disclosure/protect.ts';
import { columns } from './columns.ts';
import { outcomeRows, type RowCell } from './outcome-rows.ts';
import type { EvaluationSummary } from './store.ts';

/** Text that a spreadsheet would run as a formula is made plain text. */
function written(cell: RowCell): string {
  if (typeof cell === 'number') return String(cell);
  const plain = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

const header = columns.map(({ name }) => name);

export const resultCsv = (result: ProtectedResult, summary: EvaluationSummary): string =>
  `${[header, ...outcomeRows(result, summary)].map((row) => row.map(written).join(',')).join('\r\n')}\r\n`;
