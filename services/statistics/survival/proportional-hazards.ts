// Are hazards proportional? The score test for a slope of each coefficient in 1 - Kaplan-Meier time.
// Source: Grambsch and Therneau (1994) Biometrika 81:515, in its exact form.
import { finite } from '../answer.ts';
import { orderOf, type Vector, zeros } from '../arrays.ts';
import { chiSquareUpper } from '../distributions.ts';
import { cholesky, choleskyInverse, isFactor } from '../linear-algebra/cholesky.ts';
import { get, multiply, quadratic, symmetrised } from '../linear-algebra/matrix.ts';
import type { CoxFit } from './cox-fit.ts';
import { accumulate, type Tilted } from './cox-likelihood.ts';
import type { Ordered } from './cox-rows.ts';

/** 1 - Kaplan-Meier just before each ordered row's time: over all strata together and without weights, as R's scale. */
function kaplanMeierScale({ n, time, start, event }: Ordered): Vector {
  const order = orderOf(time);
  const out = zeros(n);
  const entries = start ? orderOf(start) : null;
  let entered = entries ? 0 : n;
  let survival = 1;
  for (let i = 0; i < n; ) {
    const t: number = time[order[i]];
    if (start && entries) while (entered < n && start[entries[entered]] < t) entered++;
    const present = entered - i;
    let deaths = 0;
    let k = i;
    for (; k < n && time[order[k]] === t; k++) {
      out[order[k]] = 1 - survival;
      deaths += event[order[k]] as number;
    }
    if (deaths > 0) survival *= (present - deaths) / present;
    i = k;
  }
  return out;
}

export function proportionalHazards(
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
  for (let i = 0; i < data.n; i++) g[i] -= centre;
  const squared = g.map((x) => x * x) as Vector;
  const [first, second] = accumulate(data, fit.beta, efron, [g, squared]).tilted as [Tilted, Tilted];
  const u = first.score;
  const cross = first.information;
  const rest = symmetrised(second.information);
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
