// What is asked of each world: every default of the methods that infer, on the specification a user would write.
import type { Answer, EstimateRow } from '../answer.ts';
import type { Spec } from '../spec.ts';
import type { World } from './world.ts';
import { adoptionPanel } from './worlds/adoption-panel.ts';
import { chosenCouncils } from './worlds/chosen-councils.ts';
import { clusterMeans } from './worlds/cluster-means.ts';
import { clusterRisks } from './worlds/cluster-risks.ts';
import * as times from './worlds/cluster-times.ts';
import * as single from './worlds/individuals.ts';
import { pooledCouncils } from './worlds/pooled-councils.ts';
import { steppedWedge } from './worlds/stepped-wedge.ts';

/** What an answer claims: an estimate with its ends where the method gives one, and the p of no effect. */
export interface Claim {
  readonly estimate: number | null;
  readonly se: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly p: number | null;
}

export interface Question {
  /** The row of the published table. */
  readonly label: string;
  readonly world: World;
  readonly spec: Partial<Spec> & { method: string };
  /** The name of its true value in the world; null for a test alone. */
  readonly target: string | null;
  /** Asked of every k-th data set: 1 for all. */
  readonly every: number;
  /** Draws of a resampling method, each data set with a seed of its own. */
  readonly draws: number | null;
  readonly read: (answer: Answer) => Claim;
}

const TEST_ONLY = { estimate: null, se: null, lower: null, upper: null };

/** The row of a term; of a ratio model its log row, on which the interval is symmetric. */
const row =
  (term: string) =>
  (answer: Answer): Claim => {
    const found = answer.estimates?.find((r) => r.term === term);
    if (!found) throw new Error(`invariant broken: ${answer.method} gives no "${term}"`);
    return found.scale === 'ratio' ? logOf(found) : found;
  };

const logOf = ({ estimate, se, lower, upper, p }: EstimateRow): Claim => {
  const log = (x: number | null): number | null => (x === null ? null : Math.log(x));
  return {
    estimate: log(estimate),
    se: se === null || estimate === null ? null : se / estimate,
    lower: log(lower),
    upper: log(upper),
    p,
  };
};

const testOf =
  (p: (answer: Answer) => unknown) =>
  (answer: Answer): Claim => ({
    ...TEST_ONLY,
    p: p(answer) as number | null,
  });

/** The first difference of two arms' curves: of the one time asked, and of the first cause. */
const difference = (answer: Answer): Claim => {
  const [found] = answer.differences as EstimateRow[];
  return found ?? { ...TEST_ONLY, p: null };
};

const ask = (
  world: World,
  label: string,
  target: string | null,
  spec: Partial<Spec> & { method: string },
  read: (answer: Answer) => Claim,
  every = 1,
  draws: number | null = null,
): Question => ({ world, label, target, spec, read, every, draws });

const arm = { arm: 'arm', treated: '1', cluster: ['cluster'] };
const follow = { time: 'time', event: 'event', arm: 'arm', treated: '1' };
const choice = { ...arm, outcome: 'y', covariates: ['x', 'z'] };
const panel = {
  method: 'did',
  outcome: 'y',
  unit: 'unit',
  time: 'time',
  firstTreated: 'first',
  cluster: ['cluster'],
};
/** Draws of a resampling method in a simulation: enough for a test at 5%, few enough to repeat thousands of times. */
const FEW_DRAWS = 999;

export const QUESTIONS: readonly Question[] = [
  ask(
    clusterMeans,
    'linear',
    'difference',
    { method: 'linear', outcome: 'y', covariates: ['x'], ...arm },
    row('arm'),
  ),
  ask(
    clusterMeans,
    'mixed-linear',
    'difference',
    { method: 'mixed-linear', outcome: 'y', covariates: ['x'], ...arm },
    row('arm'),
  ),
  ask(
    clusterMeans,
    'gee, gaussian',
    'difference',
    { method: 'gee', family: 'gaussian', outcome: 'y', covariates: ['x'], ...arm },
    row('arm'),
  ),
  ask(
    clusterMeans,
    'permutation',
    'difference',
    { method: 'permutation', outcome: 'y', ...arm },
    row('arm'),
    2,
    FEW_DRAWS,
  ),
  ask(
    clusterMeans,
    'wild-bootstrap',
    'difference',
    { method: 'wild-bootstrap', outcome: 'y', covariates: ['x'], ...arm },
    row('arm'),
    4,
    FEW_DRAWS,
  ),
  ask(clusterMeans, 'icc, anova', 'icc', { method: 'icc', outcome: 'y', cluster: ['cluster'] }, row('icc')),
  ask(
    clusterRisks,
    'g-computation',
    'difference',
    { method: 'g-computation', outcome: 'd', covariates: ['x'], ...arm },
    row('risk-difference'),
  ),
  ask(
    clusterRisks,
    'linear on risks',
    'difference',
    { method: 'linear', outcome: 'd', covariates: ['x'], ...arm },
    row('arm'),
  ),
  ask(clusterRisks, 'logistic', 'logOdds', { method: 'logistic', outcome: 'd', ...arm }, row('arm')),
  ask(
    clusterRisks,
    'modified-poisson',
    'logRisk',
    { method: 'modified-poisson', outcome: 'd', ...arm },
    row('arm'),
  ),
  ask(clusterRisks, 'gee, binomial', 'logOdds', { method: 'gee', outcome: 'd', ...arm }, row('arm')),
  ask(times.clusterTimes, 'cox, robust', 'logHazard', { method: 'cox', ...follow, ...arm }, row('arm')),
  ask(
    times.clusterTimes,
    'rmst, difference',
    'meanDifference',
    { method: 'rmst', tau: times.TAU, ...follow, ...arm },
    row('difference'),
  ),
  ask(
    times.clusterTimes,
    'kaplan-meier, difference at 365 days',
    'survivalDifference',
    { method: 'kaplan-meier', at: [times.HORIZON], ...follow, ...arm },
    difference,
  ),
  ask(
    times.clusterTimes,
    'aalen-johansen, difference at 365 days',
    'incidenceDifference',
    { method: 'aalen-johansen', at: [times.HORIZON], ...follow, ...arm, event: 'cause' },
    difference,
  ),
  ...(['iptw-ate', 'iptw-att', 'overlap', 'entropy', 'nearest'] as const).map((use) =>
    ask(
      chosenCouncils,
      `propensity, ${use}`,
      'difference',
      { method: 'propensity', use, ...(use === 'nearest' ? { caliper: 0.2 } : {}), ...choice },
      row('arm'),
      use === 'nearest' ? 2 : 1,
    ),
  ),
  ask(chosenCouncils, 'linear, adjusted', 'difference', { method: 'linear', ...choice }, row('arm')),
  ask(adoptionPanel, 'did, never treated', 'effect', panel, row('simple'), 2),
  ask(adoptionPanel, 'did, not yet treated', 'effect', { ...panel, control: 'not-yet' }, row('simple'), 2),
  ask(adoptionPanel, 'did, doubly robust', 'effect', { ...panel, covariates: ['x'] }, row('simple'), 4),
  ask(
    steppedWedge,
    'linear, periods',
    'difference',
    { method: 'linear', outcome: 'y', covariates: ['period'], ...arm },
    row('arm'),
  ),
  ask(
    steppedWedge,
    'mixed-linear, periods',
    'difference',
    { method: 'mixed-linear', outcome: 'y', covariates: ['period'], ...arm },
    row('arm'),
  ),
  ask(
    pooledCouncils,
    'meta, REML, Hartung-Knapp',
    'mean',
    { method: 'meta', outcome: 'estimate', se: 'se' },
    row('pooled'),
  ),
  ask(
    single.individuals,
    'two-proportions, newcombe',
    'riskDifference',
    { method: 'two-proportions', outcome: 'd', arm: 'arm' },
    row('risk-difference'),
  ),
  ask(
    single.individuals,
    'two-proportions, risk ratio',
    'logRisk',
    { method: 'two-proportions', outcome: 'd', arm: 'arm' },
    row('risk-ratio'),
  ),
  ask(
    single.individuals,
    'mantel-haenszel',
    'logOdds',
    { method: 'mantel-haenszel', outcome: 'd', arm: 'arm', strata: ['stratum'] },
    row('odds-ratio'),
  ),
  ask(single.individuals, 'welch', 'mean', { method: 'welch', outcome: 'y', arm: 'arm' }, row('difference')),
  ask(
    single.individuals,
    'logistic',
    'logOdds',
    { method: 'logistic', outcome: 'd', arm: 'arm', covariates: ['stratum'] },
    row('arm'),
  ),
  ask(single.individuals, 'cox', 'logHazard', { method: 'cox', ...follow }, row('arm')),
  ask(
    single.individuals,
    'log-rank',
    null,
    { method: 'log-rank', ...follow },
    testOf((a) => a.p),
  ),
  ask(
    single.individuals,
    'kaplan-meier, difference at 365 days',
    'survivalDifference',
    { method: 'kaplan-meier', at: [single.HORIZON], ...follow },
    difference,
  ),
  ask(
    single.individuals,
    'rmst, difference',
    'meanDifference',
    { method: 'rmst', tau: single.TAU, ...follow },
    row('difference'),
  ),
  ask(
    single.individuals,
    'aalen-johansen, difference at 365 days',
    'incidenceDifference',
    { method: 'aalen-johansen', at: [single.HORIZON], time: 'day', event: 'cause', arm: 'arm' },
    difference,
    2,
  ),
  ask(
    single.individuals,
    "aalen-johansen, Gray's test",
    null,
    { method: 'aalen-johansen', at: [single.HORIZON], time: 'day', event: 'cause', arm: 'arm' },
    testOf((a) => (a.gray as { p: number }[])[0]?.p),
    2,
  ),
  ask(
    single.individuals,
    'fine-gray',
    'logHazard',
    { method: 'fine-gray', time: 'day', event: 'cause', cause: 1, arm: 'arm' },
    row('arm'),
    4,
  ),
];
