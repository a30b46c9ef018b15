// Remembers which records one return has stated, in twelve bytes each, so that a record that stands twice is noticed.

const EMPTY = 0;

/**
 * The number, of 32 bits with a sign, of the eight digits 0-9 and a-f from a place on: a few times as fast as parsing a
 * part of the text. In ASCII the low four bits of 0-9 are their value and those of a-f are nine less; only those of a-f
 * have bit 6. No processor can guess which of the two a hash's next digit is, so nothing is asked.
 */
function hexadecimal(text: string, from: number): number {
  let number = 0;
  for (let at = from; at < from + 8; at += 1) {
    const code = text.charCodeAt(at);
    number = (number << 4) | ((code & 15) + 9 * (code >> 6));
  }
  return number;
}

/** An open-addressing table from a record (64 bits of its hash) to its statement (32 bits of the event's hash). */
export class RecordRegister {
  #size = 0;
  #capacity: number;
  /** Three numbers a slot: the two of the record and the statement, beside each other in memory. */
  #slots: Int32Array;

  constructor(capacity = 4_096) {
    this.#capacity = capacity;
    this.#slots = new Int32Array(capacity * 3);
  }

  /** Where the record's three numbers are, or should be put. */
  #placeOf(high: number, low: number): number {
    const slots = this.#slots;
    let at = 3 * (low & (this.#capacity - 1));
    for (;;) {
      if (slots[at + 2] === EMPTY) return at;
      if (slots[at] === high && slots[at + 1] === low) return at;
      at += 3;
      if (at === slots.length) at = 0;
    }
  }

  #grow(): void {
    const slots = this.#slots;
    this.#capacity *= 2;
    this.#slots = new Int32Array(this.#capacity * 3);
    for (let at = 0; at < slots.length; at += 3) {
      const statement = slots[at + 2] ?? EMPTY;
      if (statement !== EMPTY) this.#put(slots[at] ?? 0, slots[at + 1] ?? 0, statement);
    }
  }

  #put(high: number, low: number, statement: number): void {
    const at = this.#placeOf(high, low);
    this.#slots[at] = high;
    this.#slots[at + 1] = low;
    this.#slots[at + 2] = statement;
  }

  /**
   * Notes a statement about a record, both by their hashes in hexadecimal.
   * @returns `new`, `same` when the very statement was noted before, `other` when the record was stated differently
   */
  note(record: string, event: string): 'new' | 'same' | 'other' {
    const high = hexadecimal(record, 0);
    const low = hexadecimal(record, 8);
    const statement = hexadecimal(event, 0) || 1;
    const at = this.#placeOf(high, low);
    const noted = this.#slots[at + 2] ?? EMPTY;
    if (noted !== EMPTY) return noted === statement ? 'same' : 'other';
    this.#slots[at] = high;
    this.#slots[at + 1] = low;
    this.#slots[at + 2] = statement;
    this.#size += 1;
    if (this.#size * 2 > this.#capacity) this.#grow();
    return 'new';
  }
}
