// Regression of the subdistribution hazard of one cause, censoring weighted by its Kaplan-Meier curve.
// Source: Fine and Gray (1999) JASA 94:496: weighted score eq. 6, variance with the censoring term eq. 7-8.
import { type Answer, ratioTwin, waldRow, withoutInterval } from '../answer.ts';
import { mean, orderOf, type Vector, zeros } from '../arrays.ts';
import { designOf } from '../data/design.ts';
import type { Sample } from '../data/roles.ts';
import { demand, StatisticsError } from '../errors.ts';
import { cholesky, choleskyInverse, choleskySolve, isFactor } from '../linear-algebra/cholesky.ts';
import { column, get, matrix, multiply, symmetrised, toRows } from '../linear-algebra/matrix.ts';
import { clusterDf, clusterWarnings, oneWayClusters, tooFewClusters } from '../regression/cluster-rules.ts';
import { clusterCounts, permutationBeside } from '../regression/models.ts';
import type { Spec } from '../spec.ts';
import { followUpOf } from './follow-up.ts';
import { subdistributionScores } from './subdistribution-scores.ts';

const MAX_ITERATIONS = 50;

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
  const n = table.n;
  const p = design.x.columns;
  const order = orderOf(followUp.time);
  const time = Float64Array.from(order, (r) => followUp.time[r] as number);
  const kind = Uint8Array.from(order, (r) =>
    followUp.event[r] === 0 ? 0 : followUp.event[r] === cause ? 1 : 2,
  );
  const events = kind.filter((e) => e === 1).length;
  demand(events > 0, 'no-events', `no row has an event of cause ${cause}`, spec.event);
  const scale = zeros(p);
  const x = zeros(n * p);
  for (let j = 0; j < p; j++) {
    const c = column(design.x, j);
    const centre = mean(c);
    let squares = 0;
    for (let i = 0; i < n; i++) squares += (c[i] - centre) ** 2;
    scale[j] = Math.sqrt(squares / n) || 1;
    for (let i = 0; i < n; i++) x[i * p + j] = (c[order[i] as number] - centre) / scale[j];
  }
  // censoring survival just before each row's time, and at risk there; tied blocks share both
  const free = zeros(n);
  const atRisk = zeros(n);
  const blockEnd = new Int32Array(n);
  let g = 1;
  for (let i = 0; i < n; ) {
    let k = i;
    let censored = 0;
    while (k < n && time[k] === time[i]) {
      if (kind[k] === 0) censored++;
      k++;
    }
    for (let r = i; r < k; r++) {
      free[r] = g;
      atRisk[r] = n - i;
      blockEnd[r] = k;
    }
    g *= 1 - censored / (n - i);
    i = k;
  }
  const beta = zeros(p);
  const risk = zeros(n);
  const s0 = zeros(n);
  const bar = zeros(n * p);
  const score = zeros(p);
  let logLikelihood = Number.NEGATIVE_INFINITY;

  /** Sums of the weighted risk set at the first row of every tied block with an event of the cause. */
  const evaluate = (): { value: number; information: ReturnType<typeof matrix> } => {
    for (let i = 0; i < n; i++) {
      let eta = 0;
      for (let j = 0; j < p; j++) eta += x[i * p + j] * beta[j];
      risk[i] = Math.exp(Math.min(eta, 300));
    }
    const size = 1 + p + p * p;
    const still = zeros(size);
    const gone = zeros(size);
    const add = (to: Vector, i: number, w: number): void => {
      to[0] += w;
      for (let j = 0; j < p; j++) {
        const wx = w * x[i * p + j];
        to[1 + j] += wx;
        for (let k = 0; k <= j; k++) to[1 + p + j * p + k] += wx * x[i * p + k];
      }
    };
    for (let i = 0; i < n; i++) add(still, i, risk[i]);
    score.fill(0);
    const information = matrix(p, p);
    let value = 0;
    for (let i = 0; i < n; ) {
      const end = blockEnd[i] as number;
      let deaths = 0;
      for (let r = i; r < end; r++) {
        if (kind[r] !== 1) continue;
        deaths++;
        value += Math.log(risk[r]);
        for (let j = 0; j < p; j++) score[j] += x[r * p + j];
      }
      if (deaths > 0) {
        const w: number = free[i];
        const total = still[0] + w * gone[0];
        s0[i] = total;
        value -= deaths * Math.log(total);
        for (let j = 0; j < p; j++) bar[i * p + j] = (still[1 + j] + w * gone[1 + j]) / total;
        for (let j = 0; j < p; j++) {
          score[j] -= deaths * bar[i * p + j];
          for (let k = 0; k <= j; k++) {
            const second = (still[1 + p + j * p + k] + w * gone[1 + p + j * p + k]) / total;
            information.values[k + j * p] += deaths * (second - bar[i * p + j] * bar[i * p + k]);
          }
        }
      }
      for (let r = i; r < end; r++) {
        add(still, r, -risk[r]);
        if (kind[r] === 2) add(gone, r, risk[r] / free[r]);
      }
      i = end;
    }
    for (let j = 0; j < p; j++)
      for (let k = 0; k < j; k++) information.values[j + k * p] = information.values[k + j * p];
    return { value, information };
  };

  const separated = (step: Vector): never => {
    let worst = 0;
    for (let j = 1; j < p; j++) if (Math.abs(step[j]) > Math.abs(step[worst])) worst = j;
    const term = design.terms[worst] ?? '';
    throw new StatisticsError(
      'separation',
      `"${term}" has no finite subdistribution hazard ratio; merge its levels or leave it out`,
      term,
    );
  };
  let iterations = 0;
  let state = evaluate();
  let bread = matrix(p, p);
  for (; ; iterations++) {
    logLikelihood = state.value;
    const factor = cholesky(state.information);
    if (!isFactor(factor)) {
      const term = design.terms[factor.dependent] ?? '';
      throw new StatisticsError(
        'singular-design',
        `"${term}" is a combination of the terms before it (or constant); leave it out`,
        term,
      );
    }
    bread = choleskyInverse(factor);
    const step = choleskySolve(factor, score);
    if (iterations >= MAX_ITERATIONS || Math.max(...beta.map(Math.abs)) > 30) separated(step);
    if (iterations > 0 && Math.max(...step.map(Math.abs)) < 1e-11 * Math.max(1, ...beta.map(Math.abs))) break;
    for (let j = 0; j < p; j++) beta[j] += step[j];
    state = evaluate();
    for (
      let half = 0;
      half < 30 && !(state.value >= logLikelihood - 1e-10 * Math.abs(logLikelihood));
      half++
    ) {
      for (let j = 0; j < p; j++) {
        step[j] /= 2;
        beta[j] -= step[j];
      }
      state = evaluate();
    }
  }

  // eta: each row's own score; sums of dL, xbar dL, G dL and xbar G dL over event times
  const influence = zeros(n * p);
  const hazard = zeros(n);
  for (let i = 0; i < n; ) {
    const end = blockEnd[i] as number;
    let deaths = 0;
    for (let r = i; r < end; r++) if (kind[r] === 1) deaths++;
    if (deaths > 0) hazard[i] = deaths / s0[i];
    i = end;
  }
  let before = 0;
  const beforeBar = zeros(p);
  for (let i = 0; i < n; ) {
    const end = blockEnd[i] as number;
    before += hazard[i];
    for (let j = 0; j < p; j++) beforeBar[j] += hazard[i] * bar[i * p + j];
    for (let r = i; r < end; r++)
      for (let j = 0; j < p; j++) {
        if (kind[r] === 1) influence[r * p + j] += x[r * p + j] - bar[i * p + j];
        influence[r * p + j] -= risk[r] * (x[r * p + j] * before - beforeBar[j]);
      }
    i = end;
  }
  // after a competing event the row stays at risk with weight G(t)/G(X); backward over later event times
  const blocks: number[] = [];
  for (let i = 0; i < n; i = blockEnd[i] as number) blocks.push(i);
  let later = 0;
  const laterBar = zeros(p);
  const laterAt = blocks.map(() => ({ sum: 0, bar: zeros(p) }));
  for (let b = blocks.length - 1; b >= 0; b--) {
    const i = blocks[b] as number;
    const at = laterAt[b] as { sum: number; bar: Vector };
    at.sum = later;
    at.bar.set(laterBar);
    for (let r = i; r < (blockEnd[i] as number); r++) {
      if (kind[r] !== 2) continue;
      for (let j = 0; j < p; j++)
        influence[r * p + j] -= (risk[r] / free[r]) * (x[r * p + j] * later - laterBar[j]);
    }
    later += free[i] * hazard[i];
    for (let j = 0; j < p; j++) laterBar[j] += free[i] * hazard[i] * bar[i * p + j];
  }
  // psi: what estimating G from the censored rows adds
  let goneRisk = 0;
  const goneX = zeros(p);
  let compensator = zeros(p);
  blocks.forEach((i, b) => {
    const end = blockEnd[i] as number;
    let censored = 0;
    for (let r = i; r < end; r++) if (kind[r] === 0) censored++;
    const { sum, bar: tail } = laterAt[b] as { sum: number; bar: Vector };
    const q = zeros(p);
    // those gone before this time, over events at or after it
    const own = free[i] * hazard[i];
    for (let j = 0; j < p; j++) q[j] = goneX[j] * (sum + own) - goneRisk * (tail[j] + own * bar[i * p + j]);
    for (let r = i; r < end; r++) {
      if (kind[r] !== 2) continue;
      goneRisk += risk[r] / free[r];
      for (let j = 0; j < p; j++) goneX[j] += (risk[r] / free[r]) * x[r * p + j];
    }
    if (censored > 0) {
      const y: number = atRisk[i];
      compensator = compensator.map((c, j) => c + (q[j] * censored) / (y * y));
      for (let r = i; r < end; r++)
        if (kind[r] === 0) for (let j = 0; j < p; j++) influence[r * p + j] += q[j] / y;
    }
    for (let r = i; r < end; r++)
      for (let j = 0; j < p; j++) influence[r * p + j] -= compensator[j] as number;
  });
  const clusters = oneWayClusters(spec, table, design.arm?.treated ?? null);
  const cluster = clusters?.grouping ?? null;
  const groups = cluster ? cluster.levels.length : n;
  const sums = zeros(groups * p);
  for (let i = 0; i < n; i++) {
    const group = cluster ? (cluster.code[order[i] as number] as number) : i;
    for (let j = 0; j < p; j++) sums[group * p + j] += influence[i * p + j];
  }
  const meat = matrix(p, p);
  for (let i = 0; i < groups; i++)
    for (let j = 0; j < p; j++)
      for (let k = 0; k < p; k++) meat.values[j + k * p] += sums[i * p + j] * sums[i * p + k];
  const v = symmetrised(multiply(multiply(bread, meat), bread));
  for (let j = 0; j < p; j++) for (let k = 0; k < p; k++) v.values[j + k * p] /= scale[j] * scale[k];
  const df = clusterDf(spec, clusters);
  const noInterval = clusters !== null && tooFewClusters(clusters);
  const estimates = design.terms.flatMap((term, j) => {
    const made = waldRow(term, beta[j] / scale[j], Math.sqrt(get(v, j, j)), df, spec.level, 'log');
    const row = noInterval ? withoutInterval(made) : made;
    return [row, ratioTwin(row)];
  });
  return {
    method: 'fine-gray',
    n,
    warnings: clusterWarnings(clusters, false),
    cause,
    events,
    estimates,
    terms: design.terms,
    vcov: toRows(v),
    logLikelihood,
    ...clusterCounts({ clusters }),
    converged: true,
    iterations,
    ...permutationBeside(
      spec,
      clusters,
      design.arm?.treated ?? null,
      subdistributionScores(followUp, cause),
      null,
    ),
  };
}
