// A row of a dataset table; the dataset has named some columns differently over its versions.
import type { Raw } from './reading.ts';

/** One row by column name; the first of several names that the column has had. */
export class DatasetRow {
  readonly #cells: ReadonlyMap<string, string>;
  readonly line: number;

  constructor(cells: ReadonlyMap<string, string>, line: number) {
    this.#cells = cells;
    this.line = line;
  }

  get(...names: string[]): Raw {
    for (const name of names) {
      const text = this.#cells.get(name.toUpperCase());
      if (text !== undefined) return text.toUpperCase() === 'NULL' ? undefined : { text, line: this.line };
    }
    return undefined;
  }

  text(...names: string[]): string {
    return this.get(...names)?.text ?? '';
  }
}
