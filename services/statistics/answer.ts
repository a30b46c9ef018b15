// What every method gives back: rows that never hold NaN or infinity; what is undefined is null and has a warning.
import { critical, twoSided } from './distributions.ts';

export type Scale = 'identity' | 'log' | 'ratio';

/** One estimated quantity. `df` null means the normal distribution; a null elsewhere means undefined. */
export interface EstimateRow {
  term: string;
  estimate: number | null;
  se: number | null;
  df: number | null;
  statistic: number | null;
  p: number | null;
  lower: number | null;
  upper: number | null;
  scale: Scale;
}

/** The answer to one specification; methods add their own keys beside these. */
export interface Answer {
  method: string;
  n: number;
  warnings: string[];
  estimates?: EstimateRow[];
  [key: string]: unknown;
}

export const finite = (x: number | null | undefined): number | null =>
  x !== null && x !== undefined && Number.isFinite(x) ? x : null;

/** A row from an estimate and its standard error: Wald statistic, p and interval on t(df) or the normal. */
export function waldRow(
  term: string,
  estimate: number | null,
  se: number | null,
  df: number | null,
  level: number,
  scale: Scale = 'identity',
): EstimateRow {
  const b = finite(estimate);
  const s = finite(se);
  const usable = b !== null && s !== null && s > 0 && (df === null || df > 0);
  if (!usable) {
    return {
      term,
      estimate: b,
      se: s,
      df: finite(df),
      statistic: null,
      p: null,
      lower: null,
      upper: null,
      scale,
    };
  }
  const half = critical(level, df) * s;
  return {
    term,
    estimate: b,
    se: s,
    df: finite(df),
    statistic: finite(b / s),
    p: finite(twoSided(b / s, df)),
    lower: finite(b - half),
    upper: finite(b + half),
    scale,
  };
}

/** The twin of a log-scale row on the ratio scale: exponentiated ends, delta-method se, the same test. */
export function ratioTwin(row: EstimateRow): EstimateRow {
  const exp = (x: number | null): number | null => (x === null ? null : finite(Math.exp(x)));
  const estimate = exp(row.estimate);
  return {
    ...row,
    estimate,
    se: estimate === null || row.se === null ? null : finite(estimate * row.se),
    lower: exp(row.lower),
    upper: exp(row.upper),
    scale: 'ratio',
  };
}

/** A row without interval and p: what is left when the design cannot support them. */
export const withoutInterval = (row: EstimateRow): EstimateRow => ({
  ...row,
  p: null,
  lower: null,
  upper: null,
});

/** Replaces every NaN and infinity by null, in depth; says whether it had to. */
export function purge(value: unknown): { value: unknown; purged: boolean } {
  let purged = false;
  const walk = (x: unknown): unknown => {
    if (typeof x === 'number') {
      if (Number.isFinite(x)) return x;
      purged = true;
      return null;
    }
    if (ArrayBuffer.isView(x)) return Array.from(x as Float64Array, walk);
    if (Array.isArray(x)) return x.map(walk);
    if (x !== null && typeof x === 'object') {
      return Object.fromEntries(Object.entries(x).map(([key, inner]) => [key, walk(inner)]));
    }
    return x;
  };
  return { value: walk(value), purged };
}
