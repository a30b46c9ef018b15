// What a method did over many data sets, as sums that add up: the same whatever thread did which part.
import type { Claim } from './questions.ts';

/** The level at which tests reject, and one minus the level of the intervals. */
export const ALPHA = 0.05;

export interface Tally {
  /** Data sets asked about, answered with an estimate or p, and answered with an interval. */
  asked: number;
  answered: number;
  intervals: number;
  tested: number;
  covered: number;
  rejected: number;
  /** Sums of estimate - truth, its square, and of the standard error over estimates with one. */
  error: number;
  squaredError: number;
  errors: number;
  se: number;
  ses: number;
}

export const emptyTally = (): Tally => ({
  asked: 0,
  answered: 0,
  intervals: 0,
  tested: 0,
  covered: 0,
  rejected: 0,
  error: 0,
  squaredError: 0,
  errors: 0,
  se: 0,
  ses: 0,
});

/** Counts one claim; null for a refusal. An open end covers everything beyond the other. */
export function count(tally: Tally, claim: Claim | null, truth: number | null): void {
  tally.asked++;
  if (!claim) return;
  tally.answered++;
  const { estimate, se, lower, upper, p } = claim;
  if (p !== null) {
    tally.tested++;
    if (p < ALPHA) tally.rejected++;
  }
  if (truth === null) return;
  if (estimate !== null) {
    tally.errors++;
    tally.error += estimate - truth;
    tally.squaredError += (estimate - truth) ** 2;
    if (se !== null) {
      tally.ses++;
      tally.se += se;
    }
  }
  if (lower === null && upper === null) return;
  tally.intervals++;
  if ((lower ?? -Infinity) <= truth && truth <= (upper ?? Infinity)) tally.covered++;
}

export function added(a: Tally, b: Tally): Tally {
  const sum = { ...a };
  for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += b[key];
  return sum;
}

/** A share or a mean with its Monte Carlo standard error. */
export interface Figure {
  readonly value: number;
  readonly error: number;
  readonly of: number;
}

export interface Summary {
  readonly asked: number;
  /** Data sets without an estimate and without a p. */
  readonly unanswered: number;
  readonly bias: Figure | null;
  /** Mean standard error over the estimates' own spread. */
  readonly seRatio: number | null;
  readonly coverage: Figure | null;
  readonly rejected: Figure | null;
}

const share = (events: number, of: number): Figure | null =>
  of === 0 ? null : { value: events / of, error: Math.sqrt(((events / of) * (1 - events / of)) / of), of };

/** Shares and means with Monte Carlo errors (Morris, White and Crowther 2019, Statist. Med. 38:2074, table 6). */
export function summary(tally: Tally): Summary {
  const { asked, answered, errors, error, squaredError, ses, se } = tally;
  const mean = error / errors;
  const spread = Math.sqrt(Math.max(0, squaredError - errors * mean * mean) / (errors - 1));
  return {
    asked,
    unanswered: asked - answered,
    bias: errors > 1 ? { value: mean, error: spread / Math.sqrt(errors), of: errors } : null,
    seRatio: errors > 1 && ses > 0 && spread > 0 ? se / ses / spread : null,
    coverage: share(tally.covered, tally.intervals),
    rejected: share(tally.rejected, tally.tested),
  };
}
