// Estimates of completed data sets put together. Sources: Rubin (1987), Multiple Imputation for Nonresponse in Surveys,
// sec. 3.1; degrees of freedom of Barnard and Rubin (1999), Biometrika 86:948, eq. 3.

export interface Pooled {
  estimate: number;
  se: number;
  /** Null is the normal distribution: nothing was drawn, and the complete data had it. */
  df: number | null;
  /** Share of the information that the gaps took, lambda of van Buuren (2018), eq. 2.24. */
  missing: number;
}

/**
 * @param estimates of each set, on a scale on which they are about normal; with their standard errors
 * @param completeDf that an estimate has where nothing is missing; null is the normal distribution
 */
export function pooled(
  estimates: readonly number[],
  standardErrors: readonly number[],
  completeDf: number | null,
): Pooled {
  const m = estimates.length;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / m;
  const estimate = mean(estimates);
  const within = mean(standardErrors.map((se) => se * se));
  const between = m > 1 ? estimates.reduce((sum, value) => sum + (value - estimate) ** 2, 0) / (m - 1) : 0;
  const extra = (1 + 1 / m) * between;
  const total = within + extra;
  const missing = total > 0 ? extra / total : 0;
  const se = Math.sqrt(total);
  if (missing === 0) return { estimate, se, df: completeDf, missing };
  const old = (m - 1) / missing ** 2;
  if (completeDf === null) return { estimate, se, df: old, missing };
  const observed = ((completeDf + 1) / (completeDf + 3)) * completeDf * (1 - missing);
  return { estimate, se, df: (old * observed) / (old + observed), missing };
}
