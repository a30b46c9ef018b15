// The maximum of the weighted partial likelihood by Newton's method. Source: Fine and Gray (1999) JASA 94:496, eq. 6.
import { type Vector, zeros } from '../arrays.ts';
import { StatisticsError } from '../errors.ts';
import { cholesky, choleskyInverse, choleskySolve, isFactor } from '../linear-algebra/cholesky.ts';
import { type Matrix, matrix } from '../linear-algebra/matrix.ts';
import { COMPETING, EVENT, eachTime, type SubdistributionRows } from './fine-gray-rows.ts';

const MAX_ITERATIONS = 50;

/** The weighted risk sets at some coefficients: totals and mean covariates stand at the first row of each event time. */
interface RiskSets {
  readonly logLikelihood: number;
  readonly score: Vector;
  readonly information: Matrix;
  /** Relative risk of each row. */
  readonly risk: Vector;
  readonly total: Vector;
  readonly mean: Vector;
}

export interface SubdistributionFit extends RiskSets {
  readonly beta: Vector;
  /** Inverse information. */
  readonly bread: Matrix;
  readonly iterations: number;
}

export function maximiseSubdistribution(
  rows: SubdistributionRows,
  terms: readonly string[],
): SubdistributionFit {
  const beta = zeros(rows.p);
  let now = riskSets(rows, beta);
  for (let iterations = 0; ; iterations++) {
    const factor = cholesky(now.information);
    if (!isFactor(factor)) return singular(terms[factor.dependent] ?? '');
    const step = choleskySolve(factor, now.score);
    const size = Math.max(...beta.map(Math.abs));
    if (iterations >= MAX_ITERATIONS || size > 30) return separated(terms, step);
    if (iterations > 0 && Math.max(...step.map(Math.abs)) < 1e-11 * Math.max(1, size))
      return { ...now, beta, bread: choleskyInverse(factor), iterations };
    now = climbed(rows, beta, step, now.logLikelihood);
  }
}

/** Takes the step, or as much of it as does not go down; `beta` and `step` are changed. */
function climbed(rows: SubdistributionRows, beta: Vector, step: Vector, from: number): RiskSets {
  const { p } = rows;
  for (let j = 0; j < p; j++) beta[j] += step[j];
  let next = riskSets(rows, beta);
  for (let half = 0; half < 30 && !(next.logLikelihood >= from - 1e-10 * Math.abs(from)); half++) {
    for (let j = 0; j < p; j++) {
      step[j] /= 2;
      beta[j] -= step[j];
    }
    next = riskSets(rows, beta);
  }
  return next;
}

/** Sum, sum of x and lower triangle of the sum of x x' over weighted rows. */
class Sums {
  readonly values: Vector;
  readonly #p: number;
  readonly #x: Vector;

  constructor({ p, x }: SubdistributionRows) {
    this.#p = p;
    this.#x = x;
    this.values = zeros(1 + p + p * p);
  }

  add(row: number, weight: number): void {
    const { values } = this;
    const [p, x] = [this.#p, this.#x];
    values[0] += weight;
    for (let j = 0; j < p; j++) {
      const weighted = weight * x[row * p + j];
      values[1 + j] += weighted;
      for (let k = 0; k <= j; k++) values[1 + p + j * p + k] += weighted * x[row * p + k];
    }
  }
}

function riskSets(rows: SubdistributionRows, beta: Vector): RiskSets {
  const { n, p, x, kind, free } = rows;
  const risk = relativeRisks(rows, beta);
  const [total, mean, score] = [zeros(n), zeros(n * p), zeros(p)];
  const information = matrix(p, p);
  // those without an event so far, and those who had a competing one, over the share uncensored when they had it
  const [still, gone] = [new Sums(rows), new Sums(rows)];
  for (let i = 0; i < n; i++) still.add(i, risk[i]);
  let logLikelihood = 0;
  eachTime(rows, (first, end, events) => {
    if (events > 0) {
      const at = (place: number): number => still.values[place] + free[first] * gone.values[place];
      total[first] = at(0);
      logLikelihood -= events * Math.log(total[first]);
      for (let j = 0; j < p; j++) mean[first * p + j] = at(1 + j) / total[first];
      for (let j = 0; j < p; j++) {
        score[j] -= events * mean[first * p + j];
        for (let k = 0; k <= j; k++)
          information.values[k + j * p] +=
            events * (at(1 + p + j * p + k) / total[first] - mean[first * p + j] * mean[first * p + k]);
      }
    }
    for (let r = first; r < end; r++) {
      still.add(r, -risk[r]);
      if (kind[r] === COMPETING) gone.add(r, risk[r] / free[r]);
      if (kind[r] !== EVENT) continue;
      logLikelihood += Math.log(risk[r]);
      for (let j = 0; j < p; j++) score[j] += x[r * p + j];
    }
  });
  for (let j = 0; j < p; j++)
    for (let k = 0; k < j; k++) information.values[j + k * p] = information.values[k + j * p];
  return { logLikelihood, score, information, risk, total, mean };
}

function relativeRisks({ n, p, x }: SubdistributionRows, beta: Vector): Vector {
  const risk = zeros(n);
  for (let i = 0; i < n; i++) {
    let eta = 0;
    for (let j = 0; j < p; j++) eta += x[i * p + j] * beta[j];
    risk[i] = Math.exp(Math.min(eta, 300));
  }
  return risk;
}

function singular(term: string): never {
  throw new StatisticsError(
    'singular-design',
    `"${term}" is a combination of the terms before it (or constant); leave it out`,
    term,
  );
}

function separated(terms: readonly string[], step: Vector): never {
  let worst = 0;
  for (let j = 1; j < step.length; j++) if (Math.abs(step[j]) > Math.abs(step[worst])) worst = j;
  const term = terms[worst] ?? '';
  throw new StatisticsError(
    'separation',
    `"${term}" has no finite subdistribution hazard ratio; merge its levels or leave it out`,
    term,
  );
}
