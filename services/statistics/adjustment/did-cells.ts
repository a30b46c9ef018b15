// The effect on every group in every period, by comparison with units not treated then.
// Source: Callaway and Sant'Anna (2021) J. Econometrics 225:200, eq. 2.2 and 2.4.
import { type Integers, integers, type Vector, zeros } from '../arrays.ts';
import { NO_RESIDUAL } from '../regression/heteroskedastic.ts';
import { doublyRobust, simpleDifference } from './att.ts';
import type { Effect } from './did-aggregates.ts';
import type { Cohorts } from './did-inference.ts';
import type { Panel } from './did-panel.ts';

/** The effect on one group in one period. */
export interface Cell extends Effect {
  group: number;
  time: number;
  cohorts: Cohorts;
}

/** A cell's influence with each cluster's share of a cohort mean undone, and the clusters on either side. */
function widened(
  panel: Panel,
  { code, sizes }: Cohorts,
  influence: Vector,
  corrects: boolean,
): Pick<Effect, 'wide' | 'clusters'> {
  const treated = new Map<number, number>();
  const control = new Map<number, number>();
  const { cluster } = panel;
  if (!cluster) return { wide: null, clusters: { treated: new Set(), control: new Set() } };
  const sideOf = (u: number): Map<number, number> => (code[u] === 1 ? treated : control);
  for (let u = 0; u < panel.n; u++)
    if (code[u] < 2) sideOf(u).set(cluster[u] as number, (sideOf(u).get(cluster[u] as number) ?? 0) + 1);
  const clusters = { treated: new Set(treated.keys()), control: new Set(control.keys()) };
  if (!corrects) return { wide: null, clusters };
  const wide = influence.map((x, u) => {
    if (code[u] === 2) return 0;
    const rest = 1 - (sideOf(u).get(cluster[u] as number) ?? 0) / (sizes[code[u] as 0 | 1] as number);
    return rest < NO_RESIDUAL ? 0 : x / Math.sqrt(rest);
  }) as Vector;
  return { wide, clusters };
}

/** Every effect of a group in a period that has units to compare with. */
export function cellsOf(
  panel: Panel,
  control: 'never' | 'not-yet',
  groups: readonly number[],
  warnings: Set<string>,
  corrects: boolean,
): Cell[] {
  const { times, n, first, outcome } = panel;
  const cells: Cell[] = [];
  for (const group of groups) {
    const before = times.filter((t) => t < group).length - 1;
    for (let k = 1; k < times.length; k++) {
      const time = times[k] as number;
      const base = time >= group ? before : k - 1;
      const rows: number[] = [];
      const treatedFlags: number[] = [];
      for (let u = 0; u < n; u++) {
        const own = first[u] === group;
        const comparison = first[u] === 0 || (control === 'not-yet' && first[u] > time && !own);
        if (!own && !comparison) continue;
        rows.push(u);
        treatedFlags.push(own ? 1 : 0);
      }
      const treated = Float64Array.from(treatedFlags);
      if (!treated.includes(0)) {
        warnings.add('no-comparison-units');
        continue;
      }
      const after = outcome[k] as Vector;
      const from = outcome[base] as Vector;
      const change = Float64Array.from(rows, (u) => (after[u] as number) - (from[u] as number));
      const covariates = (panel.covariates[Math.min(base, k)] ?? []).map((c) =>
        Float64Array.from(rows, (u) => c[u] as number),
      );
      const found =
        covariates.length === 0
          ? simpleDifference(change, treated)
          : doublyRobust(change, treated, covariates, panel.terms);
      const influence = zeros(n);
      const code = integers(n).fill(2) as Integers;
      rows.forEach((u, i) => {
        influence[u] = ((found.influence[i] as number) * n) / rows.length;
        code[u] = treated[i] as number;
      });
      const inTreated = treated.reduce((sum, d) => sum + d, 0);
      const cohorts: Cohorts = { code, sizes: [rows.length - inTreated, inTreated] };
      const parts = widened(panel, cohorts, influence, corrects);
      cells.push({ group, time, cohorts, estimate: found.estimate, influence, ...parts });
    }
  }
  return cells;
}
