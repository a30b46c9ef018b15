// A CSV stream becomes typed columns in one pass; only the columns a specification names are kept.
import type { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { UserError } from '../../platform/errors.ts';
import { namedColumns } from '../../statistics/data/roles.ts';
import { ColumnBuilder, type ColumnUse, type Table } from '../../statistics/data/table.ts';
import type { Roles } from '../../statistics/spec.ts';

/** How each column named by the roles is read; a column with two parts is settled by its cells. */
export function columnUses(roles: Roles): Map<string, ColumnUse> {
  const uses = new Map<string, ColumnUse>();
  const note = (names: readonly (string | undefined)[], use: ColumnUse): void => {
    for (const name of names) {
      if (name === undefined) continue;
      const before = uses.get(name);
      uses.set(name, before === undefined || before === use ? use : 'either');
    }
  };
  note([roles.outcome, roles.weights, roles.time, roles.event, roles.start, roles.firstTreated], 'number');
  note([roles.arm, roles.id, roles.unit, ...(roles.cluster ?? []), ...(roles.strata ?? [])], 'label');
  note(roles.covariates ?? [], 'either');
  return uses;
}

/** Reads the named columns. Errors: `bad-csv` with its line, `unknown-column`, `duplicate-column`, and those of a cell. */
export async function readTable(input: Readable, roles: Roles): Promise<Table> {
  const uses = columnUses(roles);
  const wanted = namedColumns(roles);
  const builders: ColumnBuilder[] = [];
  const places: number[] = [];
  let header: string[] | null = null;
  let n = 0;
  const parser = parse({ bom: true, skip_empty_lines: true, relax_column_count: false });
  const open = (cells: string[]): void => {
    header = cells.map((name) => name.trim());
    for (const name of wanted) {
      const place = header.indexOf(name);
      if (place < 0) {
        throw new UserError(
          'unknown-column',
          `the data have no column "${name}"; they have ${header.join(', ')}`,
          { field: name },
        );
      }
      if (header.lastIndexOf(name) !== place) {
        throw new UserError('duplicate-column', `the header names "${name}" twice`, { field: name });
      }
      places.push(place);
      builders.push(new ColumnBuilder(name, uses.get(name) ?? 'either'));
    }
  };
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      input.destroy();
      parser.destroy();
      reject(error);
    };
    parser.on('readable', () => {
      try {
        for (let cells: string[] | null = parser.read(); cells !== null; cells = parser.read()) {
          if (header === null) {
            open(cells);
            continue;
          }
          for (let k = 0; k < builders.length; k++) builders[k]?.push(cells[places[k] ?? 0] ?? '');
          n++;
        }
      } catch (error) {
        fail(error as Error);
      }
    });
    parser.on('error', (error: CsvError) => {
      const line = typeof error.lines === 'number' ? error.lines : n + 2;
      fail(new UserError('bad-csv', `line ${line} of the data is not CSV: ${error.message}`, { line }));
    });
    parser.on('end', () => resolve());
    input.on('error', fail);
    input.pipe(parser);
  });
  if (header === null)
    throw new UserError('no-rows', 'the data are empty; the first line must name the columns', {
      field: 'data',
    });
  return { n, columns: new Map(builders.map((builder) => [builder.name, builder.finish()])) };
}
