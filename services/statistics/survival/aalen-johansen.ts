// Cumulative incidence of competing causes by arm. Source: Aalen and Johansen (1978) Scand. J. Statist. 5:141; variance by
// the multinomial Greenwood recursion, Andersen et al. (1993), eq. 4.4.20, which is also the infinitesimal jackknife;
// that is taken outright for clusters and delayed entry.

import { type Answer, type EstimateRow, finite } from '../answer.ts';
import { type Integers, type Vector, vector, zeros } from '../arrays.ts';
import type { Grouping, Sample } from '../data/roles.ts';
import { critical } from '../distributions.ts';
import { demand } from '../errors.ts';
import { armClusterWarnings, armReference, clustersByArm } from '../regression/cluster-rules.ts';
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
import { grayTest } from './gray.ts';
import { jackknifeVariance } from './incidence-jackknife.ts';
import { armDifferences, incidenceInfluence, type PartAt } from './survival-difference.ts';

/** Incidence of each cause and its standard error on the distinct times of some rows. */
export interface Incidence {
  readonly times: Float64Array;
  readonly incidence: readonly Float64Array[];
  readonly se: readonly Float64Array[];
  readonly atRisk: Float64Array;
  /** Events of any cause, and of each, with who is at risk. */
  readonly any: RiskTable;
  readonly tables: readonly RiskTable[];
}

export function incidenceOf(
  followUp: FollowUp,
  rows: Integers,
  causes: readonly number[],
  cluster: Grouping | null = null,
): Incidence {
  const tables = causes.map((cause) => riskTable(followUp, rows, (row) => followUp.event[row] === cause));
  const any = riskTable(followUp, rows, (row) => followUp.event[row] > 0);
  const k = any.times.length;
  const size = causes.length + 1;
  const incidence = causes.map(() => zeros(k));
  const se = causes.map(() => zeros(k));
  // state 0 is event-free; v is the covariance of all state probabilities
  const state = zeros(size);
  state[0] = 1;
  let v = zeros(size * size);
  for (let t = 0; t < k; t++) {
    const r: number = any.atRisk[t];
    const d: number = any.events[t];
    if (d > 0) {
      const share = vector([-d / r, ...tables.map((table) => (table.events[t] as number) / r)]);
      const s: number = state[0];
      const next = zeros(size * size);
      const carried = zeros(size * size);
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) carried[i + j * size] = v[i + j * size] + share[i] * v[j * size];
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) {
          const noise =
            (i === 0 && j === 0
              ? d / r
              : i === j
                ? share[i]
                : i === 0
                  ? -share[j]
                  : j === 0
                    ? -share[i]
                    : 0) -
            share[i] * share[j];
          next[i + j * size] = carried[i + j * size] + carried[i] * share[j] + (s * s * noise) / r;
        }
      v = next;
      for (let i = 0; i < size; i++) state[i] += s * share[i];
    }
    causes.forEach((_, c) => {
      (incidence[c] as Float64Array)[t] = state[c + 1];
      (se[c] as Float64Array)[t] = Math.sqrt(Math.max(0, v[(c + 1) * (size + 1)]));
    });
  }
  if (cluster || followUp.start) {
    const group = cluster ?? {
      code: Int32Array.from({ length: followUp.time.length }, (_, i) => i),
      levels: followUp.time,
    };
    const causeOf = (row: number): number => causes.indexOf(followUp.event[row]);
    jackknifeVariance(followUp, rows, causeOf, any, tables, group.code, group.levels.length).forEach(
      (own, c) => {
        for (let t = 0; t < k; t++) (se[c] as Vector)[t] = Math.sqrt(own[t]);
      },
    );
  }
  return { times: any.times, incidence, se, atRisk: any.atRisk, any, tables };
}

export function aalenJohansen(spec: Spec, { table }: Sample): Answer {
  const followUp = followUpOf(spec, table, true);
  demand(followUp.weights === null, 'bad-option', 'aalen-johansen takes no weights', 'weights');
  const arms = armsOf(spec, table);
  const clusters = clustersByArm(spec, table, arms);
  const causes = [...new Set(followUp.event)].filter((c) => c > 0).sort((a, b) => a - b);
  demand(causes.length > 0, 'no-events', 'every row is censored; there is no incidence', spec.event);
  const warnings = new Set(armClusterWarnings(clusters));
  const asked = timesAsked(spec);
  const estimates: (EstimateRow & { arm: string; cause: number; time: number })[] = [];
  const groups = rowsByGroup(arms);
  const byArm = groups.map((rows) => incidenceOf(followUp, rows, causes, clusters?.grouping ?? null));
  const answers = groups.map((rows, g) => {
    const arm = arms.levels[g] ?? '';
    const curves = byArm[g] as Incidence;
    const { df, noSe, noInterval } = armReference(spec, clusters, g);
    const z = noInterval ? Number.NaN : critical(spec.level, df);
    const { times } = curves;
    const last = times[times.length - 1] ?? 0;
    return {
      arm,
      n: rows.length,
      ...(clusters ? { nClusters: clusters.counts[g] ?? 0 } : {}),
      causes: causes.map((cause, c) => ({
        cause,
        events: rows.reduce((s, row) => s + (followUp.event[row] === cause ? 1 : 0), 0),
        at: asked.map((time) => {
          const j = lowerBound(times, time, true) - 1;
          const next = lowerBound(times, time);
          const beyond = time > last;
          if (beyond) warnings.add('beyond-follow-up');
          const p = beyond ? null : j < 0 ? 0 : ((curves.incidence[c] as Float64Array)[j] ?? 0);
          const se = beyond || noSe ? null : j < 0 ? 0 : ((curves.se[c] as Float64Array)[j] ?? 0);
          const half = p !== null && se !== null && p > 0 && !noInterval ? (z * se) / p : null;
          const lower = half === null ? null : finite((p ?? 0) * Math.exp(-half));
          const upper = half === null ? null : Math.min(1, (p ?? 0) * Math.exp(half));
          estimates.push({
            term: 'incidence',
            arm,
            cause,
            time,
            estimate: p,
            se,
            df,
            statistic: null,
            p: null,
            lower,
            upper,
            scale: 'identity',
          });
          return {
            time,
            incidence: p,
            se,
            lower,
            upper,
            atRisk: next < times.length ? (curves.atRisk[next] ?? 0) : 0,
          };
        }),
      })),
    };
  });
  const gray =
    arms.levels.length > 1 && !followUp.start
      ? causes.map((cause) => ({ cause, ...grayTest(spec, table, followUp, arms, cause) }))
      : [];
  if (clusters && gray.length > 0) warnings.add('gray-ignores-clusters');
  const partAt = ({ time, c }: { time: number; c: number }, g: number): PartAt => {
    const { times, any, tables, incidence, se } = byArm[g] as Incidence;
    const rows = groups[g] as Integers;
    const own = incidence[c] as Vector;
    const j = lowerBound(times, time, true) - 1;
    if (time > (times[times.length - 1] ?? 0)) return null;
    if (j < 0) return { value: 0, variance: 0, rows, influence: zeros(rows.length) };
    const isCause = (row: number): boolean => followUp.event[row] === causes[c];
    const influence = clusters
      ? incidenceInfluence(any, tables[c] as RiskTable, own, followUp, rows, isCause, j)
      : zeros(0);
    return { value: own[j], variance: ((se[c] as Vector)[j] as number) ** 2, rows, influence };
  };
  const differences = armDifferences(
    spec,
    table,
    arms,
    followUp,
    causes.flatMap((cause, c) => asked.map((time) => ({ cause, c, time }))),
    (one) => groups.map((_, g) => partAt(one, g)),
    ({ cause, time }) => ({ cause, time }),
  );
  return {
    method: 'aalen-johansen',
    n: table.n,
    warnings: [...warnings],
    estimates,
    arms: answers,
    differences,
    gray,
  };
}
