// The effect on the treated of one comparison of changes, with every unit's influence on it. Sources: Callaway and Sant'Anna
// (2021) J. Econometrics 225:200, eq. 2.6-2.8; with covariates Sant'Anna and Zhao (2020) J. Econometrics 219:101, eq. 3.1.
import { type Vector, zeros } from '../arrays.ts';
import { StatisticsError } from '../errors.ts';
import { cholesky, choleskyInverse, isFactor } from '../linear-algebra/cholesky.ts';
import { apply, applyTransposed, type Matrix, matrix } from '../linear-algebra/matrix.ts';
import { fitGlm, fitLinear } from '../regression/fit.ts';

/** ATT from the change of the treated against the change of the controls; influence on the rows of the comparison. */
export function simpleDifference(change: Vector, treated: Vector): { estimate: number; influence: Vector } {
  const m = [0, 0];
  const count = [0, 0];
  for (let i = 0; i < change.length; i++) {
    const d = treated[i] === 1 ? 1 : 0;
    m[d] = (m[d] ?? 0) + change[i];
    count[d] = (count[d] ?? 0) + 1;
  }
  const means = m.map((s, d) => s / (count[d] ?? 1));
  const influence = change.map((c, i) => {
    const d = treated[i] === 1 ? 1 : 0;
    return ((d === 1 ? 1 : -1) * (c - (means[d] ?? 0)) * change.length) / (count[d] ?? 1);
  });
  return { estimate: (means[1] ?? 0) - (means[0] ?? 0), influence };
}

/** The doubly robust ATT: controls weighted by the odds of the score, their change modelled linearly. */
export function doublyRobust(
  change: Vector,
  treated: Vector,
  covariates: readonly Vector[],
  terms: readonly string[],
): { estimate: number; influence: Vector } {
  const n = change.length;
  const p = terms.length;
  const values = zeros(n * p);
  values.fill(1, 0, n);
  covariates.forEach((c, j) => {
    values.set(c, (j + 1) * n);
  });
  const x: Matrix = { rows: n, columns: p, values };
  const design = { x, terms, arm: null, armColumn: -1 };
  const score = fitGlm('binomial', design, treated, null);
  const controls: number[] = [];
  for (let i = 0; i < n; i++) if (treated[i] === 0) controls.push(i);
  const onControls = matrix(controls.length, p);
  controls.forEach((row, i) => {
    for (let j = 0; j < p; j++) onControls.values[i + j * controls.length] = values[row + j * n];
  });
  const line = fitLinear(
    { ...design, x: onControls },
    Float64Array.from(controls, (row) => change[row] as number),
    null,
  );
  const rest = change.slice() as Vector;
  const fitted = apply(x, line.beta);
  for (let i = 0; i < n; i++) rest[i] -= fitted[i];
  const w0 = zeros(n);
  let total0 = 0;
  let total1 = 0;
  let eta0 = 0;
  let eta1 = 0;
  for (let i = 0; i < n; i++) {
    const ps: number = score.fitted[i];
    if (treated[i] === 1) {
      total1 += 1;
      eta1 += rest[i];
    } else {
      w0[i] = ps / (1 - ps);
      total0 += w0[i];
      eta0 += w0[i] * rest[i];
    }
  }
  eta1 /= total1;
  eta0 /= total0;
  const inverseOf = (weight: (i: number) => number): Matrix => {
    const gram = matrix(p, p);
    for (let i = 0; i < n; i++) {
      const w = weight(i) / n;
      if (w === 0) continue;
      for (let j = 0; j < p; j++)
        for (let k = 0; k < p; k++) gram.values[j + k * p] += w * values[i + j * n] * values[i + k * n];
    }
    const factor = cholesky(gram);
    if (!isFactor(factor))
      throw new StatisticsError(
        'singular-design',
        `"${terms[factor.dependent]}" does not vary among the compared units; leave it out`,
        'covariates',
      );
    return choleskyInverse(factor);
  };
  const olsBread = inverseOf((i) => 1 - treated[i]);
  const scoreBread = inverseOf((i) => score.fitted[i] * (1 - score.fitted[i]));
  const m1 = applyTransposed(x, treated).map((s) => s / n) as Vector;
  const m2 = applyTransposed(x, w0.map((w, i) => w * (rest[i] - eta0)) as Vector).map((s) => s / n) as Vector;
  const m3 = applyTransposed(x, w0).map((s) => s / n) as Vector;
  const byOls1 = apply(x, apply(olsBread, m1));
  const byOls0 = apply(x, apply(olsBread, m3));
  const byScore = apply(x, apply(scoreBread, m2));
  const influence = zeros(n);
  for (let i = 0; i < n; i++) {
    const d: number = treated[i];
    const own = (1 - d) * rest[i];
    const part1 = (d * (rest[i] - eta1) - own * byOls1[i]) / (total1 / n);
    const part0 =
      (w0[i] * (rest[i] - eta0) + (d - score.fitted[i]) * byScore[i] - own * byOls0[i]) / (total0 / n);
    influence[i] = part1 - part0;
  }
  return { estimate: eta1 - eta0, influence };
}
