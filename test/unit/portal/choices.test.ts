// The form and the document say the same: what is not changed stays as it was typed, and what is entered is in the document.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkProtocol } from '../../../services/evaluations/protocol/check.ts';
import { templates } from '../../../services/evaluations/protocol/templates.ts';
import { choiceGroups } from '../../../services/portal/planning/choice-fields.ts';
import { choicesIn, fieldOfFault, withChoices } from '../../../services/portal/planning/choices.ts';

const rct = templates['family-rct'] ?? '';

/** The form as a browser sends it when nothing is touched. */
function untouched(text: string): Record<string, string> {
  const choices = choicesIn(text);
  if (!choices) throw new Error('the document cannot be read');
  return {
    ...Object.fromEntries(
      Object.entries(choices.values).map(([name, value]) => [name, value.replaceAll('\n', '\r\n')]),
    ),
    ...Object.fromEntries(
      choices.outcomes.filter(({ ticked }) => ticked).map(({ id }) => [`outcome-${id}`, 'yes']),
    ),
    'arms-by': choices.armsBy,
  };
}
const filled = (text: string, sent: Record<string, string>, without: string[] = []): string => {
  const form = { ...untouched(text), ...sent };
  return (
    withChoices(text, Object.fromEntries(Object.entries(form).filter(([name]) => !without.includes(name)))) ??
    ''
  );
};
const dataOf = (text: string) => parse(text) as Record<string, never>;

describe('a form that is sent as it came', () => {
  it.each(Object.entries(templates))('leaves %s as it was, with its comments', (_, text) => {
    const after = filled(text, {});
    expect(dataOf(after)).toEqual(dataOf(text));
    expect(after).toContain('# Every child is followed from its first referral in the window.');
    expect(filled(after, {})).toBe(after);
  });

  it('leaves whatever stands in the document, however wrong', () => {
    const places = choiceGroups.flatMap(({ fields }) => fields.map(({ path }) => path));
    const value = fc.oneof(
      fc.constantFrom(
        'familly',
        '',
        '2027-13-45',
        '12',
        'true',
        '*',
        '{a: b}',
        '[1, [2]]',
        'null',
        '~',
        '0.1',
        '"x: #"',
        "'07'",
      ),
      fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
      fc.integer().map(String),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...places), value), { minLength: 1, maxLength: 5 }),
        (changes) => {
          const data = dataOf(rct) as Record<string, unknown>;
          for (const [path, text] of changes) {
            let at = data;
            for (const key of path.slice(0, -1)) {
              if (typeof at[key] !== 'object' || at[key] === null || Array.isArray(at[key])) at[key] = {};
              at = at[key] as Record<string, unknown>;
            }
            try {
              at[path.at(-1) ?? ''] = parse(text);
            } catch {
              at[path.at(-1) ?? ''] = text;
            }
          }
          const text = JSON.stringify(data, null, 2);
          expect(dataOf(filled(text, {}))).toEqual(dataOf(text));
        },
      ),
    );
  });
});

describe('what is entered', () => {
  it('stands in the document, where the checker judges it', () => {
    const after = filled(rct, {
      ...{ title: 'Ours: a title', councils: 'E09000023\r\n E08000031 ', horizons: '6, 12,24' },
      ...{
        'from-day': '1',
        'from-month': '9',
        'from-year': '2027',
        'age-under': '',
        earlier: '12',
        'in-care': '',
      },
      ...{ unit: 'child', 'primary-horizon': '24', threshold: '5' },
    });
    const { protocol, faults } = checkProtocol(after);
    expect(faults).toEqual([]);
    expect(protocol).toMatchObject({
      title: 'Ours: a title',
      councils: ['E09000023', 'E08000031'],
      horizons: [6, 12, 24],
      unit: 'child',
      primary: { outcome: 're-referral', horizon: 24 },
      disclosure: { threshold: 5 },
    });
    expect(protocol?.population.from).toBe('2027-09-01');
    expect(protocol?.population.age).toBeUndefined();
    expect(protocol?.population.exclude).toEqual({ earlierWithinMonths: 12 });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['title', { title: '' }, /is missing/],
    ['councils', { councils: 'E09000023\nSomewhere' }, /./],
    ['to', { 'to-day': '31', 'to-month': '2', 'to-year': '2028' }, /./],
    ['to', { 'to-day': '', 'to-month': '4', 'to-year': '2028' }, /./],
    ['to', { 'to-day': '1', 'to-month': '1', 'to-year': '2020' }, /must not be before/],
    ['horizons', { horizons: 'six' }, /expected number/],
    ['age-under', { 'age-under': '19' }, /./],
    ['primary-horizon', { 'primary-horizon': '7' }, /./],
    ['threshold', { threshold: 'many' }, /expected number/],
  ])('wrongly in %s has its fault at that field', (name, sent, message) => {
    const { faults } = checkProtocol(filled(rct, sent));
    expect(faults.map(({ field }) => fieldOfFault(field, 'concealed'))).toContain(name);
    expect(faults.map((fault) => fault.message).join('\n')).toMatch(message);
  });

  it('of outcomes adds and takes out, and keeps the others where they were', () => {
    const none = filled(rct, {}, ['outcome-repeat-cp-plan']);
    expect(checkProtocol(none).protocol?.outcomes.map(({ id }) => id)).toEqual(['re-referral', 'care-entry']);
    const again = filled(none, { 'outcome-repeat-cp-plan': 'yes' });
    expect(checkProtocol(again).protocol?.outcomes.map(({ id }) => id)).toEqual([
      're-referral',
      'care-entry',
      'repeat-cp-plan',
    ]);
    const { faults } = checkProtocol(
      filled(rct, {}, ['outcome-re-referral', 'outcome-repeat-cp-plan', 'outcome-care-entry']),
    );
    expect(faults.map(({ field }) => fieldOfFault(field, 'concealed'))).toContain('outcomes');
  });

  it('of another index record begins it with plain settings', () => {
    for (const record of ['assessment', 'section-47', 'cp-plan', 'care-period'])
      expect(dataOf(filled(rct, { record })).population).toMatchObject({ index: { record } });
    const { faults } = checkProtocol(filled(rct, { record: 'assessment' }));
    expect(faults.map(({ field }) => field).filter((field) => field.startsWith('population'))).toEqual([]);
  });
});

describe('another way of giving arms', () => {
  it.each([
    'concealed',
    'stepped-wedge',
    'constrained',
    'list',
    'seeded',
    'by-council',
    'go-live',
    'offered',
  ])('%s takes the place of the one before, and of nothing else', (way) => {
    const before = templates[way === 'concealed' ? 'staggered-did' : 'family-rct'] ?? '';
    const after = filled(before, { 'arms-by': way });
    expect(choicesIn(after)?.armsBy).toBe(way);
    const rest = ({ allocation: _, exposure: __, ...others }: Record<string, unknown>) => others;
    expect(rest(dataOf(after))).toEqual(rest(dataOf(before)));
    const data = dataOf(after) as Record<string, unknown>;
    expect([data.allocation, data.exposure].filter((one) => one !== undefined)).toHaveLength(1);
  });

  it('asks for what it needs, and no longer for what it does not', () => {
    const seeded = filled(rct, { 'arms-by': 'seeded' });
    expect(checkProtocol(seeded).faults).toEqual([]);
    const { seed = '' } = choicesIn(seeded)?.values ?? {};
    expect(seed).toMatch(/^[0-9a-f]{32}$/);
    expect(filled(rct, { 'arms-by': 'seeded' })).not.toContain(seed);
    expect(dataOf(filled(seeded, { 'trial-share': '0.25' })).allocation).toMatchObject({
      seed,
      trialShare: 0.25,
    });
    expect(dataOf(filled(seeded, { 'arms-by': 'list' })).allocation).toEqual({ method: 'list' });
    const { faults } = checkProtocol(filled(rct, { 'arms-by': 'by-council' }));
    expect(faults.map(({ field }) => fieldOfFault(field, 'by-council'))).toEqual(
      expect.arrayContaining(['trial-councils', 'comparison-councils']),
    );
  });
});

it.each(['{', '['.repeat(9_000), 'just words', '- a\n- b', ''])('%j has no form', (text) => {
  expect(choicesIn(text)).toBeNull();
  expect(withChoices(text, { title: 'x' })).toBeNull();
});
