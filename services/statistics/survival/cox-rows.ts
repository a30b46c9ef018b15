// The rows of a proportional hazards model in the order its sums run: by stratum, then time; covariates centred and scaled.
import { gather, type Integers, integers, mean, orderOf, type Vector, zeros } from '../arrays.ts';
import { rowsOf } from '../linear-algebra/gram.ts';
import { column, type Matrix } from '../linear-algebra/matrix.ts';
import type { FollowUp } from './follow-up.ts';

/** Rows in order of stratum, then time; covariates centred and scaled, row after row. */
export interface Ordered {
  readonly n: number;
  readonly p: number;
  readonly x: Vector;
  readonly scale: Vector;
  readonly time: Vector;
  readonly start: Vector | null;
  readonly event: Uint8Array;
  readonly weight: Vector | null;
  /** First row of each stratum, then n. */
  readonly strata: Integers;
  /** Rows by entry time, latest first, within strata; null without entry times. */
  readonly byStart: Integers | null;
  /** Row in the data of each ordered row. */
  readonly row: Integers;
}

/** Sorts the rows of design `x`; `stratum` codes 0 to `count` - 1. */
export function ordered(x: Matrix, followUp: FollowUp, stratum: Integers, count: number): Ordered {
  const n = x.rows;
  const p = x.columns;
  const byTime = orderOf(followUp.time);
  const starts = new Int32Array(count + 1) as Integers;
  for (let i = 0; i < n; i++) starts[stratum[i] + 1] += 1;
  for (let s = 0; s < count; s++) starts[s + 1] += starts[s];
  const next = starts.slice() as Integers;
  const row = new Int32Array(n) as Integers;
  for (let i = 0; i < n; i++) {
    const r: number = byTime[i];
    row[next[stratum[r]]] = r;
    next[stratum[r]] += 1;
  }
  const scale = zeros(p);
  const centre = zeros(p);
  for (let j = 0; j < p; j++) {
    const c = column(x, j);
    centre[j] = mean(c);
    let squares = 0;
    for (let i = 0; i < n; i++) squares += (c[i] - centre[j]) ** 2;
    scale[j] = Math.sqrt(squares / n) || 1;
  }
  const plain = rowsOf(x);
  const values = zeros(n * p);
  for (let i = 0, place = 0; i < n; i++) {
    const from = row[i] * p;
    for (let j = 0; j < p; j++, place++) values[place] = (plain[from + j] - centre[j]) / scale[j];
  }
  const pick = (from: Vector): Vector => gather(from, row);
  const start = followUp.start ? pick(followUp.start) : null;
  return {
    n,
    p,
    x: values,
    scale,
    time: pick(followUp.time),
    start,
    event: Uint8Array.from(pick(followUp.event)),
    weight: followUp.weights ? pick(followUp.weights) : null,
    strata: starts,
    byStart: start ? latestFirst(start, starts) : null,
    row,
  };
}

/** Rows by entry time, latest first, within strata. */
function latestFirst(start: Vector, strata: Integers): Integers {
  const out = new Int32Array(start.length) as Integers;
  for (let s = 0; s + 1 < strata.length; s++) {
    const from: number = strata[s];
    const own = orderOf(start.subarray(from, strata[s + 1]));
    for (let i = 0; i < own.length; i++) out[from + i] = from + own[own.length - 1 - i];
  }
  return out;
}

/** The ordered rows that come from some rows of the data, with centres and scales as they are. */
export function kept(data: Ordered, keeps: (row: number) => boolean): Ordered {
  const { p } = data;
  const places = Int32Array.from(data.row.keys()).filter((i) => keeps(data.row[i])) as Integers;
  const x = zeros(places.length * p);
  for (let i = 0; i < places.length; i++) x.set(data.x.subarray(places[i] * p, (places[i] + 1) * p), i * p);
  const strata = integers(data.strata.length);
  for (let s = 0, i = 0; s < strata.length; s++) {
    while (i < places.length && places[i] < data.strata[s]) i++;
    strata[s] = i;
  }
  const start = data.start ? gather(data.start, places) : null;
  return {
    n: places.length,
    p,
    x,
    scale: data.scale,
    time: gather(data.time, places),
    start,
    event: Uint8Array.from(places, (i) => data.event[i] as number),
    weight: data.weight ? gather(data.weight, places) : null,
    strata,
    byStart: start ? latestFirst(start, strata) : null,
    row: Int32Array.from(places, (i) => data.row[i]) as Integers,
  };
}
