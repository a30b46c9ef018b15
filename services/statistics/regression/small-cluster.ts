// The residual adjustment of a cluster with no more rows than terms, through its own leverage matrix.
// Source: Bell and McCaffrey (2002) Survey Methodology 28:169, sec. 3.
import { type Vector, zeros } from '../arrays.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { NO_RESIDUAL } from './heteroskedastic.ts';

/** Leverages of a cluster that sum to less are so small that a power of I - H is a short series in H. */
const SMALL_TRACE = 0.01;

/** (I - U U') to a power for a cluster of no more than p rows; `f` is that power of an eigenvalue, 0 where none is left. */
export function smallAdjustment(
  u: Vector,
  size: number,
  p: number,
  f: (rest: number) => number,
  power: number,
): { values: Vector; exact: number } {
  const h = zeros(size * size);
  let trace = 0;
  for (let r = 0; r < size; r++) {
    for (let q = 0; q <= r; q++) {
      let s = 0;
      for (let j = 0, a = r * p, b = q * p; j < p; j++, a++, b++) s += u[a] * u[b];
      h[r + q * size] = s;
      h[q + r * size] = s;
    }
    trace += h[r + r * size];
  }
  return trace < SMALL_TRACE
    ? { values: series(h, size, trace, power), exact: 0 }
    : spectral(h, size, f, power);
}

/** (I - H)^power by the binomial series, to the last digit: its terms fall at least as fast as the trace's powers. */
function series(h: Vector, size: number, trace: number, power: number): Vector {
  const out = zeros(size * size);
  for (let r = 0; r < size; r++) out[r + r * size] = 1;
  let term: Vector = out.slice();
  let coefficient = 1;
  for (let k = 1, bound = trace; bound > 1e-17; k++, bound *= trace) {
    coefficient *= (k - 1 - power) / k;
    const next = zeros(size * size);
    for (let c = 0; c < size; c++)
      for (let m = 0; m < size; m++) {
        const s = h[m + c * size];
        for (let r = 0; r < size; r++) next[r + c * size] += s * term[r + m * size];
      }
    for (let place = 0; place < next.length; place++) out[place] += coefficient * next[place];
    term = next;
  }
  return out;
}

function spectral(
  h: Vector,
  size: number,
  f: (rest: number) => number,
  power: number,
): { values: Vector; exact: number } {
  const out = zeros(size * size);
  let exact = 0;
  const { values, vectors } = symmetricEigen({ rows: size, columns: size, values: h });
  for (let k = 0; k < size; k++) {
    const rest = 1 - values[k];
    if (power !== 0 && rest < NO_RESIDUAL) exact++;
    const weight = f(rest);
    if (weight === 0) continue;
    for (let q = 0; q < size; q++) {
      const s = weight * vectors.values[q + k * size];
      for (let r = 0; r < size; r++) out[r + q * size] += s * vectors.values[r + k * size];
    }
  }
  return { values: out, exact };
}
