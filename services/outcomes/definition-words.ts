// Every choice that a definition makes, one sentence each: the only place where a definition is put into words. A reader who
// knows no code sees what could have been chosen otherwise, and a choice left out of here would be a choice nobody sees.
import type { Clock, OutcomeDefinition, OutcomeEvent, RiskCondition } from '../../schemas/outcome.ts';
import {
  careEndWords,
  categoryWords,
  closureWords,
  legalStatusWords,
  needWords,
  sourceWords,
} from './code-words.ts';
import { indexTakenFor } from './event-kind.ts';

const months = (count: number): string => `${count} month${count === 1 ? '' : 's'}`;
const days = (count: number): string => `${count} day${count === 1 ? '' : 's'}`;
const countOrNot = (counts: boolean): string => (counts ? 'count' : 'do not count');

function listed(parts: readonly string[], word: 'and' | 'or'): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} ${word} ${last}`;
}

const coded = <Code extends string>(words: Readonly<Record<Code, string>>, codes: readonly Code[]): string =>
  listed(
    codes.map((code) => `${code} (${words[code]})`),
    'or',
  );

const heldWords = (event: { countHeldForAnotherAuthority: boolean }): string =>
  `Plans held for another council ${countOrNot(event.countHeldForAnotherAuthority)}.`;
const seekersWords = (event: { countUnaccompaniedAsylumSeekers: boolean }): string =>
  `Unaccompanied children seeking asylum ${countOrNot(event.countUnaccompaniedAsylumSeekers)}.`;

type RepeatPlan = Extract<OutcomeEvent, { record: 'cp-plan' }>;

function repeatWords(event: RepeatPlan): string[] {
  const { earlierPlan, evidence } = event;
  return [
    'A child protection plan that starts is counted if the child had one before.',
    earlierPlan === 'ever'
      ? 'An earlier plan counts however long ago it ended.'
      : `An earlier plan counts if it was open, or had ended within the ${months(earlierPlan.endedWithinMonths)} before.`,
    {
      ledger: 'The earlier plan must be among the records received.',
      reported: 'The earlier plan must be in the number of earlier plans that the council reports.',
      either: 'The earlier plan may be among the records received, or in the number the council reports.',
    }[evidence],
    ...(earlierPlan !== 'ever' && evidence !== 'ledger'
      ? ['A number that the council reports carries no dates, so it counts however long ago the plans were.']
      : []),
    heldWords(event),
  ];
}

type Care = Extract<OutcomeEvent, { record: 'care-period' }>;

function careWords(event: Care, { measure = 'first-event' }: OutcomeDefinition): string[] {
  const counted = {
    'first-event': 'A period of care that starts is counted.',
    'state-at-horizon': 'It is counted whether the child is in care on the last day of the period.',
    'days-in-window':
      'The whole days that the child is in care are counted. The day on which care ends is not one of them.',
    duration: '',
  }[measure];
  return [
    counted,
    'Short breaks are not care.',
    ...(event.legalStatuses
      ? [`Only care that starts under ${coded(legalStatusWords, event.legalStatuses)} counts.`]
      : []),
    seekersWords(event),
  ];
}

function eventWords(definition: OutcomeDefinition): string[] {
  const { event } = definition;
  switch (event.record) {
    case 'referral':
      return [
        'A further referral of the child is counted.',
        `Referrals that led to no further action ${countOrNot(event.countNoFurtherAction)}.`,
        ...(event.primaryNeeds
          ? [`Only referrals that state the primary need ${coded(needWords, event.primaryNeeds)} count.`]
          : []),
        ...(event.sources
          ? [`Only referrals that state the source ${coded(sourceWords, event.sources)} count.`]
          : []),
      ];
    case 'cp-plan':
      return repeatWords(event);
    case 'cp-plan-start':
      return [
        'A child protection plan that starts is counted, the first or a further one.',
        ...(event.initialCategories
          ? [`Only plans whose first category is ${coded(categoryWords, event.initialCategories)} count.`]
          : []),
        heldWords(event),
      ];
    case 'care-period':
      return careWords(event, definition);
    case 'care-period-end':
      return [
        `A period of care that ends is counted if it ended because of ${coded(careEndWords, event.reasons)}.`,
        'Short breaks are not care.',
        seekersWords(event),
      ];
    case 'index-closure':
      return [
        'It is counted that the case which brought the child into the study is closed, whether or not the council says why.',
        ...(event.exceptReasons.length > 0
          ? [`A closing because of ${coded(closureWords, event.exceptReasons)} does not count.`]
          : []),
      ];
    case 'court-application':
      return ['An application to court is counted.'];
    case 'assessment':
      return [
        'The first assessment that starts is counted once it is completed, and the days from its start to its completion.',
        'Days are calendar days, not working days.',
      ];
  }
}

function clockWords(clock: Clock): string[] {
  if (clock.from === 'index') return ['Time is counted from the day on which the child came into the study.'];
  const exceptCodes =
    clock.from === 'index-closure'
      ? coded(closureWords, clock.exceptReasons)
      : clock.from === 'care-end'
        ? coded(careEndWords, clock.exceptReasons)
        : '';
  const start = {
    'index-closure': 'the case that brought the child into the study was closed',
    'care-start': 'care first started after the child came into the study',
    'care-end': 'care first ended after the child came into the study',
  }[clock.from];
  return [
    `Time is counted from the day on which ${start}${exceptCodes === '' ? '' : `, other than because of ${exceptCodes}`}.`,
    `That must be within ${months(clock.withinMonths)} of the day on which the child came into the study. Other children are left out.`,
  ];
}

function windowWords(definition: OutcomeDefinition): string[] {
  const { indexDay, washoutDays, lastDay, measure } = definition;
  const first =
    washoutDays === undefined
      ? [
          `What happens on the day from which time is counted ${indexDay === 'counts' ? 'counts' : 'does not count'}.`,
        ]
      : [
          `What happens on the day from which time is counted, or in the ${days(washoutDays)} after it, does not count.`,
        ];
  return [
    ...(measure === 'state-at-horizon' ? [] : first),
    ...(indexTakenFor(definition) === null
      ? []
      : ['The record that brought the child into the study is never counted itself.']),
    `What happens on the last day of the period ${lastDay === 'does-not-count' ? 'does not count' : 'counts'}.`,
  ];
}

export const riskWords: Readonly<Record<RiskCondition | 'not-in-care', string>> = {
  'not-in-care': 'not in care',
  'in-care': 'in care',
  'never-in-care': 'never in care before',
  'on-cp-plan': 'on a child protection plan',
  'not-on-cp-plan': 'not on a child protection plan',
};

function riskSetWords({ riskSet }: OutcomeDefinition): string[] {
  const asked = [
    ...(riskSet.excludeInCareAtIndex ? (['not-in-care'] as const) : []),
    ...(riskSet.only ?? []),
  ];
  if (asked.length === 0)
    return ['All children are followed, whether or not they are in care or on a plan when time starts.'];
  const words = listed(
    asked.map((one) => riskWords[one]),
    'and',
  );
  return [
    `Only children who are ${words} on the day from which time is counted are followed. The others are left out.`,
    'Care or a plan that starts or ends on that very day does not put a child in care or on a plan.',
  ];
}

function endWords({ censoring, competing = [] }: OutcomeDefinition): string[] {
  const ends = [
    censoring.eighteenthBirthday && 'the 18th birthday',
    censoring.death && 'the child’s death',
    censoring.movedToAnotherCouncil && 'a move to another council',
    censoring.declaredGap && 'a gap in the council’s records',
  ].filter((end) => end !== false);
  const competitors = { 'eighteenth-birthday': 'the 18th birthday', death: 'the child’s death' };
  return [
    ends.length === 0
      ? 'Nothing ends the following of a child early.'
      : `A child is followed until ${listed(ends, 'or')} at most.`,
    ...(censoring.death === 'any-evidence'
      ? [
          'A death is known by the month that is reported, or else by a case closed or care ended because of it.',
        ]
      : []),
    ...(censoring.death === true
      ? ['A death is known by the month that is reported, and by nothing else.']
      : []),
    ...(competing.length > 0
      ? [
          `After ${listed(
            competing.map((one) => competitors[one]),
            'or',
          )} it is known that it does not happen any more: that is no event, not an end of following.`,
        ]
      : []),
  ];
}

/** One sentence a choice, in the order in which they are made: what, when, of whom, until when. */
export const definitionWords = (definition: OutcomeDefinition): string[] => [
  ...eventWords(definition),
  ...clockWords(definition.clock ?? { from: 'index' }),
  ...windowWords(definition),
  ...riskSetWords(definition),
  ...endWords(definition),
];
