// Weights or pairs from the propensity score, with the balance they reach and the effect they give. Sources: Rosenbaum and
// Rubin (1983); inverse probability: Robins, Hernan and Brumback (2000); overlap: Li, Morgan and Zaslavsky (2018) JASA
// 113:390, eq. 5; entropy balancing: Hainmueller (2012) Political Analysis 20:25, eq. 5-9.
import { type Answer, waldRow } from '../answer.ts';
import { integers, type Vector, variance, zeros } from '../arrays.ts';
import { covariateColumns, designOf, INTERCEPT } from '../data/design.ts';
import { type Sample, twoArms } from '../data/roles.ts';
import { labelsOf, numbersOf, type Table, usedLevels } from '../data/table.ts';
import { demand, StatisticsError } from '../errors.ts';
import { cholesky, choleskySolve, isFactor } from '../linear-algebra/cholesky.ts';
import { get, matrix } from '../linear-algebra/matrix.ts';
import { fitGlm, fitLinear } from '../regression/fit.ts';
import { clustersOf, inferenceOf, inferredRow, unitContrasts } from '../regression/inference.ts';
import { clustered } from '../regression/robust.ts';
import type { Spec } from '../spec.ts';
import { effectiveSizes, measure, referenceSpread } from './balance.ts';
import { nearest, type Pair } from './nearest.ts';

/** Control weights whose covariate means equal the treated's, as close to equal weights as can be in entropy. */
export function entropyWeights(columns: readonly Vector[], treated: Vector): Vector {
  const n = treated.length;
  const p = columns.length;
  let nTreated = 0;
  for (const z of treated) nTreated += z;
  // work in treated-centred columns of unit spread: the target is then zero
  const x = columns.map((column) => {
    let centre = 0;
    for (let i = 0; i < n; i++) if (treated[i] === 1) centre += column[i] / nTreated;
    const spread = Math.sqrt(variance(column)) || 1;
    return column.map((v) => (v - centre) / spread) as Vector;
  });
  const lambda = zeros(p);
  const weights = zeros(n);
  const evaluate = (): number => {
    let top = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      let s = 0;
      for (let j = 0; j < p; j++) s += lambda[j] * (x[j] as Vector)[i];
      weights[i] = s;
      if (treated[i] === 0) top = Math.max(top, s);
    }
    let total = 0;
    for (let i = 0; i < n; i++) {
      weights[i] = treated[i] === 0 ? Math.exp(weights[i] - top) : 0;
      total += weights[i];
    }
    for (let i = 0; i < n; i++) weights[i] /= total;
    return top + Math.log(total);
  };
  let value = evaluate();
  for (let iteration = 0; iteration < 200; iteration++) {
    const slope = zeros(p);
    const bend = matrix(p, p);
    for (let i = 0; i < n; i++) {
      const w: number = weights[i];
      if (w === 0) continue;
      for (let j = 0; j < p; j++) {
        const wx = w * (x[j] as Vector)[i];
        slope[j] += wx;
        for (let k = 0; k < p; k++) bend.values[j + k * p] += wx * (x[k] as Vector)[i];
      }
    }
    for (let j = 0; j < p; j++) for (let k = 0; k < p; k++) bend.values[j + k * p] -= slope[j] * slope[k];
    if (Math.max(...slope.map(Math.abs)) < 1e-13) break;
    const factor = cholesky(bend);
    if (!isFactor(factor)) refuseEntropy();
    const step = choleskySolve(factor, slope);
    let scale = 1;
    const before = lambda.slice();
    for (; scale > 1e-10; scale /= 2) {
      for (let j = 0; j < p; j++) lambda[j] = (before[j] as number) - scale * step[j];
      const next = evaluate();
      if (next <= value + 1e-14 * Math.abs(value)) {
        value = next;
        break;
      }
    }
    if (scale <= 1e-10) break;
    if (Math.max(...lambda.map(Math.abs)) > 500) refuseEntropy();
    if (iteration === 199) refuseEntropy();
  }
  for (let i = 0; i < n; i++) weights[i] = treated[i] === 1 ? 1 : weights[i] * nTreated;
  return weights;
}

function refuseEntropy(): never {
  throw new StatisticsError(
    'no-balance',
    'no weights on the controls reach the means of the treated; leave covariates out',
    'covariates',
  );
}

export function propensity(spec: Spec, { table }: Sample): Answer {
  const arm = twoArms(spec, table);
  const { treated } = arm;
  const n = table.n;
  demand(
    spec.covariates && spec.covariates.length > 0,
    'missing-role',
    'propensity needs "covariates"',
    'covariates',
  );
  const use = spec.use ?? 'iptw-ate';
  const covariates = covariateColumns(table, spec.covariates);
  const warnings: string[] = [];
  const { outcome: _, arm: __, ...scoreSpec } = spec;
  const design = designOf({ ...scoreSpec, method: 'propensity' }, table);
  const fit = use === 'entropy' ? null : fitGlm('binomial', design, treated, null);
  const score = fit ? fit.fitted : zeros(n);
  const weights = zeros(n).fill(1) as Vector;
  let pairs: Pair[] | null = null;
  let caliperWidth: number | null = null;
  if (use === 'entropy') weights.set(entropyWeights(covariates.columns, treated));
  else if (use === 'nearest') {
    const onScore = (spec.caliperOn ?? 'logit') === 'score';
    const distance = onScore ? score : (score.map((p) => Math.log(p / (1 - p))) as Vector);
    caliperWidth = spec.caliper === undefined ? null : spec.caliper * Math.sqrt(variance(distance));
    pairs = nearest(distance, treated, {
      caliper: caliperWidth,
      ratio: spec.ratio ?? 1,
      replace: spec.replace ?? false,
      order: spec.order ?? 'largest',
      seed: spec.seed ?? 1,
    });
    demand(
      pairs.length > 0,
      'no-pairs',
      'no treated row has a control within the caliper; widen it',
      'caliper',
    );
    pairWeights(pairs, weights);
  } else {
    for (let i = 0; i < n; i++) {
      const p: number = score[i];
      const own = treated[i] === 1;
      if (use === 'iptw-ate') weights[i] = own ? 1 / p : 1 / (1 - p);
      else if (use === 'iptw-att') weights[i] = own ? 1 : p / (1 - p);
      else weights[i] = own ? 1 - p : p;
    }
  }
  const ofTreated = use === 'iptw-att' || use === 'nearest' || use === 'entropy';
  const balance = everyLevel(table, spec.covariates).map(({ term, x }) => {
    const spread = referenceSpread(x, treated, ofTreated);
    return { term, before: measure(x, treated, null, spread), after: measure(x, treated, weights, spread) };
  });
  if (balance.some(({ after }) => after.smd !== null && Math.abs(after.smd) > 0.1))
    warnings.push('imbalance-remains');
  const extreme = score.some((p) => p < 1e-6 || p > 1 - 1e-6);
  if (fit && extreme) warnings.push('extreme-scores');
  const ids = spec.id === undefined ? null : labelsOf(table, spec.id);
  const idOf = (row: number): string =>
    ids ? (ids.levels[ids.codes[row] as number] ?? '') : String(row + 1);
  const matchedTreated = pairs ? new Set(pairs.map((pair) => pair.treated)).size : arm.nTreated;
  const matchedControl = pairs ? new Set(pairs.map((pair) => pair.control)).size : arm.nControl;
  const effect =
    spec.outcome === undefined ? null : effectRow(spec, table, arm.name, treated, weights, pairs, warnings);
  return {
    method: 'propensity',
    n,
    warnings,
    use,
    estimand: ofTreated ? 'att' : use === 'overlap' ? 'ato' : 'ate',
    ...(effect ? { estimates: [effect] } : {}),
    balance,
    effectiveSampleSize: effectiveSizes(treated, weights),
    sampleSize: { treated: arm.nTreated, control: arm.nControl },
    excluded: { treated: arm.nTreated - matchedTreated, control: arm.nControl - matchedControl },
    ...(pairs
      ? {
          pairs: pairs.map((pair) => ({ treated: idOf(pair.treated), control: idOf(pair.control) })),
          nPairs: pairs.length,
          caliperWidth,
        }
      : {}),
    weights: n <= 20_000 || ids ? Array.from(weights) : undefined,
    ...(fit
      ? { scoreModel: { terms: [INTERCEPT, ...covariates.terms], coefficients: Array.from(fit.beta) } }
      : {}),
  };
}

/** The covariates as balance is judged on: words of three levels or more by every level, the first too. */
function everyLevel(table: Table, names: readonly string[]): { term: string; x: Vector }[] {
  return names.flatMap((name) => {
    const { terms, columns } = covariateColumns(table, [name]);
    const shown = terms.map((term, j) => ({ term, x: columns[j] as Vector }));
    if (terms.length < 2) return shown;
    const first = usedLevels(labelsOf(table, name)).levels[0] ?? '';
    const rest = columns.reduce((s, c) => s.map((v, i) => v + (c[i] as number)) as Vector);
    return [{ term: `${name}=${first}`, x: rest.map((v) => 1 - v) as Vector }, ...shown];
  });
}

/** Treated with a match weigh 1; a control weighs its share of the treated it serves, scaled to the matched controls. */
function pairWeights(pairs: readonly Pair[], weights: Vector): void {
  weights.fill(0);
  const served = new Map<number, number>();
  for (const { treated } of pairs) served.set(treated, (served.get(treated) ?? 0) + 1);
  for (const { treated, control } of pairs) {
    weights[treated] = 1;
    weights[control] += 1 / (served.get(treated) ?? 1);
  }
  const controls = new Set(pairs.map((pair) => pair.control));
  const scale = controls.size / served.size;
  for (const row of controls) weights[row] *= scale;
}

/** The weighted difference, robust to weighting; clusters are those given, else the matched sets. */
function effectRow(
  spec: Spec,
  table: Sample['table'],
  term: string,
  treated: Vector,
  weights: Vector,
  pairs: readonly Pair[] | null,
  warnings: string[],
) {
  const all = numbersOf(table, spec.outcome ?? '');
  const keep: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i] > 0) keep.push(i);
  const pick = (from: Vector): Vector => Float64Array.from(keep, (row) => from[row] as number);
  const values = zeros(keep.length * 2);
  values.fill(1, 0, keep.length);
  values.set(pick(treated), keep.length);
  const design = {
    x: { rows: keep.length, columns: 2, values },
    terms: [INTERCEPT, term],
    arm: null,
    armColumn: 1,
  };
  const fit = fitLinear(design, pick(all), pick(weights));
  if (spec.cluster) {
    const whole = clustersOf(spec, table, treated);
    const grouping = whole?.groupings[0];
    demand(grouping, 'bad-option', 'name one cluster column', 'cluster');
    const code = Int32Array.from(keep, (row) => grouping.code[row] as number);
    const v = clustered(fit, { ...grouping, code }, 'CR1').v;
    return waldRow(term, fit.beta[1], Math.sqrt(get(v, 1, 1)), grouping.levels.length - 1, spec.level);
  }
  if (pairs && !spec.replace) {
    const place = new Map(keep.map((row, i) => [row, i]));
    const code = integers(keep.length);
    const sets = new Map<number, number>();
    for (const pair of pairs) {
      const set = sets.get(pair.treated) ?? sets.size;
      sets.set(pair.treated, set);
      code[place.get(pair.treated) ?? 0] = set;
      code[place.get(pair.control) ?? 0] = set;
    }
    if (sets.size < 2) {
      warnings.push('one-pair');
      return waldRow(term, fit.beta[1], null, null, spec.level);
    }
    const grouping = { name: 'pair', code, levels: Array.from({ length: sets.size }, (_, i) => String(i)) };
    return waldRow(
      term,
      fit.beta[1],
      Math.sqrt(get(clustered(fit, grouping, 'CR1').v, 1, 1)),
      null,
      spec.level,
    );
  }
  const { cluster: _, df: __, ...rest } = spec;
  const inference = inferenceOf(
    { ...rest, vcov: 'HC1', df: 'normal' },
    fit,
    table,
    { ...design, arm: null },
    unitContrasts(2),
  );
  return inferredRow(inference, term, fit.beta[1], get(inference.v, 1, 1), 1, spec.level);
}
