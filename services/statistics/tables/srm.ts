// Sample ratio mismatch: do the arms' sizes fit the planned shares? Source: Pearson (1900) goodness of fit;
// Fabijan et al. (2019) KDD for its use.
import { type Answer, finite } from '../answer.ts';
import { chiSquareUpper } from '../distributions.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';

export function srm(spec: Spec): Answer {
  const observed = spec.observed as number[] | undefined;
  demand(
    observed && observed.length >= 2,
    'missing-role',
    'give "observed" counts of two arms or more',
    'observed',
  );
  const expected = (spec.expected as number[] | undefined) ?? observed.map(() => 1);
  demand(
    expected.length === observed.length,
    'bad-option',
    '"expected" needs one share for each arm',
    'expected',
  );
  demand(
    expected.every((x) => x > 0),
    'bad-option',
    'every expected share is above 0',
    'expected',
  );
  demand(
    observed.every((x) => x >= 0),
    'bad-counts',
    'observed counts are 0 or more',
    'observed',
  );
  const n = observed.reduce((s, x) => s + x, 0);
  demand(n > 0, 'no-rows', 'the observed counts are all 0', 'observed');
  const shares = expected.reduce((s, x) => s + x, 0);
  let chiSquare = 0;
  const planned = expected.map((x) => (n * x) / shares);
  observed.forEach((o, i) => {
    const e = planned[i] ?? 0;
    chiSquare += (o - e) ** 2 / e;
  });
  const df = observed.length - 1;
  const warnings = planned.some((e) => e < 5) ? ['small-expected-counts'] : [];
  return {
    method: 'srm',
    n,
    warnings,
    chiSquare,
    df,
    p: finite(chiSquareUpper(chiSquare, df)),
    expectedCounts: planned,
  };
}
