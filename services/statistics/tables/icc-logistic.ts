// Intracluster correlation of a yes/no outcome on the logit scale: maximum likelihood of a random intercept, by Newton's
// method on exact derivatives. Sources: sigma2 / (sigma2 + pi2/3): Eldridge, Ukoumunne and Carlin (2009) Int. Statist. Rev.
// 77:378, eq. 9; adaptive quadrature: Liu and Pierce (1994) Biometrika 81:624; second derivatives: Louis (1982).
import type { Vector } from '../arrays.ts';
import { critical } from '../distributions.ts';
import { StatisticsError } from '../errors.ts';
import { gaussHermite } from '../linear-algebra/quadrature.ts';

const NODES = 50;
const MAX_ITERATIONS = 200;

/** Log likelihood with slopes and curvatures in the intercept and the standard deviation of the clusters' effects. */
interface Point {
  value: number;
  slope: [number, number];
  /** Intercept twice, crossed, deviation twice. */
  bend: [number, number, number];
}

function evaluate(events: Vector, sizes: Vector, intercept: number, sigma: number): Point {
  const { nodes, weights } = gaussHermite(NODES);
  const out: Point = { value: 0, slope: [0, 0], bend: [0, 0, 0] };
  for (let g = 0; g < sizes.length; g++) {
    const y: number = events[g];
    const n: number = sizes[g];
    const height = (u: number): number => {
      const eta = intercept + sigma * u;
      return y * eta - n * (eta > 30 ? eta : Math.log1p(Math.exp(eta))) - (u * u) / 2;
    };
    const { mode, curvature } = modeOf(y, n, intercept, sigma);
    const width = Math.SQRT2 / Math.sqrt(curvature);
    const top = height(mode);
    let mass = 0;
    const mean: [number, number] = [0, 0];
    const second: [number, number, number] = [0, 0, 0];
    for (let k = 0; k < nodes.length; k++) {
      const u = mode + width * nodes[k];
      const w = weights[k] * Math.exp(nodes[k] ** 2 + height(u) - top);
      const mu = 1 / (1 + Math.exp(-(intercept + sigma * u)));
      const score = y - n * mu;
      const spread = n * mu * (1 - mu);
      mass += w;
      mean[0] += w * score;
      mean[1] += w * score * u;
      second[0] += w * (score * score - spread);
      second[1] += w * u * (score * score - spread);
      second[2] += w * u * u * (score * score - spread);
    }
    const [a, b] = [mean[0] / mass, mean[1] / mass];
    out.value += top + Math.log((mass * width) / Math.sqrt(2 * Math.PI));
    out.slope[0] += a;
    out.slope[1] += b;
    out.bend[0] += second[0] / mass - a * a;
    out.bend[1] += second[1] / mass - a * b;
    out.bend[2] += second[2] / mass - b * b;
  }
  return out;
}

/** Where one cluster's integrand peaks, and how sharply. */
function modeOf(y: number, n: number, intercept: number, sigma: number): { mode: number; curvature: number } {
  let mode = 0;
  let curvature = 1;
  for (let i = 0; i < 100; i++) {
    const mu = 1 / (1 + Math.exp(-(intercept + sigma * mode)));
    const slope = sigma * (y - n * mu) - mode;
    curvature = n * sigma * sigma * mu * (1 - mu) + 1;
    // the slope's own bound keeps a step from leaping over a far peak
    const step = Math.max(-2, Math.min(2, slope / curvature));
    mode += step;
    if (Math.abs(step) < 1e-13) break;
  }
  const mu = 1 / (1 + Math.exp(-(intercept + sigma * mode)));
  return { mode, curvature: n * sigma * sigma * mu * (1 - mu) + 1 };
}

export interface LogisticIcc {
  value: number;
  se: number | null;
  lower: number | null;
  upper: number | null;
  varianceBetween: number;
  /** The likelihood falls from a variance of 0 on. */
  atZero: boolean;
}

/** From each cluster's events and size; the interval is set on the logit of the correlation. */
export function logisticIcc(events: Vector, sizes: Vector, level: number): LogisticIcc {
  let y = 0;
  let n = 0;
  for (let g = 0; g < sizes.length; g++) {
    y += events[g];
    n += sizes[g];
  }
  const p = y / n;
  let excess = 0;
  for (let g = 0; g < sizes.length; g++) excess += (events[g] - sizes[g] * p) ** 2 - sizes[g] * p * (1 - p);
  if (excess <= 0) return { value: 0, se: null, lower: null, upper: null, varianceBetween: 0, atZero: true };

  let intercept = Math.log(p / (1 - p));
  let log = Math.log(0.5);
  let now = evaluate(events, sizes, intercept, Math.exp(log));
  let bends: [number, number, number] = [0, 0, 0];
  let settled = false;
  for (let i = 0; i < MAX_ITERATIONS && !settled; i++) {
    const sigma = Math.exp(log);
    const slope = [now.slope[0], sigma * now.slope[1]] as const;
    bends = [now.bend[0], sigma * now.bend[1], sigma * sigma * now.bend[2] + sigma * now.slope[1]];
    const det = bends[0] * bends[2] - bends[1] ** 2;
    const concave = bends[0] < 0 && det > 0;
    let step: [number, number] = concave
      ? [
          -(bends[2] * slope[0] - bends[1] * slope[1]) / det,
          -(bends[0] * slope[1] - bends[1] * slope[0]) / det,
        ]
      : [-slope[0] / Math.min(bends[0], -1e-6), 0.5 * Math.sign(slope[1])];
    const longest = Math.max(Math.abs(step[0]), Math.abs(step[1]));
    if (longest > 1) step = [step[0] / longest, step[1] / longest];
    settled = concave && longest < 1e-10;
    let next = evaluate(events, sizes, intercept + step[0], Math.exp(log + step[1]));
    for (let half = 0; half < 30 && next.value < now.value - 1e-12 * Math.abs(now.value); half++) {
      step = [step[0] / 2, step[1] / 2];
      next = evaluate(events, sizes, intercept + step[0], Math.exp(log + step[1]));
    }
    intercept += step[0];
    log += step[1];
    now = next;
  }
  if (!settled)
    throw new StatisticsError(
      'not-converged',
      'the likelihood of the random intercept has no finite maximum',
      'outcome',
    );
  const variance = Math.exp(2 * log);
  const value = variance / (variance + Math.PI ** 2 / 3);
  // the slope of the correlation's logit in log sigma is 2
  const se = 2 * Math.sqrt(-bends[0] / (bends[0] * bends[2] - bends[1] ** 2));
  const end = (side: number): number =>
    1 / (1 + Math.exp(-(Math.log(value / (1 - value)) + side * critical(level, null) * se)));
  return {
    value,
    se: se * value * (1 - value),
    lower: end(-1),
    upper: end(1),
    varianceBetween: variance,
    atZero: false,
  };
}
