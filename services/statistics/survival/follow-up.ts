// Follow-up as counting processes: each row is at risk on (start, time]; risk tables count events and those at risk.
import { type Integers, integers, orderOf, type Vector, wholeRange, zeros } from '../arrays.ts';
import { type Grouping, groupingOf, needed, refuseDuplicates, weightsOf } from '../data/roles.ts';
import { labelsOf, numbersOf, type Table } from '../data/table.ts';
import { demand, StatisticsError } from '../errors.ts';
import type { Spec } from '../spec.ts';

export interface FollowUp {
  readonly time: Vector;
  /** 0 censored, 1.. the cause; only 0 and 1 where one event is meant. */
  readonly event: Vector;
  /** Entry times, null when all enter at the origin. */
  readonly start: Vector | null;
  readonly weights: Vector | null;
}

/** Reads time, event, start and weights; `causes` allows codes above 1. */
export function followUpOf(spec: Spec, table: Table, causes = false): FollowUp {
  const timeName = needed(spec, 'time');
  const eventName = needed(spec, 'event');
  const time = numbersOf(table, timeName);
  const event = numbersOf(table, eventName);
  const start = spec.start === undefined ? null : numbersOf(table, spec.start);
  for (let i = 0; i < table.n; i++) {
    if (time[i] < 0)
      throw new StatisticsError(
        'negative-time',
        `column "${timeName}", row ${i + 1}: a time is 0 or more`,
        timeName,
      );
    const known = causes ? Number.isInteger(event[i]) && event[i] >= 0 : event[i] === 0 || event[i] === 1;
    if (!known) {
      const rule = causes
        ? '0 for censored or a whole number for a cause'
        : '0 for censored or 1 for an event';
      throw new StatisticsError(
        'bad-event',
        `column "${eventName}", row ${i + 1}: ${event[i]} is not ${rule}`,
        eventName,
      );
    }
    if (start && !(start[i] < time[i])) {
      throw new StatisticsError(
        'start-after-end',
        `column "${spec.start}", row ${i + 1}: start must lie before time`,
        spec.start ?? null,
      );
    }
  }
  refuseRepeatedIds(spec, table, time, start);
  return { ...untangled(time, start), event, weights: weightsOf(spec, table) };
}

/** Times closer than this, absolutely or against their mean, are one time that arithmetic has split (R's `timefix`). */
const SAME_TIME = Math.sqrt(Number.EPSILON);

function untangled(time: Vector, start: Vector | null): { time: Vector; start: Vector | null } {
  const all = zeros(time.length + (start?.length ?? 0));
  all.set(time);
  if (start) all.set(start, time.length);
  const whole = wholeRange(all);
  if (whole && whole.most * SAME_TIME < 1) return { time, start };
  const order = orderOf(all);
  let distinct = 0;
  let total = 0;
  let closest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < order.length; i++) {
    const gap: number = i === 0 ? Number.POSITIVE_INFINITY : all[order[i]] - all[order[i - 1]];
    if (gap === 0) continue;
    distinct++;
    total += all[order[i]];
    closest = Math.min(closest, gap);
  }
  const limit = SAME_TIME * Math.max(1, total / distinct);
  if (closest > limit) return { time, start };
  let last = Number.NaN;
  let before = Number.NaN;
  for (let i = 0; i < order.length; i++) {
    const own: number = all[order[i]];
    if (!(own - before <= limit)) last = own;
    before = own;
    all[order[i]] = last;
  }
  return { time: all.slice(0, time.length), start: start ? all.slice(time.length) : null };
}

/** One row an id; with entry times several, which may not overlap. */
function refuseRepeatedIds(spec: Spec, table: Table, time: Vector, start: Vector | null): void {
  if (spec.id === undefined) return;
  if (!start) {
    refuseDuplicates(table, spec.id);
    return;
  }
  const { codes, levels } = labelsOf(table, spec.id);
  const reached = new Float64Array(levels.length).fill(Number.NEGATIVE_INFINITY);
  const order = orderOf(start);
  for (let i = 0; i < order.length; i++) {
    const row = order[i] as number;
    const id = codes[row] as number;
    demand(
      (start[row] as number) >= (reached[id] as number),
      'overlapping-rows',
      `"${levels[id]}" is followed twice at time ${start[row]}: rows of one "${spec.id}" may not overlap`,
      spec.id,
    );
    reached[id] = time[row] as number;
  }
}

const MOST_ARMS = 100;

/** Arms up to a hundred; without an arm all rows are one, named "all". */
export function armsOf(spec: Spec, table: Table): Grouping {
  if (spec.arm === undefined) return { name: 'all', code: integers(table.n), levels: ['all'] };
  const arms = groupingOf(table, spec.arm);
  demand(
    arms.levels.length <= MOST_ARMS,
    'too-many-arms',
    `column "${spec.arm}" holds ${arms.levels.length} arms, more than ${MOST_ARMS}; a label is not an arm`,
    spec.arm,
  );
  return arms;
}

/** Rows of each level of a grouping. */
export function rowsByGroup(group: Grouping): Integers[] {
  const sizes = integers(group.levels.length);
  for (let i = 0; i < group.code.length; i++) sizes[group.code[i]] += 1;
  const rows = Array.from(sizes, (size) => integers(size));
  const filled = integers(group.levels.length);
  for (let i = 0; i < group.code.length; i++) {
    const g: number = group.code[i];
    (rows[g] as Integers)[filled[g]] = i;
    filled[g] += 1;
  }
  return rows;
}

/** Distinct times of a set of rows with what happens at each. */
export interface RiskTable {
  readonly times: Vector;
  readonly atRisk: Vector;
  readonly events: Vector;
  /** Place of each row's time among `times`. */
  readonly place: Integers;
}

/** Weighted numbers at risk just before each distinct time, and weighted events at it (`isEvent` by row). */
export function riskTable(followUp: FollowUp, rows: Integers, isEvent: (row: number) => boolean): RiskTable {
  const { time, start, weights } = followUp;
  const own = zeros(rows.length);
  for (let i = 0; i < rows.length; i++) own[i] = time[rows[i]];
  const order = orderOf(own);
  const place = integers(rows.length);
  const [all, leavers, failures] = [zeros(rows.length), zeros(rows.length), zeros(rows.length)];
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    const at: number = order[i];
    const t: number = own[at];
    if (count === 0 || t !== all[count - 1]) all[count++] = t;
    const k = count - 1;
    place[at] = k;
    const row: number = rows[at];
    const w: number = weights ? weights[row] : 1;
    leavers[k] += w;
    if (isEvent(row)) failures[k] += w;
  }
  const times = all.slice(0, count) as Vector;
  const leaving = leavers.slice(0, count) as Vector;
  const events = failures.slice(0, count) as Vector;
  const atRisk = zeros(times.length);
  let total = 0;
  for (let k = times.length - 1; k >= 0; k--) {
    total += leaving[k];
    atRisk[k] = total;
  }
  /** A remainder of rounding is nobody. */
  const settle = (): void => {
    for (let k = 0; k < times.length; k++)
      if (Math.abs(atRisk[k] - events[k]) <= 1e-12 * atRisk[k]) atRisk[k] = events[k];
  };
  if (start) {
    // those not yet entered at t are counted in the tail sums above: take them out
    const late = zeros(times.length + 1);
    for (let i = 0; i < rows.length; i++) {
      const first = lowerBound(times, start[rows[i]], true);
      late[0] += weights ? weights[rows[i]] : 1;
      late[first] -= weights ? weights[rows[i]] : 1;
    }
    let outside = 0;
    for (let k = 0; k < times.length; k++) {
      outside += late[k];
      atRisk[k] -= outside;
    }
  }
  if (weights) settle();
  return { times, atRisk, events, place };
}

/** First place whose time is at or above t (`strict`: above t). */
export function lowerBound(times: Vector, t: number, strict = false): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const below = strict ? times[middle] <= t : times[middle] < t;
    if (below) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Times asked for in `at`, or none. */
export function timesAsked(spec: Spec): number[] {
  const at = spec.at ?? [];
  demand(
    at.every((t) => t >= 0),
    'bad-option',
    'times in "at" are 0 or more',
    'at',
  );
  return at;
}

/** The weighted number at risk just before any time t, by bisection. */
export function atRiskCounter(followUp: FollowUp, rows: Integers): (t: number) => number {
  const tails = (keys: Vector): ((t: number) => number) => {
    const own = Float64Array.from(rows, (row) => keys[row] as number);
    const order = orderOf(own);
    const sorted = Float64Array.from(order, (i) => own[i] as number);
    const tail = zeros(rows.length + 1);
    for (let i = rows.length - 1; i >= 0; i--) {
      tail[i] = tail[i + 1] + (followUp.weights ? followUp.weights[rows[order[i]]] : 1);
    }
    return (t) => tail[lowerBound(sorted, t)];
  };
  const left = tails(followUp.time);
  if (!followUp.start) return left;
  const notEntered = tails(followUp.start);
  return (t) => left(t) - notEntered(t);
}
