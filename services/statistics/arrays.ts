// Numeric arrays whose elements read as numbers: loops here run to a length they own, so an index is never absent.

interface NumericElements {
  // biome-ignore lint/suspicious/noExplicitAny: under noUncheckedIndexedAccess only `any` keeps `a[i] += b[j]` readable; every element is a number by construction of the typed array beneath.
  [index: number]: any;
}

/** Doubles: observations, coefficients, columns of a design. */
export type Vector = Float64Array & NumericElements;
/** Whole numbers: codes, orders, group starts. */
export type Integers = Int32Array & NumericElements;

/** A vector of `length` zeros. */
export const zeros = (length: number): Vector => new Float64Array(length);

/** A vector holding the given numbers. */
export const vector = (values: ArrayLike<number>): Vector => Float64Array.from(values);

/** `length` integer zeros. */
export const integers = (length: number): Integers => new Int32Array(length);

/** The element of a list that a caller has already bounded; stops the process on a bug. */
export function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new Error(`invariant broken: index ${index} of ${list.length}`);
  return value;
}

/** Sum of a vector by Neumaier's compensated summation (Neumaier 1974), exact to the last digit for long columns. */
export function sum(values: Vector): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const x: number = values[i];
    const next = total + x;
    lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total;
    total = next;
  }
  return total + lost;
}

/** Arithmetic mean; 0 for an empty vector. */
export const mean = (values: Vector): number => (values.length === 0 ? 0 : sum(values) / values.length);

/** Unbiased sample variance (two-pass, corrected); 0 below two values. */
export function variance(values: Vector): number {
  const n = values.length;
  if (n < 2) return 0;
  const centre = mean(values);
  let squares = 0;
  let drift = 0;
  for (let i = 0; i < n; i++) {
    const d = values[i] - centre;
    squares += d * d;
    drift += d;
  }
  return (squares - (drift * drift) / n) / (n - 1);
}

/** Positions of `keys` in ascending order; ties keep their first order. */
export function orderOf(keys: Vector): Integers {
  const range = wholeRange(keys);
  return range ? orderByCounting(keys, range) : orderByRadix(keys);
}

/** Ends, both included. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** Ends of keys that are all whole numbers, close enough to be counted one by one; else null. */
export function wholeRange(keys: Vector): Range | null {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < keys.length; i++) {
    const key: number = keys[i];
    if (key !== Math.trunc(key)) return null;
    if (key < least) least = key;
    if (key > most) most = key;
  }
  return keys.length > 0 && most - least < 2 * keys.length + 2048 ? { least, most } : null;
}

function orderByCounting(keys: Vector, { least, most }: Range): Integers {
  const order = integers(keys.length);
  const starts = integers(most - least + 2);
  for (let i = 0; i < keys.length; i++) starts[keys[i] - least + 1] += 1;
  for (let k = 1; k < starts.length; k++) starts[k] += starts[k - 1];
  for (let i = 0; i < keys.length; i++) {
    const k = keys[i] - least;
    order[starts[k]] = i;
    starts[k] += 1;
  }
  return order;
}

/** Radix sort on the bits of the doubles. */
function orderByRadix(keys: Vector): Integers {
  const n = keys.length;
  const low = new Uint32Array(n);
  const high = new Uint32Array(n);
  const plain = zeros(n);
  // adding 0 turns -0 into 0, so that both sort alike
  for (let i = 0; i < n; i++) plain[i] = keys[i] + 0;
  const bits = new Uint32Array(plain.buffer);
  for (let i = 0; i < n; i++) {
    const l = bits[2 * i] as number;
    const h = bits[2 * i + 1] as number;
    // a negative double sorts by its complement, a positive one above all negatives
    const negative = h >>> 31 === 1;
    low[i] = negative ? ~l : l;
    high[i] = negative ? ~h : h | 0x80000000;
  }
  let order = integers(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let next = integers(n);
  // few rows are sorted by small digits: emptying large counts would cost more than the rows
  const bitsOf = n < 16_384 ? 11 : 16;
  const size = 1 << bitsOf;
  const counts = new Int32Array(size) as Integers;
  for (const words of [low, high])
    for (let shift = 0; shift < 32; shift += bitsOf) {
      counts.fill(0);
      for (let i = 0; i < n; i++) counts[((words[i] as number) >>> shift) & (size - 1)] += 1;
      if (n > 0 && counts[((words[0] as number) >>> shift) & (size - 1)] === n) continue;
      let start = 0;
      for (let digit = 0; digit < size; digit++) {
        const count = counts[digit];
        counts[digit] = start;
        start += count;
      }
      for (let i = 0; i < n; i++) {
        const row: number = order[i];
        const digit = ((words[row] as number) >>> shift) & (size - 1);
        next[counts[digit]] = row;
        counts[digit] += 1;
      }
      [order, next] = [next, order];
    }
  return order;
}

/** The elements of `from` at `rows`. */
export function gather(from: Vector, rows: Integers): Vector {
  const out = zeros(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = from[rows[i]];
  return out;
}
