// What a batch is likely to repeat, by the batches before it. A first load repeats nothing, a correction a record, and whoever sends
// a return again all of it.

/** `records`: the records of some have a head; `statements`: the ledger has some already, and records too. */
export type Repeats = 'nothing' | 'records' | 'statements';

const ORDER: readonly Repeats[] = ['nothing', 'records', 'statements'];

/** Batches after the last that repeated something until one is expected to repeat less. */
const CALM = 8;

/** Kept by one consumer. */
export class Expected {
  #next: Repeats = 'nothing';
  #calm = 0;

  /** What the next batch is expected to repeat at most. */
  get next(): Repeats {
    return this.#next;
  }

  /** Takes in what a batch has repeated. */
  met(repeats: Repeats): void {
    if (ORDER.indexOf(repeats) >= ORDER.indexOf(this.#next)) {
      this.#next = repeats;
      this.#calm = 0;
    } else {
      this.#calm += 1;
      if (this.#calm >= CALM) {
        this.#next = ORDER[ORDER.indexOf(this.#next) - 1] ?? 'nothing';
        this.#calm = 0;
      }
    }
  }
}

interface Violation {
  code?: string;
  table_name?: string;
}

const UNIQUE_VIOLATION = '23505';

/**
 * What a batch repeats that was stored as one that repeats less.
 * @throws the error itself when it says nothing of that
 */
export function repeatedIn(error: unknown, tried: Repeats): Repeats {
  const { code, table_name: table } = error as Violation;
  if (code !== UNIQUE_VIOLATION || tried === 'statements') throw error;
  return table === 'occurrence' && tried === 'nothing' ? 'records' : 'statements';
}
