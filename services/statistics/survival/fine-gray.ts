// Regression of the subdistribution hazard of one cause, censoring weighted by its Kaplan-Meier curve: the answer.
// Source: Fine and Gray (1999) JASA 94:496; sums of the robust covariance in clusters as Zhou, Fine, Latouche and Labopin
// (2012) Biostatistics 13:371.
import { type Answer, ratioTwin, waldRow, withoutInterval } from '../answer.ts';
import { zeros } from '../arrays.ts';
import { designOf } from '../data/design.ts';
import type { Sample } from '../data/roles.ts';
import { demand } from '../errors.ts';
import { gramOfRows } from '../linear-algebra/gram.ts';
import { get, type Matrix, multiply, symmetrised, toRows } from '../linear-algebra/matrix.ts';
import {
  clusterDf,
  clusterWarnings,
  type OneWay,
  oneWayClusters,
  tooFewClusters,
} from '../regression/cluster-rules.ts';
import { clusterCounts, permutationBeside } from '../regression/models.ts';
import type { Spec } from '../spec.ts';
import { maximiseSubdistribution, type SubdistributionFit } from './fine-gray-fit.ts';
import { subdistributionInfluence } from './fine-gray-influence.ts';
import { EVENT, type SubdistributionRows, subdistributionRows } from './fine-gray-rows.ts';
import { followUpOf } from './follow-up.ts';
import { subdistributionScores } from './subdistribution-scores.ts';

export function fineGray(spec: Spec, { table }: Sample): Answer {
  const followUp = followUpOf(spec, table, true);
  demand(
    !followUp.start && !followUp.weights,
    'bad-option',
    'fine-gray takes neither start nor weights',
    'start',
  );
  const cause = spec.cause ?? 1;
  const design = designOf(spec, table, false);
  const rows = subdistributionRows(design.x, followUp, cause);
  const events = rows.kind.filter((kind) => kind === EVENT).length;
  demand(events > 0, 'no-events', `no row has an event of cause ${cause}`, spec.event);
  const fit = maximiseSubdistribution(rows, design.terms);
  const clusters = oneWayClusters(spec, table, design.arm?.treated ?? null);
  const v = robust(rows, fit, clusters);
  const df = clusterDf(spec, clusters);
  const noInterval = clusters !== null && tooFewClusters(clusters);
  const estimates = design.terms.flatMap((term, j) => {
    const estimate = fit.beta[j] / rows.scale[j];
    const made = waldRow(term, estimate, Math.sqrt(get(v, j, j)), df, spec.level, 'log');
    const row = noInterval ? withoutInterval(made) : made;
    return [row, ratioTwin(row)];
  });
  return {
    method: 'fine-gray',
    n: table.n,
    warnings: clusterWarnings(clusters, false),
    cause,
    events,
    estimates,
    terms: design.terms,
    vcov: toRows(v),
    logLikelihood: fit.logLikelihood,
    ...clusterCounts({ clusters }),
    converged: true,
    iterations: fit.iterations,
    ...permutationBeside(
      spec,
      clusters,
      design.arm?.treated ?? null,
      subdistributionScores(followUp, cause),
      null,
    ),
  };
}

/** The robust covariance of coefficients on the columns' own scale, by clusters, or by rows where there are none. */
function robust(rows: SubdistributionRows, fit: SubdistributionFit, clusters: OneWay | null): Matrix {
  const { n, p, order, scale } = rows;
  const influence = subdistributionInfluence(rows, fit);
  const groups = clusters?.grouping;
  const count = groups ? groups.levels.length : n;
  const sums = zeros(count * p);
  for (let i = 0; i < n; i++) {
    const g: number = groups ? groups.code[order[i]] : i;
    for (let j = 0; j < p; j++) sums[g * p + j] += influence[i * p + j];
  }
  const meat = gramOfRows(sums, count, p, null);
  const v = symmetrised(multiply(multiply(fit.bread, meat), fit.bread));
  for (let j = 0; j < p; j++) for (let k = 0; k < p; k++) v.values[j + k * p] /= scale[j] * scale[k];
  return v;
}
