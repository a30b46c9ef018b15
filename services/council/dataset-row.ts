// A row of a dataset table; the dataset has named some columns differently over its versions.
import type { Raw } from './reading.ts';

export interface LegalStatus {
  status: string;
  from: string;
  to: string;
}

/** What the small tables say, by the id of the person or record. */
export interface Lookups {
  /** The pseudonym of a team's id. */
  teamNamed: (localId: string) => string;
  disabilities: Map<string, string[]>;
  unaccompanied: Map<string, boolean>;
  families: Map<string, string>;
  factors: Map<string, string[]>;
  conferences: Map<string, string>;
  /** Days of reviews by child protection plan. */
  reviews: Map<string, string[]>;
  legalStatuses: Map<string, LegalStatus[]>;
  placements: Map<string, string>;
}

/** One row by column name, and what the small tables say about it. */
export class DatasetRow {
  readonly #cells: ReadonlyMap<string, string>;
  readonly line: number;
  readonly into: Lookups;

  constructor(cells: ReadonlyMap<string, string>, line: number, into: Lookups) {
    this.#cells = cells;
    this.line = line;
    this.into = into;
  }

  /** The first of several names that the column has had. */
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
