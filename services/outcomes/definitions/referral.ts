// Re-referral on two clocks, with and without referrals that led to no further action.
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import { everyone, everything } from './common.ts';

/** DfE, Characteristics of children in need: referred again within 12 months of a previous referral; NFA referrals count. */
export const reReferral: OutcomeDefinition = {
  id: 're-referral',
  version: 2,
  title: 'Re-referral',
  words:
    'The child is referred to children’s social care again after the referral that brought them into the study. ' +
    'Referrals that led to no further action count. A second referral on the same day does not.',
  source:
    'DfE children in need census: re-referral within 12 months of a previous referral. Same-day and last-day rules are ours; no published rule was found.',
  event: { record: 'referral', countNoFurtherAction: true },
  indexDay: 'does-not-count',
  riskSet: everyone,
  censoring: everything,
};

export const reReferralFurtherAction: OutcomeDefinition = {
  ...reReferral,
  id: 're-referral-further-action',
  version: 1,
  title: 'Re-referral that led to further action',
  words:
    'The child is referred to children’s social care again after the referral that brought them into the study, and the ' +
    'new referral did not end in no further action. A referral of which that is not stated counts.',
  event: { record: 'referral', countNoFurtherAction: false },
};

/** Hood et al. 2024; Goldacre et al.: time runs from the closing of the case. */
export const reReferralAfterClosure: OutcomeDefinition = {
  id: 're-referral-after-closure',
  version: 1,
  title: 'Re-referral after closure',
  words:
    'The child’s case is closed within 12 months of the referral that brought them into the study, and the child is then ' +
    'referred again. Time is counted from the closing. Children whose case stays open, who died or who moved to another ' +
    'council are left out. A referral on the day of closing does not count.',
  source:
    'Hood et al. 2024 and Goldacre et al.: re-referral counted from closure. The 12 months in which a case must close, and the same-day rule, are ours.',
  event: { record: 'referral', countNoFurtherAction: true },
  clock: { from: 'index-closure', withinMonths: 12, exceptReasons: ['RC2', 'RC5'] },
  indexDay: 'does-not-count',
  riskSet: everyone,
  censoring: everything,
};

export const reReferralAfterClosureFurtherAction: OutcomeDefinition = {
  ...reReferralAfterClosure,
  id: 're-referral-after-closure-further-action',
  title: 'Re-referral after closure that led to further action',
  words:
    'As re-referral after closure, but a further referral that ended in no further action does not count. A referral of ' +
    'which that is not stated does.',
  event: { record: 'referral', countNoFurtherAction: false },
};
