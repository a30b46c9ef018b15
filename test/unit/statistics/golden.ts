// Reads the reference cases and measures how far an answer lies from each value, relative to its size.
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readTable } from '../../../services/analysis/estimate/csv.ts';
import { parseSpec } from '../../../services/analysis/estimate/spec.ts';
import type { Answer } from '../../../services/statistics/answer.ts';
import { estimate } from '../../../services/statistics/estimate.ts';

export const GOLDEN = fileURLToPath(new URL('../../golden/statistics/', import.meta.url));

export interface Case {
  name: string;
  oracle: string;
  data: string | null;
  spec: Record<string, unknown>;
  expect: Record<string, number | number[] | null>;
  tolerance: number;
}

const FILES = [
  'reference.json',
  'reference-python.json',
  'published.json',
  'awkward.json',
  'awkward-python.json',
  'resampling.json',
  'clusters.json',
  'weighting.json',
];

/**
 * Where statsmodels is the one that is off: its score limits of two proportions miss the equation they solve by up to 5%
 * (searching the likelihood by brute force gives ours, and so does R by hand), and it has a row at risk at the very time it
 * enters (R's survival has not).
 */
const NOT_AN_ORACLE = /^(two-proportions (mee|miettinen-nurminen) |cox (efron|breslow) start )/;

/** The cases of every reference file in a folder. */
export function cases(folder = GOLDEN): Case[] {
  return FILES.filter((file) => existsSync(`${folder}${file}`))
    .flatMap((file) => (JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as { cases: Case[] }).cases)
    .filter(
      ({ name, oracle }) => !NOT_AN_ORACLE.test(`${name} ${oracle}`) || !oracle.includes('statsmodels'),
    );
}

/** Runs a specification as the command does, on a golden file, a CSV text or nothing. */
export async function answerTo(
  spec: Record<string, unknown>,
  data: string | null | { csv: string } = null,
  folder = GOLDEN,
): Promise<Answer> {
  const parsed = parseSpec(JSON.stringify(spec));
  if (data === null || (typeof data === 'object' && !('csv' in data))) return estimate(parsed, null);
  const input =
    typeof data === 'string' ? createReadStream(`${folder}data/${data}`) : Readable.from([data.csv]);
  return estimate(parsed, await readTable(input, parsed));
}

/** The value an expectation names: `term|scale|field` of the estimates, or `$path.of[keys]` in the answer. */
export function valueAt(answer: Answer, path: string): unknown {
  if (path.startsWith('$')) {
    return path
      .slice(1)
      .split(/[.[\]]+/)
      .filter(Boolean)
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], answer);
  }
  const [term, scale, field] = path.split('|');
  const row = answer.estimates?.find((r) => r.term === term && r.scale === scale);
  return (row as unknown as Record<string, unknown> | undefined)?.[field ?? ''];
}

/** |a - b| relative to |b|, below 1e-12 to 1e-12; infinite when one is missing. */
export function difference(found: unknown, wanted: number | number[] | null): number {
  if (Array.isArray(wanted)) {
    const list = found as number[] | undefined;
    return Math.max(...wanted.map((w, i) => difference(list?.[i], w)));
  }
  if (wanted === null) return found === null ? 0 : Number.POSITIVE_INFINITY;
  if (typeof found !== 'number') return Number.POSITIVE_INFINITY;
  return Math.abs(found - wanted) / Math.max(Math.abs(wanted), 1e-12);
}
