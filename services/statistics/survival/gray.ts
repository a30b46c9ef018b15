// Gray's test: do the arms share the cumulative incidence of one cause? Source: Gray (1988) Ann. Statist. 16:1141, with
// weight 1 (rho = 0): the score of sec. 2 and the martingale variance of sec. 3, within strata.
import { finite } from '../answer.ts';
import { zeros } from '../arrays.ts';
import { crossed, type Grouping } from '../data/roles.ts';
import type { Table } from '../data/table.ts';
import { chiSquareUpper } from '../distributions.ts';
import { matrix } from '../linear-algebra/matrix.ts';
import type { Spec } from '../spec.ts';
import { atRiskCounter, type FollowUp, riskTable, rowsByGroup } from './follow-up.ts';
import { scoreTest } from './log-rank.ts';

/** Values of one arm at one event time: at risk, events of the cause and of others, survival and incidence before it. */
interface At {
  risk: number;
  own: number;
  other: number;
  survival: number;
  survivalAfter: number;
  incidence: number;
}

export function grayTest(
  spec: Spec,
  table: Table,
  followUp: FollowUp,
  arms: Grouping,
  cause: number,
): { chiSquare: number | null; df: number; p: number | null } {
  const k = arms.levels.length;
  const score = zeros(k);
  const v = matrix(k, k);
  const strata = crossed(table, spec.strata ?? []);
  for (const rows of rowsByGroup(strata)) addStratum(rows, followUp, arms, cause, score, v.values, k);
  const test = scoreTest(score, v);
  const defined = test.df > 0;
  return {
    chiSquare: defined ? test.chiSquare : null,
    df: k - 1,
    p: defined ? finite(chiSquareUpper(test.chiSquare, test.df)) : null,
  };
}

function addStratum(
  rows: Int32Array,
  followUp: FollowUp,
  arms: Grouping,
  cause: number,
  score: Float64Array,
  v: Float64Array,
  k: number,
): void {
  const all = riskTable(followUp, rows, (row) => (followUp.event[row] as number) > 0);
  const times = all.times.filter((_, i) => (all.events[i] as number) > 0);
  const count = times.length;
  const cells: At[][] = [];
  const memberships = Array.from({ length: k }, (_, g) => rows.filter((row) => arms.code[row] === g));
  for (const members of memberships) {
    const counter = atRiskCounter(followUp, members);
    const own = riskTable(followUp, members, (row) => followUp.event[row] === cause);
    const other = riskTable(
      followUp,
      members,
      (row) => (followUp.event[row] as number) > 0 && followUp.event[row] !== cause,
    );
    const place = new Map(Array.from(own.times, (t, i) => [t, i]));
    let survival = 1;
    let incidence = 0;
    cells.push(
      Array.from(times, (t) => {
        const risk = counter(t);
        const i = place.get(t);
        const d1 = i === undefined ? 0 : (own.events[i] as number);
        const d2 = i === undefined ? 0 : (other.events[i] as number);
        const survivalAfter = risk > 0 ? survival * (1 - (d1 + d2) / risk) : survival;
        const at = { risk, own: d1, other: d2, survival, survivalAfter, incidence };
        if (risk > 0) incidence += (survival * d1) / risk;
        survival = survivalAfter;
        return at;
      }),
    );
  }
  const cell = (g: number, t: number): At => (cells[g] as At[])[t] as At;
  // forward: pooled incidence, risk weights and the increments of c
  const weights = Array.from({ length: k }, () => zeros(count));
  const total = zeros(count);
  const deaths = zeros(count);
  const pooled = zeros(count + 1);
  for (let t = 0; t < count; t++) {
    for (let g = 0; g < k; g++) {
      const { risk, own, survival, incidence } = cell(g, t);
      const r = risk > 0 && survival > 0 ? (risk * (1 - incidence)) / survival : 0;
      (weights[g] as Float64Array)[t] = r;
      total[t] += r;
      deaths[t] += own;
    }
    pooled[t + 1] = pooled[t] + (total[t] > 0 ? ((1 - pooled[t]) * deaths[t]) / total[t] : 0);
    for (let g = 0; g < k; g++) {
      const share = total[t] > 0 ? ((weights[g] as Float64Array)[t] as number) / total[t] : 0;
      score[g] = (score[g] ?? 0) + cell(g, t).own - share * deaths[t];
    }
  }
  // backward: c_ij(u) = what a shift of arm j's curves at u does to the score of arm i after u
  const c = zeros(k * k);
  for (let t = count - 1; t >= 0; t--) {
    const a = (i: number, j: number): number =>
      (i === j ? 1 : 0) - (total[t] > 0 ? ((weights[i] as Float64Array)[t] as number) / total[t] : 0);
    const hazard = total[t] > 0 ? deaths[t] / total[t] : 0;
    for (let j = 0; j < k; j++) {
      const { risk, other, survival, survivalAfter } = cell(j, t);
      if (risk === 0 || survival === 0) continue;
      const free = 1 - pooled[t + 1];
      // causes' martingales of arm j at this time, each with its own effect on every score
      const ownRate = ((risk * (1 - pooled[t])) / survival) * hazard;
      const w1 = Array.from(
        { length: k },
        (_, i) => a(i, j) + ((c[i + j * k] as number) * (survivalAfter - free)) / risk,
      );
      const w2 = Array.from({ length: k }, (_, i) => (-(c[i + j * k] as number) * free) / risk);
      for (let i = 0; i < k; i++)
        for (let l = 0; l < k; l++) {
          v[i + l * k] =
            (v[i + l * k] ?? 0) + (w1[i] ?? 0) * (w1[l] ?? 0) * ownRate + (w2[i] ?? 0) * (w2[l] ?? 0) * other;
        }
    }
    for (let j = 0; j < k; j++) {
      const { risk, survival } = cell(j, t);
      if (survival > 0) for (let i = 0; i < k; i++) c[i + j * k] += (a(i, j) * risk * hazard) / survival;
    }
  }
}
