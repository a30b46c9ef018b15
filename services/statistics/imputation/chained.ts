// Multiple imputation by chained equations: every incomplete column is drawn from its model given all the others, in turns,
// until the draws no longer depend on where they began. Source: van Buuren, Brand, Groothuis-Oudshoorn and Rubin (2006),
// J. Stat. Comput. Simul. 76:1049.
import type { Integers, Vector } from '../arrays.ts';
import { zeros } from '../arrays.ts';
import type { Column } from '../data/table.ts';
import { type Random, random } from '../random.ts';
import { drawCodes, drawNumbers, type Predictors } from './conditional.ts';

const TURNS = 10;

const isMissing = (column: Column, row: number): boolean =>
  column.kind === 'numeric' ? Number.isNaN(column.values[row]) : (column.codes[row] ?? -1) < 0;

const length = (column: Column): number =>
  column.kind === 'numeric' ? column.values.length : column.codes.length;

/** A column with its gaps, and as it stands in the chain. */
interface Target {
  given: Column;
  known: Integers;
  missing: Integers;
  filled: Column;
}

function targetOf(given: Column): Target {
  const known: number[] = [];
  const missing: number[] = [];
  for (let row = 0; row < length(given); row++) (isMissing(given, row) ? missing : known).push(row);
  return { given, known: Int32Array.from(known), missing: Int32Array.from(missing), filled: given };
}

/** A number as it is, words as one column a level but the first. */
function predictorsOf(column: Column): Vector[] {
  if (column.kind === 'numeric') return [column.values];
  return column.levels.slice(1).map((_, at) => {
    const dummy = zeros(column.codes.length);
    for (let row = 0; row < dummy.length; row++) if (column.codes[row] === at + 1) dummy[row] = 1;
    return dummy;
  });
}

function withDrawn({ given, missing }: Target, drawn: ArrayLike<number>): Column {
  if (given.kind === 'numeric') {
    const values = given.values.slice() as Vector;
    for (let i = 0; i < missing.length; i++) values[missing[i]] = drawn[i];
    return { ...given, values };
  }
  const codes = given.codes.slice() as Integers;
  for (let i = 0; i < missing.length; i++) codes[missing[i]] = drawn[i];
  return { ...given, codes };
}

/** Gaps filled with values of other rows, whichever. */
function begun(target: Target, source: Random): Column {
  const { given, known, missing } = target;
  const values = given.kind === 'numeric' ? given.values : given.codes;
  return withDrawn(
    target,
    Float64Array.from(missing, () => values[known[source.below(known.length)]]),
  );
}

function redrawn(
  { given, known, missing }: Target,
  predictors: Predictors,
  source: Random,
): ArrayLike<number> {
  return given.kind === 'numeric'
    ? drawNumbers(given.values, known, missing, predictors, source)
    : drawCodes(given.codes, known, missing, predictors, source);
}

/**
 * Columns completed `count` times over, in their order; columns without a gap are the same every time. Each column has a
 * known value in some row.
 * @param beside what else belongs to the model of the analysis, such as the arm and the outcome; without gaps
 * @param seed each completed set has a stream of its own
 */
export function completed(
  columns: readonly Column[],
  beside: readonly Vector[],
  count: number,
  seed: number,
): Column[][] {
  return Array.from({ length: count }, (_, set) => {
    const source = random(seed, set);
    const targets = columns.map(targetOf);
    const open = targets
      .filter(({ missing }) => missing.length > 0)
      .sort((a, b) => a.missing.length - b.missing.length);
    for (const target of open) target.filled = begun(target, source);
    for (let turn = 0; turn < TURNS; turn++)
      for (const target of open) {
        const others = targets
          .filter((other) => other !== target)
          .flatMap(({ filled }) => predictorsOf(filled));
        target.filled = withDrawn(target, redrawn(target, [...beside, ...others], source));
      }
    return targets.map(({ filled }) => filled);
  });
}
