// Resampling as numbers: a draw is kept as the few coefficients of its statistic in a shift of the effect, so that a test is
// inverted without drawing again. Every block of draws has a random stream of its own: any thread may draw any block.
import { type Integers, type Vector, zeros } from '../arrays.ts';
import { type Random, random } from '../random.ts';

/** Draws that share one random stream. */
export const BLOCK = 500;

/** Numbers kept of one draw: 2 for a difference, 5 for a difference over its standard error. */
export type Stride = 2 | 5;

/** Numbers of the draws from `from`, the start of a block, to before `to`; `one` writes those of one draw at a place. */
export function drawBlocks(
  seed: number,
  from: number,
  to: number,
  stride: number,
  one: (source: Random, into: Vector, place: number) => void,
  begin: () => void = () => {},
): Vector {
  const into = zeros((to - from) * stride);
  for (let start = from; start < to; start += BLOCK) {
    const source = random(seed, start / BLOCK);
    begin();
    for (let draw = start; draw < Math.min(to, start + BLOCK); draw++)
      one(source, into, (draw - from) * stride);
  }
  return into;
}

/** |a - b delta| with a and b at `place`. */
export const lineAt = (drawn: Vector, place: number, delta: number): number =>
  Math.abs(drawn[place] - drawn[place + 1] * delta);

/** |a - b delta| / sqrt(c - 2 d delta + e delta^2). */
export function ratioAt(drawn: Vector, place: number, delta: number): number {
  const numerator = Math.abs(drawn[place] - drawn[place + 1] * delta);
  const square = drawn[place + 2] + delta * (delta * drawn[place + 4] - 2 * drawn[place + 3]);
  return square > 0 ? numerator / Math.sqrt(square) : numerator === 0 ? 0 : 1e300;
}

/** How many draws, at a shift, reach `least` and how many pass `most`. */
export function countReaching(
  drawn: Vector,
  stride: Stride,
  delta: number,
  least: number,
  most = Number.POSITIVE_INFINITY,
): { reach: number; pass: number } {
  const at = stride === 2 ? lineAt : ratioAt;
  let reach = 0;
  let pass = 0;
  for (let place = 0; place < drawn.length; place += stride) {
    const value = at(drawn, place, delta);
    if (value >= least) reach++;
    if (value > most) pass++;
  }
  return { reach, pass };
}

/** The shift on one side of `estimate` at which p falls to `alpha`, sought outward in doublings of `step`; null when it never does. */
export function invert(
  pOf: (delta: number) => number,
  estimate: number,
  side: -1 | 1,
  alpha: number,
  step: number,
): number | null {
  if (!(step > 0)) return null;
  let reach = step;
  let inside = estimate;
  let outside = estimate + side * reach;
  for (let i = 0; i < 24 && pOf(outside) > alpha; i++) {
    inside = outside;
    reach *= 2;
    outside += side * reach;
  }
  if (pOf(outside) > alpha) return null;
  for (let i = 0; i < 60 && Math.abs(outside - inside) > 1e-12 * (Math.abs(inside) + step); i++) {
    const middle = (inside + outside) / 2;
    if (pOf(middle) > alpha) inside = middle;
    else outside = middle;
  }
  return (inside + outside) / 2;
}

/** Puts a random choice of `size` elements in the first places of `order` (Fisher and Yates 1938, stopped early). */
export function choose(order: Integers, size: number, source: Random): void {
  for (let i = 0; i < size; i++) {
    const j = i + source.below(order.length - i);
    const kept: number = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
}
