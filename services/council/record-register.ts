// Remembers which records one return has stated, in twelve bytes each, so that a record that stands twice is noticed.

const EMPTY = 0;

/**
 * The number, of 32 bits with a sign, of the eight digits 0-9 and a-f from a place on: a few times as fast as parsing a
 * part of the text. In ASCII the low four bits of 0-9 are their value and those of a-f are nine less; only those of a-f
 * have bit 6. No processor can guess which of the two a hash's next digit is, so nothing is asked.
 */
export function hexadecimal(text: string, from: number): number {
  let number = 0;
  for (let at = from; at < from + 8; at += 1) {
    const code = text.charCodeAt(at);
    number = (number << 4) | ((code & 15) + 9 * (code >> 6));
  }
  return number;
}

/** Slots from a child's own on in which its records are looked for, before those from a record's own on. */
const NEAR = 32;

/**
 * An open-addressing table from a record (32 bits of its child's pseudonym and 32 of its own hash) to its statement (32 bits
 * of the event's hash). The records of a child, which come one after another, stand beside each other: looking a place
 * up in so large a table costs more than all else here, and so it is one place a child.
 */
export class RecordRegister {
  #size = 0;
  #capacity: number;
  /** Three numbers a slot: child, record and statement. */
  #slots: Int32Array;

  constructor(capacity = 4_096) {
    this.#capacity = capacity;
    this.#slots = new Int32Array(capacity * 3);
  }

  /** Where the record's three numbers are, or should be put. */
  #placeOf(child: number, record: number): number {
    const slots = this.#slots;
    const last = this.#capacity - 1;
    let slot = child & last;
    for (let passed = 1; ; passed += 1) {
      const at = 3 * slot;
      if (slots[at + 2] === EMPTY) return at;
      if (slots[at] === child && slots[at + 1] === record) return at;
      slot = (passed === NEAR ? record : slot + 1) & last;
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

  #put(child: number, record: number, statement: number): void {
    const at = this.#placeOf(child, record);
    this.#slots[at] = child;
    this.#slots[at + 1] = record;
    this.#slots[at + 2] = statement;
  }

  /**
   * Notes a statement about a record of a child.
   * @param child any 32 bits that other children are unlikely to have
   * @param record its hash in hexadecimal, as `event` is the event's
   * @returns `new`, `same` when the very statement was noted before, `other` when the record was stated differently
   */
  note(child: number, record: string, event: string): 'new' | 'same' | 'other' {
    const number = hexadecimal(record, 0);
    const statement = hexadecimal(event, 0) || 1;
    const at = this.#placeOf(child, number);
    const noted = this.#slots[at + 2] ?? EMPTY;
    if (noted !== EMPTY) return noted === statement ? 'same' : 'other';
    this.#slots[at] = child;
    this.#slots[at + 1] = number;
    this.#slots[at + 2] = statement;
    this.#size += 1;
    if (this.#size * 2 > this.#capacity) this.#grow();
    return 'new';
  }
}
