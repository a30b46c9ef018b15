// The CSV tables of an SSDA903 return are put together here, child by child.
//
// They may be in any order, so one council's children looked after are held while they are grouped (about 200 bytes an
// episode).
import { type CsvRow, readCsv, type TableSource } from './csv-rows.ts';
import { Reading } from './reading.ts';
import type { ReportWriter } from './report.ts';
import type { RawCareChild, RawHeader } from './ssda903-child.ts';

export type Ssda903Table = 'episodes' | 'header' | 'uasc' | 'not-carried';

const has = (columns: readonly string[], ...names: string[]) => names.every((name) => columns.includes(name));

/** Tables that are known and not carried, because no outcome uses them, by the columns that only they have. */
const NOT_CARRIED: readonly (readonly [name: string, columns: readonly string[]])[] = [
  ['Reviews', ['REVIEW', 'REVIEW_CODE']],
  ['AD1', ['DATE_INT', 'DATE_MATCH', 'FOSTER_CARE', 'NB_ADOPTR', 'SEX_ADOPTR', 'LS_ADOPTR']],
  ['OC2', ['SDQ_SCORE', 'SDQ_REASON', 'CONVICTED', 'HEALTH_CHECK', 'IMMUNISATIONS', 'TEETH_CHECK']],
  ['OC3', ['IN_TOUCH', 'ACTIV', 'ACCOM']],
  ['PrevPerm', ['PREV_PERM', 'LA_PERM', 'DATE_PERM']],
  ['SBPFA', ['DATE_PLACED', 'DATE_PLACED_CEASED', 'REASON_PLACED_CEASED']],
  ['Missing', ['MISSING', 'MIS_START', 'MIS_END']],
];

/** The name of a table of the return that is known and not carried. */
const notCarried = (columns: readonly string[]): string | undefined =>
  NOT_CARRIED.find(([, known]) => known.some((name) => columns.includes(name)))?.[0];

/** Which table of the return the columns are of, or undefined when they are of none. */
export function tableOf(columns: readonly string[]): Ssda903Table | undefined {
  if (!has(columns, 'CHILD')) return undefined;
  if (has(columns, 'DECOM', 'RNE', 'LS')) return 'episodes';
  if (has(columns, 'DUC')) return 'uasc';
  if (has(columns, 'ETHNIC')) return 'header';
  return notCarried(columns) === undefined ? undefined : 'not-carried';
}

type Cells = ReadonlyMap<string, string>;
const cell = (cells: Cells, name: string): string => cells.get(name) ?? '';

/** One string for all rows with the same code: a row then costs a few pointers. */
function interner(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const one = known.get(text);
    if (one !== undefined) return one;
    // A copy, so that a short code does not keep the piece of the file it was cut from.
    const copy = Buffer.from(text).toString();
    if (known.size < 100_000) known.set(copy, copy);
    return copy;
  };
}

const unreadableWords: Record<string, string> = {
  'unbalanced-quote': 'has a quotation mark that is never closed',
  'wrong-number-of-fields': 'does not have as many fields as the heading has columns',
  'line-too-long': 'is longer than any row could be',
};

/** Puts the tables of one return together, child by child, in the order in which children are first met. */
export async function* readCareTables(
  tables: readonly TableSource[],
  writer: ReportWriter,
): AsyncGenerator<RawCareChild, Set<Ssda903Table>> {
  const children = new Map<string, RawCareChild>();
  const intern = interner();
  const met = new Set<Ssda903Table>();
  const childOf = (file: string, line: number, text: string): RawCareChild => {
    const id = intern(text);
    let child = children.get(id);
    if (!child) {
      child = {
        file,
        line,
        id: { text: id, line },
        header: undefined,
        unaccompanied: undefined,
        episodes: [],
      };
      children.set(id, child);
    }
    return child;
  };
  for (const { file, text: open } of tables) {
    const { columns, rows } = await readCsv(open(), file);
    const table = tableOf(columns);
    if (!table) continue;
    if (table === 'not-carried') {
      let count = 0;
      for await (const _ of rows) count += 1;
      writer.notCarried(file, notCarried(columns) ?? table, count);
      continue;
    }
    met.add(table);
    for await (const row of rows) {
      const cells = readable(row, file, table, writer);
      if (!cells) continue;
      const { line } = row;
      const text = cell(cells, 'CHILD');
      if (new Reading(writer, file, line, recordOf[table]).childId('CHILD', { text, line }) === undefined)
        continue;
      const child = childOf(file, line, text);
      if (table === 'episodes') {
        child.episodes.push({
          file,
          line,
          decom: intern(cell(cells, 'DECOM')),
          rne: intern(cell(cells, 'RNE')),
          ls: intern(cell(cells, 'LS')),
          cin: intern(cell(cells, 'CIN')),
          place: intern(cell(cells, 'PLACE')),
          dec: intern(cell(cells, 'DEC')),
          rec: intern(cell(cells, 'REC')),
        });
        continue;
      }
      if (table === 'uasc') child.unaccompanied = true;
      const header: RawHeader = {
        file,
        line,
        sex: intern(cell(cells, 'SEX')),
        dob: intern(cell(cells, 'DOB')),
        ethnic: intern(cell(cells, 'ETHNIC')),
      };
      if (child.header && table === 'uasc') continue;
      const before = child.header;
      if (before && before.ethnic !== '' && (before.sex !== header.sex || before.ethnic !== header.ethnic)) {
        writer.finding('rows-disagree', file, line);
      }
      child.header = header;
    }
  }
  for (const [id, child] of children) {
    children.delete(id);
    if (met.has('uasc')) child.unaccompanied ??= false;
    yield child;
  }
  return met;
}

const recordOf: Record<Ssda903Table, string> = {
  episodes: 'care-episode',
  header: 'child',
  uasc: 'child',
  'not-carried': '',
};

function readable(row: CsvRow, file: string, table: Ssda903Table, writer: ReportWriter): Cells | undefined {
  if ('cells' in row) return row.cells;
  const rule = row.unreadable;
  const reason = unreadableWords[rule] ?? rule;
  writer.refuse({ file, line: row.line, record: recordOf[table], rule, field: '', reason });
  return undefined;
}
