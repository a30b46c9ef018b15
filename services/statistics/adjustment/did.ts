// Difference in differences with staggered adoption. Sources: Callaway and Sant'Anna (2021) J. Econometrics 225:200:
// ATT(g,t) of eq. 2.6-2.8, aggregates of table 1, influence functions of sec. 4; with covariates the doubly robust
// estimand of Sant'Anna and Zhao (2020) J. Econometrics 219:101, eq. 3.1.
import { type Answer, waldRow } from '../answer.ts';
import { type Integers, integers, type Vector, zeros } from '../arrays.ts';
import { covariateColumns, INTERCEPT } from '../data/design.ts';
import { crossed, needed, type Sample } from '../data/roles.ts';
import { labelsOf, numbersOf } from '../data/table.ts';
import { normalQuantile } from '../distributions.ts';
import { demand, StatisticsError } from '../errors.ts';
import { cholesky, choleskyInverse, isFactor } from '../linear-algebra/cholesky.ts';
import { apply, applyTransposed, type Matrix, matrix } from '../linear-algebra/matrix.ts';
import { random } from '../random.ts';
import { fitGlm, fitLinear } from '../regression/fit.ts';
import type { Spec } from '../spec.ts';

/** A balanced panel: outcomes by unit and period, first treated period of each unit (0 = never). */
interface Panel {
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

interface Cell {
  group: number;
  time: number;
  estimate: number;
  /** Influence of each unit, scaled so that the estimate's variance is the mean square over n. */
  influence: Vector;
}

function panelOf(spec: Spec, { table }: Sample): Panel {
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
  const cluster = spec.cluster === undefined ? null : crossed(table, spec.cluster);
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

/** ATT from the change of the treated against the change of the controls; influence on the rows of the comparison. */
function simpleDifference(change: Vector, treated: Vector): { estimate: number; influence: Vector } {
  const m = [0, 0];
  const count = [0, 0];
  for (let i = 0; i < change.length; i++) {
    const d = treated[i] === 1 ? 1 : 0;
    m[d] = (m[d] ?? 0) + change[i];
    count[d] = (count[d] ?? 0) + 1;
  }
  const means = m.map((s, d) => s / (count[d] ?? 1));
  const influence = change.map((c, i) => {
    const d = treated[i] === 1 ? 1 : 0;
    return ((d === 1 ? 1 : -1) * (c - (means[d] ?? 0)) * change.length) / (count[d] ?? 1);
  });
  return { estimate: (means[1] ?? 0) - (means[0] ?? 0), influence };
}

/** The doubly robust ATT: controls weighted by the odds of the score, their change modelled linearly. */
function doublyRobust(
  change: Vector,
  treated: Vector,
  covariates: readonly Vector[],
  terms: readonly string[],
): { estimate: number; influence: Vector } {
  const n = change.length;
  const p = terms.length;
  const values = zeros(n * p);
  values.fill(1, 0, n);
  covariates.forEach((c, j) => {
    values.set(c, (j + 1) * n);
  });
  const x: Matrix = { rows: n, columns: p, values };
  const design = { x, terms, arm: null, armColumn: -1 };
  const score = fitGlm('binomial', design, treated, null);
  const controls: number[] = [];
  for (let i = 0; i < n; i++) if (treated[i] === 0) controls.push(i);
  const onControls = matrix(controls.length, p);
  controls.forEach((row, i) => {
    for (let j = 0; j < p; j++) onControls.values[i + j * controls.length] = values[row + j * n];
  });
  const line = fitLinear(
    { ...design, x: onControls },
    Float64Array.from(controls, (row) => change[row] as number),
    null,
  );
  const rest = change.slice() as Vector;
  const fitted = apply(x, line.beta);
  for (let i = 0; i < n; i++) rest[i] -= fitted[i];
  const w0 = zeros(n);
  let total0 = 0;
  let total1 = 0;
  let eta0 = 0;
  let eta1 = 0;
  for (let i = 0; i < n; i++) {
    const ps: number = score.fitted[i];
    if (treated[i] === 1) {
      total1 += 1;
      eta1 += rest[i];
    } else {
      w0[i] = ps / (1 - ps);
      total0 += w0[i];
      eta0 += w0[i] * rest[i];
    }
  }
  eta1 /= total1;
  eta0 /= total0;
  const inverseOf = (weight: (i: number) => number): Matrix => {
    const gram = matrix(p, p);
    for (let i = 0; i < n; i++) {
      const w = weight(i) / n;
      if (w === 0) continue;
      for (let j = 0; j < p; j++)
        for (let k = 0; k < p; k++) gram.values[j + k * p] += w * values[i + j * n] * values[i + k * n];
    }
    const factor = cholesky(gram);
    if (!isFactor(factor))
      throw new StatisticsError(
        'singular-design',
        `"${terms[factor.dependent]}" does not vary among the compared units; leave it out`,
        'covariates',
      );
    return choleskyInverse(factor);
  };
  const olsBread = inverseOf((i) => 1 - treated[i]);
  const scoreBread = inverseOf((i) => score.fitted[i] * (1 - score.fitted[i]));
  const m1 = applyTransposed(x, treated).map((s) => s / n) as Vector;
  const m2 = applyTransposed(x, w0.map((w, i) => w * (rest[i] - eta0)) as Vector).map((s) => s / n) as Vector;
  const m3 = applyTransposed(x, w0).map((s) => s / n) as Vector;
  const byOls1 = apply(x, apply(olsBread, m1));
  const byOls0 = apply(x, apply(olsBread, m3));
  const byScore = apply(x, apply(scoreBread, m2));
  const influence = zeros(n);
  for (let i = 0; i < n; i++) {
    const d: number = treated[i];
    const own = (1 - d) * rest[i];
    const part1 = (d * (rest[i] - eta1) - own * byOls1[i]) / (total1 / n);
    const part0 =
      (w0[i] * (rest[i] - eta0) + (d - score.fitted[i]) * byScore[i] - own * byOls0[i]) / (total0 / n);
    influence[i] = part1 - part0;
  }
  return { estimate: eta1 - eta0, influence };
}

function cellsOf(
  panel: Panel,
  control: 'never' | 'not-yet',
  groups: readonly number[],
  warnings: Set<string>,
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
      rows.forEach((u, i) => {
        influence[u] = ((found.influence[i] as number) * n) / rows.length;
      });
      cells.push({ group, time, estimate: found.estimate, influence });
    }
  }
  return cells;
}

/** An estimate with its influence function: the currency of every aggregate. */
interface Effect {
  estimate: number;
  influence: Vector;
}

/** A weighted mean of cells with weights that are group shares, themselves estimated. */
function byShares(
  panel: Panel,
  cells: readonly (Effect & { group: number })[],
  share: (group: number) => number,
): Effect {
  const { n, first } = panel;
  const shares = cells.map((cell) => share(cell.group));
  const total = shares.reduce((s, x) => s + x, 0);
  const influence = zeros(n);
  let estimate = 0;
  cells.forEach((cell, c) => {
    estimate += (cell.estimate * (shares[c] ?? 0)) / total;
  });
  cells.forEach((cell, c) => {
    const w = (shares[c] ?? 0) / total;
    for (let u = 0; u < n; u++) {
      const own = (first[u] === cell.group ? 1 : 0) - (shares[c] ?? 0);
      influence[u] += w * cell.influence[u] + ((cell.estimate - estimate) * own) / total;
    }
  });
  return { estimate, influence };
}

function plainMean(n: number, effects: readonly Effect[]): Effect {
  const influence = zeros(n);
  let estimate = 0;
  for (const effect of effects) {
    estimate += effect.estimate / effects.length;
    for (let u = 0; u < n; u++) influence[u] += effect.influence[u] / effects.length;
  }
  return { estimate, influence };
}

export function did(spec: Spec, sample: Sample): Answer {
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
  const cells = cellsOf(used, control, kept, warnings);
  demand(cells.length > 0, 'no-control-units', 'no period has untreated units to compare with', 'control');
  const size = used.n;
  const counts = new Map<number, number>();
  for (const g of used.first) counts.set(g, (counts.get(g) ?? 0) + 1);
  const share = (group: number): number => (counts.get(group) ?? 0) / size;

  const seOf = ({ influence }: Effect): number => {
    let s = 0;
    if (used.cluster) {
      const sums = zeros(used.clusterCount);
      for (let u = 0; u < size; u++) sums[used.cluster[u]] += influence[u];
      for (const x of sums) s += x * x;
    } else for (let u = 0; u < size; u++) s += influence[u] * influence[u];
    return Math.sqrt(s) / size;
  };
  const draws = spec.draws ?? 0;
  const bootstrap = draws > 0 ? multiplier(used, draws, spec.seed ?? 1) : null;
  const shown = (effect: Effect) => {
    const { se, p, lower, upper } = waldRow('', effect.estimate, seOf(effect), null, spec.level);
    return {
      estimate: effect.estimate,
      se,
      p,
      lower,
      upper,
      ...(bootstrap ? { seBootstrap: bootstrap(effect) } : {}),
    };
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
  return {
    method: 'did',
    n: sample.table.n,
    warnings: [...warnings],
    nUnits: size,
    control,
    estimator: 'callaway-santanna',
    estimates: Object.entries(overall).map(([term, effect]) =>
      waldRow(term, effect.estimate, seOf(effect), null, spec.level),
    ),
    attGt: cells.map((cell) => ({ group: cell.group, time: cell.time, ...shown(cell) })),
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
    ...(draws > 0 ? { draws, seed: spec.seed ?? 1 } : {}),
  };
}

const eventTime = ({ group, time }: Cell): number => time - group;

function withoutUnits(panel: Panel, keeps: (unit: number) => boolean): Panel {
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

/** Bootstrap se of an effect: its influence under Mammen's (1993) two-point multipliers, spread by quartiles. */
function multiplier(panel: Panel, draws: number, seed: number): (effect: Effect) => number {
  const count = panel.cluster ? panel.clusterCount : panel.n;
  const low = (1 - Math.sqrt(5)) / 2;
  const high = (1 + Math.sqrt(5)) / 2;
  const chanceLow = (Math.sqrt(5) + 1) / (2 * Math.sqrt(5));
  return ({ influence }) => {
    const source = random(seed);
    const sums = zeros(count);
    for (let u = 0; u < panel.n; u++) sums[panel.cluster ? panel.cluster[u] : u] += influence[u];
    const values = zeros(draws);
    for (let b = 0; b < draws; b++) {
      let s = 0;
      for (let c = 0; c < count; c++) s += sums[c] * (source.uniform() < chanceLow ? low : high);
      values[b] = s / panel.n;
    }
    values.sort();
    const at = (q: number): number => values[Math.min(draws - 1, Math.floor(q * draws))];
    return (at(0.75) - at(0.25)) / (2 * normalQuantile(0.75));
  };
}
