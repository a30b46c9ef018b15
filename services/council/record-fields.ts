// What a record of the daily feed or of a dataset table is made of, as a table: each field of its state with how it is read.
// Both name records by the case system's ids, so only the names of their fields differ.
import type { RecordKind, RecordState } from '../../schemas/records.ts';
import type { Raw, RawField, Reading } from './reading.ts';

/** One record as its source has it. */
export interface FieldSource {
  line: number;
  /** The first of several names that the field has had. */
  get(...names: string[]): Raw;
}

export type FieldReader<T, S extends FieldSource> = (source: S, reading: Reading) => T | undefined;

/** A field that is not listed is not carried. */
export type Fields<K extends RecordKind, S extends FieldSource> = {
  [F in keyof RecordState<K>]: FieldReader<NonNullable<RecordState<K>[F]>, S>;
};

type Codes<T extends string> = ReadonlyMap<string, T>;

export const date =
  (...names: [string, ...string[]]) =>
  (source: FieldSource, reading: Reading) =>
    reading.date(names[0], source.get(...names));

export const requiredDate = (name: string) => (source: FieldSource, reading: Reading) =>
  reading.requiredDate(name, source.get(name));

export const code =
  <T extends string>(codes: Codes<T>, ...names: [string, ...string[]]) =>
  (source: FieldSource, reading: Reading) =>
    reading.code(names[0], source.get(...names), codes);

export const requiredCode =
  <T extends string>(codes: Codes<T>, name: string) =>
  (source: FieldSource, reading: Reading) =>
    reading.requiredCode(name, source.get(name), codes);

export const flag = (name: string) => (source: FieldSource, reading: Reading) =>
  reading.flag(name, source.get(name));

/** Codes of a list; undefined when there are none. */
export function codesOf<T extends string>(
  reading: Reading,
  name: string,
  raws: readonly RawField[],
  codes: Codes<T>,
): T[] | undefined {
  const found = reading.codes(name, raws, codes);
  return found.length > 0 ? found : undefined;
}

/** The state of a record; undefined when one of its fields has refused it. */
export function readState<K extends RecordKind, S extends FieldSource>(
  fields: Fields<K, S>,
  source: S,
  reading: Reading,
): RecordState<K> | undefined {
  const state: Record<string, unknown> = {};
  for (const name in fields) {
    const value = fields[name as keyof RecordState<K>](source, reading);
    if (reading.refused) return undefined;
    if (value !== undefined) state[name] = value;
  }
  const read = state as RecordState<K>;
  checkOrder(read, reading);
  return read;
}

/** The order rules about one record's own dates. */
function checkOrder(state: object, reading: Reading): void {
  const { date: on, closedOn, started, ended } = state as Record<string, string | undefined>;
  if (on !== undefined && closedOn !== undefined && closedOn < on) reading.finding('8630');
  if (started === undefined || ended === undefined) return;
  const plan = reading.record === 'cp-plan';
  if (ended < started) reading.finding(plan ? '8925' : 'ends-before-start');
  if (plan && ended === started) reading.finding('8840');
}
