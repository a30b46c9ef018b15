// Weights or pairs from the propensity score, with the balance they reach and the effect they give. Sources: Rosenbaum and
// Rubin (1983); inverse probability: Robins, Hernan and Brumback (2000); overlap: Li, Morgan and Zaslavsky (2018) JASA
// 113:390, eq. 5; entropy balancing: Hainmueller (2012) Political Analysis 20:25, eq. 5-9.
import type { Answer } from '../answer.ts';
import { type Vector, variance, zeros } from '../arrays.ts';
import { covariateColumns, designOf } from '../data/design.ts';
import { refuseDuplicates, type Sample, twoArms } from '../data/roles.ts';
import { labelsOf, selectRows, type Table, usedLevels } from '../data/table.ts';
import { demand, StatisticsError } from '../errors.ts';
import { cholesky, choleskySolve, isFactor } from '../linear-algebra/cholesky.ts';
import { matrix } from '../linear-algebra/matrix.ts';
import { fitGlm } from '../regression/fit.ts';
import type { Spec } from '../spec.ts';
import { effectiveSizes, measure, referenceSpread } from './balance.ts';
import { effectOf } from './effect.ts';
import { nearest, type Pair } from './nearest.ts';
import { type OneArmLevel, supportOf } from './support.ts';
import { centredOnTreated, entropyModel, scoreModel, type WeightModel } from './weight-models.ts';

/** Control weights whose covariate means equal the treated's, as close to equal weights as can be in entropy. */
export function entropyWeights(columns: readonly Vector[], treated: Vector): Vector {
  const n = treated.length;
  const p = columns.length;
  let nTreated = 0;
  for (const z of treated) nTreated += z;
  // work in treated-centred columns of unit spread: the target is then zero
  const x = columns.map((column) => centredOnTreated(column, treated));
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
  const warnings: string[] = [];
  const { outcome: _, arm: __, ...scoreSpec } = spec;
  const support = supportOf({ ...spec, use }, table, spec.covariates, treated);
  const { rows, leftOut } = support;
  const supported = rows.length === n ? table : selectRows(table, rows);
  const ofSupported = Float64Array.from(rows, (row) => treated[row] as number) as Vector;
  const design = designOf(
    { ...scoreSpec, method: 'propensity', covariates: [...support.covariates] },
    supported,
  );
  const fit = use === 'entropy' ? null : fitGlm('binomial', design, ofSupported, null);
  const score = fit ? fit.fitted : zeros(rows.length);
  const weights = zeros(n);
  for (const row of rows) weights[row] = 1;
  if (leftOut.length > 0) warnings.push('levels-of-one-arm-left-out');
  let model = (): WeightModel | null => null;
  let pairs: Pair[] | null = null;
  let caliperWidth: number | null = null;
  if (use === 'entropy') {
    const { columns } = covariateColumns(table, spec.covariates);
    weights.set(entropyWeights(columns, treated));
    model = () => entropyModel(columns, treated, weights);
  } else if (use === 'nearest') {
    const onScore = (spec.caliperOn ?? 'logit') === 'score';
    const distance = onScore ? score : (score.map((p) => Math.log(p / (1 - p))) as Vector);
    caliperWidth = spec.caliper === undefined ? null : spec.caliper * Math.sqrt(variance(distance));
    pairs = nearest(distance, ofSupported, {
      caliper: caliperWidth,
      ratio: spec.ratio ?? 1,
      replace: spec.replace ?? false,
      order: spec.order ?? 'largest',
      seed: spec.seed ?? 1,
    }).map((pair) => ({ treated: rows[pair.treated] as number, control: rows[pair.control] as number }));
    demand(
      pairs.length > 0,
      'no-pairs',
      'no treated row has a control within the caliper; widen it',
      'caliper',
    );
    pairWeights(pairs, weights);
  } else {
    rows.forEach((row, i) => {
      const p: number = score[i];
      const own = treated[row] === 1;
      if (use === 'iptw-ate') weights[row] = own ? 1 / p : 1 / (1 - p);
      else if (use === 'iptw-att') weights[row] = own ? 1 : p / (1 - p);
      else weights[row] = own ? 1 - p : p;
    });
    if (fit) model = () => scoreModel(fit, ofSupported, use);
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
  if (spec.id !== undefined) refuseDuplicates(table, spec.id);
  const ids = spec.id === undefined ? null : labelsOf(table, spec.id);
  const idOf = (row: number): string =>
    ids ? (ids.levels[ids.codes[row] as number] ?? '') : String(row + 1);
  const unlike = (of: OneArmLevel['arm']) =>
    leftOut.reduce((sum, one) => sum + (one.arm === of ? one.n : 0), 0);
  const matchedTreated = pairs
    ? new Set(pairs.map((pair) => pair.treated)).size
    : arm.nTreated - unlike('treated');
  const matchedControl = pairs
    ? new Set(pairs.map((pair) => pair.control)).size
    : arm.nControl - unlike('control');
  const effect = spec.outcome === undefined ? null : effectOf(spec, table, arm, weights, pairs, model);
  if (effect) warnings.push(...effect.warnings);
  return {
    method: 'propensity',
    n,
    warnings,
    use,
    estimand: ofTreated ? 'att' : use === 'overlap' ? 'ato' : 'ate',
    ...(effect ? { estimates: [effect.row], ...effect.beside } : {}),
    balance,
    effectiveSampleSize: effectiveSizes(treated, weights),
    sampleSize: { treated: arm.nTreated, control: arm.nControl },
    excluded: { treated: arm.nTreated - matchedTreated, control: arm.nControl - matchedControl },
    ...(leftOut.length > 0 ? { leftOut } : {}),
    ...(pairs
      ? {
          pairs: pairs.map((pair) => ({ treated: idOf(pair.treated), control: idOf(pair.control) })),
          nPairs: pairs.length,
          caliperWidth,
        }
      : {}),
    weights: n <= 20_000 || ids ? Array.from(weights) : undefined,
    ...(fit ? { scoreModel: { terms: design.terms, coefficients: Array.from(fit.beta) } } : {}),
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
