// Gray's test: do the arms share the cumulative incidence of one cause? Source: Gray (1988) Ann. Statist. 16:1141, sec. 2
// (score, weight 1) and sec. 4 (variance of the score through every arm's martingales), within strata; a time with several
// events counts its noise as drawn without replacement, as Gray's own program does.
import { finite } from '../answer.ts';
import { type Vector, zeros } from '../arrays.ts';
import { crossed, type Grouping } from '../data/roles.ts';
import type { Table } from '../data/table.ts';
import { chiSquareUpper } from '../distributions.ts';
import { matrix } from '../linear-algebra/matrix.ts';
import type { Spec } from '../spec.ts';
import { atRiskCounter, type FollowUp, riskTable, rowsByGroup } from './follow-up.ts';
import { scoreTest } from './log-rank.ts';

/** One arm at one event time: at risk, events of the cause and of others, survival before and after, incidence before. */
interface ArmAt {
  readonly risk: number;
  readonly own: number;
  readonly other: number;
  readonly survival: number;
  readonly survivalAfter: number;
  readonly incidence: number;
}

/** One event time: every arm, and what an event of the cause in arm j does to the score of arm i (`direct`, k x k). */
interface Moment {
  readonly arms: readonly ArmAt[];
  /** Events of the cause in all arms, and the sum of risk over survival. */
  readonly events: number;
  readonly exposure: number;
  /** Pooled incidence just after. */
  readonly pooled: number;
  readonly direct: Vector;
  /** What a shift of arm j's curve up to now has done to the score of arm i (k x k). */
  readonly carried: Vector;
}

/** The test of one cause over all arms; null where no arm can be compared. */
export function grayTest(
  spec: Spec,
  table: Table,
  followUp: FollowUp,
  arms: Grouping,
  cause: number,
): { chiSquare: number | null; df: number; p: number | null } {
  const k = arms.levels.length;
  const score = zeros(k);
  const variance = matrix(k, k);
  for (const rows of rowsByGroup(crossed(table, spec.strata ?? []))) {
    const { times, curves } = armCurves(rows, followUp, arms, cause, k);
    const moments = walk(times.length, curves, k, score);
    addVariance(moments, k, variance.values);
  }
  const test = scoreTest(score, variance);
  const defined = test.df > 0;
  return {
    chiSquare: defined ? test.chiSquare : null,
    df: k - 1,
    p: defined ? finite(chiSquareUpper(test.chiSquare, test.df)) : null,
  };
}

/** Each arm's curves at the event times of a stratum. */
function armCurves(
  rows: Int32Array,
  followUp: FollowUp,
  arms: Grouping,
  cause: number,
  k: number,
): { times: Vector; curves: ArmAt[][] } {
  const all = riskTable(followUp, rows, (row) => (followUp.event[row] as number) > 0);
  const times = all.times.filter((_, i) => (all.events[i] as number) > 0);
  const curves = Array.from({ length: k }, (_, arm) => {
    const members = rows.filter((row) => arms.code[row] === arm);
    const counter = atRiskCounter(followUp, members);
    const own = riskTable(followUp, members, (row) => followUp.event[row] === cause);
    const any = riskTable(followUp, members, (row) => (followUp.event[row] as number) > 0);
    const place = new Map(Array.from(own.times, (t, i) => [t, i]));
    let survival = 1;
    let incidence = 0;
    return Array.from(times, (t): ArmAt => {
      const risk = counter(t);
      const i = place.get(t);
      const d1 = i === undefined ? 0 : (own.events[i] as number);
      const d = i === undefined ? 0 : (any.events[i] as number);
      const survivalAfter = risk > 0 ? (survival * (risk - d)) / risk : survival;
      const at = { risk, own: d1, other: d - d1, survival, survivalAfter, incidence };
      if (risk > 0) incidence += (survival * d1) / risk;
      survival = survivalAfter;
      return at;
    });
  });
  return { times, curves };
}

/** Runs forward over the event times, adding every arm's excess of events to `score`. */
function walk(count: number, curves: readonly ArmAt[][], k: number, score: Vector): Moment[] {
  const moments: Moment[] = [];
  let pooled = 0;
  let carried = zeros(k * k);
  for (let t = 0; t < count; t++) {
    const arms = curves.map((curve) => curve[t] as ArmAt);
    const share = arms.map(({ risk, survival }) => (risk > 0 ? risk / survival : 0));
    const weight = arms.map(({ incidence }, i) => (share[i] ?? 0) * (1 - incidence));
    const exposure = share.reduce((s, x) => s + x, 0);
    const total = weight.reduce((s, x) => s + x, 0);
    const events = arms.reduce((s, at) => s + at.own, 0);
    const direct = zeros(k * k);
    carried = carried.slice() as Vector;
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) {
        const h: number = share[i] ?? 0;
        direct[i + j * k] = (i === j ? h : 0) - (h * (share[j] ?? 0)) / exposure;
        carried[i + j * k] += (direct[i + j * k] * events) / (exposure * (1 - pooled));
      }
    pooled += events / exposure;
    arms.forEach(({ own }, i) => {
      score[i] += own - (events * (weight[i] ?? 0)) / total;
    });
    moments.push({ arms, events, exposure, pooled, direct, carried });
  }
  return moments;
}

/** Share of a binomial variance left when `events` of `size` are drawn without replacement. */
const withoutReplacement = (events: number, size: number): number =>
  events > 1 ? 1 - (events - 1) / (size - 1) : 1;

/** Adds each martingale's noise times its effect on every pair of scores, now and through the curves later on. */
function addVariance(moments: readonly Moment[], k: number, variance: Vector): void {
  const last = moments[moments.length - 1];
  if (!last) return;
  const effect = zeros(k);
  const add = (noise: number): void => {
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) variance[i + j * k] += effect[i] * effect[j] * noise;
  };
  for (const { arms, events, exposure, pooled, direct, carried } of moments) {
    arms.forEach((arm, j) => {
      if (arm.risk <= 0) return;
      const later = (i: number): number => last.carried[i + j * k] - carried[i + j * k];
      const gone = arm.survivalAfter > 0 ? (1 - pooled) / arm.survivalAfter : 0;
      if (events > 0) {
        for (let i = 0; i < k; i++) effect[i] = direct[i + j * k] + (1 - gone) * later(i);
        const tied = withoutReplacement(events, exposure * arm.survival);
        add((tied * arm.survival * events) / (exposure * arm.risk));
      }
      if (arm.other > 0 && arm.survivalAfter > 0) {
        for (let i = 0; i < k; i++) effect[i] = -gone * later(i);
        const tied = withoutReplacement(arm.other, arm.risk);
        add((tied * arm.survival ** 2 * arm.other) / arm.risk ** 2);
      }
    });
  }
}
