// Methods on time to an event, as their users see them.
import {
  among,
  type Choice,
  clusterDf,
  influenceOptions,
  type MethodEntry,
  permutationSeed,
} from './entry.ts';

const AT: Choice = { values: 'a time or a list of times', byDefault: 'none' };

export const SURVIVAL: Readonly<Record<string, MethodEntry>> = {
  'kaplan-meier': {
    does: 'survival by arm with log intervals and medians',
    roles: ['time!', 'event!', 'start', 'arm', 'treated', 'weights', 'cluster', 'id'],
    options: { at: AT, ...clusterDf },
    answers:
      'arms[]: survival, se, interval and number at risk at each time, median with interval; differences[] of two arms, by CR2 with Satterthwaite df under 50 clusters or 20 an arm',
    example: { method: 'kaplan-meier', time: 'days', event: 'event', arm: 'arm', at: [5, 10] },
  },
  'log-rank': {
    does: 'test that arms share one survival curve',
    roles: ['time!', 'event!', 'start', 'arm!', 'strata', 'weights', 'id'],
    options: {},
    answers: 'chiSquare, df, p, observed and expected by arm',
    example: { method: 'log-rank', time: 'days', event: 'event', arm: 'arm', strata: 'area' },
  },
  cox: {
    does: 'hazard ratios',
    roles: ['time!', 'event!', 'start', 'arm', 'treated', 'covariates', 'strata', 'cluster', 'weights', 'id'],
    options: {
      ties: { values: 'efron, breslow', byDefault: 'efron' },
      vcov: among(
        'vcov',
        ['CR0', 'jackknife'],
        'jackknife under 50 clusters or 20 an arm, else (or with "df":"normal") CR0',
      ),
      ...clusterDf,
      ...permutationSeed,
    },
    answers:
      'log hazard ratios and their ratio twins, vcov (vcovRobust beside a jackknife), proportionalHazards, likelihoodRatio',
    example: {
      method: 'cox',
      time: 'days',
      event: 'event',
      arm: 'arm',
      covariates: 'age',
      cluster: 'school',
    },
  },
  'aalen-johansen': {
    does: 'cumulative incidence of competing causes by arm, and Gray’s test',
    roles: ['time!', 'event!', 'start', 'arm', 'treated', 'strata', 'cluster', 'id'],
    refuses: ['weights'],
    options: { at: AT, ...clusterDf },
    answers:
      'arms[].causes[]: incidence, se and interval at each time; differences[] of two arms, as of kaplan-meier; gray[]',
    example: { method: 'aalen-johansen', time: 'days', event: 'cause', arm: 'arm', at: [5, 10] },
  },
  'fine-gray': {
    does: 'subdistribution hazard ratios of one cause',
    roles: ['time!', 'event!', 'arm', 'treated', 'covariates', 'cluster', 'id'],
    refuses: ['start', 'weights'],
    options: {
      cause: { values: 'the number of the cause', byDefault: '1' },
      ...clusterDf,
      ...permutationSeed,
    },
    answers: 'log subdistribution hazard ratios and their ratio twins, vcov',
    example: { method: 'fine-gray', time: 'days', event: 'cause', cause: 1, arm: 'arm', covariates: 'age' },
  },
  rmst: {
    does: 'mean time without the event up to a time, by arm, and the difference',
    roles: ['time!', 'event!', 'start', 'arm!', 'treated', 'weights', 'cluster', 'id'],
    options: {
      tau: { values: 'a time above 0', byDefault: 'the earlier of the arms’ last times' },
      ...influenceOptions(),
      ...permutationSeed,
    },
    answers: 'difference, ratio, and rmst by arm',
    example: { method: 'rmst', time: 'days', event: 'event', arm: 'arm', tau: 10 },
  },
};
