// Adjusted p-values. Sources: Bonferroni (1936); Holm (1979) Scand. J. Statist. 6:65; Hochberg (1988) Biometrika
// 75:800; Benjamini and Hochberg (1995) JRSS B 57:289.
import type { Answer } from '../answer.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';

type Adjust = (p: readonly number[]) => number[];

/** Runs over p ascending or descending with a running maximum or minimum, and puts the results back in place. */
function stepwise(p: readonly number[], descending: boolean, factor: (rank: number) => number): number[] {
  const order = p.map((_, i) => i).sort((i, j) => (p[i] ?? 0) - (p[j] ?? 0));
  if (descending) order.reverse();
  const out = p.map(() => 0);
  let running = descending ? 1 : 0;
  order.forEach((i, k) => {
    const rank = descending ? p.length - k : k + 1;
    const raw = (p[i] ?? 0) * factor(rank);
    running = descending ? Math.min(running, raw) : Math.max(running, raw);
    out[i] = Math.min(1, running);
  });
  return out;
}

export const ADJUSTMENTS: Readonly<Record<string, Adjust>> = {
  bonferroni: (p) => p.map((x) => Math.min(1, x * p.length)),
  holm: (p) => stepwise(p, false, (rank) => p.length - rank + 1),
  hochberg: (p) => stepwise(p, true, (rank) => p.length - rank + 1),
  bh: (p) => stepwise(p, true, (rank) => p.length / rank),
};

export function multiplicity(spec: Spec): Answer {
  const p = spec.p;
  demand(p && p.length > 0, 'missing-role', 'give "p": a list of p-values', 'p');
  demand(
    p.every((x) => x >= 0 && x <= 1),
    'bad-option',
    'a p-value lies from 0 to 1',
    'p',
  );
  const adjusted = Object.fromEntries(Object.entries(ADJUSTMENTS).map(([name, f]) => [name, f(p)]));
  const chosen = spec.adjust;
  demand(
    chosen === undefined || chosen in adjusted,
    'bad-option',
    `"adjust" is one of ${Object.keys(adjusted).join(', ')}`,
    'adjust',
  );
  return {
    method: 'multiplicity',
    n: p.length,
    warnings: [],
    p,
    ...(chosen === undefined ? {} : { adjust: chosen, adjusted: adjusted[chosen] }),
    ...adjusted,
  };
}
