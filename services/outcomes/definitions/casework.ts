// How a case goes on: assessed, escalated to a child protection plan, taken to court, closed.
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import { everyone, everything } from './common.ts';

export const escalationToCpPlan: OutcomeDefinition = {
  id: 'escalation-to-cp-plan',
  version: 1,
  title: 'Escalation to a child protection plan',
  words:
    'A child protection plan starts, the first or a further one. Children already on a plan on the day of the referral are ' +
    'not at risk of it. Plans held for another council do not count, and do not put a child on a plan.',
  source: 'Hood et al. 2024: escalation to child protection. The index-day rule is ours.',
  event: { record: 'cp-plan-start', countHeldForAnotherAuthority: false },
  indexDay: 'counts',
  riskSet: { excludeInCareAtIndex: false, only: ['not-on-cp-plan'] },
  censoring: everything,
};

export const careProceedings: OutcomeDefinition = {
  id: 'care-proceedings',
  version: 1,
  title: 'Care proceedings',
  words: 'The council applies to court for an order about the child, as its pre-proceedings records say.',
  source:
    'Family group conferencing trial (Coram 2023): care proceedings issued. The index-day rule is ours.',
  event: { record: 'court-application' },
  indexDay: 'counts',
  riskSet: everyone,
  censoring: everything,
};

export const closure: OutcomeDefinition = {
  id: 'closure',
  version: 1,
  title: 'Closure',
  words:
    'The case that the referral opened is closed, whether or not the council says why. A case that is closed because the ' +
    'child died or because another council took it over is not: the child is no longer observed then.',
  source: 'CIN census: closure date and reason. Which reasons do not count is ours.',
  event: { record: 'index-closure', exceptReasons: ['RC2', 'RC5'] },
  indexDay: 'counts',
  riskSet: everyone,
  censoring: everything,
};

export const assessmentDuration: OutcomeDefinition = {
  id: 'assessment-duration',
  version: 1,
  title: 'Assessment duration',
  words:
    'The first assessment that starts on the day of the referral or later is completed, and how many days it took from its ' +
    'start. Days are calendar days: the published figures count working days.',
  source: 'CIN census: assessment start and authorisation dates. Calendar days, not working days, are ours.',
  event: { record: 'assessment' },
  measure: 'duration',
  indexDay: 'counts',
  riskSet: everyone,
  censoring: everything,
};
