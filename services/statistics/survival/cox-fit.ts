// The maximum of the partial likelihood by Newton's method; hazard ratios without a finite estimate are refused by term.
import { type Vector, zeros } from '../arrays.ts';
import { StatisticsError } from '../errors.ts';
import { cholesky, choleskyInverse, choleskySolve, isFactor } from '../linear-algebra/cholesky.ts';
import type { Matrix } from '../linear-algebra/matrix.ts';
import { type Accumulated, accumulate } from './cox-likelihood.ts';
import type { Ordered } from './cox-rows.ts';

export interface CoxFit extends Accumulated {
  beta: Vector;
  variance: Matrix;
  iterations: number;
  nullLogLikelihood: number;
}

const MAX_ITERATIONS = 40;

/** @param from where Newton's method begins, 0 unless given; `nullLogLikelihood` is that of `from` */
export function maximise(
  data: Ordered,
  efron: boolean,
  terms: readonly string[],
  from: Vector = zeros(data.p),
): CoxFit {
  const { p } = data;
  const beta = from.slice() as Vector;
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
