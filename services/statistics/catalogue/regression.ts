// Regression methods, as their users see them.
import { clusterForms, type MethodEntry, permutationSeed, type Role } from './entry.ts';

const ROLES: (Role | `${Role}!`)[] = ['outcome!', 'arm', 'treated', 'covariates', 'cluster'];

const vcov = (plain: string) => ({
  vcov: {
    values: 'classical, HC0, HC1, HC2, HC3, CR0, CR1, CR1S, CR2, CR3, two-way',
    byDefault: `${plain}; with "cluster" CR2 under 40 clusters or 20 an arm, else CR1; with two, two-way`,
  },
});
const df = {
  df: {
    values: 'satterthwaite, clusters-1, normal, residual',
    byDefault: 'satterthwaite with CR2 and CR3, clusters-1 with other cluster forms, else residual or normal',
  },
};
const ANSWERS =
  'one row a term (ratio models: log scale, then ratio), vcov matrix, nClusters, converged, iterations';

export const REGRESSION: Readonly<Record<string, MethodEntry>> = {
  linear: {
    does: 'least squares with the covariance you name',
    roles: [...ROLES, 'weights'],
    options: { ...vcov('classical, HC1 with weights'), ...df, ...permutationSeed },
    answers: ANSWERS,
    example: {
      method: 'linear',
      outcome: 'y',
      arm: 'arm',
      treated: '1',
      covariates: ['kind'],
      cluster: 'school',
      vcov: 'CR2',
      df: 'satterthwaite',
    },
  },
  logistic: {
    does: 'odds ratios of a yes/no outcome',
    roles: [...ROLES, 'weights'],
    options: { ...vcov('classical'), ...df, ...permutationSeed },
    answers: ANSWERS,
    example: {
      method: 'logistic',
      outcome: 'died',
      arm: 'arm',
      covariates: ['age', 'kind'],
      cluster: 'school',
    },
  },
  'modified-poisson': {
    does: 'risk ratios of a yes/no outcome',
    roles: [...ROLES, 'weights'],
    options: { ...vcov('HC0'), ...df, ...permutationSeed },
    answers: ANSWERS,
    example: { method: 'modified-poisson', outcome: 'died', arm: 'arm', covariates: 'age' },
  },
  'g-computation': {
    does: 'risks were everyone in one arm, from a logistic model',
    roles: ['outcome!', 'arm!', 'treated', 'covariates', 'cluster', 'weights'],
    options: {
      estimand: { values: 'ate, att', byDefault: 'ate' },
      ...vcov('classical'),
      ...df,
      ...permutationSeed,
    },
    answers: 'risk-treated, risk-control, risk-difference, risk-ratio, odds-ratio',
    example: { method: 'g-computation', outcome: 'died', arm: 'arm', covariates: 'age', estimand: 'att' },
  },
  gee: {
    does: 'estimating equations with correlated rows in clusters',
    roles: ['outcome!', 'arm', 'treated', 'covariates', 'cluster!'],
    refuses: ['weights'],
    options: {
      family: { values: 'binomial, gaussian', byDefault: 'binomial' },
      correlation: { values: 'exchangeable, independence', byDefault: 'exchangeable' },
      ...clusterForms(
        ['CR0', 'CR1', 'CR2', 'CR3'],
        'CR2 under 50 clusters or 20 an arm, else (or with "df":"normal") CR0',
        'satterthwaite with CR2 and CR3, clusters-1 with the others under 40 clusters, else normal',
      ),
      ...permutationSeed,
    },
    answers: 'one row a term, alpha (the correlation), phi, vcov, nClusters',
    example: { method: 'gee', outcome: 'died', arm: 'arm', cluster: 'school', family: 'binomial' },
  },
  'mixed-linear': {
    does: 'linear model with a random intercept by cluster (REML)',
    roles: ['outcome!', 'arm', 'treated', 'covariates', 'cluster!'],
    refuses: ['weights'],
    options: {
      df: { values: 'satterthwaite, clusters-1, normal', byDefault: 'satterthwaite' },
      ...permutationSeed,
    },
    answers: 'one row a term, varianceComponents, icc, vcov',
    example: { method: 'mixed-linear', outcome: 'y', arm: 'arm', covariates: 'age', cluster: 'school' },
  },
  'wild-bootstrap': {
    does: 'a linear coefficient tested by flipping whole clusters, the null imposed',
    roles: ['outcome!', 'arm', 'treated', 'covariates', 'cluster!'],
    options: {
      weights: { values: 'rademacher, webb (the law of the draws, no column)', byDefault: 'rademacher' },
      term: { values: 'a term of the model', byDefault: 'the arm, else the first covariate' },
      draws: { values: 'whole number', byDefault: '9999; all sign patterns when there are no more of them' },
      seed: { values: 'whole number', byDefault: '1' },
    },
    answers: 'p, interval by inversion, draws, exhaustive',
    example: {
      method: 'wild-bootstrap',
      outcome: 'y',
      arm: 'arm',
      cluster: 'school',
      weights: 'webb',
      draws: 499,
    },
  },
};
