// The built-in outcomes. Each choice that published definitions leave open is made here, in view, and travels with its hash.
import type { OutcomeDefinition } from '../../schemas/outcome.ts';

const everything = { eighteenthBirthday: true, death: true, movedToAnotherCouncil: true, declaredGap: true };

/** DfE, Characteristics of children in need: referred again within 12 months of a previous referral; NFA referrals count. */
export const reReferral: OutcomeDefinition = {
  id: 're-referral',
  version: 1,
  title: 'Re-referral',
  words:
    'The child is referred to children’s social care again after the referral that brought them into the study. ' +
    'Referrals that led to no further action count. A second referral on the same day does not.',
  source:
    'DfE children in need census: re-referral within 12 months of a previous referral. Same-day and last-day rules are ours; no published rule was found.',
  event: { record: 'referral', countNoFurtherAction: true },
  indexDay: 'does-not-count',
  riskSet: { excludeInCareAtIndex: false },
  censoring: everything,
};

/** Former national indicator NI 65: a second or subsequent plan, regardless of how long ago the first was. */
export const repeatCpPlan: OutcomeDefinition = {
  id: 'repeat-cp-plan',
  version: 1,
  title: 'Repeat child protection plan',
  words:
    'A child protection plan starts for a child who had one before, however long ago. The earlier plan may be in the ' +
    'records or be reported by the council as a number of previous plans. Plans held for another council do not count.',
  source:
    'Former national indicator NI 65, as in DfE table D3: second or subsequent plans, regardless of how long ago.',
  event: { record: 'cp-plan', earlierPlan: 'ever', evidence: 'either', countHeldForAnotherAuthority: false },
  indexDay: 'counts',
  riskSet: { excludeInCareAtIndex: false },
  censoring: everything,
};

/** SSDA903: a period of care starts; short breaks under V3 and V4 are not care entry though they carry RNE = S. */
export const careEntry: OutcomeDefinition = {
  id: 'care-entry',
  version: 1,
  title: 'Care entry',
  words:
    'The child comes into the care of the council: a period of care starts. Short breaks do not count. ' +
    'Care that starts on the day of the referral counts. Children already in care on that day are not at risk of entering it.',
  source: 'SSDA903 guide: reason for new episode S; legal statuses V3 and V4 are short breaks.',
  event: { record: 'care-period', countUnaccompaniedAsylumSeekers: true },
  indexDay: 'counts',
  riskSet: { excludeInCareAtIndex: true },
  censoring: everything,
};

export const builtInOutcomes: readonly OutcomeDefinition[] = [reReferral, repeatCpPlan, careEntry];
