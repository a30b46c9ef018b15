// Coming into care, being in it, leaving it for home, and coming back.
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import { everyone, everything } from './common.ts';

/** SSDA903: a period of care starts; short breaks under V3 and V4 are not care entry though they carry RNE = S. */
export const careEntry: OutcomeDefinition = {
  id: 'care-entry',
  version: 2,
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

/** The primary outcome of the family group conferencing trial (Coram 2023). */
export const inCare: OutcomeDefinition = {
  ...careEntry,
  id: 'in-care',
  version: 1,
  title: 'In care at the end of the period',
  words:
    'The child is in the care of the council on the last day of the period. Short breaks are not care, and the day on ' +
    'which care ends is not a day in care. Children already in care at the referral are followed like all others.',
  source: 'Family group conferencing trial (Coram 2023): in care 12 months on.',
  measure: 'state-at-horizon',
  riskSet: everyone,
};

export const daysInCare: OutcomeDefinition = {
  ...careEntry,
  id: 'days-in-care',
  version: 1,
  title: 'Days in care',
  words:
    'How many whole days the child spends in care from the day of the referral to the last day of the period. Short breaks ' +
    'are not care, and the day on which care ends is not a day in care. Days are known only of children observed to the end.',
  source:
    'Family group conferencing trial (Coram 2023): days in care. The rule for the day care ends is ours.',
  measure: 'days-in-window',
  riskSet: everyone,
};

/** Hood et al. 2024: 27% of ended care episodes were followed by another. */
export const careReEntry: OutcomeDefinition = {
  ...careEntry,
  id: 'care-re-entry',
  version: 1,
  title: 'Care re-entry',
  words:
    'A period of care ends within 12 months of the referral, other than by death or adoption, and another starts. Time is ' +
    'counted from the day the first of them ended. Care that starts again on that very day does not count.',
  source:
    'Hood et al. 2024: re-entry after ended care. The 12 months in which care must end, and the same-day rule, are ours.',
  clock: { from: 'care-end', withinMonths: 12, exceptReasons: ['E2', 'E11', 'E12'] },
  indexDay: 'does-not-count',
  riskSet: everyone,
};

/** FDAC (NatCen 2023): reunified with a parent. */
export const reunification: OutcomeDefinition = {
  ...careEntry,
  id: 'reunification',
  version: 1,
  title: 'Reunification',
  words:
    'The child comes into care within 12 months of the referral and then returns home to live with parents or others with ' +
    'parental responsibility. Time is counted from the day care started. Death is known to rule it out.',
  source:
    'SSDA903 guide: reasons E4A and E4B, returned home. The 12 months in which care must start are ours.',
  event: { record: 'care-period-end', reasons: ['E4A', 'E4B'], countUnaccompaniedAsylumSeekers: true },
  clock: { from: 'care-start', withinMonths: 12 },
  indexDay: 'counts',
  riskSet: everyone,
  competing: ['death'],
};
