// Greedy nearest-neighbour matching on one distance within a caliper. Source: Rubin (1973) Biometrics 29:159; calipers:
// Rosenbaum and Rubin (1985). Each treated takes the closest control still free; a tie goes to the earlier row.
import { type Integers, integers, orderOf, type Vector } from '../arrays.ts';
import { random, shuffle } from '../random.ts';

export interface Pair {
  readonly treated: number;
  readonly control: number;
}

export interface MatchingRule {
  readonly caliper: number | null;
  readonly ratio: number;
  readonly replace: boolean;
  readonly order: 'largest' | 'smallest' | 'data' | 'random';
  readonly seed: number;
}

/** Rows still free to the left and right of a place, found through merged runs of taken ones. */
class FreePlaces {
  readonly #left: Integers;
  readonly #right: Integers;

  constructor(size: number) {
    this.#left = integers(size + 2);
    this.#right = integers(size + 2);
    for (let i = 0; i < size + 2; i++) {
      this.#left[i] = i;
      this.#right[i] = i;
    }
  }

  #find(links: Integers, from: number): number {
    let root = from;
    while (links[root] !== root) root = links[root];
    for (let i = from; links[i] !== root; ) {
      const next: number = links[i];
      links[i] = root;
      i = next;
    }
    return root;
  }

  /** The first free place at or after `place`, or the size. */
  atOrAfter(place: number): number {
    return this.#find(this.#right, place + 1) - 1;
  }

  /** The last free place at or before `place`, or -1. */
  atOrBefore(place: number): number {
    return this.#find(this.#left, place + 1) - 1;
  }

  take(place: number): void {
    this.#right[place + 1] = place + 2;
    this.#left[place + 1] = place;
  }
}

/** Pairs of row numbers; a treated row with `ratio` above 1 is served once in each round. */
export function nearest(distance: Vector, treated: Vector, rule: MatchingRule): Pair[] {
  const treatedRows: number[] = [];
  const controlRows: number[] = [];
  for (let i = 0; i < distance.length; i++) (treated[i] === 1 ? treatedRows : controlRows).push(i);
  const values = Float64Array.from(controlRows, (row) => distance[row] as number);
  const order = orderOf(values);
  const size = order.length;
  const sorted = Float64Array.from(order, (k) => values[k] as number);
  const rowAt = Int32Array.from(order, (k) => controlRows[k] as number);
  const free = new FreePlaces(size);
  const own = Float64Array.from(treatedRows, (row) => distance[row] as number);
  let queue = treatedRows;
  if (rule.order === 'smallest') queue = Array.from(orderOf(own), (k) => treatedRows[k] as number);
  if (rule.order === 'largest')
    queue = Array.from(orderOf(own.map((x) => -x)), (k) => treatedRows[k] as number);
  if (rule.order === 'random') queue = shuffle(treatedRows.slice(), random(rule.seed));
  const limit = rule.caliper ?? Number.POSITIVE_INFINITY;

  const firstAtLeast = (x: number): number => {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] as number) < x) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const pairs: Pair[] = [];
  const usedBy = new Map<number, Set<number>>();
  for (let round = 0; round < rule.ratio; round++) {
    for (const row of queue) {
      const x = distance[row] as number;
      const mine = usedBy.get(row);
      const place = firstAtLeast(x);
      let right = rule.replace ? place : free.atOrAfter(place);
      let left = rule.replace ? place - 1 : free.atOrBefore(place - 1);
      if (rule.replace && mine) {
        while (right < size && mine.has(right)) right++;
        while (left >= 0 && mine.has(left)) left--;
      }
      // among equal values on the left, the earliest row is the first of their run
      if (left >= 0) {
        const runStart = firstAtLeast(sorted[left] as number);
        let first = rule.replace ? runStart : free.atOrAfter(runStart);
        if (rule.replace && mine) while (mine.has(first)) first++;
        left = first;
      }
      const toRight = right < size ? Math.abs((sorted[right] as number) - x) : Number.POSITIVE_INFINITY;
      const toLeft = left >= 0 ? Math.abs(x - (sorted[left] as number)) : Number.POSITIVE_INFINITY;
      if (Math.min(toLeft, toRight) > limit || (right >= size && left < 0)) continue;
      const tie = toLeft === toRight;
      const chosen = tie
        ? (rowAt[left] as number) < (rowAt[right] as number)
          ? left
          : right
        : toLeft < toRight
          ? left
          : right;
      pairs.push({ treated: row, control: rowAt[chosen] as number });
      if (rule.replace) usedBy.set(row, (mine ?? new Set()).add(chosen));
      else free.take(chosen);
    }
  }
  return pairs;
}
