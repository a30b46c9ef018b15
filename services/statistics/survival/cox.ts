// Proportional hazards regression. Sources: Cox (1972) JRSS B 34:187; Efron (1977) JASA 72:557, eq. 5.1, and Breslow
// (1974) for ties; score residuals Therneau and Grambsch (2000), sec. 4.2 and 7.2, summed in clusters (Lin and Wei 1989);
// proportional-hazards score test for a slope in time: Grambsch and Therneau (1994) Biometrika 81:515, in its exact form.
import { type Answer, finite, ratioTwin, waldRow, withoutInterval } from '../answer.ts';
import { gather, type Integers, mean, orderOf, type Vector, zeros } from '../arrays.ts';
import { designOf } from '../data/design.ts';
import { crossed, type Sample } from '../data/roles.ts';
import { chiSquareUpper } from '../distributions.ts';
import { demand, StatisticsError } from '../errors.ts';
import { cholesky, choleskyInverse, choleskySolve, isFactor } from '../linear-algebra/cholesky.ts';
import {
  column,
  get,
  type Matrix,
  matrix,
  multiply,
  quadratic,
  symmetrised,
  toRows,
} from '../linear-algebra/matrix.ts';
import { clustersOf, fewClusters, TOO_FEW_CLUSTERS_PER_ARM } from '../regression/inference.ts';
import { positiveRows } from '../regression/models.ts';
import type { Spec } from '../spec.ts';
import { type FollowUp, followUpOf } from './follow-up.ts';

/** Rows in order of stratum, then time; covariates centred and scaled, row after row. */
interface Ordered {
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

interface Accumulated {
  logLikelihood: number;
  score: Vector;
  information: Matrix;
}

function ordered(x: Matrix, followUp: FollowUp, stratum: Integers, count: number): Ordered {
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
  const values = zeros(n * p);
  const scale = zeros(p);
  for (let j = 0; j < p; j++) {
    const c = column(x, j);
    const centre = mean(c);
    let squares = 0;
    for (let i = 0; i < n; i++) squares += (c[i] - centre) ** 2;
    scale[j] = Math.sqrt(squares / n) || 1;
    for (let i = 0, place = j; i < n; i++, place += p) values[place] = (c[row[i]] - centre) / scale[j];
  }
  const pick = (from: Vector): Vector => gather(from, row);
  const start = followUp.start ? pick(followUp.start) : null;
  let byStart: Integers | null = null;
  if (start) {
    byStart = new Int32Array(n) as Integers;
    for (let s = 0; s < count; s++) {
      const from: number = starts[s];
      const own = orderOf(start.subarray(from, starts[s + 1]));
      for (let i = 0; i < own.length; i++) byStart[from + i] = from + own[own.length - 1 - i];
    }
  }
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
    byStart,
    row,
  };
}

/** What is known at one event time: sums over the risk set and over the tied deaths, and its part of the answer. */
interface EventTime {
  first: number;
  last: number;
  deaths: number;
  deathWeight: number;
  s0: number;
  s1: Vector;
  d0: number;
  d1: Vector;
}

/**
 * Walks the event times of every stratum from the last to the first, keeping risk-set sums up to date. `visit` gets the
 * sums and the second moments of the risk set and of the tied deaths.
 */
function walk(
  data: Ordered,
  risk: Vector,
  second: boolean,
  visit: (at: EventTime, s2: Vector, d2: Vector) => void,
): void {
  const { p, x, time, start, event, strata, byStart, weight } = data;
  const at: EventTime = {
    first: 0,
    last: 0,
    deaths: 0,
    deathWeight: 0,
    s0: 0,
    s1: zeros(p),
    d0: 0,
    d1: zeros(p),
  };
  const { s1, d1 } = at;
  const s2 = zeros(p * p);
  const d2 = zeros(p * p);
  const enter = (i: number, sign: number): void => {
    const r = sign * (risk[i] as number);
    at.s0 += r;
    const base = i * p;
    for (let j = 0; j < p; j++) {
      const rx = r * x[base + j];
      s1[j] += rx;
      if (second) for (let k = 0; k <= j; k++) s2[j * p + k] += rx * x[base + k];
    }
  };
  for (let s = 0; s + 1 < strata.length; s++) {
    const from: number = strata[s];
    at.s0 = 0;
    s1.fill(0);
    s2.fill(0);
    let leaving = from;
    let i: number = strata[s + 1] - 1;
    while (i >= from) {
      const t: number = time[i];
      at.last = i;
      at.deaths = 0;
      at.deathWeight = 0;
      at.d0 = 0;
      d1.fill(0);
      if (second) d2.fill(0);
      for (; i >= from && time[i] === t; i--) {
        enter(i, 1);
        if (event[i] === 0) continue;
        const r: number = risk[i];
        at.deaths++;
        at.deathWeight += weight ? weight[i] : 1;
        at.d0 += r;
        const base = i * p;
        for (let j = 0; j < p; j++) {
          const rx = r * x[base + j];
          d1[j] += rx;
          if (second) for (let k = 0; k <= j; k++) d2[j * p + k] += rx * x[base + k];
        }
      }
      at.first = i + 1;
      if (start && byStart) {
        // those entering at or after t were not at risk just before it
        while (leaving < strata[s + 1] && start[byStart[leaving]] >= t) enter(byStart[leaving++], -1);
      }
      if (at.deaths > 0) visit(at, s2, d2);
    }
  }
}

/** Log relative risks and weighted relative risks of the ordered rows. */
function relativeRisk(data: Ordered, beta: Vector): { eta: Vector; risk: Vector } {
  const { n, p, x, weight } = data;
  const eta = zeros(n);
  const risk = zeros(n);
  for (let i = 0, base = 0; i < n; i++, base += p) {
    let s = 0;
    for (let j = 0; j < p; j++) s += x[base + j] * beta[j];
    eta[i] = s;
    risk[i] = Math.exp(Math.min(s, 300)) * (weight ? weight[i] : 1);
  }
  return { eta, risk };
}

/** Log partial likelihood, score and information; `each` also gets every event time's own mean and variance. */
function accumulate(
  data: Ordered,
  beta: Vector,
  efron: boolean,
  each?: (at: EventTime, u: Vector, v: Vector) => void,
): Accumulated {
  const { p, x, event, weight } = data;
  const { eta, risk } = relativeRisk(data, beta);
  const score = zeros(p);
  const information = matrix(p, p);
  let logLikelihood = 0;
  const u = zeros(p);
  const v = zeros(p * p);
  const bar = zeros(p);
  walk(data, risk, true, (at, s2, d2) => {
    u.fill(0);
    v.fill(0);
    for (let i = at.first; i <= at.last; i++) {
      if (event[i] === 0) continue;
      const w: number = weight ? weight[i] : 1;
      logLikelihood += w * eta[i];
      for (let j = 0; j < p; j++) u[j] += w * x[i * p + j];
    }
    // Efron thins the tied deaths out of the risk set one by one; Breslow and a single death do so once
    const steps = efron ? at.deaths : 1;
    const each1 = at.deathWeight / steps;
    for (let step = 0; step < steps; step++) {
      const share = efron ? step / at.deaths : 0;
      const s0 = at.s0 - share * at.d0;
      logLikelihood -= each1 * Math.log(s0);
      for (let j = 0; j < p; j++) {
        bar[j] = (at.s1[j] - share * at.d1[j]) / s0;
        u[j] -= each1 * bar[j];
        for (let k = 0; k <= j; k++)
          v[j * p + k] += each1 * ((s2[j * p + k] - share * d2[j * p + k]) / s0 - bar[j] * bar[k]);
      }
    }
    for (let j = 0; j < p; j++) {
      score[j] += u[j];
      for (let k = 0; k <= j; k++) information.values[k + j * p] += v[j * p + k];
    }
    each?.(at, u, v);
  });
  for (let j = 0; j < p; j++)
    for (let k = 0; k < j; k++) information.values[j + k * p] = information.values[k + j * p];
  return { logLikelihood, score, information };
}

/** Score residual of every ordered row, row after row. */
function scoreResiduals(data: Ordered, beta: Vector, efron: boolean): Vector {
  const { n, p, x, event, strata, byStart, start, time } = data;
  const { risk } = relativeRisk(data, beta);
  const out = zeros(n * p);
  interface Step {
    last: number;
    first: number;
    hazard: number;
    mean: Vector;
    tiedHazard: number;
    tiedMean: Vector;
    centre: Vector;
  }
  const steps: Step[] = [];
  walk(data, risk, false, (at) => {
    const count = efron ? at.deaths : 1;
    const step: Step = {
      first: at.first,
      last: at.last,
      hazard: 0,
      mean: zeros(p),
      tiedHazard: 0,
      tiedMean: zeros(p),
      centre: zeros(p),
    };
    for (let r = 0; r < count; r++) {
      const share = efron ? r / at.deaths : 0;
      const s0 = at.s0 - share * at.d0;
      const h = at.deathWeight / count / s0;
      step.hazard += h;
      step.tiedHazard += (1 - share) * h;
      for (let j = 0; j < p; j++) {
        const bar = (at.s1[j] - share * at.d1[j]) / s0;
        step.centre[j] += bar / count;
        step.mean[j] += h * bar;
        step.tiedMean[j] += (1 - share) * h * bar;
      }
    }
    steps.push(step);
  });
  steps.reverse();
  // cumulative hazard and mean-weighted hazard up to each event time, restarted in each stratum
  const stratumOf = (row: number): number => {
    let s = 0;
    while (strata[s + 1] <= row) s++;
    return s;
  };
  const perStratum: Step[][] = Array.from({ length: strata.length - 1 }, () => []);
  for (const step of steps) perStratum[strata.length === 2 ? 0 : stratumOf(step.first)]?.push(step);
  perStratum.forEach((list, s) => {
    let total = 0;
    const totalMean = zeros(p);
    let k = 0;
    for (let i = strata[s] as number; i < strata[s + 1]; i++) {
      while (k < list.length && (list[k] as Step).first <= i) {
        const step = list[k] as Step;
        total += step.hazard;
        for (let j = 0; j < p; j++) totalMean[j] += step.mean[j];
        k++;
      }
      const own = k > 0 ? (list[k - 1] as Step) : null;
      const died = event[i] === 1 && own !== null;
      // own weight is put on afterwards: `risk` holds it, so take it out again
      const r: number = data.weight ? risk[i] / data.weight[i] : risk[i];
      const base = i * p;
      for (let j = 0; j < p; j++) {
        let hazard = total;
        let tilt: number = totalMean[j];
        if (died && own) {
          hazard += own.tiedHazard - own.hazard;
          tilt += own.tiedMean[j] - own.mean[j];
          out[base + j] += x[base + j] - own.centre[j];
        }
        out[base + j] -= r * (x[base + j] * hazard - tilt);
      }
    }
    if (start && byStart) {
      // hazard run up before entry is given back
      total = 0;
      totalMean.fill(0);
      k = 0;
      for (let q: number = strata[s + 1] - 1; q >= strata[s]; q--) {
        const i: number = byStart[q];
        while (k < list.length && time[(list[k] as Step).last] <= start[i]) {
          const step = list[k] as Step;
          total += step.hazard;
          for (let j = 0; j < p; j++) totalMean[j] += step.mean[j];
          k++;
        }
        const r: number = data.weight ? risk[i] / data.weight[i] : risk[i];
        for (let j = 0; j < p; j++) out[i * p + j] += r * (x[i * p + j] * total - totalMean[j]);
      }
    }
  });
  return out;
}

interface CoxFit extends Accumulated {
  beta: Vector;
  variance: Matrix;
  iterations: number;
  nullLogLikelihood: number;
}

const MAX_ITERATIONS = 40;

function maximise(data: Ordered, efron: boolean, terms: readonly string[]): CoxFit {
  const { p } = data;
  const beta = zeros(p);
  let now = accumulate(data, beta, efron);
  const nullLogLikelihood = now.logLikelihood;
  let step = zeros(p);
  for (let iterations = 1; iterations <= MAX_ITERATIONS; iterations++) {
    const factor = cholesky(now.information);
    if (!isFactor(factor)) refuse(terms, iterations === 1 ? factor.dependent : null, step);
    step = choleskySolve(factor, now.score);
    for (let j = 0; j < p; j++) beta[j] += step[j];
    let next = accumulate(data, beta, efron);
    for (
      let half = 0;
      half < 30 && !(next.logLikelihood >= now.logLikelihood - 1e-10 * Math.abs(now.logLikelihood));
      half++
    ) {
      for (let j = 0; j < p; j++) {
        step[j] /= 2;
        beta[j] -= step[j];
      }
      next = accumulate(data, beta, efron);
    }
    now = next;
    const moved = Math.max(...step.map(Math.abs));
    const size = Math.max(1, ...beta.map(Math.abs));
    // columns have unit spread, so a coefficient past 30 is a hazard ratio of e^30 for one standard deviation
    if (size > 30 || (iterations > 15 && moved > 0.1)) refuse(terms, null, step);
    // Newton's error after a step is of the order of its square
    if (moved <= 1e-7 * size) {
      const last = cholesky(now.information);
      if (!isFactor(last)) refuse(terms, null, step);
      return { ...now, beta, variance: choleskyInverse(last), iterations, nullLogLikelihood };
    }
  }
  return refuse(terms, null, step);
}

function refuse(terms: readonly string[], dependent: number | null, step: Vector): never {
  if (dependent !== null) {
    const term = terms[dependent] ?? '';
    throw new StatisticsError(
      'singular-design',
      `"${term}" is a combination of the terms before it (or constant); leave it out`,
      term,
    );
  }
  let worst = 0;
  for (let j = 1; j < step.length; j++) if (Math.abs(step[j]) > Math.abs(step[worst])) worst = j;
  const term = terms[worst] ?? '';
  throw new StatisticsError(
    'separation',
    `"${term}" orders all events: its hazard ratio has no finite estimate; merge its levels or leave it out`,
    term,
  );
}

/** 1 - Kaplan-Meier just before each ordered row's time, over all strata together: the scale of the slope in time. */
function kaplanMeierScale(data: Ordered): Vector {
  const { n, time, start, event, weight } = data;
  const order = orderOf(time);
  const out = zeros(n);
  const entries = start ? orderOf(start) : null;
  let atRisk = 0;
  for (let i = 0; i < n; i++) atRisk += weight ? weight[i] : 1;
  let outside = 0;
  if (start) outside = atRisk;
  let entered = 0;
  let survival = 1;
  for (let i = 0; i < n; ) {
    const t: number = time[order[i]];
    if (start && entries) {
      for (; entered < n && start[entries[entered]] < t; entered++)
        outside -= weight ? weight[entries[entered]] : 1;
    }
    let deaths = 0;
    let gone = 0;
    let k = i;
    for (; k < n && time[order[k]] === t; k++) {
      const w: number = weight ? weight[order[k]] : 1;
      out[order[k]] = 1 - survival;
      gone += w;
      if (event[order[k]] === 1) deaths += w;
    }
    const present = atRisk - outside;
    if (deaths > 0) survival *= (present - deaths) / present;
    atRisk -= gone;
    i = k;
  }
  return out;
}

function proportionalHazards(
  data: Ordered,
  fit: CoxFit,
  efron: boolean,
  terms: readonly string[],
): Record<string, unknown> {
  const { p } = data;
  const g = kaplanMeierScale(data);
  let total = 0;
  let deaths = 0;
  for (let i = 0; i < data.n; i++)
    if (data.event[i] === 1) {
      total += g[i];
      deaths++;
    }
  const centre = total / deaths;
  const u = zeros(p);
  const cross = matrix(p, p);
  const square = matrix(p, p);
  accumulate(data, fit.beta, efron, (at, own, v) => {
    const scale = g[at.first] - centre;
    for (let j = 0; j < p; j++) {
      u[j] += scale * own[j];
      for (let k = 0; k <= j; k++) {
        cross.values[k + j * p] += scale * v[j * p + k];
        square.values[k + j * p] += scale * scale * v[j * p + k];
      }
    }
  });
  for (const m of [cross, square])
    for (let j = 0; j < p; j++) for (let k = 0; k < j; k++) m.values[j + k * p] = m.values[k + j * p];
  const rest = symmetrised(square);
  const shift = multiply(multiply(cross, fit.variance), cross);
  for (let i = 0; i < rest.values.length; i++) rest.values[i] -= shift.values[i];
  const test = (chiSquare: number | null, df: number): Record<string, number | null> => ({
    chiSquare,
    df,
    p: chiSquare === null ? null : finite(chiSquareUpper(chiSquare, df)),
  });
  const factor = cholesky(rest);
  return {
    transform: 'km',
    terms: terms.map((term, j) => ({
      term,
      ...test(get(rest, j, j) > 0 ? u[j] ** 2 / get(rest, j, j) : null, 1),
    })),
    global: test(isFactor(factor) ? quadratic(choleskyInverse(factor), u) : null, p),
  };
}

export function cox(spec: Spec, sample: Sample): Answer {
  const { table, warnings } = positiveRows(spec, sample.table);
  const followUp = followUpOf(spec, table);
  const design = designOf(spec, table, false);
  const efron = (spec.ties ?? 'efron') === 'efron';
  let events = 0;
  for (let i = 0; i < table.n; i++) events += followUp.event[i];
  demand(events > 0, 'no-events', 'every row is censored; hazards cannot be compared', spec.event);
  if (design.arm) {
    let inTreated = 0;
    for (let i = 0; i < table.n; i++) inTreated += design.arm.treated[i] * followUp.event[i];
    demand(
      inTreated > 0 && inTreated < events,
      'separation',
      `one arm of "${design.arm.name}" has no event: its hazard ratio has no finite estimate`,
      design.arm.name,
    );
  }
  const strata = crossed(table, spec.strata ?? []);
  const data = ordered(design.x, followUp, strata.code, strata.levels.length);
  const fit = maximise(data, efron, design.terms);
  const { p } = data;
  const clusters = clustersOf(spec, table, design.arm?.treated ?? null);
  const naive = unscaled(fit.variance, data.scale);
  let v = naive;
  let noInterval = false;
  const all = [...warnings];
  const robust = clusters !== null || followUp.weights !== null;
  if (robust) {
    const groups = clusters?.groupings[0];
    const residuals = scoreResiduals(data, fit.beta, efron);
    const count = groups ? groups.levels.length : data.n;
    const sums = zeros(count * p);
    for (let i = 0; i < data.n; i++) {
      const g: number = groups ? groups.code[data.row[i]] : i;
      const w: number = data.weight ? data.weight[i] : 1;
      for (let j = 0; j < p; j++) sums[g * p + j] += w * residuals[i * p + j];
    }
    const meat = matrix(p, p);
    for (let g = 0; g < count; g++)
      for (let j = 0; j < p; j++)
        for (let k = 0; k < p; k++) meat.values[j + k * p] += sums[g * p + j] * sums[g * p + k];
    v = unscaled(symmetrised(multiply(multiply(fit.variance, meat), fit.variance)), data.scale);
    if (clusters && fewClusters(clusters)) all.push('few-clusters', 'few-clusters-without-correction');
    noInterval =
      clusters?.perArm != null &&
      Math.min(clusters.perArm.treated, clusters.perArm.control) < TOO_FEW_CLUSTERS_PER_ARM;
    if (noInterval) all.push('too-few-clusters');
  }
  const estimates = design.terms.flatMap((term, j) => {
    const row = waldRow(term, fit.beta[j] / data.scale[j], Math.sqrt(get(v, j, j)), null, spec.level, 'log');
    const shown = noInterval ? withoutInterval(row) : row;
    return [shown, ratioTwin(shown)];
  });
  const likelihoodRatio = 2 * (fit.logLikelihood - fit.nullLogLikelihood);
  return {
    method: 'cox',
    n: table.n,
    warnings: all,
    events,
    ties: efron ? 'efron' : 'breslow',
    estimates,
    terms: design.terms,
    vcov: toRows(v),
    ...(robust ? { vcovNaive: toRows(naive) } : {}),
    ...(clusters ? { nClusters: clusters.count } : {}),
    logLikelihood: fit.logLikelihood,
    likelihoodRatio: { chiSquare: likelihoodRatio, df: p, p: finite(chiSquareUpper(likelihoodRatio, p)) },
    proportionalHazards: proportionalHazards(data, fit, efron, design.terms),
    converged: true,
    iterations: fit.iterations,
  };
}

/** A covariance of coefficients of scaled columns, on the columns' own scale. */
function unscaled(v: Matrix, scale: Vector): Matrix {
  const out = matrix(v.rows, v.columns);
  for (let i = 0; i < v.rows; i++)
    for (let j = 0; j < v.columns; j++) out.values[i + j * v.rows] = get(v, i, j) / (scale[i] * scale[j]);
  return out;
}
