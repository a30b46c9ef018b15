// Difference in differences with staggered adoption: every group-time effect, then its means over groups and periods.
// Source: Callaway and Sant'Anna (2021) J. Econometrics 225:200.
import type { Answer } from '../answer.ts';
import type { Sample } from '../data/roles.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';
import type { Resampled } from '../trial/resampled.ts';
import { type Aggregates, aggregatesOf, type Effect } from './did-aggregates.ts';
import { type Cell, cellsOf } from './did-cells.ts';
import { type Cohorts, type DidInference, didClusters, didInference } from './did-inference.ts';
import { multiplierErrors, multiplierTask } from './did-multiplier.ts';
import { type Panel, panelOf, withoutUnits } from './did-panel.ts';
import { reshuffled } from './did-permutation.ts';

type Control = 'never' | 'not-yet';

/** A panel without units treated from the start, and the groups that begin within it. */
function comparablePanel(
  spec: Spec,
  sample: Sample,
  warnings: Set<string>,
): { panel: Panel; groups: number[] } {
  const panel = panelOf(spec, sample);
  const { n, first, times } = panel;
  const start = times[0] ?? 0;
  const end = times[times.length - 1] ?? 0;
  const all = [...new Set(first)].filter((g) => g > 0).sort((a, b) => a - b);
  // a unit first treated after the last period is untreated throughout
  for (let u = 0; u < n; u++) if (first[u] > end) first[u] = 0;
  const groups = all.filter((g) => g > start && g <= end);
  demand(
    groups.length > 0,
    'no-treated-units',
    'no unit starts treatment after the first period',
    spec.firstTreated,
  );
  demand(
    first.includes(0) || spec.control === 'not-yet',
    'no-control-units',
    'no unit is never treated; use "control":"not-yet"',
    'control',
  );
  if (!all.some((g) => g <= start)) return { panel, groups };
  warnings.add('treated-throughout-dropped');
  return { panel: withoutUnits(panel, (u) => !(first[u] > 0 && first[u] <= start)), groups };
}

function comparableCells(
  panel: Panel,
  control: Control,
  groups: readonly number[],
  warnings: Set<string>,
  corrects: boolean,
): Cell[] {
  const cells = cellsOf(panel, control, groups, warnings, corrects);
  demand(cells.length > 0, 'no-control-units', 'no period has untreated units to compare with', 'control');
  demand(
    cells.some(({ time, group }) => time >= group),
    'no-control-units',
    'no treated period has untreated units to compare with',
    'control',
  );
  return cells;
}

const everyEffect = (found: Aggregates<Cell>): Effect[] => [
  ...found.cells,
  found.simple,
  ...found.byEvent,
  ...found.byGroup,
  ...found.byTime,
  found.dynamic,
  found.group,
  found.calendar,
];

/** The answer's figures; `bootstrap` holds a standard error for each effect where draws were asked for. */
function shownAll(
  found: Aggregates<Cell>,
  inference: DidInference,
  level: number,
  bootstrap: ReadonlyMap<Effect, number> | null,
) {
  const shown = (effect: Effect, cell?: Cohorts) => {
    const { estimate, se, df, p, lower, upper } = inference.rowOf('', effect, level, cell);
    return {
      estimate,
      se,
      df,
      p,
      lower,
      upper,
      ...(bootstrap ? { seBootstrap: bootstrap.get(effect) } : {}),
    };
  };
  const { cells, simple, dynamic, group, calendar } = found;
  const mean = (effect: Effect) => ({ ...shown(effect), overall: shown(effect) });
  return {
    estimates: Object.entries({ simple, dynamic, group, calendar }).map(([term, effect]) =>
      inference.rowOf(term, effect, level),
    ),
    attGt: cells.map((cell) => ({ group: cell.group, time: cell.time, ...shown(cell, cell.cohorts) })),
    aggregates: {
      simple: shown(simple),
      dynamic: {
        ...mean(dynamic),
        byEvent: found.byEvent.map((effect) => ({ event: effect.event, ...shown(effect) })),
      },
      group: {
        ...mean(group),
        byGroup: found.byGroup.map((effect) => ({ group: effect.group, ...shown(effect) })),
      },
      calendar: {
        ...mean(calendar),
        byTime: found.byTime.map((effect) => ({ time: effect.time, ...shown(effect) })),
      },
    },
  };
}

export function did(spec: Spec, sample: Sample): Answer | Resampled {
  demand(
    (spec.estimator ?? 'callaway-santanna') === 'callaway-santanna',
    'bad-option',
    '"estimator" is callaway-santanna',
    'estimator',
  );
  const control = spec.control ?? 'never';
  const seed = spec.seed ?? 1;
  const draws = spec.draws ?? 0;
  const warnings = new Set<string>();
  const { panel, groups } = comparablePanel(spec, sample, warnings);
  const clusters = didClusters(panel, (u) => control === 'not-yet' || panel.first[u] === 0);
  const inference = didInference(spec, panel, clusters, warnings);
  const found = aggregatesOf(panel, comparableCells(panel, control, groups, warnings, inference.corrects));
  const answer = (bootstrap: ReadonlyMap<Effect, number> | null): Answer => ({
    method: 'did',
    n: sample.table.n,
    nUnits: panel.n,
    control,
    estimator: 'callaway-santanna',
    ...shownAll(found, inference, spec.level, bootstrap),
    ...inference.adds,
    ...(draws > 0 ? { draws, seed } : {}),
    ...(clusters?.few && spec.beside !== false ? reshuffled(panel, control, seed) : {}),
    warnings: [...warnings],
  });
  if (draws === 0) return answer(null);
  const effects = everyEffect(found);
  const task = multiplierTask(panel, effects, draws, seed);
  return {
    task,
    finish(drawn) {
      const errors = multiplierErrors(task, drawn);
      return answer(new Map(effects.map((effect, e) => [effect, errors[e] as number])));
    },
  };
}
