// A Parquet file becomes the same typed columns as a CSV of its cells: only named columns are read, a row group at a time.
import { open, stat } from 'node:fs/promises';
import { asyncBufferFromFile, type ParquetScan, parquetScan, type SchemaElement } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UserError } from '../../platform/errors.ts';
import type { Vector } from '../../statistics/arrays.ts';
import { namedColumns } from '../../statistics/data/roles.ts';
import { type Column, ColumnBuilder, type ColumnUse, type Table } from '../../statistics/data/table.ts';
import type { Roles } from '../../statistics/spec.ts';
import { columnUses } from './csv.ts';

const MAGIC = 'PAR1';

/** Days and instants are read as words: a date is no number here. */
const AS_WORDS = {
  dateFromDays: (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10),
  timestampFromMilliseconds: (ms: bigint) => new Date(Number(ms)).toISOString(),
  timestampFromMicroseconds: (us: bigint) => new Date(Number(us / 1000n)).toISOString(),
  timestampFromNanoseconds: (ns: bigint) => new Date(Number(ns / 1_000_000n)).toISOString(),
};

/** Whether a file begins as Parquet does; what cannot be read twice, such as a pipe, is taken for CSV. */
export async function isParquet(path: string): Promise<boolean> {
  if (!(await stat(path)).isFile()) return false;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === MAGIC;
  } finally {
    await file.close();
  }
}

/** Reads the named columns. Errors: `bad-parquet`, `unknown-column`, `nested-column`, and those of a cell. */
export async function readParquet(path: string, roles: Roles): Promise<Table> {
  const uses = columnUses(roles);
  const wanted = namedColumns(roles);
  const scan = await opened(path, wanted);
  const top = topColumns(scan.metadata.schema);
  for (const name of wanted) {
    const element = top.get(name);
    if (!element)
      throw new UserError(
        'unknown-column',
        `the data have no column "${name}"; they have ${[...top.keys()].join(', ')}`,
        { field: name },
      );
    if (element.num_children !== undefined || element.repetition_type === 'REPEATED')
      throw new UserError('nested-column', `column "${name}" holds lists or records; a cell is one value`, {
        field: name,
      });
  }
  const n = Number(scan.metadata.num_rows);
  const columns = new Map<string, Column>();
  for (const name of wanted) columns.set(name, await columnFrom(scan, name, uses.get(name) ?? 'either', n));
  return { n, columns };
}

async function opened(path: string, columns: string[]): Promise<ParquetScan> {
  try {
    const file = await asyncBufferFromFile(path);
    return await parquetScan({ file, compressors, parsers: AS_WORDS, geoparquet: false });
  } catch (error) {
    throw badParquet(error, columns[0]);
  }
}

const badParquet = (error: unknown, column: string | undefined): UserError =>
  new UserError(
    'bad-parquet',
    `the Parquet file cannot be read${column === undefined ? '' : ` at column "${column}"`}: ${error instanceof Error ? error.message : String(error)}`,
    { field: column ?? 'data' },
  );

/** The columns of the first level by name. */
function topColumns(schema: readonly SchemaElement[]): Map<string, SchemaElement> {
  const found = new Map<string, SchemaElement>();
  const skip = (place: number): number => {
    let next = place + 1;
    for (let child = 0; child < (schema[place]?.num_children ?? 0); child++) next = skip(next);
    return next;
  };
  for (let place = 1; place < schema.length; place = skip(place)) {
    const element = schema[place] as SchemaElement;
    found.set(element.name, element);
  }
  return found;
}

/** One column: numbers straight into doubles unless they are labels, everything else as a CSV cell of the same text. */
async function columnFrom(scan: ParquetScan, name: string, use: ColumnUse, n: number): Promise<Column> {
  const numbers = new Float64Array(n) as Vector;
  const builder = new ColumnBuilder(name, use);
  let words = use === 'label';
  let row = 0;
  for (const { rowStart, rowEnd } of scan.ranges) {
    const cells = await scan.readColumn({ column: name, rowStart, rowEnd }).catch((error: unknown) => {
      throw badParquet(error, name);
    });
    for (let i = 0; i < cells.length; i++, row++) {
      const cell: unknown = cells[i];
      if (!words && typeof cell === 'string') {
        // words where numbers were allowed: what came before is told again to the builder
        words = true;
        for (let before = 0; before < row; before++)
          builder.push(Number.isNaN(numbers[before]) ? '' : String(numbers[before]));
      }
      if (words) builder.push(textOf(cell, name, row));
      else numbers[row] = numberOf(cell, name, row);
    }
  }
  return words ? builder.finish() : { kind: 'numeric', name, values: numbers };
}

/** Nulls are missing (NaN); whole numbers a double cannot hold and numbers that are not finite are refused. */
function numberOf(cell: unknown, name: string, row: number): number {
  if (cell === null || cell === undefined) return Number.NaN;
  const refuse = (why: string): never => {
    throw new UserError('not-finite', `column "${name}", row ${row + 1}: ${String(cell)} ${why}`, {
      field: name,
    });
  };
  if (typeof cell === 'bigint') {
    const x = Number(cell);
    return Number.isSafeInteger(x)
      ? x
      : refuse('is too large for a number; store it as text to use it as a label');
  }
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  if (typeof cell !== 'number')
    throw new UserError('not-a-number', `column "${name}", row ${row + 1}: ${String(cell)} is not a number`, {
      field: name,
    });
  return Number.isFinite(cell) ? cell : refuse('is not a finite number; store a null if it is missing');
}

function textOf(cell: unknown, name: string, row: number): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell === 'object')
    throw new UserError('nested-column', `column "${name}", row ${row + 1} is not one value`, {
      field: name,
    });
  return String(cell);
}
