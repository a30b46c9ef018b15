// Upper tail of the noncentral t distribution by direct integration over its chi-square denominator.
// Source: Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions 2, eq. 31.3.
import { normalUpper } from '../distributions.ts';
import { gaussLegendre } from '../linear-algebra/quadrature.ts';

/** ln Gamma(x), Stirling's series after shifting x above 12 (Abramowitz and Stegun 1964, 6.1.41). */
function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  while (y < 12) {
    shift -= Math.log(y);
    y += 1;
  }
  const r = 1 / (y * y);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188))))) / y;
  return shift + (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series;
}

/** P(T > t) where T = (Z + shift) / sqrt(chi2(df) / df). */
export function noncentralTUpper(t: number, df: number, shift: number): number {
  const { nodes, weights } = gaussLegendre(48);
  // s = sqrt(chi2 / df) has mean near 1 and spread 1 / sqrt(2 df)
  const spread = 1 / Math.sqrt(2 * df);
  const low = Math.max(0, 1 - 12 * spread);
  const high = 1 + 12 * spread + (df < 5 ? 6 : 0);
  const constant = Math.log(2) + (df / 2) * Math.log(df / 2) - logGamma(df / 2);
  const panels = 24;
  const half = (high - low) / panels / 2;
  let p = 0;
  for (let k = 0; k < panels; k++)
    for (let i = 0; i < nodes.length; i++) {
      const s = low + half * (2 * k + 1 + nodes[i]);
      if (s <= 0) continue;
      const density = Math.exp(constant + (df - 1) * Math.log(s) - (df / 2) * s * s);
      p += half * weights[i] * density * normalUpper(t * s - shift);
    }
  return p;
}
