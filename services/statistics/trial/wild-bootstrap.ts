// Wild cluster bootstrap of one coefficient, the null imposed, with the interval by inverting the test. Sources: Cameron,
// Gelbach and Miller (2008) REStat 90:414, sec. III; Webb (2014) six-point weights; draws cost only the clusters' scores
// (Roodman et al. 2019, Stata J. 19:4, sec. 5).
import { type Answer, finite } from '../answer.ts';
import { type Vector, zeros } from '../arrays.ts';
import type { Design } from '../data/design.ts';
import { type Grouping, needed, type Sample } from '../data/roles.ts';
import { demand } from '../errors.ts';
import { get } from '../linear-algebra/matrix.ts';
import { oneWayClusters, tooFewClusters } from '../regression/cluster-rules.ts';
import { type Fit, fitLinear } from '../regression/fit.ts';
import { fitModel } from '../regression/models.ts';
import type { Spec } from '../spec.ts';
import { countReaching, invert, ratioAt } from './draws.ts';
import type { Resampled } from './resampled.ts';
import { drawPart } from './resampled.ts';
import { ownWild, type WildTask } from './wild-draws.ts';

const DEFAULT_DRAWS = 9_999;
const TIE = 1e-9;

export function wildBootstrap(spec: Spec, sample: Sample): Resampled {
  needed(spec, 'cluster');
  const { fit, design, table, warnings } = fitModel(spec, sample, 'gaussian');
  const clusters = oneWayClusters(spec, table, design.arm?.treated ?? null);
  demand(clusters, 'missing-role', 'wild-bootstrap needs "cluster"', 'cluster');
  const { grouping } = clusters;
  const term = (spec.term as string | undefined) ?? design.arm?.name ?? fit.terms[1];
  const target = fit.terms.indexOf(term ?? '');
  demand(target >= 0, 'bad-option', `"term" is one of ${fit.terms.join(', ')}`, 'term');
  const byLaw = spec.bootstrapWeights ?? 'rademacher';
  demand(
    byLaw === 'rademacher' || byLaw === 'webb',
    'bad-option',
    '"weights" is rademacher or webb',
    'weights',
  );
  const wild = wildOf(fit, design, grouping, target, byLaw, spec.draws ?? DEFAULT_DRAWS, spec.seed ?? 1);
  const { task, se, estimate } = wild;
  const { exhaustive, draws: used, count } = task;
  const { n } = fit;
  const tooFew = tooFewClusters(clusters);
  const alpha = 1 - spec.level;
  const usable = se > 0;
  const finish = (drawn: Vector): Answer => {
    const { extremes, pOf } = wild.on(drawn);
    const pValue = usable ? pOf(0) : null;
    const all = [...warnings];
    if (tooFew) all.push('too-few-clusters');
    if (!usable) all.push('no-variance');
    if (exhaustive && 2 / used > alpha) all.push('too-few-arrangements');
    const end = (side: -1 | 1): number | null =>
      usable && !tooFew ? finite(invert(pOf, estimate, side, alpha, 2 * se)) : null;
    const lower = end(-1);
    const upper = end(1);
    if (usable && !tooFew && (lower === null || upper === null)) all.push('interval-open');
    return {
      method: 'wild-bootstrap',
      n,
      warnings: all,
      term,
      weights: byLaw,
      draws: used,
      exhaustive,
      ...(exhaustive ? {} : { seed: spec.seed ?? 1 }),
      nClusters: count,
      p: pValue,
      // the share boottest and fwildclusterboot print, which can be 0; p counts ties, as an exact test must
      pExcludingTies: usable ? extremes(0).pass / used : null,
      estimates: [
        {
          term: term ?? '',
          estimate,
          se,
          df: null,
          statistic: usable ? estimate / se : null,
          p: pValue,
          lower,
          upper,
          scale: 'identity',
        },
      ],
    };
  };

  return { task, finish };
}

interface Wild {
  readonly task: WildTask;
  readonly estimate: number;
  readonly se: number;
  /** The test on the numbers of the draws: those at least as far out, those further, and p, at a null. */
  on(drawn: Vector): {
    extremes: (delta: number) => { reach: number; pass: number };
    pOf: (delta: number) => number;
  };
}

/** The bootstrap of the coefficient at `target`; all sign patterns where there are no more of them than `draws`. */
function wildOf(
  fit: Fit,
  design: Design,
  grouping: Grouping,
  target: number,
  law: 'rademacher' | 'webb',
  draws: number,
  seed: number,
): Wild {
  const count = grouping.levels.length;
  const { n, p, z, bread, transform, working } = fit;
  const contrast = zeros(p);
  for (let j = 0; j < p; j++) contrast[j] = transform.values[target + j * p];
  /** direction' z_i is the row's part in the coefficient. */
  const direction = zeros(p);
  for (let j = 0; j < p; j++) for (let k = 0; k < p; k++) direction[j] += get(bread, j, k) * contrast[k];

  // the fit without the term, of the outcome and of the term's own column: residuals under any null are their line
  const kept = fit.terms.map((_, j) => j).filter((j) => j !== target);
  const column = design.x.values.slice(target * n, (target + 1) * n);
  const without = (outcome: Vector): Vector => {
    if (kept.length === 0) return outcome;
    const values = zeros(n * kept.length);
    kept.forEach((from, to) => {
      values.set(design.x.values.subarray(from * n, (from + 1) * n), to * n);
    });
    const x = { rows: n, columns: kept.length, values };
    const reduced = fitLinear(
      { ...design, x, terms: kept.map((j) => fit.terms[j] ?? '') },
      outcome,
      fit.weights,
    );
    return outcome.map((y, i) => y - (reduced.fitted[i] as number));
  };
  const residual = without(fit.outcome);
  const tilt = without(column);
  // by cluster: part in the coefficient, scores on Z, and the Gram product that carries a score into the coefficient
  const q0 = zeros(count);
  const q1 = zeros(count);
  const r0 = zeros(count * p);
  const r1 = zeros(count * p);
  const carry = zeros(count * p);
  for (let i = 0; i < n; i++) {
    const g: number = grouping.code[i];
    const w: number = working[i];
    let part = 0;
    for (let j = 0; j < p; j++) part += direction[j] * z[i * p + j];
    q0[g] += w * part * residual[i];
    q1[g] += w * part * tilt[i];
    for (let j = 0; j < p; j++) {
      r0[g * p + j] += w * z[i * p + j] * residual[i];
      r1[g * p + j] += w * z[i * p + j] * tilt[i];
      carry[g * p + j] += w * part * z[i * p + j];
    }
  }
  // carry' bread: a cluster's share of a refitted score
  const carried = zeros(count * p);
  for (let g = 0; g < count; g++)
    for (let j = 0; j < p; j++)
      for (let k = 0; k < p; k++) carried[g * p + j] += carry[g * p + k] * get(bread, k, j);

  const exhaustive = law === 'rademacher' && 2 ** count <= draws;
  const used = exhaustive ? 2 ** count : draws;
  const task: WildTask = {
    kind: 'wild',
    count,
    p,
    q0,
    q1,
    r0,
    r1,
    carried,
    law,
    seed: seed,
    draws: used,
    exhaustive,
  };
  const estimate: number = fit.beta[target];
  let meat = 0;
  for (let g = 0; g < count; g++) {
    let own: number = q0[g];
    for (let j = 0; j < p; j++) own -= carried[g * p + j] * columnSum(r0, j, p);
    meat += own * own;
  }
  const se = Math.sqrt((count / (count - 1)) * meat);
  const own = ownWild(task);
  return {
    task,
    estimate,
    se,
    on(drawn) {
      /** Draws at least as far out as the data, and those truly further: the data's own pattern and its mirror only tie. */
      const extremes = (delta: number): { reach: number; pass: number } => {
        const limit = ratioAt(own, 0, delta);
        return countReaching(drawn, 5, delta, limit * (1 - TIE), limit * (1 + TIE));
      };
      const share = (extreme: number): number => (exhaustive ? extreme / used : (extreme + 1) / (used + 1));
      const pOf = (delta: number): number => share(extremes(delta).reach);
      return { extremes, pOf };
    },
  };
}

/** p of no effect at `target`, beside an analysis with few clusters. */
export function wildTest(
  fit: Fit,
  design: Design,
  grouping: Grouping,
  target: number,
  seed: number,
): { p: number | null; draws: number } {
  const { task, se, on } = wildOf(fit, design, grouping, target, 'rademacher', DEFAULT_DRAWS, seed);
  const p = se > 0 ? on(drawPart(task, 0, task.draws)).pOf(0) : null;
  return { p, draws: task.draws };
}

function columnSum(r: Vector, j: number, p: number): number {
  let s = 0;
  for (let i = j; i < r.length; i += p) s += r[i];
  return s;
}
