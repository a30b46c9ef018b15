// A table of typed columns: numbers as doubles (NaN = missing), words as codes into their levels (-1 = missing).
import { type Integers, integers, type Range, type Vector, wholeRange, zeros } from '../arrays.ts';
import { StatisticsError } from '../errors.ts';

export interface NumericColumn {
  readonly kind: 'numeric';
  readonly name: string;
  readonly values: Vector;
}

/** `levels` in sort order: as numbers when every level is a number, else by code unit. */
export interface CategoricalColumn {
  readonly kind: 'categorical';
  readonly name: string;
  readonly codes: Integers;
  readonly levels: readonly string[];
}

export type Column = NumericColumn | CategoricalColumn;

export interface Table {
  readonly n: number;
  readonly columns: ReadonlyMap<string, Column>;
}

/** How a column is to be read: `number` refuses words, `label` keeps the text, `either` decides by the cells. */
export type ColumnUse = 'number' | 'label' | 'either';

export const isMissingCell = (cell: string): boolean => cell === '' || cell === 'NA';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?(nan|inf|infinity)$/i;
const TRUTH: Readonly<Record<string, number>> = { TRUE: 1, True: 1, true: 1, FALSE: 0, False: 0, false: 0 };

/** Above this many distinct values a column of numbers no longer keeps its texts. */
const TEXTS_KEPT = 20_000;

/** Sort order of levels: numeric when all are numbers, else by code unit (not by locale, which differs by machine). */
export function sortLevels(levels: readonly string[]): string[] {
  const numeric = levels.every((level) => NUMBER.test(level));
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...levels].sort(numeric ? (a, b) => Number(a) - Number(b) || byText(a, b) : byText);
}

/** Takes one column's cells in row order and settles its type at the end. */
export class ColumnBuilder {
  readonly name: string;
  readonly #use: ColumnUse;
  #length = 0;
  #numbers: Vector | null;
  #codes: Integers | null = integers(1024);
  readonly #codeOf = new Map<string, number>();

  constructor(name: string, use: ColumnUse) {
    this.name = name;
    this.#use = use;
    this.#numbers = use === 'label' ? null : zeros(1024);
    if (use === 'number') this.#codes = null;
  }

  push(raw: string): void {
    const cell = raw.trim();
    const row = this.#length++;
    const missing = isMissingCell(cell);
    if (this.#numbers) this.#pushNumber(row, cell, missing);
    if (this.#codes) {
      this.#codes = grown(this.#codes, row, integers);
      let code = missing ? -1 : this.#codeOf.get(cell);
      if (code === undefined) {
        code = this.#codeOf.size;
        this.#codeOf.set(cell, code);
        if (this.#numbers && code > TEXTS_KEPT) {
          this.#codes = null;
          this.#codeOf.clear();
          return;
        }
      }
      this.#codes[row] = code;
    }
  }

  #pushNumber(row: number, cell: string, missing: boolean): void {
    if (!this.#numbers) return;
    this.#numbers = grown(this.#numbers, row, zeros);
    if (missing) {
      this.#numbers[row] = Number.NaN;
      return;
    }
    const isNumber = NUMBER.test(cell);
    if (isNumber || cell in TRUTH) {
      const x = isNumber ? Number(cell) : (TRUTH[cell] as number);
      if (isNumber || this.#use === 'number') {
        if (!Number.isFinite(x)) this.#refuse('not-finite', row, cell, 'is too large for a number');
        this.#numbers[row] = x;
        return;
      }
    }
    if (NOT_FINITE.test(cell))
      this.#refuse('not-finite', row, cell, 'is not a finite number; leave the cell empty if it is missing');
    if (this.#use === 'number' || !this.#codes) this.#refuse('not-a-number', row, cell, 'is not a number');
    this.#numbers = null;
  }

  #refuse(code: string, row: number, cell: string, why: string): never {
    throw new StatisticsError(code, `column "${this.name}", row ${row + 1}: "${cell}" ${why}`, this.name);
  }

  finish(): Column {
    const { name } = this;
    if (this.#numbers) return { kind: 'numeric', name, values: this.#numbers.slice(0, this.#length) };
    const found = [...this.#codeOf.keys()];
    const levels = sortLevels(found);
    const place = new Map(levels.map((level, i) => [level, i]));
    const renumber = found.map((level) => place.get(level) ?? 0);
    const codes = (this.#codes ?? integers(0)).slice(0, this.#length) as Integers;
    for (let i = 0; i < codes.length; i++) codes[i] = codes[i] < 0 ? -1 : (renumber[codes[i]] ?? -1);
    return { kind: 'categorical', name, codes, levels };
  }
}

function grown<T extends Vector | Integers>(store: T, row: number, make: (length: number) => T): T {
  if (row < store.length) return store;
  const larger = make(store.length * 2);
  larger.set(store as never);
  return larger;
}

/** A table from columns already in memory; numbers stay numbers, strings become labels. */
export function tableFrom(
  columns: Readonly<Record<string, readonly (number | string | null)[] | Float64Array>>,
): Table {
  const out = new Map<string, Column>();
  let n = 0;
  for (const [name, cells] of Object.entries(columns)) {
    n = cells.length;
    if (cells instanceof Float64Array) {
      out.set(name, { kind: 'numeric', name, values: cells });
      continue;
    }
    const builder = new ColumnBuilder(name, 'either');
    for (const cell of cells) builder.push(cell === null ? '' : String(cell));
    out.set(name, builder.finish());
  }
  return { n, columns: out };
}

export function columnOf(table: Table, name: string): Column {
  const found = table.columns.get(name);
  if (!found) throw new StatisticsError('unknown-column', `the data have no column "${name}"`, name);
  return found;
}

/** The column as numbers; words are refused, naming the first row that holds one. */
export function numbersOf(table: Table, name: string): Vector {
  const found = columnOf(table, name);
  if (found.kind === 'numeric') return found.values;
  const truth = found.levels.map((level) => TRUTH[level] ?? Number.NaN);
  const row = found.codes.findIndex((code) => code >= 0 && !Number.isFinite(truth[code]));
  if (row >= 0) {
    const cell = found.levels[found.codes[row] as number];
    throw new StatisticsError(
      'not-a-number',
      `column "${name}", row ${row + 1}: "${cell}" is not a number`,
      name,
    );
  }
  return Float64Array.from(found.codes, (code) => (code < 0 ? Number.NaN : (truth[code] as number)));
}

/** The column as labels; numbers become their shortest text. */
export function labelsOf(table: Table, name: string): CategoricalColumn {
  const found = columnOf(table, name);
  if (found.kind === 'categorical') return found;
  const { values } = found;
  const range = wholeRange(values);
  return { kind: 'categorical', name, ...(range ? wholeLabels(values, range) : numberLabels(values)) };
}

type Labels = Pick<CategoricalColumn, 'codes' | 'levels'>;

function wholeLabels(values: Vector, { least, most }: Range): Labels {
  const rank = integers(Math.max(0, most - least + 1)).fill(-1) as Integers;
  for (let i = 0; i < values.length; i++) rank[values[i] - least] = 0;
  const levels: string[] = [];
  for (let k = 0; k < rank.length; k++) if (rank[k] === 0) rank[k] = levels.push(String(least + k)) - 1;
  const codes = integers(values.length);
  for (let i = 0; i < values.length; i++) codes[i] = rank[values[i] - least];
  return { codes, levels };
}

function numberLabels(values: Vector): Labels {
  const codeOf = new Map<number, number>();
  const codes = integers(values.length);
  for (let i = 0; i < values.length; i++) {
    const x: number = values[i];
    if (Number.isNaN(x)) {
      codes[i] = -1;
      continue;
    }
    let code = codeOf.get(x);
    if (code === undefined) {
      code = codeOf.size;
      codeOf.set(x, code);
    }
    codes[i] = code;
  }
  const distinct = Float64Array.from(codeOf.keys()).sort();
  const rank = new Map(Array.from(distinct, (x, i) => [x, i]));
  const renumber = Array.from(codeOf.keys(), (x) => rank.get(x) ?? 0);
  for (let i = 0; i < codes.length; i++) if (codes[i] >= 0) codes[i] = renumber[codes[i]] ?? 0;
  return { codes, levels: Array.from(distinct, String) };
}

/** The rows kept, in order. */
export function selectRows(table: Table, keep: Integers): Table {
  const columns = new Map<string, Column>();
  for (const [name, found] of table.columns) {
    if (found.kind === 'numeric') {
      const values = zeros(keep.length);
      for (let i = 0; i < keep.length; i++) values[i] = found.values[keep[i]];
      columns.set(name, { ...found, values });
    } else {
      const codes = integers(keep.length);
      for (let i = 0; i < keep.length; i++) codes[i] = found.codes[keep[i]];
      columns.set(name, { ...found, codes });
    }
  }
  return { n: keep.length, columns };
}

/** `levels` cut down to those that occur, as after dropping rows. */
export function usedLevels(labels: CategoricalColumn): CategoricalColumn {
  const used = new Uint8Array(labels.levels.length);
  for (let i = 0; i < labels.codes.length; i++) if (labels.codes[i] >= 0) used[labels.codes[i]] = 1;
  if (used.every((u) => u === 1)) return labels;
  const renumber = integers(used.length);
  const levels: string[] = [];
  labels.levels.forEach((level, i) => {
    renumber[i] = levels.length;
    if (used[i] === 1) levels.push(level);
  });
  return {
    ...labels,
    levels,
    codes: labels.codes.map((code) => (code < 0 ? -1 : renumber[code])) as Integers,
  };
}
