// Difference in differences with staggered adoption: every group-time effect, then its means over groups and periods.
// Source: Callaway and Sant'Anna (2021) J. Econometrics 225:200.
import type { Answer } from '../answer.ts';
import { type Integers, integers, type Vector, zeros } from '../arrays.ts';
import type { Sample } from '../data/roles.ts';
import { demand } from '../errors.ts';
import { NO_RESIDUAL } from '../regression/heteroskedastic.ts';
import type { Spec } from '../spec.ts';
import { doublyRobust, simpleDifference } from './att.ts';
import { byShares, type Effect, multiplier, plainMean } from './did-aggregates.ts';
import { type Cohorts, didClusters, didInference } from './did-inference.ts';
import { type Panel, panelOf, withoutUnits } from './did-panel.ts';
import { reshuffled } from './did-permutation.ts';

interface Cell extends Effect {
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

function cellsOf(
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

export function did(spec: Spec, sample: Sample): Answer {
  demand(
    (spec.estimator ?? 'callaway-santanna') === 'callaway-santanna',
    'bad-option',
    '"estimator" is callaway-santanna',
    'estimator',
  );
  const panel = panelOf(spec, sample);
  const { n, first, times } = panel;
  const control = spec.control ?? 'never';
  const warnings = new Set<string>();
  const start = times[0] ?? 0;
  const end = times[times.length - 1] ?? 0;
  const all = [...new Set(first)].filter((g) => g > 0).sort((a, b) => a - b);
  // a unit first treated after the last period is untreated throughout
  for (let u = 0; u < n; u++) if (first[u] > end) first[u] = 0;
  const always = all.filter((g) => g <= start);
  if (always.length > 0) warnings.add('treated-throughout-dropped');
  const kept = all.filter((g) => g > start && g <= end);
  demand(
    kept.length > 0,
    'no-treated-units',
    'no unit starts treatment after the first period',
    spec.firstTreated,
  );
  const neverTreated = first.includes(0);
  demand(
    neverTreated || control === 'not-yet',
    'no-control-units',
    'no unit is never treated; use "control":"not-yet"',
    'control',
  );
  let used = panel;
  if (always.length > 0) used = withoutUnits(panel, (u) => !(first[u] > 0 && first[u] <= start));
  const clusters = didClusters(used, (u) => control === 'not-yet' || used.first[u] === 0);
  const inference = didInference(spec, used, clusters, warnings);
  const cells = cellsOf(used, control, kept, warnings, inference.corrects);
  demand(cells.length > 0, 'no-control-units', 'no period has untreated units to compare with', 'control');
  const size = used.n;
  const counts = new Map<number, number>();
  for (const g of used.first) counts.set(g, (counts.get(g) ?? 0) + 1);
  const share = (group: number): number => (counts.get(group) ?? 0) / size;

  const draws = spec.draws ?? 0;
  const bootstrap = draws > 0 ? multiplier(used, draws, spec.seed ?? 1) : null;
  const shown = (effect: Effect, cell?: Cohorts) => {
    const { estimate, se, df, p, lower, upper } = inference.rowOf('', effect, spec.level, cell);
    return { estimate, se, df, p, lower, upper, ...(bootstrap ? { seBootstrap: bootstrap(effect) } : {}) };
  };
  const post = cells.filter((cell) => cell.time >= cell.group);
  demand(
    post.length > 0,
    'no-control-units',
    'no treated period has untreated units to compare with',
    'control',
  );
  const simple = byShares(used, post, share);
  const events = [...new Set(cells.map((cell) => eventTime(cell)))].sort((a, b) => a - b);
  const dynamic = events.map((event) => ({
    event,
    effect: byShares(
      used,
      cells.filter((cell) => eventTime(cell) === event),
      share,
    ),
  }));
  const later = dynamic.filter(({ event }) => event >= 0).map(({ effect }) => effect);
  const groups = kept
    .map((group) => ({ group, cells: post.filter((cell) => cell.group === group) }))
    .filter((entry) => entry.cells.length > 0)
    .map((entry) => ({ group: entry.group, ...plainMean(size, entry.cells) }));
  const calendar = times
    .map((time) => ({ time, cells: post.filter((cell) => cell.time === time) }))
    .filter((entry) => entry.cells.length > 0)
    .map((entry) => ({ time: entry.time, effect: byShares(used, entry.cells, share) }));
  const overall = {
    simple,
    dynamic: plainMean(size, later),
    group: byShares(used, groups, share),
    calendar: plainMean(
      size,
      calendar.map(({ effect }) => effect),
    ),
  };
  const estimates = Object.entries(overall).map(([term, effect]) =>
    inference.rowOf(term, effect, spec.level),
  );
  const attGt = cells.map((cell) => ({ group: cell.group, time: cell.time, ...shown(cell, cell.cohorts) }));
  return {
    method: 'did',
    n: sample.table.n,
    nUnits: size,
    control,
    estimator: 'callaway-santanna',
    estimates,
    attGt,
    aggregates: {
      simple: shown(overall.simple),
      dynamic: {
        ...shown(overall.dynamic),
        overall: shown(overall.dynamic),
        byEvent: dynamic.map(({ event, effect }) => ({ event, ...shown(effect) })),
      },
      group: {
        ...shown(overall.group),
        overall: shown(overall.group),
        byGroup: groups.map((effect) => ({ group: effect.group, ...shown(effect) })),
      },
      calendar: {
        ...shown(overall.calendar),
        overall: shown(overall.calendar),
        byTime: calendar.map(({ time, effect }) => ({ time, ...shown(effect) })),
      },
    },
    ...inference.adds,
    ...(draws > 0 ? { draws, seed: spec.seed ?? 1 } : {}),
    ...(clusters?.few ? reshuffled(used, control, spec.seed ?? 1) : {}),
    warnings: [...warnings],
  };
}

const eventTime = ({ group, time }: Cell): number => time - group;
