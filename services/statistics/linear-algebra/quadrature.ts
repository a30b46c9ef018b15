// Nodes and weights of Gauss rules, computed by Newton's method on the orthogonal polynomials and kept.
// Source: Press et al. (2007), Numerical Recipes, sec. 4.6; Davis and Rabinowitz (1984), sec. 2.7.
import { type Vector, zeros } from '../arrays.ts';

export interface Rule {
  readonly nodes: Vector;
  readonly weights: Vector;
}

const legendre = new Map<number, Rule>();
const hermite = new Map<number, Rule>();

/** Integrates polynomials of degree 2n-1 exactly over [-1, 1]. */
export function gaussLegendre(n: number): Rule {
  const kept = legendre.get(n);
  if (kept) return kept;
  const nodes = zeros(n);
  const weights = zeros(n);
  for (let i = 0; i < Math.ceil(n / 2); i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let round = 0; round < 100; round++) {
      let p0 = 1;
      let p1 = x;
      for (let k = 2; k <= n; k++) [p0, p1] = [p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k];
      if (n === 1) p0 = 1;
      slope = (n * (x * p1 - p0)) / (x * x - 1);
      const step = p1 / slope;
      x -= step;
      if (Math.abs(step) < 1e-16) break;
    }
    nodes[i] = -x;
    nodes[n - 1 - i] = x;
    weights[i] = 2 / ((1 - x * x) * slope * slope);
    weights[n - 1 - i] = weights[i];
  }
  const rule = { nodes, weights };
  legendre.set(n, rule);
  return rule;
}

/** Integrates f(x) exp(-x^2) over the line. */
export function gaussHermite(n: number): Rule {
  const kept = hermite.get(n);
  if (kept) return kept;
  const nodes = zeros(n);
  const weights = zeros(n);
  const value = (x: number): { p: number; slope: number } => {
    let p0 = 0;
    let p1 = Math.PI ** -0.25;
    for (let k = 0; k < n; k++)
      [p0, p1] = [p1, x * Math.sqrt(2 / (k + 1)) * p1 - Math.sqrt(k / (k + 1)) * p0];
    return { p: p1, slope: Math.sqrt(2 * n) * p0 };
  };
  // roots are bracketed by sign changes on a fine grid, then polished
  const reach = Math.sqrt(2 * n + 1) + 1;
  const grid = 4000;
  let found = 0;
  let before = value(-reach).p;
  for (let i = 1; i <= grid && found < n; i++) {
    const right = -reach + (2 * reach * i) / grid;
    const here = value(right).p;
    if (before === 0 || before * here < 0) {
      let x = right - reach / grid;
      let slope = 1;
      for (let round = 0; round < 100; round++) {
        const v = value(x);
        slope = v.slope;
        x -= v.p / slope;
        if (Math.abs(v.p / slope) < 1e-15 * Math.max(1, Math.abs(x))) break;
      }
      nodes[found] = x;
      weights[found++] = 2 / (slope * slope);
    }
    before = here;
  }
  const rule = { nodes, weights };
  hermite.set(n, rule);
  return rule;
}
