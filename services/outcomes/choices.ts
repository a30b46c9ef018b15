// Every choice a definition makes, in words: a reader who knows no code sees what could have been chosen otherwise.
import type { Clock, OutcomeDefinition, OutcomeEvent, RiskCondition } from '../../schemas/outcome.ts';

const yes = (value: boolean): string => (value ? 'yes' : 'no');
const orAny = (codes: readonly string[] | undefined, any = 'any'): string => codes?.join(', ') ?? any;
const except = (codes: readonly string[]): string =>
  codes.length > 0 ? `, other than for ${codes.join(', ')}` : '';

type Choice = [choice: string, made: string];

const evidence = {
  ledger: 'the records',
  reported: 'the number of previous plans reported',
  either: 'the records, or the number of previous plans reported',
};

function eventChoices(event: OutcomeEvent): Choice[] {
  switch (event.record) {
    case 'referral':
      return [
        ['The event', 'a further referral'],
        ['Referrals that led to no further action count', yes(event.countNoFurtherAction)],
        ...(event.primaryNeeds ? [['Primary need', orAny(event.primaryNeeds)] as Choice] : []),
        ...(event.sources ? [['Source of the referral', orAny(event.sources)] as Choice] : []),
      ];
    case 'cp-plan':
      return [
        ['The event', 'a child protection plan starts and the child had one before'],
        [
          'The earlier plan',
          event.earlierPlan === 'ever'
            ? 'ever'
            : `ended within ${event.earlierPlan.endedWithinMonths} months before, or not ended`,
        ],
        ['Evidence of it', evidence[event.evidence]],
        ['Plans held for another council count', yes(event.countHeldForAnotherAuthority)],
      ];
    case 'cp-plan-start':
      return [
        ['The event', 'a child protection plan starts'],
        ['Plans held for another council count', yes(event.countHeldForAnotherAuthority)],
        ...(event.initialCategories ? [['Initial category', orAny(event.initialCategories)] as Choice] : []),
      ];
    case 'care-period':
      return [
        ['The event', 'care'],
        ['Unaccompanied asylum seekers count', yes(event.countUnaccompaniedAsylumSeekers)],
        ['Legal status at entry', orAny(event.legalStatuses, 'any but short breaks (V3, V4)')],
      ];
    case 'care-period-end':
      return [
        ['The event', `care ends for ${event.reasons.join(' or ')}`],
        ['Unaccompanied asylum seekers count', yes(event.countUnaccompaniedAsylumSeekers)],
      ];
    case 'index-closure':
      return [['The event', `the index referral is closed${except(event.exceptReasons)}`]];
    case 'court-application':
      return [['The event', 'an application to court']];
    case 'assessment':
      return [['The event', 'the first assessment is completed']];
  }
}

const measures = {
  'first-event': 'whether it happened, and when first',
  'state-at-horizon': 'whether the child is in care on the last day',
  'days-in-window': 'whole days in care; the day care ends is none',
  duration: 'days from the start to the completion',
};

function clockWords(clock: Clock): string {
  switch (clock.from) {
    case 'index':
      return 'the day of the index referral';
    case 'index-closure':
      return `the closing of the index referral within ${clock.withinMonths} months${except(clock.exceptReasons)}`;
    case 'care-start':
      return `the first start of care within ${clock.withinMonths} months of the index referral`;
    case 'care-end':
      return `the first end of care within ${clock.withinMonths} months of the index referral${except(clock.exceptReasons)}`;
  }
}

const risk: Record<RiskCondition, string> = {
  'in-care': 'in care',
  'never-in-care': 'never in care',
  'on-cp-plan': 'on a child protection plan',
  'not-on-cp-plan': 'not on a child protection plan',
};

function riskWords({ riskSet }: OutcomeDefinition): string {
  const asked = (riskSet.only ?? []).map((condition) => risk[condition]);
  if (riskSet.excludeInCareAtIndex) asked.unshift('not in care');
  return asked.length > 0 ? `children ${asked.join(' and ')} on the clock’s first day` : 'everyone';
}

/** The choices in order, each as what could be chosen and what was. */
export function choicesOf(definition: OutcomeDefinition): Choice[] {
  const { censoring, competing = [], washoutDays } = definition;
  const died =
    censoring.death === true
      ? 'death (a month of death)'
      : 'death (a month of death, or closed as RC2, or care ended as E2)';
  const ends = [
    censoring.eighteenthBirthday && '18th birthday',
    censoring.death && died,
    censoring.movedToAnotherCouncil && 'move to another council',
    censoring.declaredGap && 'declared gap in the feed',
  ].filter((end) => end !== false);
  return [
    ...eventChoices(definition.event),
    ['Measured', measures[definition.measure ?? 'first-event']],
    ['Time runs from', clockWords(definition.clock ?? { from: 'index' })],
    ['An event on the first day counts', yes(definition.indexDay === 'counts' && washoutDays === undefined)],
    ...(washoutDays === undefined
      ? []
      : [['Days after the first that do not count', String(washoutDays)] as Choice]),
    ['An event on the last day counts', yes(definition.lastDay !== 'does-not-count')],
    ['At risk', riskWords(definition)],
    ['Observation ends at', ends.join(', ') || 'nothing'],
    ...(competing.length === 0 ? [] : [['Known to rule the event out', competing.join(', ')] as Choice]),
    ['Source', definition.source],
  ];
}
