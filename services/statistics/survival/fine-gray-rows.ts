// The rows of a subdistribution model in the order its sums run: by time; covariates centred and scaled; each row with the
// share that is not yet censored, which weighs those who stay at risk after a competing event.
import { type Integers, integers, mean, orderOf, type Vector, zeros } from '../arrays.ts';
import { column, type Matrix } from '../linear-algebra/matrix.ts';
import type { FollowUp } from './follow-up.ts';

export const CENSORED = 0;
export const EVENT = 1;
export const COMPETING = 2;

export interface SubdistributionRows {
  readonly n: number;
  readonly p: number;
  /** Row in the data of each ordered row. */
  readonly order: Integers;
  /** CENSORED, EVENT of the cause, or COMPETING. */
  readonly kind: Uint8Array;
  /** Covariates row after row. */
  readonly x: Vector;
  readonly scale: Vector;
  /** Share uncensored just before the row's time. */
  readonly free: Vector;
  /** Rows whose time is that of the row or later. */
  readonly atRisk: Vector;
  /** Row after the last of the same time. */
  readonly blockEnd: Integers;
}

export function subdistributionRows(x: Matrix, followUp: FollowUp, cause: number): SubdistributionRows {
  const order = orderOf(followUp.time);
  const kind = Uint8Array.from(order, (row) => kindOf(followUp.event[row] as number, cause));
  const time = Float64Array.from(order, (row) => followUp.time[row] as number);
  return {
    n: x.rows,
    p: x.columns,
    order,
    kind,
    ...standardised(x, order),
    ...uncensored(time, kind),
  };
}

const kindOf = (event: number, cause: number): number =>
  event === 0 ? CENSORED : event === cause ? EVENT : COMPETING;

function standardised(design: Matrix, order: Integers): { x: Vector; scale: Vector } {
  const { rows: n, columns: p } = design;
  const scale = zeros(p);
  const x = zeros(n * p);
  for (let j = 0; j < p; j++) {
    const values = column(design, j);
    const centre = mean(values);
    let squares = 0;
    for (let i = 0; i < n; i++) squares += (values[i] - centre) ** 2;
    scale[j] = Math.sqrt(squares / n) || 1;
    for (let i = 0; i < n; i++) x[i * p + j] = (values[order[i]] - centre) / scale[j];
  }
  return { x, scale };
}

/** The Kaplan-Meier curve of censoring; rows of one time share it. */
function uncensored(
  time: Vector,
  kind: Uint8Array,
): Pick<SubdistributionRows, 'free' | 'atRisk' | 'blockEnd'> {
  const n = time.length;
  const free = zeros(n);
  const atRisk = zeros(n);
  const blockEnd = integers(n);
  let share = 1;
  for (let i = 0; i < n; ) {
    let end = i;
    let censored = 0;
    for (; end < n && time[end] === time[i]; end++) if (kind[end] === CENSORED) censored++;
    free.fill(share, i, end);
    atRisk.fill(n - i, i, end);
    blockEnd.fill(end, i, end);
    share *= 1 - censored / (n - i);
    i = end;
  }
  return { free, atRisk, blockEnd };
}

/** Calls `visit` with the first row and the row after the last of each time, with how many events of the cause it has. */
export function eachTime(
  { n, kind, blockEnd }: SubdistributionRows,
  visit: (first: number, end: number, events: number) => void,
): void {
  for (let i = 0; i < n; i = blockEnd[i] as number) {
    let events = 0;
    for (let r = i; r < blockEnd[i]; r++) if (kind[r] === EVENT) events++;
    visit(i, blockEnd[i], events);
  }
}
