// Risks on the log-odds scale, and the intercept at which their mean is what was asked for.
import type { CohortFamily } from './people.ts';
import type { Pull } from './spec.ts';

export const share = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

/** @param age whole years on the index day */
export const pullOf = (
  { age: byAge = 0, deprivation = 0, needs = {} }: Pull,
  family: Pick<CohortFamily, 'deprivation' | 'need'>,
  age: number,
): number => byAge * (age - 8) + deprivation * (family.deprivation - 5.5) + (needs[family.need] ?? 0);

/** The number that, added to all, makes the mean of their risks `mean`: halving, to 1e-12. */
export function intercept(logOdds: ArrayLike<number>, mean: number): number {
  let [low, high] = [-40, 40];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    let sum = 0;
    for (let i = 0; i < logOdds.length; i++) sum += share(middle + (logOdds[i] ?? 0));
    if (sum / Math.max(1, logOdds.length) < mean) low = middle;
    else high = middle;
    if (middle === low && middle === high) break;
  }
  return (low + high) / 2;
}
