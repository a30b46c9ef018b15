// An object of the daily feed: whatever has the shape that is asked for is handed out, and what has not is refused or
// reported, because something that stands where a record belongs must not vanish without a word.
import type { Raw, RawField, Reading } from './reading.ts';

type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Absent and null say the same. */
const isThere = (value: unknown): boolean => value !== undefined && value !== null;

export class FeedObject {
  readonly #value: Json;
  readonly line: number;

  constructor(value: Json, line: number) {
    this.#value = value;
    this.line = line;
  }

  has(name: string): boolean {
    return isThere(this.#value[name]);
  }

  /** A field as text: the feed writes booleans and numbers as they are; a list or an object is text that no field takes. */
  get(name: string): Raw {
    const field = this.#value[name];
    if (!isThere(field)) return undefined;
    return { text: typeof field === 'object' ? '{}' : String(field).trim(), line: this.line };
  }

  /** The texts of a list. */
  list(name: string, reading: Reading): RawField[] {
    const list = this.#value[name];
    if (!isThere(list)) return [];
    if (!Array.isArray(list)) {
      reading.finding('invalid-field', name);
      return [];
    }
    return list.map((one) => ({ text: typeof one === 'string' ? one.trim() : '{}', line: this.line }));
  }

  /** The records of a list; each that is none, and a list that is none, is refused. */
  objects(name: string, reading: () => Reading): FeedObject[] {
    const list = this.#value[name];
    if (!isThere(list)) return [];
    if (!Array.isArray(list)) {
      reading().refuse('wrong-shape', name, 'is not a list of records');
      return [];
    }
    return list.flatMap((one) => {
      if (isObject(one)) return [new FeedObject(one, this.line)];
      reading().refuse('wrong-shape', name, 'holds something that is no record');
      return [];
    });
  }

  /** The object of that name; anything else that stands there is refused. */
  object(name: string, reading: Reading): FeedObject | undefined {
    const value = this.#value[name];
    if (isObject(value)) return new FeedObject(value, this.line);
    if (isThere(value)) reading.refuse('wrong-shape', name, 'is not an object');
    return undefined;
  }

  purged(reading: Reading): boolean {
    return reading.flag('purge', this.get('purge')) === true;
  }
}
