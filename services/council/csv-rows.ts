// A CSV export becomes rows with their line numbers. A stray quote spoils its own row and never the rows after it.
import { UserError } from '../platform/errors.ts';

/** A row by column name (upper case), or one that could not be read, with the rule it broke. */
export type CsvRow = { line: number /** The row as it stands in the file. */; raw: string } & (
  | { cells: ReadonlyMap<string, string> }
  | { unreadable: 'unbalanced-quote' | 'wrong-number-of-fields' | 'line-too-long' }
);

/** A CSV table, opened when its turn comes. */
export interface TableSource {
  file: string;
  text: () => AsyncIterable<string>;
}

/** Lines that a quoted value may run over; a quote still open after these was a stray one. */
const LONGEST_QUOTE = 50;
const LONGEST_LINE = 1_048_576;

interface Line {
  number: number;
  text: string;
  tooLong?: true;
}

async function* physicalLines(text: AsyncIterable<string>): AsyncGenerator<Line> {
  let rest = '';
  let number = 0;
  let skipping = false;
  for await (const piece of text) {
    rest += piece;
    // A carriage return at the very end may be half of a line's end.
    const held = rest.endsWith('\r') ? 1 : 0;
    const lines = rest.slice(0, rest.length - held).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + (held ? '\r' : '');
    for (const line of lines) {
      number += 1;
      yield skipping || line.length > LONGEST_LINE
        ? { number, text: '', tooLong: true }
        : { number, text: line };
      skipping = false;
    }
    if (rest.length > LONGEST_LINE) {
      skipping = true;
      rest = rest.endsWith('\r') ? '\r' : '';
    }
  }
  if (rest !== '' || skipping) {
    number += 1;
    yield skipping ? { number, text: '', tooLong: true } : { number, text: rest.replace(/\r$/, '') };
  }
}

/** The cells of one record; `open` while a quote is not closed, `broken` when no further line could mend it. */
function cellsOf(text: string, delimiter: string): string[] | 'open' | 'broken' {
  if (!text.includes('"')) return text.split(delimiter);
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    let start = at;
    while (text[start] === ' ') start += 1;
    if (text[start] === '"') {
      let value = '';
      let from = start + 1;
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote < 0) return 'open';
        value += text.slice(from, quote);
        from = quote + 1;
        if (text[from] !== '"') break;
        value += '"';
        from += 1;
      }
      const next = text.indexOf(delimiter, from);
      const after = next < 0 ? text.slice(from) : text.slice(from, next);
      // Text behind a closing quote: the quote was not the one that closes this value.
      if (after.trim() !== '') return 'broken';
      cells.push(value);
      if (next < 0) return cells;
      at = next + delimiter.length;
    } else {
      const next = text.indexOf(delimiter, at);
      cells.push(next < 0 ? text.slice(at) : text.slice(at, next));
      if (next < 0) return cells;
      at = next + delimiter.length;
    }
  }
}

const DELIMITERS = [',', ';', '\t', '|'];

/** The delimiter that splits the heading into most columns: exports from Excel abroad or SQL tools differ. */
function delimiterOf(heading: string): string {
  const columns = (delimiter: string) => {
    const cells = cellsOf(heading, delimiter);
    return typeof cells === 'string' ? 0 : cells.length;
  };
  return DELIMITERS.reduce((best, next) => (columns(next) > columns(best) ? next : best));
}

export interface CsvTable {
  columns: readonly string[];
  delimiter: string;
  /** The heading as it stands in the file. */
  heading: string;
  /** To be taken to the end or left early; who takes none of them closes the table. */
  rows: AsyncGenerator<CsvRow>;
  close(): Promise<void>;
}

/** The columns of a table alone; see `readCsv`. */
export async function readColumns(text: AsyncIterable<string>, file: string): Promise<readonly string[]> {
  const table = await readCsv(text, file);
  await table.close();
  return table.columns;
}

/**
 * Reads the heading, then hands out rows as they come.
 * @throws UserError `no-heading` when the first line holds no columns, `repeated-column` when it holds one twice
 */
export async function readCsv(
  text: AsyncIterable<string>,
  file: string,
  fewestColumns = 2,
): Promise<CsvTable> {
  const lines = physicalLines(text);
  const close = async () => {
    await lines.return(undefined);
  };
  try {
    return { ...(await headed(lines, file, fewestColumns)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function headed(
  lines: AsyncGenerator<Line>,
  file: string,
  fewestColumns: number,
): Promise<Omit<CsvTable, 'close'>> {
  let heading: Line | undefined;
  do {
    const next = await lines.next();
    if (next.done)
      throw new UserError('no-heading', 'The file is empty: export it again.', { file, line: 1 });
    heading = next.value;
  } while (heading.text.trim() === '' && !heading.tooLong);
  const delimiter = delimiterOf(heading.text);
  const names = cellsOf(heading.text, delimiter);
  const columns = typeof names === 'string' ? [] : names.map((name) => name.trim().toUpperCase());
  if (columns.length < fewestColumns) {
    throw new UserError(
      'no-heading',
      'The first line holds no column names: export the file with its heading.',
      {
        file,
        line: heading.number,
      },
    );
  }
  const named = columns.filter((name) => name !== '');
  if (new Set(named).size < named.length) {
    throw new UserError(
      'repeated-column',
      'Two columns have the same name, so it cannot be told which is meant: export the file with each column once.',
      { file, line: heading.number },
    );
  }
  return { columns, delimiter, heading: heading.text, rows: rowsOf(lines, columns, delimiter) };
}

async function* rowsOf(
  lines: AsyncGenerator<Line>,
  columns: readonly string[],
  delimiter: string,
): AsyncGenerator<CsvRow> {
  const waiting: Line[] = [];
  const next = async (at: number): Promise<Line | undefined> => {
    while (waiting.length <= at) {
      const line = await lines.next();
      if (line.done) return undefined;
      waiting.push(line.value);
    }
    return waiting[at];
  };
  const fits = (cells: string[] | 'open' | 'broken'): cells is string[] =>
    typeof cells !== 'string' &&
    cells.length >= columns.length &&
    cells.slice(columns.length).every((cell) => cell.trim() === '');
  try {
    for (;;) {
      const first = await next(0);
      if (!first) return;
      waiting.shift();
      if (first.tooLong) {
        yield { line: first.number, raw: '', unreadable: 'line-too-long' };
        continue;
      }
      if (first.text.trim() === '') continue;
      let text = first.text;
      let cells = cellsOf(text, delimiter);
      if (cells === 'open') {
        for (let ahead = 0; ahead < LONGEST_QUOTE; ahead += 1) {
          const more = await next(ahead);
          // A line that is a row by itself was never the inside of a value: the quote before it was a stray one.
          if (!more || more.tooLong || fits(cellsOf(more.text, delimiter))) break;
          text += `\n${more.text}`;
          cells = cellsOf(text, delimiter);
          if (cells === 'open') continue;
          if (fits(cells)) waiting.splice(0, ahead + 1);
          break;
        }
        if (!fits(cells)) {
          yield { line: first.number, raw: first.text, unreadable: 'unbalanced-quote' };
          continue;
        }
      }
      if (!fits(cells)) {
        const unreadable = cells === 'broken' ? 'unbalanced-quote' : 'wrong-number-of-fields';
        yield { line: first.number, raw: first.text, unreadable };
        continue;
      }
      const row = new Map<string, string>();
      for (const [at, name] of columns.entries()) row.set(name, (cells[at] ?? '').trim());
      yield { line: first.number, raw: text, cells: row };
    }
  } finally {
    await lines.return(undefined);
  }
}
