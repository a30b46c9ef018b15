// Difference of two means with unequal variances. Sources: Welch (1947) Biometrika 34:28; Satterthwaite (1946);
// relative difference by the delta method (Fieller's first-order term).

import { type Answer, waldRow } from '../answer.ts';
import { mean, sum, variance, vector } from '../arrays.ts';
import { needed, type Sample, twoArms, weightsOf } from '../data/roles.ts';
import { numbersOf } from '../data/table.ts';
import { demand } from '../errors.ts';
import type { Moments, Spec } from '../spec.ts';

interface Arm {
  n: number;
  mean: number;
  variance: number;
}

function fromMoments(spec: Spec, side: 'a' | 'b'): Arm {
  const given = spec[side];
  demand(
    given !== undefined && typeof given === 'object' && 'sum' in given,
    'missing-role',
    `give "${side}" as {"n", "sum", "sumSquares"}`,
    side,
  );
  const { n, sum: total, sumSquares } = given as Moments;
  demand(n >= 2, 'too-few-rows', `"${side}" needs at least two observations`, side);
  const squares = sumSquares - (total * total) / n;
  demand(
    squares >= -1e-9 * Math.abs(sumSquares),
    'bad-moments',
    `"${side}": sumSquares is below sum squared over n`,
    side,
  );
  return { n, mean: total / n, variance: Math.max(0, squares) / (n - 1) };
}

function fromRows(spec: Spec, { table }: Sample): { a: Arm; b: Arm } {
  const arm = twoArms(spec, table);
  const outcome = numbersOf(table, needed(spec, 'outcome'));
  demand(
    weightsOf(spec, table) === null,
    'bad-option',
    'welch takes no weights; use linear with HC2',
    'weights',
  );
  const side = (treated: number, label: string): Arm => {
    const values = vector(outcome.filter((_, i) => arm.treated[i] === treated));
    demand(
      values.length >= 2,
      'too-few-rows',
      `arm "${label}" has ${values.length} row; two are needed`,
      arm.name,
    );
    return { n: values.length, mean: mean(values), variance: variance(values) };
  };
  return { a: side(1, arm.treatedLevel), b: side(0, arm.controlLevel) };
}

export function welch(spec: Spec, sample: Sample | null): Answer {
  const counted = spec.a !== undefined || spec.b !== undefined;
  demand(
    counted || sample !== null,
    'missing-data',
    'give --data with outcome and arm, or moments in "a" and "b"',
    'a',
  );
  const { a, b } =
    counted || sample === null
      ? { a: fromMoments(spec, 'a'), b: fromMoments(spec, 'b') }
      : fromRows(spec, sample);
  const warnings: string[] = [];
  const va = a.variance / a.n;
  const vb = b.variance / b.n;
  const se = Math.sqrt(va + vb);
  const df = se > 0 ? (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1)) : null;
  if (se === 0) warnings.push('no-variance');
  const relativeDefined = b.mean !== 0;
  if (!relativeDefined) warnings.push('relative-difference-undefined');
  const ratio = relativeDefined ? a.mean / b.mean : 0;
  const relative = waldRow(
    'relative-difference',
    relativeDefined ? ratio - 1 : null,
    relativeDefined ? Math.sqrt(va + ratio * ratio * vb) / Math.abs(b.mean) : null,
    df,
    spec.level,
  );
  return {
    method: 'welch',
    n: sum(vector([a.n, b.n])),
    warnings,
    estimates: [waldRow('difference', a.mean - b.mean, se, df, spec.level), relative],
    arms: { a, b },
  };
}
