// The covariance of few clusters: each left out in turn and the model fitted again. Source: Lipsitz, Dear and Zhao (1994)
// Biometrics 50:842, with the factor (clusters - 1) / clusters and deviations from the fit of all.
import { type Integers, type Vector, zeros } from '../arrays.ts';
import { StatisticsError } from '../errors.ts';
import { gramOfRows } from '../linear-algebra/gram.ts';
import type { Matrix } from '../linear-algebra/matrix.ts';
import { maximise } from './cox-fit.ts';
import { kept, type Ordered } from './cox-rows.ts';

/**
 * Covariance of the coefficients of scaled columns; null when without one of the clusters no finite estimate is left.
 * @param group cluster of each row of the data, 0 to `count` - 1
 */
export function jackknifed(
  data: Ordered,
  beta: Vector,
  efron: boolean,
  group: Integers,
  count: number,
): Matrix | null {
  const { p } = data;
  const shifts = zeros(count * p);
  const factor = Math.sqrt((count - 1) / count);
  for (let g = 0; g < count; g++) {
    const other = finiteFit(
      kept(data, (row) => group[row] !== g),
      efron,
      beta,
    );
    if (!other) return null;
    for (let j = 0; j < p; j++) shifts[g * p + j] = factor * (other[j] - beta[j]);
  }
  return gramOfRows(shifts, count, p, null);
}

function finiteFit(data: Ordered, efron: boolean, from: Vector): Vector | null {
  try {
    return maximise(data, efron, [], from).beta;
  } catch (error) {
    if (error instanceof StatisticsError) return null;
    throw error;
  }
}
