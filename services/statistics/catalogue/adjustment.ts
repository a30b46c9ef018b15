// Methods on groups that chance did not make, as their users see them.

import type { Spec } from '../spec.ts';
import { clusterForms, FEW_FOR_SANDWICH, influenceOptions, type MethodEntry, SEED } from './entry.ts';

const matching = ({ use }: Spec): boolean => use === 'nearest';
const withEffect = ({ outcome }: Spec): boolean => outcome !== undefined;

export const ADJUSTMENT: Readonly<Record<string, MethodEntry>> = {
  propensity: {
    does: 'weights or pairs that balance covariates, and the effect on "outcome" if given',
    roles: ['arm!', 'treated', 'covariates!', 'outcome', 'cluster', 'id'],
    options: {
      use: { values: 'iptw-ate, iptw-att, overlap, nearest, entropy', byDefault: 'iptw-ate' },
      caliper: { values: 'standard deviations of the distance', byDefault: 'none', when: matching },
      caliperOn: { values: 'logit, score', byDefault: 'logit', when: matching },
      ratio: { values: 'controls for each treated', byDefault: '1', when: matching },
      replace: { values: 'true, false', byDefault: 'false', when: matching },
      order: { values: 'largest, smallest, data, random', byDefault: 'largest', when: matching },
      outcomeModel: {
        values: 'linear (the covariates beside the arm among the rows weighed or matched)',
        byDefault: 'none: the weighted difference',
        when: withEffect,
      },
      ...clusterForms(
        ['CR0', 'CR1', 'CR1S', 'CR2', 'CR3', 'two-way'],
        'CR2 under 40 clusters or 20 an arm, with estimated weights not taken as known, else CR1; HC1, or CR1 by pair, without "cluster"',
        'satterthwaite with CR2 and CR3, else clusters-1; normal without "cluster"',
      ),
      seed: { ...SEED, when: (spec) => matching(spec) || (withEffect(spec) && spec.cluster !== undefined) },
    },
    answers: 'weights or pairs[], balance[] before and after, effectiveSampleSize, excluded, the effect',
    example: {
      method: 'propensity',
      id: 'row',
      arm: 'arm',
      treated: '1',
      covariates: ['age', 'kind'],
      use: 'nearest',
      caliper: 0.2,
      caliperOn: 'score',
      outcome: 'y',
    },
  },
  did: {
    does: 'difference in differences with staggered adoption (Callaway and Sant’Anna)',
    roles: ['outcome!', 'unit!', 'time!', 'firstTreated!', 'covariates', 'cluster'],
    options: {
      control: { values: 'never, not-yet', byDefault: 'never' },
      estimator: { values: 'callaway-santanna', byDefault: 'callaway-santanna' },
      ...influenceOptions(FEW_FOR_SANDWICH),
      draws: { values: 'multiplier bootstrap draws', byDefault: 'none' },
      seed: { ...SEED, when: (spec) => spec.draws !== undefined || spec.cluster !== undefined },
    },
    answers: 'attGt[], aggregates: simple, dynamic, group, calendar',
    example: {
      method: 'did',
      outcome: 'y',
      unit: 'council',
      time: 'year',
      firstTreated: 'since',
      control: 'not-yet',
    },
  },
};
