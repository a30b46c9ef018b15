// Methods on counts, means and lists, as their users see them.
import type { MethodEntry } from './entry.ts';

export const TABLES: Readonly<Record<string, MethodEntry>> = {
  'two-proportions': {
    does: 'two risks compared; no --data when counts are given',
    roles: ['outcome', 'arm', 'treated', 'weights'],
    options: {
      a: { values: '{"events", "n"} of the trial arm', byDefault: 'counted from outcome and arm' },
      b: { values: '{"events", "n"} of the other', byDefault: 'counted from outcome and arm' },
      interval: { values: 'newcombe, wald, miettinen-nurminen, mee', byDefault: 'newcombe' },
    },
    answers: 'risk-difference (a minus b), risk-ratio, odds-ratio, chiSquare',
    example: {
      method: 'two-proportions',
      a: { events: 56, n: 70 },
      b: { events: 48, n: 80 },
      interval: 'newcombe',
    },
  },
  'mantel-haenszel': {
    does: 'the odds ratio common to all strata',
    roles: ['outcome!', 'arm!', 'treated', 'strata!', 'weights'],
    options: {},
    answers: 'odds-ratio, chiSquare, chiSquareCorrected, p, pCorrected',
    example: { method: 'mantel-haenszel', outcome: 'died', arm: 'arm', strata: 'area' },
  },
  welch: {
    does: 'two means compared, variances unequal; no --data when moments are given',
    roles: ['outcome', 'arm', 'treated'],
    refuses: ['weights'],
    options: {
      a: { values: '{"n", "sum", "sumSquares"} of the trial arm', byDefault: 'from outcome and arm' },
      b: { values: '{"n", "sum", "sumSquares"} of the other', byDefault: 'from outcome and arm' },
    },
    answers: 'difference, relative-difference',
    example: { method: 'welch', outcome: 'y', arm: 'arm', treated: '1' },
  },
  icc: {
    does: 'likeness of rows in one cluster',
    roles: ['outcome!', 'cluster!'],
    options: { type: { values: 'anova, logistic (also "unadjusted logistic")', byDefault: 'anova' } },
    answers: 'icc with interval, nClusters, meanClusterSize, cvClusterSize',
    example: { method: 'icc', outcome: 'y', cluster: 'school' },
  },
  multiplicity: {
    does: 'p-values adjusted for their number; no --data',
    roles: [],
    options: {
      p: { values: 'a list of p-values', byDefault: 'needed' },
      adjust: { values: 'holm, hochberg, bh, bonferroni', byDefault: 'all four are given' },
    },
    answers: 'adjusted, and holm, hochberg, bh, bonferroni',
    example: { method: 'multiplicity', p: [0.01, 0.02, 0.03], adjust: 'holm' },
  },
  srm: {
    does: 'do the arms’ sizes fit the plan? no --data',
    roles: [],
    options: {
      observed: { values: 'the count of each arm', byDefault: 'needed' },
      expected: { values: 'the planned share of each arm', byDefault: 'equal shares' },
    },
    answers: 'chiSquare, df, p, expectedCounts',
    example: { method: 'srm', observed: [1010, 950], expected: [1, 1] },
  },
  meta: {
    does: 'estimates of several councils pooled',
    roles: ['outcome'],
    options: {
      estimates: { values: 'a list of numbers or of {"estimate", "se"}', byDefault: 'column "outcome"' },
      se: { values: 'a list of standard errors, or the column that holds them', byDefault: 'needed' },
      model: { values: 'reml, dl, fixed', byDefault: 'reml' },
      estimator: { values: 'another name of "model"', byDefault: 'none' },
      type: { values: 'another name of "model"', byDefault: 'none' },
      hartungKnapp: { values: 'true, false', byDefault: 'true' },
    },
    answers: 'pooled, tau2, i2, q, predictionInterval',
    example: { method: 'meta', estimates: [0.2, 0.1, 0.4], se: [0.1, 0.15, 0.2], model: 'dl' },
  },
};
