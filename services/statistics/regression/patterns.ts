// Rows of a design that are alike, found once: a fit works on one row of each pattern with what its rows sum to, which is the
// same likelihood (McCullagh and Nelder 1989, sec. 4.1.2). Covariates of children are mostly categories and whole years.
import { type Integers, integers, type Vector, zeros } from '../arrays.ts';

/** `of[i]` is the pattern of row i; `rows` holds one row of each pattern, `count` x p row after row. */
export interface Patterns {
  readonly of: Integers;
  readonly count: number;
  readonly rows: Vector;
}

/** The patterns of `n` rows of length `p`, or null where there are more than half as many as rows: they would save little. */
export function patternsOf(rows: Vector, n: number, p: number): Patterns | null {
  const most = n >> 1;
  const of = integers(n);
  const first = integers(most);
  const words = new Uint32Array(rows.buffer, rows.byteOffset, 2 * n * p) as unknown as Integers;
  const size = 1 << Math.ceil(Math.log2(4 * most + 4));
  const slots = integers(size);
  let count = 0;
  for (let i = 0; i < n; i++) {
    let hash = 0;
    for (let k = 2 * i * p, end = k + 2 * p; k < end; k++) {
      hash = Math.imul(hash ^ words[k], 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    let slot = hash & (size - 1);
    while (slots[slot] !== 0 && !alike(words, first[slots[slot] - 1], i, p)) slot = (slot + 1) & (size - 1);
    if (slots[slot] === 0) {
      if (count === most) return null;
      first[count++] = i;
      slots[slot] = count;
    }
    of[i] = slots[slot] - 1;
  }
  const own = zeros(count * p);
  for (let k = 0; k < count; k++) own.set(rows.subarray(first[k] * p, (first[k] + 1) * p), k * p);
  return { of, count, rows: own };
}

/** Whether two rows are the same bit for bit. */
function alike(words: Integers, a: number, b: number, p: number): boolean {
  for (let k = 2 * a * p, other = 2 * b * p, end = k + 2 * p; k < end; k++, other++)
    if (words[k] !== words[other]) return false;
  return true;
}

/** What the rows of each pattern sum to; the rows themselves where there are no patterns. */
export function summed(values: Vector, patterns: Patterns | null): Vector {
  if (!patterns) return values;
  const out = zeros(patterns.count);
  for (let i = 0; i < values.length; i++) out[patterns.of[i]] += values[i];
  return out;
}

/** Each row's value from its pattern's. */
export function spread(values: Vector, patterns: Patterns | null): Vector {
  if (!patterns) return values;
  const { of } = patterns;
  const out = zeros(of.length);
  for (let i = 0; i < of.length; i++) out[i] = values[of[i]];
  return out;
}
