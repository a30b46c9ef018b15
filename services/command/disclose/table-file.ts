// A table as a checker holds it: a CSV with a column for each dimension and one of counts, one row a combination of the
// finest categories. A category may be placed below another by a hierarchy file; what is not given is a count of 0.
import { readFile } from 'node:fs/promises';
import { type CsvError, parse } from 'csv-parse/sync';
import {
  type Dimension,
  type FrequencyTable,
  tabulate,
  treeDimension,
} from '../../disclosure/frequency-table.ts';
import { UserError } from '../../platform/errors.ts';

/** More cells than this, margins included, are more than a person can check. */
const MOST_CELLS = 200_000;
export const TOTAL = 'Total';

interface Row {
  line: number;
  cells: Record<string, string>;
}

export async function readRows(file: string): Promise<Row[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`, {
      file,
    });
  }
  try {
    const rows: { info: { lines: number }; record: Record<string, string> }[] = parse(text, {
      columns: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      info: true,
    }) as never;
    return rows.map(({ info, record }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    const { message, lines } = error as CsvError & { lines?: number };
    throw new UserError('not-csv', `Line ${lines ?? 1} is not CSV: ${message}.`, { file, line: lines ?? 1 });
  }
}

/** Parents by dimension and category, from a CSV of `dimension,category,parent`. */
export type Hierarchies = ReadonlyMap<string, ReadonlyMap<string, string>>;

export async function readHierarchies(file: string | undefined): Promise<Hierarchies> {
  const hierarchies = new Map<string, Map<string, string>>();
  for (const { line, cells } of file === undefined ? [] : await readRows(file)) {
    const { dimension, category, parent } = cells;
    if (!dimension || !category || !parent) {
      throw new UserError('bad-hierarchy', `Line ${line} needs a dimension, a category and a parent.`, {
        file: file ?? '',
        line,
      });
    }
    const parents = hierarchies.get(dimension) ?? new Map<string, string>();
    hierarchies.set(dimension, parents);
    parents.set(category, parent);
  }
  return hierarchies;
}

function dimensionOf(
  name: string,
  categories: readonly string[],
  parents: ReadonlyMap<string, string>,
): Dimension {
  let dimension: Dimension;
  try {
    dimension = treeDimension(name, categories, parents, TOTAL);
  } catch (error) {
    throw new UserError('bad-hierarchy', `${(error as Error).message} in the hierarchy.`, { field: name });
  }
  const notALeaf = categories.find((category) =>
    dimension.parents.includes(dimension.labels.indexOf(category)),
  );
  if (notALeaf === undefined) return dimension;
  const sentence = `${name}: ${notALeaf} has categories below it (or is the total), so it may not have a row of its own.`;
  throw new UserError('bad-hierarchy', sentence, { field: name });
}

function countOf({ line, cells }: Row, column: string, file: string): number {
  const count = Number(cells[column]);
  if (cells[column] !== '' && Number.isSafeInteger(count) && count >= 0) return count;
  throw new UserError('bad-count', `Line ${line}: ${column} must be a whole number from 0.`, {
    file,
    line,
    field: column,
  });
}

/**
 * Reads a table and works out every margin.
 * @param countColumn the column of counts; all other columns are dimensions
 * @throws UserError naming the line and column of what cannot be used
 */
export async function readTable(
  file: string,
  countColumn: string,
  hierarchies: Hierarchies,
): Promise<FrequencyTable> {
  const rows = await readRows(file);
  const [first] = rows;
  if (!first) throw new UserError('empty-table', `The file ${file} has no rows.`, { file });
  if (!(countColumn in first.cells)) {
    throw new UserError(
      'no-counts',
      `The file ${file} has no column ${countColumn}: name the column of counts with --count.`,
      { file, field: countColumn },
    );
  }
  const names = Object.keys(first.cells).filter((name) => name !== countColumn);
  const stranger = [...hierarchies.keys()].find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw new UserError('bad-hierarchy', `The table has no column ${stranger}.`, { field: stranger });
  const dimensions = names.map((name) =>
    dimensionOf(
      name,
      [...new Set(rows.map(({ cells }) => cells[name] ?? ''))],
      hierarchies.get(name) ?? new Map(),
    ),
  );
  const size = dimensions.reduce((cells, { labels }) => cells * labels.length, 1);
  if (size > MOST_CELLS) {
    throw new UserError(
      'table-too-large',
      `The table has ${size} cells with its margins; at most ${MOST_CELLS} can be checked.`,
      { file },
    );
  }
  const met = new Set<string>();
  const leaves = rows.map((row) => {
    const nodes = dimensions.map(({ name, labels }) => labels.indexOf(row.cells[name] ?? ''));
    const place = nodes.join(' ');
    if (met.has(place)) {
      throw new UserError('repeated-row', `Line ${row.line} repeats the categories of an earlier row.`, {
        file,
        line: row.line,
      });
    }
    met.add(place);
    return { nodes, count: countOf(row, countColumn, file) };
  });
  return tabulate(dimensions, leaves);
}
