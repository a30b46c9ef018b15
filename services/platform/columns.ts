// Columns of a batch as array literals for `unnest`. Several times cheaper than the driver's own arrays, which quote
// every element; so only for values that never need quoting.

type Plain = number | boolean | string | null | undefined;

/** Numbers, booleans, uuids, dates and instants; null and undefined become NULL. Never free text: nothing is quoted. */
export function plainColumn(values: readonly Plain[]): string {
  let text = '{';
  for (let at = 0; at < values.length; at += 1) text += `${at === 0 ? '' : ','}${values[at] ?? 'NULL'}`;
  return `${text}}`;
}

/** The separator of `jsonColumn`: JSON text never holds it raw. In SQL: `string_to_array(…, chr(30), '')`. */
const RECORD_SEPARATOR = '\u001e';

/** JSON texts (null for none) as one string to be split with `string_to_array(…, chr(30), '')`. */
export function jsonColumn(values: readonly unknown[]): string {
  return values.map((value) => (value === null ? '' : JSON.stringify(value))).join(RECORD_SEPARATOR);
}
