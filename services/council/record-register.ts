// Remembers which records one return has stated, in twelve bytes each, so that a record that stands twice is noticed.

const EMPTY = 0;
const [ZERO, LETTERS] = [48, 87];

/** The number of the eight digits 0-9 and a-f from a place on: a few times as fast as parsing a part of the text. */
function hexadecimal(text: string, from: number): number {
  let number = 0;
  for (let at = from; at < from + 8; at += 1) {
    const code = text.charCodeAt(at);
    number = (number << 4) | (code - (code < LETTERS ? ZERO : LETTERS));
  }
  return number >>> 0;
}

/** An open-addressing table from a record's pseudonym (64 of its bits) to its statement (32 bits of the event's id). */
export class RecordRegister {
  #size = 0;
  #capacity: number;
  #keys: Uint32Array;
  #statements: Uint32Array;

  constructor(capacity = 4_096) {
    this.#capacity = capacity;
    this.#keys = new Uint32Array(capacity * 2);
    this.#statements = new Uint32Array(capacity);
  }

  #slotOf(high: number, low: number): number {
    let slot = low & (this.#capacity - 1);
    for (;;) {
      const statement = this.#statements[slot] ?? EMPTY;
      if (statement === EMPTY) return slot;
      if (this.#keys[2 * slot] === high && this.#keys[2 * slot + 1] === low) return slot;
      slot = (slot + 1) & (this.#capacity - 1);
    }
  }

  #grow(): void {
    const keys = this.#keys;
    const statements = this.#statements;
    this.#capacity *= 2;
    this.#keys = new Uint32Array(this.#capacity * 2);
    this.#statements = new Uint32Array(this.#capacity);
    for (let at = 0; at < statements.length; at += 1) {
      const statement = statements[at] ?? EMPTY;
      if (statement === EMPTY) continue;
      const high = keys[2 * at] ?? 0;
      const low = keys[2 * at + 1] ?? 0;
      const slot = this.#slotOf(high, low);
      this.#keys[2 * slot] = high;
      this.#keys[2 * slot + 1] = low;
      this.#statements[slot] = statement;
    }
  }

  /**
   * Notes a statement about a record.
   * @returns `new`, `same` when the very statement was noted before, `other` when the record was stated differently
   */
  note(recordId: string, eventId: string): 'new' | 'same' | 'other' {
    const high = hexadecimal(recordId, 1);
    const low = hexadecimal(recordId, 9);
    const statement = hexadecimal(eventId, 0) || 1;
    const slot = this.#slotOf(high, low);
    const noted = this.#statements[slot] ?? EMPTY;
    if (noted !== EMPTY) return noted === statement ? 'same' : 'other';
    this.#keys[2 * slot] = high;
    this.#keys[2 * slot + 1] = low;
    this.#statements[slot] = statement;
    this.#size += 1;
    if (this.#size * 2 > this.#capacity) this.#grow();
    return 'new';
  }
}
