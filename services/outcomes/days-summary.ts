// Days summed up from whole numbers alone, so that both engines and any order of adding give the same figure to the last bit.
import type { DaysSummary } from '../../schemas/result.ts';

/** @param sum and `squares`: of the days, and of the days squared */
export function daysSummary(n: number, sum: bigint, squares: bigint): DaysSummary {
  const spread = BigInt(n) * squares - sum * sum;
  return {
    n,
    mean: n > 0 ? Number(sum) / n : null,
    sd: n > 1 ? Math.sqrt(Number(spread) / (n * (n - 1))) : null,
  };
}
