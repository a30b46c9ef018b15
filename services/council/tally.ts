// Counts the records of one kind by the month of their date and by the fields they carry. It is asked for every record
// of a return, so it counts in arrays, and names stand in the order in which they were first met.

const FIRST_YEAR = 1900;
const YEARS = 256;
const ZERO = 48;

/** Fields that hold the day a record is about, of which each kind has one. */
const START: ReadonlySet<string> = new Set(['date', 'started', 'offered', 'letterSent']);

const digitAt = (text: string, at: number): number => text.charCodeAt(at) - ZERO;

/** Months since the first year, of a day of the calendar. */
function monthNumber(day: string): number {
  const year =
    digitAt(day, 0) * 1000 + digitAt(day, 1) * 100 + digitAt(day, 2) * 10 + digitAt(day, 3) - FIRST_YEAR;
  return year * 12 + digitAt(day, 5) * 10 + digitAt(day, 6) - 1;
}

export class Tally {
  /** How many were counted. */
  records = 0;
  /** Names of fields, how many records carried each, and those that any did. */
  readonly #fields: string[] = [];
  readonly #carried: number[] = [];
  readonly #starts: boolean[] = [];
  readonly #metFields: string[] = [];
  readonly #months = new Uint32Array(12 * YEARS);
  readonly #metMonths: [month: string, number: number][] = [];

  /** @param state a field that is undefined is not carried */
  count(state: object): void {
    this.records += 1;
    let next = 0;
    for (const name in state) {
      const value: unknown = (state as Record<string, unknown>)[name];
      // Records of one source have their fields in one order.
      const at = this.#fields[next] === name ? next : this.#placeOf(name);
      next = at + 1;
      if (value === undefined) continue;
      const carried = this.#carried[at] ?? 0;
      if (carried === 0) this.#metFields.push(name);
      this.#carried[at] = carried + 1;
      if (this.#starts[at]) this.#countMonth(value as string);
    }
  }

  #placeOf(name: string): number {
    const at = this.#fields.indexOf(name);
    if (at >= 0) return at;
    this.#carried.push(0);
    this.#starts.push(START.has(name));
    return this.#fields.push(name) - 1;
  }

  #countMonth(day: string): void {
    const number = monthNumber(day);
    const counted = this.#months[number] ?? 0;
    if (counted === 0) this.#metMonths.push([day.slice(0, 7), number]);
    this.#months[number] = counted + 1;
  }

  /** Records by month, YYYY-MM; undefined when none has a date. */
  months(): Record<string, number> | undefined {
    if (this.#metMonths.length === 0) return undefined;
    return Object.fromEntries(this.#metMonths.map(([month, number]) => [month, this.#months[number] ?? 0]));
  }

  /** Records by the fields they carry. */
  filled(): Record<string, number> {
    return Object.fromEntries(
      this.#metFields.map((name) => [name, this.#carried[this.#fields.indexOf(name)] ?? 0]),
    );
  }
}
