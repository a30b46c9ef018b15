// Proportional hazards regression: the answer. Sources: Cox (1972) JRSS B 34:187; robust covariance from score residuals
// summed in clusters: Lin and Wei (1989) JASA 84:1074; of few clusters by leaving each out.
import { type Answer, finite, ratioTwin, waldRow, withoutInterval } from '../answer.ts';
import { type Vector, zeros } from '../arrays.ts';
import { designOf } from '../data/design.ts';
import { crossed, type Sample } from '../data/roles.ts';
import { chiSquareUpper } from '../distributions.ts';
import { demand } from '../errors.ts';
import { gramOfRows } from '../linear-algebra/gram.ts';
import { get, type Matrix, matrix, multiply, symmetrised, toRows } from '../linear-algebra/matrix.ts';
import {
  clusterDf,
  clusterWarnings,
  fewForSandwich,
  type OneWay,
  oneWayClusters,
  tooFewClusters,
} from '../regression/cluster-rules.ts';
import { clusterCounts, permutationBeside } from '../regression/models.ts';
import { positiveRows } from '../regression/positive-rows.ts';
import type { Spec } from '../spec.ts';
import { type CoxFit, maximise } from './cox-fit.ts';
import { jackknifed } from './cox-jackknife.ts';
import { scoreResiduals } from './cox-residuals.ts';
import { type Ordered, ordered } from './cox-rows.ts';
import { followUpOf } from './follow-up.ts';
import { logRankScores } from './log-rank.ts';
import { proportionalHazards } from './proportional-hazards.ts';

export function cox(spec: Spec, sample: Sample): Answer {
  const { table, warnings } = positiveRows(spec, sample.table);
  const followUp = followUpOf(spec, table);
  const design = designOf(spec, table, false);
  const efron = (spec.ties ?? 'efron') === 'efron';
  let events = 0;
  for (let i = 0; i < table.n; i++) events += followUp.event[i];
  demand(events > 0, 'no-events', 'every row is censored; hazards cannot be compared', spec.event);
  if (design.arm) {
    let inTreated = 0;
    for (let i = 0; i < table.n; i++) inTreated += design.arm.treated[i] * followUp.event[i];
    demand(
      inTreated > 0 && inTreated < events,
      'separation',
      `one arm of "${design.arm.name}" has no event: its hazard ratio has no finite estimate`,
      design.arm.name,
    );
  }
  const strata = crossed(table, spec.strata ?? []);
  const data = ordered(design.x, followUp, strata.code, strata.levels.length);
  const fit = maximise(data, efron, design.terms);
  const { p } = data;
  const clusters = oneWayClusters(spec, table, design.arm?.treated ?? null);
  const naive = unscaled(fit.variance, data.scale);
  // whole weights are counts of rows, others are not: without a robust covariance they would claim their own information
  const robust = clusters !== null || (followUp.weights?.some((w) => !Number.isInteger(w)) ?? false);
  const vcovRobust = robust ? unscaled(sandwich(data, fit, efron, clusters), data.scale) : null;
  const leftOut = clusters && leavesOut(spec, clusters) ? leftOutEach(data, fit, efron, clusters) : null;
  const v = leftOut ?? vcovRobust ?? naive;
  const all = [...warnings, ...clusterWarnings(clusters, leftOut !== null)];
  const df = leftOut && clusters && !spec.df ? clusters.count - 1 : clusterDf(spec, clusters);
  const noInterval = clusters !== null && tooFewClusters(clusters);
  const estimates = design.terms.flatMap((term, j) => {
    const row = waldRow(term, fit.beta[j] / data.scale[j], Math.sqrt(get(v, j, j)), df, spec.level, 'log');
    const shown = noInterval ? withoutInterval(row) : row;
    return [shown, ratioTwin(shown)];
  });
  const likelihoodRatio = 2 * (fit.logLikelihood - fit.nullLogLikelihood);
  return {
    method: 'cox',
    n: table.n,
    warnings: all,
    events,
    ties: efron ? 'efron' : 'breslow',
    estimates,
    terms: design.terms,
    vcov: toRows(v),
    ...(vcovRobust ? { vcovType: leftOut ? 'jackknife' : 'CR0', vcovNaive: toRows(naive) } : {}),
    ...(vcovRobust && leftOut ? { vcovRobust: toRows(vcovRobust) } : {}),
    ...clusterCounts({ clusters }),
    logLikelihood: fit.logLikelihood,
    likelihoodRatio: { chiSquare: likelihoodRatio, df: p, p: finite(chiSquareUpper(likelihoodRatio, p)) },
    proportionalHazards: proportionalHazards(data, fit, efron, design.terms),
    converged: true,
    iterations: fit.iterations,
    ...permutationBeside(
      spec,
      clusters,
      design.arm?.treated ?? null,
      logRankScores(followUp, strata),
      followUp.weights,
    ),
  };
}

/** Whether each cluster is left out in turn; asking for the normal reference asks for the large-sample form. */
const leavesOut = (spec: Spec, clusters: OneWay): boolean =>
  spec.vcov === 'jackknife' || (!spec.vcov && spec.df !== 'normal' && fewForSandwich(clusters));

function leftOutEach(data: Ordered, fit: CoxFit, efron: boolean, { grouping }: OneWay): Matrix | null {
  const v = jackknifed(data, fit.beta, efron, grouping.code, grouping.levels.length);
  return v && unscaled(v, data.scale);
}

/** The robust covariance of coefficients of scaled columns, by clusters, or by rows where there are none. */
function sandwich(data: Ordered, fit: CoxFit, efron: boolean, clusters: OneWay | null): Matrix {
  const { p } = data;
  const groups = clusters?.grouping;
  const count = groups ? groups.levels.length : data.n;
  const residuals = scoreResiduals(data, fit.beta, efron);
  const sums = zeros(count * p);
  for (let i = 0; i < data.n; i++) {
    const g: number = groups ? groups.code[data.row[i]] : i;
    const w: number = data.weight ? data.weight[i] : 1;
    for (let j = 0; j < p; j++) sums[g * p + j] += w * residuals[i * p + j];
  }
  const meat = gramOfRows(sums, count, p, null);
  return symmetrised(multiply(multiply(fit.variance, meat), fit.variance));
}

/** A covariance of coefficients of scaled columns, on the columns' own scale. */
function unscaled(v: Matrix, scale: Vector): Matrix {
  const out = matrix(v.rows, v.columns);
  for (let i = 0; i < v.rows; i++)
    for (let j = 0; j < v.columns; j++) out.values[i + j * v.rows] = get(v, i, j) / (scale[i] * scale[j]);
  return out;
}
