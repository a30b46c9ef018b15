// The dashboard's table as Parquet: the columns of the CSV with their types, and in place of its markers an empty cell, with
// two columns more that name those that are empty and why.
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { ProtectedResult } from '../disclosure/protect.ts';
import { type Column, columns, HIDDEN, NOT_YET } from './columns.ts';
import { outcomeRows, type RowCell } from './outcome-rows.ts';
import type { EvaluationSummary } from './store.ts';

const types = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT32' },
  decimal: { type: 'DOUBLE' },
  date: { type: 'INT32', converted_type: 'DATE' },
  dateTime: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
} as const;

const emptyColumns = (name: string, marker: string, means: string) => ({
  column: { name, datatype: 'string', means } satisfies Column,
  of: (row: readonly RowCell[]): string =>
    columns.flatMap((one, at) => (isEmpty(one, row[at]) && row[at] === marker ? [one.name] : [])).join(' '),
});

const why = [
  emptyColumns('hidden', HIDDEN, 'Names of the columns that are empty to protect people'),
  emptyColumns('not_yet', NOT_YET, 'Names of the columns that are empty because they are not known yet'),
];

const all: readonly Column[] = [...columns, ...why.map(({ column }) => column)];

/** A column of text has no empty cells: what looks like a marker there is text. */
const isEmpty = ({ datatype }: Column, cell: RowCell | undefined): boolean =>
  datatype !== 'string' && (cell === HIDDEN || cell === NOT_YET);

function stored(column: Column, cell: RowCell | undefined): RowCell | Date | null {
  if (cell === undefined || isEmpty(column, cell)) return null;
  return column.datatype === 'date' || column.datatype === 'dateTime' ? new Date(cell) : cell;
}

/** One row group, compressed by Snappy. What each column means stands in the file's metadata under `columns`, as JSON. */
export function resultParquet(result: ProtectedResult, summary: EvaluationSummary): Buffer {
  const rows = outcomeRows(result, summary).map((row) => [...row, ...why.map(({ of }) => of(row))]);
  const file = parquetWriteBuffer({
    columnData: all.map((column, at) => ({
      name: column.name,
      data: rows.map((row) => stored(column, row[at])),
    })),
    schema: [
      { name: 'outcomes', num_children: all.length },
      ...all.map(({ name, datatype }) => ({
        name,
        repetition_type: datatype === 'string' ? ('REQUIRED' as const) : ('OPTIONAL' as const),
        ...types[datatype],
      })),
    ],
    kvMetadata: [
      {
        key: 'columns',
        value: JSON.stringify(Object.fromEntries(all.map(({ name, means }) => [name, means]))),
      },
    ],
    createdBy: `Waymark ${result.codeVersion}`,
  });
  return Buffer.from(file);
}
