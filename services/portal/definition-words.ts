// The choices of an outcome's definition as sentences, one a choice, so that nobody has to read a code.
import type { OutcomeDefinition } from '../../schemas/outcome.ts';
import { counted, list } from './words.ts';

function eventChoices({ event }: OutcomeDefinition): string[] {
  switch (event.record) {
    case 'referral':
      return [
        `Referrals that led to no further action ${event.countNoFurtherAction ? 'count' : 'do not count'}.`,
      ];
    case 'cp-plan':
      return [
        event.earlierPlan === 'ever'
          ? 'An earlier plan counts however long ago it ended.'
          : `An earlier plan counts if it was open, or had ended, within ${counted(event.earlierPlan.endedWithinMonths, 'month')} before.`,
        {
          ledger: 'The earlier plan must be among the records received.',
          reported: 'The earlier plan must be in the number of earlier plans that the council reports.',
          either: 'The earlier plan may be among the records received, or in the number the council reports.',
        }[event.evidence],
        `Plans held for another council ${event.countHeldForAnotherAuthority ? 'count' : 'do not count'}.`,
      ];
    case 'cp-plan-start':
      return [
        `Plans held for another council ${event.countHeldForAnotherAuthority ? 'count' : 'do not count'}.`,
      ];
    case 'care-period':
    case 'care-period-end':
      return [
        'Short breaks do not count.',
        `Unaccompanied children seeking asylum ${event.countUnaccompaniedAsylumSeekers ? 'count' : 'do not count'}.`,
      ];
    // What these count is all in the definition's own words.
    case 'index-closure':
    case 'court-application':
    case 'assessment':
      return [];
  }
}

/** What the definition's clock, if it has one of its own, means for the reader's "first referral". */
function clockChoice({ clock }: OutcomeDefinition): string[] {
  if (clock === undefined || clock.from === 'index') return [];
  const start = {
    'index-closure': 'the case of the first referral was closed',
    'care-start': 'care started',
    'care-end': 'care ended',
  }[clock.from];
  return [
    `Time is counted from the day on which ${start}, if that was within ${counted(clock.withinMonths, 'month')} of the first referral. Other children are left out.`,
  ];
}

export function definitionChoices(definition: OutcomeDefinition): string[] {
  const { indexDay, riskSet, censoring } = definition;
  const ends = [
    censoring.eighteenthBirthday && 'the 18th birthday',
    censoring.death && 'the child’s death',
    censoring.movedToAnotherCouncil && 'a move to another council',
    censoring.declaredGap && 'a gap in the council’s records',
  ].filter((end) => end !== false);
  return [
    ...eventChoices(definition),
    ...clockChoice(definition),
    `What happens on the ${clockChoice(definition).length > 0 ? 'day from which time is counted' : 'day of the first referral'} ${indexDay === 'counts' ? 'counts' : 'does not count'}.`,
    `What happens on the last day of the period ${definition.lastDay === 'does-not-count' ? 'does not count' : 'counts'}.`,
    riskSet.excludeInCareAtIndex
      ? 'Children already in care at the first referral are left out.'
      : 'Children already in care at the first referral are followed like all others.',
    ends.length === 0
      ? 'Nothing ends the following of a child early.'
      : `A child is followed until ${list(ends).replace(' and ', ' or ')} at most.`,
  ];
}
