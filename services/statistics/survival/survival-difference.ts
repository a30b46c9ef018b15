// The difference of two arms' survival, and of their incidence of a cause, at given times. What a row adds to a survival is
// the derivative in the row's weight, as Andersen, Hansen and Klein (2004) Lifetime Data Anal. 10:335; to an incidence, the
// derivative of the product integral of Gill and Johansen (1990) Ann. Statist. 18:1501, eq. 40.
import { type EstimateRow, withoutInterval } from '../answer.ts';
import { type Integers, type Vector, zeros } from '../arrays.ts';
import { type Grouping, twoArms } from '../data/roles.ts';
import type { Table } from '../data/table.ts';
import { fewForSandwich, oneWayClusters } from '../regression/cluster-rules.ts';
import type { Spec } from '../spec.ts';
import { type ArmPart, armContrasts } from './arm-contrast.ts';
import { type FollowUp, lowerBound, type RiskTable } from './follow-up.ts';

export interface DifferenceRow extends EstimateRow {
  readonly time: number;
  readonly cause?: number;
}

/** One arm's estimate at one time; null where the arm is not followed so far. */
export type PartAt = ArmPart | null;

/**
 * The treated arm less the other, one row for each of `asked`; empty unless there are two arms.
 * @param partsAt the parts of both arms for one of `asked`, in the order of `arms`
 * @param named what stands in the row beside the estimate
 */
export function armDifferences<Asked>(
  spec: Spec,
  table: Table,
  arms: Grouping,
  followUp: FollowUp,
  asked: readonly Asked[],
  partsAt: (one: Asked) => readonly PartAt[],
  named: (one: Asked) => { time: number; cause?: number },
): DifferenceRow[] {
  if (arms.levels.length !== 2) return [];
  const arm = twoArms(spec, table);
  const slopes = arms.levels.map((level) => (level === arm.treatedLevel ? 1 : -1));
  const vcov = spec.df === 'normal' ? { vcov: 'CR0' as const } : {};
  const contrasts = armContrasts(
    { ...spec, ...vcov },
    arms,
    oneWayClusters(spec, table, arm.treated),
    followUp,
    fewForSandwich,
  );
  return asked.map((one) => {
    const parts = partsAt(one);
    const known = parts.filter((part) => part !== null);
    if (known.length < parts.length) return { ...UNKNOWN, ...named(one) };
    const value = known.reduce((s, part, g) => s + (slopes[g] ?? 0) * part.value, 0);
    return { ...contrasts.row(known, slopes, 'difference', value), ...named(one) };
  });
}

const UNKNOWN: EstimateRow = withoutInterval({
  term: 'difference',
  estimate: null,
  se: null,
  df: null,
  statistic: null,
  p: null,
  lower: null,
  upper: null,
  scale: 'identity',
});

/** What each of `rows` adds to the survival at the `until`-th time of its curve; by place among `rows`. */
export function survivalInfluence(
  curve: RiskTable & { readonly survival: Vector },
  followUp: FollowUp,
  rows: Integers,
  until: number,
): Vector {
  const { events, atRisk, place, survival, times } = curve;
  const hazard = runningSum(until, (j) => perRisk(events[j], atRisk[j], atRisk[j] - events[j]));
  const out = zeros(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row: number = rows[i];
    const last: number = place[i];
    const first = followUp.start ? lowerBound(times, followUp.start[row], true) : 0;
    const left = atRisk[last] - events[last];
    const own = followUp.event[row] === 1 && last <= until && left > 0 ? 1 / left : 0;
    const exposure = between(hazard, first, Math.min(last, until));
    out[i] = (followUp.weights ? followUp.weights[row] : 1) * survival[until] * (exposure - own);
  }
  return out;
}

/**
 * What each of `rows` adds to the incidence of a cause at the `until`-th time; by place among `rows`.
 * @param any events of any cause; `cause` those of this one, on the same times; `isCause` of a row
 */
export function incidenceInfluence(
  any: RiskTable,
  cause: RiskTable,
  incidence: Vector,
  followUp: FollowUp,
  rows: Integers,
  isCause: (row: number) => boolean,
  until: number,
): Vector {
  const { events, atRisk, place, times } = any;
  // event-free just before each time, and what an event of any cause then takes from the incidence still to come
  const free = zeros(until + 1);
  const forgone = zeros(until + 1);
  let s = 1;
  for (let j = 0; j <= until; j++) {
    free[j] = s;
    const left = 1 - events[j] / atRisk[j];
    forgone[j] = left > 0 ? (incidence[until] - incidence[j]) / left : 0;
    s *= left;
  }
  const gained = runningSum(until, (j) =>
    perRisk(free[j] * (cause.events[j] as number), atRisk[j], atRisk[j]),
  );
  const lost = runningSum(until, (j) => perRisk(forgone[j] * events[j], atRisk[j], atRisk[j]));
  const out = zeros(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row: number = rows[i];
    const last: number = place[i];
    const first = followUp.start ? lowerBound(times, followUp.start[row], true) : 0;
    const to = Math.min(last, until);
    out[i] = between(lost, first, to) - between(gained, first, to);
    if (last > until || !(followUp.event[row] > 0)) continue;
    out[i] += ((isCause(row) ? free[last] : 0) - forgone[last]) / atRisk[last];
  }
  return out;
}

const perRisk = (events: number, atRisk: number, left: number): number =>
  events > 0 && left > 0 ? events / (atRisk * left) : 0;

/** Sums of f up to each index; out[j + 1] holds 0 to j. */
function runningSum(until: number, f: (j: number) => number): Vector {
  const out = zeros(until + 2);
  for (let j = 0; j <= until; j++) out[j + 1] = out[j] + f(j);
  return out;
}

const between = (sums: Vector, first: number, last: number): number =>
  last < first ? 0 : sums[last + 1] - sums[first];
