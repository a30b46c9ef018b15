// A choice that changes a definition changes its words: what is not said cannot be checked by whoever reads it.
import { describe, expect, it } from 'vitest';
import { OutcomeDefinition } from '../../../schemas/outcome.ts';
import { definitionWords } from '../../../services/outcomes/definition-words.ts';
import { builtInOutcomes } from '../../../services/outcomes/definitions.ts';

const builtIn = (id: string) => builtInOutcomes.find((one) => one.id === id)!;
const referral = { record: 'referral', countNoFurtherAction: true } as const;
const repeat = builtIn('repeat-cp-plan-within-24-months');
const care = builtIn('care-entry');

type Changes = Partial<OutcomeDefinition>;

const choices: [base: string, changes: Changes, says: RegExp][] = [
  ['re-referral', { event: { ...referral, countNoFurtherAction: false } }, /no further action do not count/],
  ['re-referral', { event: { ...referral, primaryNeeds: ['N1'] } }, /N1 \(abuse or neglect\)/],
  ['re-referral', { event: { ...referral, sources: ['2A', '6'] } }, /2A \(a school\) or 6 \(the police\)/],
  ['re-referral', { indexDay: 'counts' }, /day from which time is counted counts/],
  ['re-referral', { washoutDays: 14 }, /in the 14 days after it, does not count/],
  ['re-referral', { lastDay: 'does-not-count' }, /last day of the period does not count/],
  [
    're-referral',
    { riskSet: { excludeInCareAtIndex: true } },
    /Only children who are not in care on the day/,
  ],
  [
    're-referral',
    { riskSet: { excludeInCareAtIndex: false, only: ['never-in-care', 'on-cp-plan'] } },
    /never in care before and on a child protection plan/,
  ],
  [
    're-referral',
    { competing: ['death', 'eighteenth-birthday'] },
    /After the child’s death or the 18th birthday/,
  ],
  ['re-referral', { censoring: { ...care.censoring, death: true } }, /by nothing else/],
  [
    're-referral',
    { censoring: { ...care.censoring, declaredGap: false } },
    /a move to another council at most/,
  ],
  [
    're-referral',
    { clock: { from: 'care-start', withinMonths: 6 } },
    /care first started.*|within 6 months of the day/,
  ],
  [
    're-referral',
    { clock: { from: 'index-closure', withinMonths: 12, exceptReasons: ['RC2'] } },
    /was closed, other than because of RC2 \(the child died\)/,
  ],
  [
    're-referral',
    { clock: { from: 'care-end', withinMonths: 12, exceptReasons: ['E11'] } },
    /care first ended.*E11 \(adopted, unopposed\)/,
  ],
  ['care-entry', { measure: 'state-at-horizon' }, /in care on the last day of the period/],
  ['care-entry', { measure: 'days-in-window' }, /whole days that the child is in care/],
  [
    'care-entry',
    { event: { record: 'care-period', countUnaccompaniedAsylumSeekers: false } },
    /seeking asylum do not count/,
  ],
  [
    'care-entry',
    { event: { record: 'care-period', countUnaccompaniedAsylumSeekers: true, legalStatuses: ['L1'] } },
    /L1 \(police protection\)/,
  ],
  [
    'escalation-to-cp-plan',
    { event: { record: 'cp-plan-start', countHeldForAnotherAuthority: true } },
    /held for another council count/,
  ],
  [
    'escalation-to-cp-plan',
    {
      event: { record: 'cp-plan-start', countHeldForAnotherAuthority: false, initialCategories: ['SAB'] },
    },
    /SAB \(sexual abuse\)/,
  ],
  [
    'repeat-cp-plan-within-24-months',
    { event: { ...repeat.event, earlierPlan: { endedWithinMonths: 1 } } as OutcomeDefinition['event'] },
    /within the 1 month before/,
  ],
  [
    'repeat-cp-plan-within-24-months',
    { event: { ...repeat.event, evidence: 'either' } as OutcomeDefinition['event'] },
    /carries no dates/,
  ],
  ['closure', { event: { record: 'index-closure', exceptReasons: ['RC7'] } }, /RC7 \(services ended/],
  [
    'reunification',
    { event: { record: 'care-period-end', reasons: ['E4B'], countUnaccompaniedAsylumSeekers: true } },
    /because of E4B/,
  ],
];

it.each(choices)('%s with %j', (id, changes, says) => {
  const base = builtIn(id);
  const words = definitionWords(OutcomeDefinition.parse({ ...base, ...changes }));
  expect(words.filter((sentence) => !definitionWords(base).includes(sentence)).join(' ')).toMatch(says);
});

describe('built in', () => {
  it('no two say the same', () => {
    const said = builtInOutcomes.map((definition) => definitionWords(definition).join(' '));
    expect(new Set(said).size).toBe(builtInOutcomes.length);
  });

  it.each(builtInOutcomes.map(({ id }) => id))('%s says each thing once, in sentences', (id) => {
    const words = definitionWords(builtIn(id));
    expect(new Set(words).size).toBe(words.length);
    for (const sentence of words) expect(sentence).toMatch(/^[A-Z].*[^.]\.$/);
    expect(words.join(' ')).not.toMatch(/undefined|null|\bor \bor/);
  });
});
