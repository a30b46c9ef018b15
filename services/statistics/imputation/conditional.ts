// One incomplete column drawn from what its model says of it given the other columns, the model's coefficients drawn too.
// Numbers: predictive mean matching, type 1, five donors (Little 1988, JBES 6:287; van Buuren 2018, Flexible Imputation of
// Missing Data, alg. 3.3). Words: logistic regressions of each level against those after it, the most frequent first
// (Rubin 1987, sec. 5.3), with the rows of White, Daniel and Royston (2010, CSDA 54:2267) against perfect prediction.
import { type Integers, integers, orderOf, type Vector, zeros } from '../arrays.ts';
import { type Design, INTERCEPT } from '../data/design.ts';
import { StatisticsError } from '../errors.ts';
import { cholesky, isFactor } from '../linear-algebra/cholesky.ts';
import { apply } from '../linear-algebra/matrix.ts';
import type { Random } from '../random.ts';
import { type Fit, fitGlm, fitLinear } from '../regression/fit.ts';
import { gamma } from '../variates.ts';

const DONORS = 5;

/** Predictors without gaps, each over all rows. */
export type Predictors = readonly Vector[];

/** Rows of an intercept and the predictors; `more` rows of zeros after them. */
function designOf(predictors: Predictors, rows: Integers, more = 0): Design {
  const n = rows.length + more;
  const values = zeros(n * (predictors.length + 1));
  values.fill(1, 0, n);
  predictors.forEach((predictor, j) => {
    const base = (j + 1) * n;
    for (let i = 0; i < rows.length; i++) values[base + i] = predictor[rows[i]];
  });
  return {
    x: { rows: n, columns: predictors.length + 1, values },
    terms: [INTERCEPT, ...predictors.map((_, j) => String(j))],
    arm: null,
    armColumn: -1,
  };
}

/** A fit on the predictors that are not combinations of those before them. */
function fitted<T>(predictors: Predictors, make: (on: Predictors) => T): { kept: Predictors; result: T } {
  let kept = predictors;
  for (;;) {
    try {
      return { kept, result: make(kept) };
    } catch (error) {
      if (
        !(error instanceof StatisticsError) ||
        error.code !== 'singular-design' ||
        error.field === INTERCEPT
      )
        throw error;
      const dependent = Number(error.field);
      kept = kept.filter((_, j) => j !== dependent);
    }
  }
}

/** Coefficients drawn about the fitted ones: normal, with the fit's covariance times `spread` squared. */
function drawn({ gamma: centre, bread, transform, p }: Fit, spread: number, source: Random): Vector {
  const root = cholesky(bread);
  if (!isFactor(root)) throw new Error('invariant broken: the covariance of a fit is positive definite');
  const z = zeros(p);
  for (let j = 0; j < p; j++) z[j] = source.normal();
  const moved = zeros(p);
  for (let j = 0; j < p; j++) {
    let s = 0;
    for (let k = 0; k <= j; k++) s += root.lower.values[j + k * p] * z[k];
    moved[j] = centre[j] + spread * root.scale[j] * s;
  }
  return apply(transform, moved);
}

const linear = (predictors: Predictors, rows: Integers, beta: Vector): Vector =>
  apply(designOf(predictors, rows).x, beta);

/**
 * Numbers for the rows where a column has none, each taken from one of the five rows that are predicted nearest.
 * @param values NaN is missing
 */
export function drawNumbers(
  values: Vector,
  known: Integers,
  missing: Integers,
  predictors: Predictors,
  source: Random,
): Vector {
  const outcome =
    known.length > 0 ? (Float64Array.from(known, (row) => values[row] ?? 0) as Vector) : zeros(0);
  const { kept, result: fit } = fitted(predictors, (on) => fitLinear(designOf(on, known), outcome, null));
  const degrees = Math.max(1, fit.n - fit.p);
  const sigma = Math.sqrt(fit.deviance / (2 * gamma(Math.max(1, degrees / 2), source)));
  const predicted = linear(kept, missing, drawn(fit, sigma, source));
  const order = orderOf(fit.fitted);
  const sorted = Float64Array.from(order, (at) => fit.fitted[at] ?? 0) as Vector;
  const out = zeros(missing.length);
  for (let i = 0; i < missing.length; i++) out[i] = outcome[order[donor(sorted, predicted[i], source)]];
  return out;
}

/** How many of sorted numbers are below a value; with `equal`, those that equal it too. */
function countBelow(sorted: Vector, value: number, equal: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at: number = sorted[middle];
    if (at < value || (equal && at === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The place of one of the nearest of sorted numbers, drawn evenly among five. Those that are equal are as near as each other,
 * whatever order they came in: the one drawn gives way to any of them.
 */
function donor(sorted: Vector, value: number, source: Random): number {
  // `from` to below `to` are the nearest so far.
  let from = countBelow(sorted, value, false);
  let to = from;
  const wanted = Math.min(DONORS, sorted.length);
  while (to - from < wanted) {
    const below = from > 0 ? value - sorted[from - 1] : Number.POSITIVE_INFINITY;
    const above = to < sorted.length ? sorted[to] - value : Number.POSITIVE_INFINITY;
    if (below < above) from -= 1;
    else to += 1;
  }
  const drawn: number = sorted[from + source.below(to - from)];
  const first = countBelow(sorted, drawn, false);
  return first + source.below(countBelow(sorted, drawn, true) - first);
}

/** Codes for the rows where a column of words has none. @param codes -1 is missing */
export function drawCodes(
  codes: Integers,
  known: Integers,
  missing: Integers,
  predictors: Predictors,
  source: Random,
): Integers {
  const counts = new Map<number, number>();
  for (const row of known) counts.set(codes[row], (counts.get(codes[row]) ?? 0) + 1);
  const levels = [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b);
  const out = integers(missing.length);
  let open = Int32Array.from(missing.keys()) as Integers;
  let among = known;
  levels.forEach((level, at) => {
    if (open.length === 0) return;
    if (at === levels.length - 1) {
      for (const place of open) out[place] = level;
      return;
    }
    const chance = chances(
      Float64Array.from(among, (row) => Number(codes[row] === level)) as Vector,
      among,
      Int32Array.from(open, (place) => missing[place] ?? 0) as Integers,
      predictors,
      source,
    );
    const left: number[] = [];
    open.forEach((place, i) => {
      if (source.uniform() < chance[i]) out[place] = level;
      else left.push(place);
    });
    open = Int32Array.from(left) as Integers;
    among = among.filter((row) => codes[row] !== level) as Integers;
  });
  return out;
}

/** Of 1 rather than 0, for rows where it is not known; both occur. */
function chances(
  outcome: Vector,
  known: Integers,
  missing: Integers,
  predictors: Predictors,
  source: Random,
): Vector {
  const { kept, result: fit } = fitted(predictors, (on) => {
    const { design, outcome: y, weights } = augmented(on, known, outcome);
    return fitGlm('binomial', design, y, weights);
  });
  const eta = linear(kept, missing, drawn(fit, 1, source));
  return eta.map((value) => 1 / (1 + Math.exp(-value))) as Vector;
}

/** Four light rows a predictor, at its mean less and more its standard deviation and of either outcome. */
function augmented(
  predictors: Predictors,
  known: Integers,
  outcome: Vector,
): { design: Design; outcome: Vector; weights: Vector } {
  const n = known.length;
  const p = predictors.length;
  const more = 4 * p;
  const design = designOf(predictors, known, more);
  const { rows, values } = design.x;
  const y = zeros(n + more);
  y.set(outcome);
  const weights = zeros(n + more).fill(1) as Vector;
  weights.fill((p + 1) / Math.max(1, more), n);
  predictors.forEach((_, j) => {
    const own = values.subarray((j + 1) * rows, (j + 1) * rows + n);
    const mean = own.reduce((sum, value) => sum + value, 0) / n;
    const spread = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
    for (let row = 0; row < more; row++) {
      const isOwn = row >> 2 === j;
      values[(j + 1) * rows + n + row] = mean + (isOwn ? ((row & 2) === 0 ? -spread : spread) : 0);
    }
  });
  for (let row = 0; row < more; row++) y[n + row] = row & 1;
  return { design, outcome: y, weights };
}
