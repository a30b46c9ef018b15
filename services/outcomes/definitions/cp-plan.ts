// Repeat child protection plans: ever or of late, by three kinds of evidence.
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import { everyone, everything } from './common.ts';

/** Former national indicator NI 65: a second or subsequent plan, regardless of how long ago the first was. */
export const repeatCpPlan: OutcomeDefinition = {
  id: 'repeat-cp-plan',
  version: 2,
  title: 'Repeat child protection plan',
  words:
    'A child protection plan starts for a child who had one before, however long ago. The earlier plan may be in the ' +
    'records or be reported by the council as a number of previous plans. Plans held for another council do not count.',
  source:
    'Former national indicator NI 65, as in DfE table D3: second or subsequent plans, regardless of how long ago.',
  event: { record: 'cp-plan', earlierPlan: 'ever', evidence: 'either', countHeldForAnotherAuthority: false },
  indexDay: 'counts',
  riskSet: everyone,
  censoring: everything,
};

export const repeatCpPlanWithin24Months: OutcomeDefinition = {
  ...repeatCpPlan,
  id: 'repeat-cp-plan-within-24-months',
  version: 1,
  title: 'Repeat child protection plan within 24 months',
  words:
    'A child protection plan starts for a child who had one that was still open or had ended within the 24 months before. ' +
    'The earlier plan must be in the records: the number of previous plans that councils report has no dates.',
  source: 'Local indicators of repeat plans within two years; the evidence rule is ours.',
  event: {
    record: 'cp-plan',
    earlierPlan: { endedWithinMonths: 24 },
    evidence: 'ledger',
    countHeldForAnotherAuthority: false,
  },
};

export const repeatCpPlanInRecords: OutcomeDefinition = {
  ...repeatCpPlan,
  id: 'repeat-cp-plan-in-records',
  version: 1,
  title: 'Repeat child protection plan, by the records alone',
  words:
    'A child protection plan starts for a child who had one before, however long ago, and the earlier plan is in the ' +
    'records. The number of previous plans that the council reports is not looked at.',
  event: { record: 'cp-plan', earlierPlan: 'ever', evidence: 'ledger', countHeldForAnotherAuthority: false },
};

export const repeatCpPlanReported: OutcomeDefinition = {
  ...repeatCpPlan,
  id: 'repeat-cp-plan-reported',
  version: 1,
  title: 'Repeat child protection plan, as the council reports',
  words:
    'A child protection plan starts and the council reports with it that the child had at least one before. Plans in the ' +
    'records are not looked at.',
  event: {
    record: 'cp-plan',
    earlierPlan: 'ever',
    evidence: 'reported',
    countHeldForAnotherAuthority: false,
  },
};
