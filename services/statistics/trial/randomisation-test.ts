// The share of arrangements at least as extreme as the trial's own, and the shifts of the treated it does not reject.
// Sources: Fisher (1935), ch. 2; interval by inverting the test, Garthwaite (1996) Biometrics 52:1387; Monte Carlo p with the
// observed arrangement counted: Phipson and Smyth (2010).
import type { Vector } from '../arrays.ts';
import {
  everyArrangement,
  ownNumbers,
  type Statistic,
  someArrangements,
  strideOf,
} from './arrangement-draws.ts';
import { countArrangements, type Units } from './arrangements.ts';
import { countReaching, invert, lineAt, ratioAt } from './draws.ts';

export const EXHAUSTIVE_BELOW = 10_000;
export const DEFAULT_DRAWS = 9_999;
/** Statistics this close count as equal: they differ by the order of summation only. */
const TIE = 1e-10;

export interface Tested {
  p: number;
  arrangements: number;
  exhaustive: boolean;
  statistic: number;
  estimate: number;
  lower: number | null;
  upper: number | null;
}

/** How many arrangements the trial could have given out. */
export function possibleArrangements(units: Units): number {
  return countArrangements(
    units.strata.map((members) => {
      let treated = 0;
      for (const u of members) treated += units.arm[u] as number;
      return { size: members.length, treated };
    }),
  );
}

/** Tests no effect; `level` null asks for no interval. */
export function randomisationTest(
  units: Units,
  statistic: Statistic,
  draws: number,
  seed: number,
  level: number | null,
): Tested {
  const possible = possibleArrangements(units);
  const exhaustive = possible < EXHAUSTIVE_BELOW;
  const drawn = exhaustive
    ? everyArrangement(units, statistic, possible)
    : someArrangements(units, statistic, seed, 0, draws);
  return testOnDraws(units, statistic, drawn, exhaustive, level);
}

/** The test from the numbers of all arrangements or of random ones. */
export function testOnDraws(
  units: Units,
  statistic: Statistic,
  drawn: Vector,
  exhaustive: boolean,
  level: number | null,
): Tested {
  const stride = strideOf(statistic);
  const used = drawn.length / stride;
  const own = ownNumbers(units, statistic);
  let scale = 0;
  for (let place = 0; place < drawn.length; place += stride) scale = Math.max(scale, Math.abs(drawn[place]));
  const least = (delta: number): number =>
    stride === 2
      ? lineAt(own, 0, delta) - TIE * (scale + Math.abs(delta))
      : ratioAt(own, 0, delta) * (1 - TIE);
  // every p is a share of arrangements; random ones count the observed arrangement once more
  const pOf = (delta: number): number => {
    const { reach } = countReaching(drawn, stride, delta, least(delta));
    return exhaustive ? reach / used : (reach + 1) / (used + 1);
  };
  const estimate: number = own[0];
  const step = reachOf(units) / 16;
  const end = (side: -1 | 1): number | null =>
    level === null ? null : invert(pOf, estimate, side, 1 - level, step);
  return {
    p: pOf(0),
    arrangements: used,
    exhaustive,
    statistic: stride === 5 ? Math.sign(estimate) * ratioAt(own, 0, 0) : estimate,
    estimate,
    lower: end(-1),
    upper: end(1),
  };
}

/** The distance between the least and the greatest unit mean. */
function reachOf(units: Units): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let u = 0; u < units.size.length; u++) {
    const mean = units.total[u] / units.size[u];
    low = Math.min(low, mean);
    high = Math.max(high, mean);
  }
  return high - low;
}
