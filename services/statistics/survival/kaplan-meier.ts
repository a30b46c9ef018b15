// The product-limit survival curve by arm. Sources: Kaplan and Meier (1958) JASA 53:457; variance of Greenwood (1926);
// interval on the log scale (Kalbfleisch and Prentice 2002, sec. 1.4); median interval by inverting the pointwise ones
// (Brookmeyer and Crowley 1982); clustered rows, and weights that are not whole counts, by the infinitesimal jackknife.

import { type Answer, type EstimateRow, finite } from '../answer.ts';
import { type Integers, type Vector, zeros } from '../arrays.ts';
import type { Sample } from '../data/roles.ts';
import { critical } from '../distributions.ts';
import { armClusterWarnings, armReference, clustersByArm } from '../regression/cluster-rules.ts';
import { positiveRows } from '../regression/positive-rows.ts';
import type { Spec } from '../spec.ts';
import {
  armsOf,
  type FollowUp,
  followUpOf,
  lowerBound,
  type RiskTable,
  riskTable,
  rowsByGroup,
  timesAsked,
} from './follow-up.ts';
import { armDifferences, type PartAt, survivalInfluence } from './survival-difference.ts';

/** A survival curve on the distinct times of its rows; `logVariance` is Var ln S, infinite once S is 0. */
export interface Curve extends RiskTable {
  readonly survival: Vector;
  readonly logVariance: Vector;
}

export function curveOf(followUp: FollowUp, rows: Integers): Curve {
  const table = riskTable(followUp, rows, (row) => followUp.event[row] === 1);
  const k = table.times.length;
  const survival = zeros(k);
  const logVariance = zeros(k);
  let s = 1;
  let v = 0;
  for (let j = 0; j < k; j++) {
    const d: number = table.events[j];
    const r: number = table.atRisk[j];
    if (d > 0) {
      s *= (r - d) / r;
      v += r - d > 0 ? d / (r * (r - d)) : Number.POSITIVE_INFINITY;
    }
    survival[j] = s;
    logVariance[j] = v;
  }
  return { ...table, survival, logVariance };
}

/** Var ln S at each time from the influence of every cluster of rows. */
function clusteredVariance(
  curve: Curve,
  followUp: FollowUp,
  rows: Integers,
  cluster: Integers,
  count: number,
): Vector {
  const k = curve.times.length;
  const members: number[][] = Array.from({ length: count }, () => []);
  for (let i = 0; i < rows.length; i++) members[cluster[rows[i]]]?.push(i);
  const out = zeros(k);
  // what a member at risk at time j loses from ln S, summed up to each time
  const exposure = zeros(k + 1);
  for (let j = 0; j < k; j++) {
    const d: number = curve.events[j];
    const r: number = curve.atRisk[j];
    exposure[j + 1] = exposure[j] + (d > 0 && r > d ? d / (r * (r - d)) : 0);
  }
  const at = zeros(k + 1);
  for (const list of members) {
    if (list.length === 0) continue;
    at.fill(0);
    for (const i of list) {
      const row = rows[i] as number;
      const w: number = followUp.weights ? followUp.weights[row] : 1;
      const last = curve.place[i] as number;
      const first = followUp.start ? lowerBound(curve.times, followUp.start[row], true) : 0;
      for (let j = first; j <= last; j++) at[j] += w * (exposure[j + 1] - exposure[j]);
      const r: number = curve.atRisk[last];
      const d: number = curve.events[last];
      if (followUp.event[row] === 1 && r > d) at[last] -= w / (r - d);
    }
    let total = 0;
    for (let j = 0; j < k; j++) {
      total += at[j];
      out[j] += total * total;
    }
  }
  for (let j = 0; j < k; j++) if (curve.survival[j] === 0) out[j] = Number.POSITIVE_INFINITY;
  return out;
}

/** Var ln S at each time when every row is its own cluster: weights that are no counts make Greenwood's formula wrong. */
function rowVariance(curve: Curve, followUp: FollowUp, rows: Integers): Vector {
  const k = curve.times.length;
  const exposure = zeros(k + 1);
  for (let j = 0; j < k; j++) {
    const d: number = curve.events[j];
    const r: number = curve.atRisk[j];
    exposure[j + 1] = exposure[j] + (d > 0 && r > d ? d / (r * (r - d)) : 0);
  }
  // a row still at risk has influence w (exposure - exposure at entry), one that has left keeps its last
  const square = zeros(k + 1);
  const crossed = zeros(k + 1);
  const entry = zeros(k + 1);
  const settled = zeros(k + 1);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const w: number = followUp.weights ? followUp.weights[row] : 1;
    const last: number = curve.place[i];
    const first = followUp.start ? lowerBound(curve.times, followUp.start[row], true) : 0;
    const from: number = exposure[first];
    square[first] += w * w;
    square[last] -= w * w;
    crossed[first] += w * w * from;
    crossed[last] -= w * w * from;
    entry[first] += w * w * from * from;
    entry[last] -= w * w * from * from;
    const r: number = curve.atRisk[last];
    const d: number = curve.events[last];
    const own = followUp.event[row] === 1 && r > d ? 1 / (r - d) : 0;
    settled[last] += (w * (exposure[last + 1] - from - own)) ** 2;
  }
  const out = zeros(k);
  let [s, c, e, done] = [0, 0, 0, 0];
  for (let j = 0; j < k; j++) {
    s += square[j];
    c += crossed[j];
    e += entry[j];
    done += settled[j];
    const x: number = exposure[j + 1];
    out[j] = Math.max(0, s * x * x - 2 * c * x + e) + done;
    if (curve.survival[j] === 0) out[j] = Number.POSITIVE_INFINITY;
  }
  return out;
}

const CLOSE = Math.sqrt(Number.EPSILON);

/** The first time a curve falls to one half; when it rests exactly there, the middle of the rest. */
function halfTime(times: Vector, values: readonly (number | null)[]): number | null {
  const first = values.findIndex((v) => v !== null && v < 0.5 + CLOSE);
  const value = values[first];
  if (first < 0 || value === null || value === undefined) return null;
  if (Math.abs(value - 0.5) < CLOSE) {
    const next = values.findIndex((v, i) => i > first && v !== null && v < value);
    if (next >= 0) return (times[first] + times[next]) / 2;
  }
  return times[first];
}

export function kaplanMeier(spec: Spec, sample: Sample): Answer {
  const { table, warnings: dropped } = positiveRows(spec, sample.table);
  const followUp = followUpOf(spec, table);
  const arms = armsOf(spec, table);
  const clusters = clustersByArm(spec, table, arms);
  const fractional = followUp.weights?.some((w) => !Number.isInteger(w)) ?? false;
  const warnings = new Set([...dropped, ...armClusterWarnings(clusters)]);
  const estimates: (EstimateRow & { arm: string; time: number })[] = [];
  const asked = timesAsked(spec);
  const groups = rowsByGroup(arms);
  const curves = groups.map((rows) => curveOf(followUp, rows));
  const answers = groups.map((rows, g) => {
    const arm = arms.levels[g] ?? '';
    const plain = curves[g] as Curve;
    const { df, noSe, noInterval } = armReference(spec, clusters, g);
    const z = noInterval ? Number.NaN : critical(spec.level, df);
    const logVariance = clusters
      ? clusteredVariance(plain, followUp, rows, clusters.grouping.code, clusters.grouping.levels.length)
      : fractional
        ? rowVariance(plain, followUp, rows)
        : plain.logVariance;
    const curve = { ...plain, logVariance };
    const k = curve.times.length;
    const events = curve.events.reduce((s, d) => s + d, 0);
    if (events === 0) warnings.add('no-events');
    const bound = (j: number, sign: number): number | null => {
      const s: number = curve.survival[j];
      if (s === 0 || noInterval) return null;
      return Math.min(1, Math.exp(Math.log(s) + sign * z * Math.sqrt(curve.logVariance[j])));
    };
    const lower = Array.from({ length: k }, (_, j) => bound(j, -1));
    const upper = Array.from({ length: k }, (_, j) => bound(j, 1));
    const points = asked.map((time) => {
      const j = lowerBound(curve.times, time, true) - 1;
      const atRisk = lowerBound(curve.times, time) < k ? curve.atRisk[lowerBound(curve.times, time)] : 0;
      const s: number = j < 0 ? 1 : curve.survival[j];
      const beyond = time > curve.times[k - 1] && s > 0;
      if (beyond) warnings.add('beyond-follow-up');
      const se = j < 0 ? 0 : s === 0 || noSe ? null : s * Math.sqrt(curve.logVariance[j]);
      const point = beyond
        ? { survival: null, se: null, lower: null, upper: null }
        : {
            survival: s,
            se: finite(se),
            lower: noInterval ? null : j < 0 ? 1 : (lower[j] ?? null),
            upper: noInterval ? null : j < 0 ? 1 : (upper[j] ?? null),
          };
      if (!beyond && s === 0) warnings.add('survival-zero');
      const { survival, ...spread } = point;
      estimates.push({
        term: 'survival',
        arm,
        time,
        estimate: survival,
        df,
        statistic: null,
        p: null,
        scale: 'identity',
        ...spread,
      });
      return { time, ...point, atRisk };
    });
    const median = halfTime(curve.times, Array.from(curve.survival));
    if (median === null) warnings.add('median-not-reached');
    return {
      arm,
      n: rows.length,
      events,
      ...(clusters ? { nClusters: clusters.counts[g] ?? 0 } : {}),
      median,
      medianLower: halfTime(curve.times, lower),
      medianUpper: halfTime(curve.times, upper),
      at: points,
      restrictedTo: curve.times[k - 1] as number,
    };
  });
  const byRow = clusters !== null || fractional;
  const partAt = (time: number, g: number): PartAt => {
    const curve = curves[g] as Curve;
    const rows = groups[g] as Integers;
    const j = lowerBound(curve.times, time, true) - 1;
    const value: number = j < 0 ? 1 : curve.survival[j];
    if (time > curve.times[curve.times.length - 1] && value > 0) return null;
    if (j < 0) return { value, variance: 0, rows, influence: zeros(rows.length) };
    // no standard error stands behind a survival of 0
    const influence =
      value === 0
        ? zeros(rows.length).fill(Number.NaN)
        : byRow
          ? survivalInfluence(curve, followUp, rows, j)
          : zeros(0);
    return { value, variance: value ** 2 * curve.logVariance[j], rows, influence };
  };
  const differences = armDifferences(
    spec,
    table,
    arms,
    followUp,
    asked,
    (time) => groups.map((_, g) => partAt(time, g)),
    (time) => ({ time }),
  );
  return {
    method: 'kaplan-meier',
    n: table.n,
    warnings: [...warnings],
    estimates,
    arms: answers,
    differences,
  };
}
