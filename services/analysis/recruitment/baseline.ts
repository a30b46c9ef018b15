// Baseline rows out of counts by fact, value and arm: the same figures as of an analysis (plan/balance.ts), which has every
// participant before it.
import type { BalanceRow } from '../../../schemas/analysis.ts';
import type { Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import { unpackedValue } from '../../outcomes/detail.ts';
import { sortLevels } from '../../statistics/data/table.ts';
import { NOT_KNOWN } from '../plan/balance.ts';
import { ethnicGroupOf, sourceGroupOf } from '../plan/participant.ts';
import type { BaselineCount } from './counts.ts';

/** In the order in which they are shown. Councils and waves have their own tables. */
export const baselineCovariates = [
  'age',
  'sex',
  'ethnicity',
  'disabled',
  'unaccompanied',
  'deprivation-decile',
  'referral-source',
  'primary-need',
] as const satisfies readonly Covariate[];
type BaselineCovariate = (typeof baselineCovariates)[number];

const numeric: ReadonlySet<Covariate> = new Set(['age', 'deprivation-decile']);

const yesNo = (value: string): string => (value === 'true' ? 'yes' : 'no');

/** The fact a covariate is read from, and how; null is not known. */
const readings: Record<BaselineCovariate, [fact: string, read: (value: string) => string | null]> = {
  age: ['age', (value) => value],
  sex: ['sex', (value) => (value === 'U' ? null : value)],
  ethnicity: ['ethnicity', ethnicGroupOf],
  disabled: ['disabled', yesNo],
  unaccompanied: ['unaccompanied', yesNo],
  'deprivation-decile': ['deprivation-decile', (value) => value],
  'referral-source': [
    'referral',
    (value) => sourceGroupOf(unpackedValue('referral', 'source', Number(value)) ?? undefined),
  ],
  'primary-need': ['referral', (value) => unpackedValue('referral', 'primaryNeed', Number(value))],
};

/** Children by value; not known is null. */
type Values = Map<string | null, number>;

function valuesOf(counts: readonly BaselineCount[], of: BaselineCovariate, arm: 0 | 1 | null): Values {
  const [fact, read] = readings[of];
  const values: Values = new Map();
  for (const { children, ...row } of counts) {
    if (row.fact !== fact || row.arm !== arm) continue;
    const value = row.value === null ? null : read(row.value);
    values.set(value, (values.get(value) ?? 0) + children);
  }
  return values;
}

interface Moments {
  n: number;
  mean: number | null;
  /** n - 1. */
  variance: number | null;
  /** Nothing but 0 and 1. */
  binary: boolean;
}

/** Of the values that are known. */
function moments(values: Values): Moments {
  const known = [...values].flatMap(([value, children]) =>
    value === null ? [] : [[Number(value), children] as const],
  );
  const n = known.reduce((sum, [, children]) => sum + children, 0);
  const binary = known.every(([value]) => value === 0 || value === 1);
  if (n === 0) return { n, mean: null, variance: null, binary };
  const mean = known.reduce((sum, [value, children]) => sum + value * children, 0) / n;
  const squares = known.reduce((sum, [value, children]) => sum + children * (value - mean) ** 2, 0);
  return { n, mean, variance: n === 1 ? null : squares / (n - 1), binary };
}

/** In standard deviations of both arms pooled (Austin 2009, sec. 2); what takes two values has the spread of its proportion. */
function standardised(
  trial: Moments,
  comparison: Moments,
): { difference: number | null; ratio: number | null } {
  const binary = trial.binary && comparison.binary;
  const spread = ({ mean, variance }: Moments) => (binary && mean !== null ? mean * (1 - mean) : variance);
  const [a, b] = [spread(trial), spread(comparison)];
  if (trial.mean === null || comparison.mean === null || a === null || b === null)
    return { difference: null, ratio: null };
  const pooled = Math.sqrt((a + b) / 2);
  return {
    difference: pooled > 0 ? (trial.mean - comparison.mean) / pooled : null,
    ratio: binary || b <= 0 ? null : a / b,
  };
}

const deviation = ({ variance }: Moments): number | null => (variance === null ? null : Math.sqrt(variance));

const total = (values: Values): number => [...values.values()].reduce((sum, children) => sum + children, 0);

/** 1 for one level (null: not known), 0 for everybody else. */
const asShare = (values: Values, level: string | null): Values => {
  const inside = values.get(level) ?? 0;
  return new Map([
    ['1', inside],
    ['0', total(values) - inside],
  ]);
};

function levelsOf(all: readonly Values[]): (string | null)[] {
  const found = new Set(all.flatMap((values) => [...values].flatMap(([level, n]) => (n > 0 ? [level] : []))));
  const named = sortLevels([...found].filter((level) => level !== null));
  return [...named, ...(found.has(null) ? [null] : [])];
}

const isKnown = (all: readonly Values[]): boolean =>
  all.some((values) => [...values].some(([level, n]) => level !== null && n > 0));

/** One row a number, one a category of the others; covariates that are known of nobody are left out. */
export function baselineByArm(counts: readonly BaselineCount[]): BalanceRow[] {
  return baselineCovariates.flatMap((of): BalanceRow[] => {
    const [trial, comparison] = [valuesOf(counts, of, 1), valuesOf(counts, of, 0)];
    if (!isKnown([trial, comparison])) return [];
    const missing = { trial: trial.get(null) ?? 0, comparison: comparison.get(null) ?? 0 };
    const row = (
      level: string | null,
      a: Moments,
      b: Moments,
      rest: Pick<BalanceRow, 'counts' | 'sd'>,
    ): BalanceRow => {
      const { difference, ratio } = standardised(a, b);
      return {
        ...{
          covariate: level === null ? of : `${of}=${level}`,
          of,
          level,
          trial: a.mean,
          comparison: b.mean,
        },
        ...{ ...rest, standardisedDifference: difference, varianceRatio: ratio, missing },
      };
    };
    if (numeric.has(of)) {
      const [a, b] = [moments(trial), moments(comparison)];
      const sd = { trial: deviation(a), comparison: deviation(b) };
      return [row(null, a, b, { counts: { trial: a.n, comparison: b.n }, sd })];
    }
    return levelsOf([trial, comparison]).map((level) =>
      row(level ?? NOT_KNOWN, moments(asShare(trial, level)), moments(asShare(comparison, level)), {
        counts: { trial: trial.get(level) ?? 0, comparison: comparison.get(level) ?? 0 },
        sd: { trial: null, comparison: null },
      }),
    );
  });
}

/** The same of everybody together, where arms are not told apart. */
export interface PooledRow {
  of: BaselineCovariate;
  /** Null for a number. */
  level: string | null;
  /** Children in the category, or whose number is known. */
  count: number;
  /** A number's mean, or a category's share of everybody. */
  value: number | null;
  sd: number | null;
  /** Children of whom a number is not known. */
  missing: number;
}

export function baselinePooled(counts: readonly BaselineCount[]): PooledRow[] {
  return baselineCovariates.flatMap((of): PooledRow[] => {
    const values = valuesOf(counts, of, null);
    if (!isKnown([values])) return [];
    const missing = values.get(null) ?? 0;
    if (numeric.has(of)) {
      const all = moments(values);
      return [{ of, level: null, count: all.n, value: all.mean, sd: deviation(all), missing }];
    }
    return levelsOf([values]).map((level) => {
      const count = values.get(level) ?? 0;
      return { of, level: level ?? NOT_KNOWN, count, value: count / total(values), sd: null, missing };
    });
  });
}
