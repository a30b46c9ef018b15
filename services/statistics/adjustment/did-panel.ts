// A balanced panel of units by period, or a refusal that names the unit and the period at fault.
import { type Integers, integers, type Vector, zeros } from '../arrays.ts';
import { covariateColumns, INTERCEPT } from '../data/design.ts';
import { groupingOf, needed, type Sample } from '../data/roles.ts';
import { labelsOf, numbersOf } from '../data/table.ts';
import { demand, StatisticsError } from '../errors.ts';
import { oneColumn } from '../regression/cluster-rules.ts';
import type { Spec } from '../spec.ts';

/** A balanced panel: outcomes by unit and period, first treated period of each unit (0 = never). */
export interface Panel {
  readonly n: number;
  readonly times: readonly number[];
  /** outcome[period][unit]. */
  readonly outcome: readonly Vector[];
  readonly covariates: readonly (readonly Vector[])[];
  readonly terms: readonly string[];
  readonly first: Vector;
  readonly cluster: Integers | null;
  readonly clusterCount: number;
}

/** The panel a specification names; shuffled rows are put in order. */
export function panelOf(spec: Spec, { table }: Sample): Panel {
  const unitName = needed(spec, 'unit');
  const unit = labelsOf(table, unitName);
  const time = numbersOf(table, needed(spec, 'time'));
  const outcome = numbersOf(table, needed(spec, 'outcome'));
  const first = numbersOf(table, needed(spec, 'firstTreated'));
  const times = [...new Set(time)].sort((a, b) => a - b);
  demand(times.length >= 2, 'too-few-periods', 'differences need two periods or more', spec.time);
  const n = unit.levels.length;
  const period = new Map(times.map((t, k) => [t, k]));
  const row = integers(n * times.length).fill(-1) as Integers;
  const starts = zeros(n).fill(Number.NaN) as Vector;
  for (let i = 0; i < table.n; i++) {
    const u: number = unit.codes[i];
    const place = u * times.length + (period.get(time[i]) ?? 0);
    const name = unit.levels[u];
    if (row[place] !== -1)
      throw new StatisticsError('duplicate-row', `unit "${name}" has two rows at time ${time[i]}`, unitName);
    row[place] = i;
    const own = Number.isFinite(first[i]) ? first[i] : 0;
    if (!Number.isNaN(starts[u]) && starts[u] !== own)
      throw new StatisticsError(
        'treatment-varies',
        `unit "${name}" has two values of "${spec.firstTreated}"`,
        spec.firstTreated ?? null,
      );
    starts[u] = own;
  }
  const gap = row.indexOf(-1);
  if (gap >= 0) {
    const name = unit.levels[Math.floor(gap / times.length)];
    throw new StatisticsError(
      'unbalanced-panel',
      `unit "${name}" has no row at time ${times[gap % times.length]}; every unit needs every period`,
      unitName,
    );
  }
  const pick = (from: Vector, k: number): Vector =>
    Float64Array.from({ length: n }, (_, u) => from[row[u * times.length + k]] as number);
  const columns = covariateColumns(table, spec.covariates ?? []);
  oneColumn(spec);
  const cluster = spec.cluster?.[0] === undefined ? null : groupingOf(table, spec.cluster[0]);
  for (let i = 0; cluster && i < row.length; i++) {
    const own = cluster.code[row[i]];
    const u = Math.floor(i / times.length);
    demand(
      own === cluster.code[row[u * times.length]],
      'cluster-varies-in-unit',
      `unit "${unit.levels[u]}" lies in two clusters`,
      'cluster',
    );
  }
  const clusterOfUnit = cluster
    ? Int32Array.from({ length: n }, (_, u) => cluster.code[row[u * times.length] as number] as number)
    : null;
  return {
    n,
    times,
    outcome: times.map((_, k) => pick(outcome, k)),
    covariates: times.map((_, k) => columns.columns.map((c) => pick(c, k))),
    terms: [INTERCEPT, ...columns.terms],
    first: starts,
    cluster: clusterOfUnit,
    clusterCount: cluster?.levels.length ?? n,
  };
}

/** The panel of some units only. */
export function withoutUnits(panel: Panel, keeps: (unit: number) => boolean): Panel {
  const units = Array.from({ length: panel.n }, (_, u) => u).filter(keeps);
  const pick = (from: Vector): Vector => Float64Array.from(units, (u) => from[u] as number);
  return {
    ...panel,
    n: units.length,
    outcome: panel.outcome.map(pick),
    covariates: panel.covariates.map((list) => list.map(pick)),
    first: pick(panel.first),
    cluster: panel.cluster ? Int32Array.from(units, (u) => panel.cluster?.[u] as number) : null,
  };
}
