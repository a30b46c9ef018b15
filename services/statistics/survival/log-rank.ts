// Comparison of survival between arms, stratified. Source: Mantel (1966); Peto and Peto (1972); the k-sample form of
// Kalbfleisch and Prentice (2002), eq. 1.21-1.23, with the hypergeometric variance.
import { type Answer, finite } from '../answer.ts';
import { type Vector, vector, zeros } from '../arrays.ts';
import { crossed, type Grouping, needed, type Sample } from '../data/roles.ts';
import { chiSquareUpper } from '../distributions.ts';
import { demand } from '../errors.ts';
import { dot, type Matrix, matrix } from '../linear-algebra/matrix.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { positiveRows } from '../regression/positive-rows.ts';
import type { Spec } from '../spec.ts';
import {
  armsOf,
  atRiskCounter,
  type FollowUp,
  followUpOf,
  lowerBound,
  riskTable,
  rowsByGroup,
} from './follow-up.ts';

/** u' V^- u with the rank of V: the test of a score whose variance may be singular. */
export function scoreTest(u: Vector, v: Matrix): { chiSquare: number; df: number } {
  const { values, vectors } = symmetricEigen(v);
  const top = Math.max(0, ...values);
  let chiSquare = 0;
  let df = 0;
  for (let k = 0; k < values.length; k++) {
    if (!(values[k] > 1e-10 * top)) continue;
    const along = dot(vectors.values.subarray(k * v.rows, (k + 1) * v.rows), u);
    chiSquare += along ** 2 / values[k];
    df++;
  }
  return { chiSquare, df };
}

/** Each row's events less those expected of it were there one hazard in its stratum (Peto and Peto 1972). */
export function logRankScores(followUp: FollowUp, strata: Grouping): Vector {
  const out = zeros(strata.code.length);
  for (const rows of rowsByGroup(strata)) {
    const { times, events, atRisk, place } = riskTable(followUp, rows, (row) => followUp.event[row] === 1);
    const hazard = zeros(times.length + 1);
    for (let j = 0; j < times.length; j++)
      hazard[j + 1] = hazard[j] + (events[j] > 0 ? events[j] / atRisk[j] : 0);
    for (let i = 0; i < rows.length; i++) {
      const row: number = rows[i];
      const first = followUp.start ? lowerBound(times, followUp.start[row], true) : 0;
      out[row] = followUp.event[row] - (hazard[(place[i] as number) + 1] - hazard[first]);
    }
  }
  return out;
}

export function logRank(spec: Spec, sample: Sample): Answer {
  const { table, warnings } = positiveRows(spec, sample.table);
  needed(spec, 'arm');
  const followUp = followUpOf(spec, table);
  const arms = armsOf(spec, table);
  const k = arms.levels.length;
  demand(k > 1, 'one-arm', `column "${spec.arm}" holds one arm only; two are needed`, spec.arm);
  const strata = crossed(table, spec.strata ?? []);
  const isEvent = (row: number): boolean => followUp.event[row] === 1;
  const observed = zeros(k);
  const expected = zeros(k);
  const v = matrix(k, k);
  const counts = zeros(k);
  for (let i = 0; i < table.n; i++) {
    counts[arms.code[i]] += 1;
    if (isEvent(i)) observed[arms.code[i]] += followUp.weights ? followUp.weights[i] : 1;
  }
  for (const rows of rowsByGroup(strata)) {
    const all = riskTable(followUp, rows, isEvent);
    const perArm = Array.from({ length: k }, (_, g) =>
      atRiskCounter(
        followUp,
        rows.filter((row) => arms.code[row] === g),
      ),
    );
    for (let j = 0; j < all.times.length; j++) {
      const d: number = all.events[j];
      const n: number = all.atRisk[j];
      if (d === 0) continue;
      const share = vector(perArm.map((count) => count(all.times[j]) / n));
      const spread = n > 1 ? (d * (n - d)) / (n - 1) : 0;
      for (let g = 0; g < k; g++) {
        expected[g] += d * share[g];
        for (let h = 0; h < k; h++)
          v.values[g + h * k] += spread * ((g === h ? share[g] : 0) - share[g] * share[h]);
      }
    }
  }
  const events = observed.reduce((s, d) => s + d, 0);
  const excess = Float64Array.from(observed, (o, g) => o - (expected[g] as number));
  const test = scoreTest(excess, v);
  const defined = events > 0 && test.df > 0;
  return {
    method: 'log-rank',
    n: table.n,
    warnings: [...warnings, ...(events === 0 ? ['no-events'] : defined ? [] : ['no-comparison'])],
    chiSquare: defined ? test.chiSquare : null,
    df: k - 1,
    p: defined ? finite(chiSquareUpper(test.chiSquare, test.df)) : null,
    arms: arms.levels.map((arm, g) => ({
      arm,
      n: counts[g] as number,
      observed: observed[g] as number,
      expected: expected[g] as number,
    })),
    variance: Array.from({ length: k }, (_, g) =>
      Array.from({ length: k }, (_, h) => v.values[g + h * k] as number),
    ),
  };
}
