// Fields of a return become values of the schemas here. What cannot be read is left out and counted when the record
// can stand without it, and refuses the record when it cannot. Values are never quoted.
import { EARLIEST_DAY, isDay, LATEST_DAY } from '../../schemas/calendar.ts';
import type { ReportWriter } from './report.ts';

/** A field as it stands in the source: its text and line. */
export interface RawField {
  text: string;
  line: number;
}

export type Raw = RawField | undefined;

/** A set of codes and the quick way to ask it. */
export const codeSet = <T extends string>(options: readonly T[]): ReadonlyMap<string, T> =>
  new Map(options.map((option) => [option, option]));

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$/;
const BRITISH = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: .*)?$/;

const MOST_DAYS = 65_536;
const known = new Map<string, string>();

/** A date as YYYY-MM-DD from ISO or dd/mm/yyyy, when it is a day of the calendar; no bounds are applied. */
export function calendarDay(text: string): string | undefined {
  if (isDay(text)) return text;
  // A return has a few thousand different days, each many times over.
  const day = known.get(text);
  if (day !== undefined) return day;
  const read = readDay(text);
  if (read !== undefined && known.size < MOST_DAYS) known.set(text, read);
  return read;
}

function readDay(text: string): string | undefined {
  const iso = ISO.exec(text);
  if (iso) {
    const day = text.slice(0, 10);
    return isDay(day) ? day : undefined;
  }
  const british = BRITISH.exec(text);
  if (!british) return undefined;
  const [, day = '', month = '', year = ''] = british;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isDay(date) ? date : undefined;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'y', 'yes', 't'].map((word): [string, boolean] => [word, true]),
  ...['false', '0', 'n', 'no', 'f'].map((word): [string, boolean] => [word, false]),
]);

const outOfBounds = (date: string): boolean => date < EARLIEST_DAY || date > LATEST_DAY;

/** Reads the fields of one record. A required field that is missing or unreadable refuses the record, once. */
export class Reading {
  readonly #report: ReportWriter;
  readonly file: string;
  readonly line: number;
  readonly record: string;
  /** Whether the record will not be sent. */
  refused = false;

  constructor(report: ReportWriter, file: string, line: number, record: string) {
    this.#report = report;
    this.file = file;
    this.line = line;
    this.record = record;
  }

  finding(rule: string, field = '', line = this.line): void {
    this.#report.finding(rule, this.file, line, field);
  }

  refuse(rule: string, field: string, reason: string, line = this.line): void {
    this.refused = true;
    this.#report.refuse({ file: this.file, line, record: this.record, rule, field, reason });
  }

  date(field: string, raw: Raw): string | undefined {
    if (!raw || raw.text === '') return undefined;
    const date = calendarDay(raw.text);
    if (date !== undefined && !outOfBounds(date)) return date;
    this.finding('invalid-field', field, raw.line);
    return undefined;
  }

  requiredDate(field: string, raw: Raw): string | undefined {
    if (!raw || raw.text === '') {
      this.refuse('missing-field', field, 'is missing, and the record cannot stand without it');
      return undefined;
    }
    const date = calendarDay(raw.text);
    if (date === undefined) {
      this.refuse(
        'invalid-date',
        field,
        'is not a day of the calendar written YYYY-MM-DD or dd/mm/yyyy',
        raw.line,
      );
    } else if (outOfBounds(date)) {
      this.refuse(
        'date-out-of-bounds',
        field,
        `does not lie between ${EARLIEST_DAY} and ${LATEST_DAY}`,
        raw.line,
      );
      return undefined;
    }
    return date;
  }

  /** The month of a date: the day is dropped here and goes nowhere. */
  month(field: string, raw: Raw): string | undefined {
    return this.date(field, raw)?.slice(0, 7);
  }

  code<T extends string>(field: string, raw: Raw, codes: ReadonlyMap<string, T>): T | undefined {
    if (!raw || raw.text === '') return undefined;
    const code = codes.get(raw.text) ?? codes.get(raw.text.toUpperCase());
    if (code === undefined) this.finding('invalid-field', field, raw.line);
    return code;
  }

  requiredCode<T extends string>(field: string, raw: Raw, codes: ReadonlyMap<string, T>): T | undefined {
    if (!raw || raw.text === '') {
      this.refuse('missing-field', field, 'is missing, and the record cannot stand without it');
      return undefined;
    }
    const code = codes.get(raw.text) ?? codes.get(raw.text.toUpperCase());
    if (code === undefined) this.refuse('invalid-code', field, 'is not a code of the guide', raw.line);
    return code;
  }

  /** Distinct codes in the order they stand. */
  codes<T extends string>(field: string, raws: readonly RawField[], codes: ReadonlyMap<string, T>): T[] {
    const found: T[] = [];
    for (const raw of raws) {
      const code = this.code(field, raw, codes);
      if (code !== undefined && !found.includes(code)) found.push(code);
    }
    return found;
  }

  /** Every spelling of a boolean that returns use: true, TRUE, 1, Y and their contraries. */
  flag(field: string, raw: Raw): boolean | undefined {
    if (!raw || raw.text === '') return undefined;
    const flag = booleans.get(raw.text) ?? booleans.get(raw.text.toLowerCase());
    if (flag === undefined) this.finding('invalid-field', field, raw.line);
    return flag;
  }

  wholeNumber(field: string, raw: Raw, most: number): number | undefined {
    if (!raw || raw.text === '') return undefined;
    const number = /^\d{1,9}$/.test(raw.text) ? Number(raw.text) : Number.NaN;
    if (number <= most) return number;
    this.finding('invalid-field', field, raw.line);
    return undefined;
  }

  /**
   * The id a pseudonym is made from. One with unreadable bytes would give several children the same pseudonym,
   * and one of control characters is no id, so either refuses the record.
   */
  childId(field: string, raw: Raw): string | undefined {
    if (!raw || raw.text === '') {
      this.refuse('8500', field, 'is missing, so the child cannot be followed');
      return undefined;
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (raw.text.length > 100 || /[\u0000-\u001f\u007f\ufffd]/.test(raw.text)) {
      this.refuse('unreadable-id', field, 'holds characters that could not be read', raw.line);
      return undefined;
    }
    return raw.text;
  }
}
