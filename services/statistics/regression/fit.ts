// One fit of a linear or generalised linear model, on a design made orthonormal first: normal equations then lose no
// digits to ill-conditioned columns. Sources: Nelder and Wedderburn (1972) JRSS A 135:370 (iterative weighted least
// squares); Yamamoto et al. (2015) ETNA 44:306 (Cholesky QR in two passes); Zou (2004) Am. J. Epidemiol. 159:702.
import { type Vector, zeros } from '../arrays.ts';
import { type Design, refuseSingular } from '../data/design.ts';
import { demand, StatisticsError } from '../errors.ts';
import { cholesky, choleskyInverse, choleskySolve, isFactor } from '../linear-algebra/cholesky.ts';
import { gramOfRows, rowsOf, sumOfRows } from '../linear-algebra/gram.ts';
import { apply, column, crossProduct, type Matrix, matrix, multiply } from '../linear-algebra/matrix.ts';
import { isQr, qr, upperInverse } from '../linear-algebra/qr.ts';
import { type Patterns, patternsOf, spread, summed } from './patterns.ts';

export type Family = 'gaussian' | 'binomial' | 'poisson';

/** A design turned orthonormal: rows of Z contiguous, X = Z T^-1, so beta = T gamma. */
export interface Orthonormal {
  readonly rows: Vector;
  readonly n: number;
  readonly p: number;
  readonly transform: Matrix;
  /** Rows that are alike, where they are many; `rows` of theirs are orthonormal too. */
  readonly patterns: Patterns | null;
}

export interface Fit {
  readonly family: Family;
  readonly terms: readonly string[];
  readonly n: number;
  readonly p: number;
  readonly beta: Vector;
  /** Rows of the orthonormal design, n x p row after row. */
  readonly z: Vector;
  readonly gamma: Vector;
  /** beta = transform gamma. */
  readonly transform: Matrix;
  /** (Z'WZ)^-1. */
  readonly bread: Matrix;
  /** Working weight of each row. */
  readonly working: Vector;
  /** Score factor of each row: its score is this times its row of Z. */
  readonly score: Vector;
  readonly fitted: Vector;
  readonly outcome: Vector;
  readonly weights: Vector | null;
  /** Residual variance (gaussian), else 1. */
  readonly dispersion: number;
  readonly deviance: number;
  readonly converged: boolean;
  readonly iterations: number;
}

/** Pivot (share of a column outside the span of the others, squared) below which Cholesky gives way to Householder. */
const SAFE_PIVOT = 1e-8;

const made = new WeakMap<Matrix, Orthonormal>();

/** Made once for each design: outcomes and horizons mostly share theirs. */
export function orthonormal(x: Matrix, terms: readonly string[]): Orthonormal {
  const known = made.get(x);
  if (known) return known;
  const { rows: n, columns: p } = x;
  demand(n >= p, 'too-few-rows', `${n} rows cannot hold ${p} terms; leave some out`);
  const rows = rowsOf(x);
  const patterns = patternsOf(rows, n, p);
  const transform = triangularise(x, gramOf(x, patterns), terms);
  if (patterns) {
    transformRows(patterns.rows, patterns.count, p, transform);
    for (let i = 0; i < n; i++) {
      const from = patterns.of[i] * p;
      for (let j = 0, to = i * p; j < p; j++) rows[to + j] = patterns.rows[from + j];
    }
  } else transformRows(rows, n, p, transform);
  const basis = { rows, n, p, transform, patterns };
  made.set(x, basis);
  return basis;
}

const gramOf = (x: Matrix, patterns: Patterns | null): Matrix =>
  patterns
    ? gramOfRows(patterns.rows, patterns.count, x.columns, summed(zeros(x.rows).fill(1), patterns))
    : crossProduct(x);

/** Rows times an upper triangle, in place. */
function transformRows(rows: Vector, n: number, p: number, { values: t }: Matrix): void {
  const own = zeros(p);
  for (let i = 0, base = 0; i < n; i++, base += p) {
    for (let j = 0; j < p; j++) own[j] = rows[base + j];
    for (let j = 0, place = 0; j < p; j++, place += p) {
      let s = 0;
      for (let k = 0; k <= j; k++) s += own[k] * t[place + k];
      rows[base + j] = s;
    }
  }
}

function triangularise(x: Matrix, gram: Matrix, terms: readonly string[]): Matrix {
  const p = x.columns;
  const factor = cholesky(gram);
  if (isFactor(factor)) {
    const { lower, scale } = factor;
    let smallest = 1;
    for (let j = 0; j < p; j++) smallest = Math.min(smallest, lower.values[j + j * p] ** 2);
    if (smallest > SAFE_PIVOT) {
      const upper = matrix(p, p);
      for (let j = 0; j < p; j++)
        for (let i = 0; i <= j; i++) upper.values[i + j * p] = lower.values[j + i * p] * scale[j];
      return upperInverse(upper);
    }
  }
  const careful = qr(x);
  if (!isQr(careful)) return refuseSingular(terms, careful.dependent);
  return upperInverse(careful.upper);
}

/** Z gamma, of each pattern or row. */
function linearPredictor({ rows, n }: Fitted, p: number, gamma: Vector): Vector {
  const eta = zeros(n);
  for (let i = 0, base = 0; i < n; i++, base += p) {
    let s = 0;
    for (let j = 0; j < p; j++) s += rows[base + j] * gamma[j];
    eta[i] = s;
  }
  return eta;
}

/** What a fit works on: rows, or one row of each pattern. */
interface Fitted {
  readonly rows: Vector;
  readonly n: number;
  /** Sum of weights. */
  readonly weight: Vector;
  /** Sum of weight times outcome. */
  readonly total: Vector;
}

function fittedOn({ rows, n, patterns }: Orthonormal, outcome: Vector, weights: Vector | null): Fitted {
  const weighted = weights ? (outcome.map((y, i) => y * weights[i]) as Vector) : outcome;
  return {
    rows: patterns?.rows ?? rows,
    n: patterns?.count ?? n,
    weight: summed(weights ?? (zeros(n).fill(1) as Vector), patterns),
    total: summed(weighted, patterns),
  };
}

export function fitLinear(design: Design, outcome: Vector, weights: Vector | null): Fit {
  const basis = orthonormal(design.x, design.terms);
  const { n, p, patterns } = basis;
  const on = fittedOn(basis, outcome, weights);
  const right = sumOfRows(on.rows, on.n, p, on.total);
  const factor = cholesky(gramOfRows(on.rows, on.n, p, weights || patterns ? on.weight : null));
  if (!isFactor(factor)) return refuseSingular(design.terms, factor.dependent);
  const gamma = choleskySolve(factor, right);
  // one refinement recovers the digits that the Gram matrix rounds off
  const rough = linearPredictor(on, p, gamma);
  const residual = on.total.map((y, i) => y - on.weight[i] * rough[i]) as Vector;
  const step = choleskySolve(factor, sumOfRows(on.rows, on.n, p, residual));
  for (let j = 0; j < p; j++) gamma[j] += step[j];
  const fitted = spread(linearPredictor(on, p, gamma), patterns);
  const score = zeros(n);
  for (let i = 0; i < n; i++) score[i] = (outcome[i] - fitted[i]) * (weights ? weights[i] : 1);
  let deviance = 0;
  for (let i = 0; i < n; i++) deviance += score[i] * (outcome[i] - fitted[i]);
  return {
    family: 'gaussian',
    terms: design.terms,
    n,
    p,
    beta: apply(basis.transform, gamma),
    z: basis.rows,
    gamma,
    transform: basis.transform,
    bread: choleskyInverse(factor),
    working: weights ?? (zeros(n).fill(1) as Vector),
    score,
    fitted,
    outcome,
    weights,
    dispersion: n > p ? deviance / (n - p) : 0,
    deviance,
    converged: true,
    iterations: 1,
  };
}

const MAX_ITERATIONS = 60;
/** Newton's error after a step is of the order of its square: one below this leaves nothing to the last digits. */
const STEP_TOLERANCE = 1e-7;

/** Canonical-link fit: logistic for binomial, log for poisson. Separation and divergence are refused by term. */
export function fitGlm(
  family: 'binomial' | 'poisson',
  design: Design,
  outcome: Vector,
  weights: Vector | null,
): Fit {
  const basis = orthonormal(design.x, design.terms);
  const { n, p, patterns } = basis;
  let some = false;
  for (let i = 1; i < n; i++) some ||= outcome[i] !== outcome[0];
  demand(some, 'no-variation', 'the outcome is the same in every row; there is nothing to model', 'outcome');
  const on = fittedOn(basis, outcome, weights);
  const logistic = family === 'binomial';
  const mu = zeros(on.n);
  const working = zeros(on.n);
  const score = zeros(on.n);
  /** The part of a Poisson deviance that no coefficient moves. */
  let constant = 0;
  if (!logistic)
    for (let i = 0; i < n; i++)
      if (outcome[i] > 0) constant += (weights ? weights[i] : 1) * outcome[i] * Math.log(outcome[i]);
  const evaluate = (at: Vector): number => {
    let d = 0;
    for (let i = 0; i < on.n; i++) {
      const e: number = at[i];
      const w: number = on.weight[i];
      const y: number = on.total[i];
      if (logistic) {
        const t = Math.exp(-Math.abs(e));
        const m = e >= 0 ? 1 / (1 + t) : t / (1 + t);
        mu[i] = m;
        working[i] = (w * t) / ((1 + t) * (1 + t));
        const logOneMinus = e >= 0 ? -e - Math.log1p(t) : -Math.log1p(t);
        d -= 2 * (y * e + w * logOneMinus);
      } else {
        const m = Math.exp(Math.min(e, 700));
        mu[i] = m;
        working[i] = w * m;
        d -= 2 * (y * e + y - w * m);
      }
      score[i] = y - w * mu[i];
    }
    return d + 2 * constant;
  };
  // the first solve regresses the working response itself, later ones only the step
  const start = started(family, outcome, weights);
  working.set(summed(start.working, patterns));
  let right = summed(start.response, patterns);
  let gamma = zeros(p);
  let predictor = zeros(on.n);
  let deviance = Number.POSITIVE_INFINITY;
  let converged = false;
  let iterations = 0;
  let step = zeros(p);
  let bread: Matrix | null = null;
  while (iterations < MAX_ITERATIONS) {
    iterations++;
    const first = iterations === 1;
    if (!first) {
      const trial = evaluate(predictor);
      const worse = !(trial <= deviance + 1e-9 * (Math.abs(deviance) + 1));
      if (worse && Math.max(...step.map(Math.abs)) > 1e-6) {
        for (let j = 0; j < p; j++) {
          step[j] /= 2;
          gamma[j] -= step[j];
        }
        predictor = linearPredictor(on, p, gamma);
        continue;
      }
      deviance = trial;
      right = score;
    }
    const factor = cholesky(gramOfRows(on.rows, on.n, p, working));
    if (!isFactor(factor)) refuseSeparation(design, basis.transform, step);
    bread = choleskyInverse(factor);
    if (converged) break;
    step = choleskySolve(factor, sumOfRows(on.rows, on.n, p, right));
    if (first) gamma = step.slice() as Vector;
    else for (let j = 0; j < p; j++) gamma[j] += step[j];
    predictor = linearPredictor(on, p, gamma);
    let moved = 0;
    let size = 0;
    for (let j = 0; j < p; j++) {
      moved = Math.max(moved, Math.abs(step[j]));
      size = Math.max(size, Math.abs(gamma[j]));
    }
    converged = !first && moved <= STEP_TOLERANCE * (size + 1);
    // a separated direction moves on by about one unit of eta for ever, with weights that vanish
    if (!converged && iterations > 25) refuseSeparation(design, basis.transform, step);
  }
  if (bread === null || !converged) refuseSeparation(design, basis.transform, step);
  const beta = apply(basis.transform, gamma);
  const fitted = spread(mu, patterns);
  const each = weights ?? (zeros(n).fill(1) as Vector);
  const variance = spread(patterns ? (working.map((v, k) => v / on.weight[k]) as Vector) : working, patterns);
  return {
    family,
    terms: design.terms,
    n,
    p,
    beta,
    z: basis.rows,
    gamma,
    transform: basis.transform,
    bread,
    working: patterns ? (variance.map((v, i) => v * each[i]) as Vector) : working,
    score: patterns ? (outcome.map((y, i) => each[i] * (y - fitted[i])) as Vector) : score,
    fitted,
    outcome,
    weights,
    dispersion: 1,
    deviance,
    converged,
    iterations,
  };
}

/** Working weights and working response (times weight) of each row where nothing is fitted yet. */
function started(
  family: 'binomial' | 'poisson',
  outcome: Vector,
  weights: Vector | null,
): { working: Vector; response: Vector } {
  const working = zeros(outcome.length);
  const response = zeros(outcome.length);
  for (let i = 0; i < outcome.length; i++) {
    const w: number = weights ? weights[i] : 1;
    const m = family === 'binomial' ? (outcome[i] + 0.5) / 2 : outcome[i] + 0.1;
    working[i] = family === 'binomial' ? w * m * (1 - m) : w * m;
    const eta = family === 'binomial' ? Math.log(m / (1 - m)) : Math.log(m);
    response[i] = w * (outcome[i] - m) + working[i] * eta;
  }
  return { working, response };
}

function refuseSeparation(design: Design, transform: Matrix, step: Vector): never {
  const direction = apply(transform, step);
  let worst = 0;
  let largest = -1;
  for (let j = 0; j < direction.length; j++) {
    const c = column(design.x, j);
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < c.length; i++) {
      low = Math.min(low, c[i]);
      high = Math.max(high, c[i]);
    }
    const reach = Math.abs(direction[j]) * (high - low);
    if (reach > largest) {
      largest = reach;
      worst = j;
    }
  }
  const term = design.terms[worst] ?? '';
  throw new StatisticsError(
    'separation',
    `the outcome is separated by "${term}": its coefficient has no finite estimate; merge its levels or leave it out`,
    term,
  );
}

/** A covariance on the orthonormal scale carried back to the terms of the design. */
export const onTerms = (fit: Fit, v: Matrix): Matrix => {
  const left = multiply(fit.transform, v);
  const p = fit.p;
  const out = matrix(p, p);
  for (let i = 0; i < p; i++)
    for (let j = 0; j <= i; j++) {
      let s = 0;
      for (let k = j; k < p; k++) s += left.values[i + k * p] * fit.transform.values[j + k * p];
      out.values[i + j * p] = s;
      out.values[j + i * p] = s;
    }
  return out;
};
