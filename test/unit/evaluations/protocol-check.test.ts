import { describe, expect, it } from 'vitest';
import { checkProtocol } from '../../../services/evaluations/protocol/check.ts';
import { nearest } from '../../../services/evaluations/protocol/nearest.ts';
import { templates } from '../../../services/evaluations/protocol/templates.ts';
import { namesIn, protocolText } from '../../../services/evaluations/protocol/text.ts';
import { differences, protocolWords } from '../../../services/evaluations/protocol/words.ts';
import { contentHash } from '../../../services/platform/content-hash.ts';

const trial = templates['family-rct'] ?? '';

describe('the ready templates', () => {
  it.each(Object.keys(templates))('%s passes its check', (name) => {
    const { protocol, faults } = checkProtocol(templates[name] ?? '');
    expect(faults).toEqual([]);
    expect(protocol?.outcomes.map(({ id }) => id)).toContain('care-entry');
  });

  it('have the same hash as YAML and as JSON', () => {
    const { protocol } = checkProtocol(trial);
    expect(contentHash(checkProtocol(JSON.stringify(protocol)).protocol)).toBe(contentHash(protocol));
  });
});

/** The line and column, from 1, at which a text first stands. */
const placeOf = (text: string, of: string) => {
  const before = text.slice(0, text.indexOf(of)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
};

describe('each fault is told where it stands, with what was meant', () => {
  it.each([
    ['a misspelt key', 'waves:', 'waaves:', 'waaves', 'waaves', /did you mean waves/],
    [
      'a misspelt key within',
      'countNoFurtherAction',
      'countNoFurtherActon',
      'countNoFurtherActon',
      'population.index.countNoFurtherActon',
      /did you mean countNoFurtherAction/,
    ],
    ['a misspelt value', 'unit: family', 'unit: familly', 'familly', 'unit', /did you mean family/],
    [
      'a value that is none',
      'waves: quarter',
      'waves: sometimes',
      'sometimes',
      'waves',
      /one of month, quarter, year/,
    ],
    [
      'an index record that is none',
      'record: referral',
      'record: referal',
      'referal',
      'population.index.record',
      /did you mean referral/,
    ],
    ['a day that is none', '2027-04-01', '2027-02-30', '2027-02-30', 'population.from', null],
    ['a broken rule', 'horizon: 12', 'horizon: 13', '13 }', 'primary.horizon', null],
    [
      'an outcome of another version',
      'use: care-entry, version: 2',
      'use: care-entry, version: 9',
      'care-entry, version: 9',
      'outcomes.2.use',
      /care-entry version [12]/,
    ],
  ])('%s', (_, right, wrong, at, field, suggestion) => {
    const text = trial.replace(right, wrong);
    expect(text).not.toBe(trial);
    const fault = checkProtocol(text).faults.find((one) => one.field === field);
    expect(fault).toMatchObject(placeOf(text, at));
    if (suggestion) expect(fault?.suggestion ?? fault?.message).toMatch(suggestion);
  });

  it('all of them at once, in the order of lines', () => {
    const text = trial.replace('unit: family', 'unit: familly').replace('alpha: 0.05', 'alpha: 5');
    const fields = checkProtocol(text).faults.map(({ field }) => field);
    expect(fields).toEqual(['unit', 'analysis.alpha']);
  });

  it('a missing part, and a text that is no YAML', () => {
    const missing = checkProtocol(trial.replace(/^question:.*$/m, '')).faults;
    expect(missing).toMatchObject([{ field: 'question', message: 'is missing' }]);
    expect(checkProtocol('a: [').faults[0]).toMatchObject({ line: 1, field: '' });
    expect(checkProtocol('').protocol).toBeNull();
  });
});

it('the nearest word is one that is near', () => {
  expect(nearest('referal', ['referral', 'assessment'])).toBe('referral');
  expect(nearest('bicycle', ['referral', 'assessment'])).toBeNull();
});

it('two versions differ in words', () => {
  const before = checkProtocol(trial).protocol;
  const after = checkProtocol(
    trial.replace('2028-03-31', '2028-09-30').replace('alpha: 0.05', 'alpha: 0.01'),
  ).protocol;
  if (!before || !after) throw new Error('a template is wrong');
  expect(differences(before, before)).toEqual([]);
  expect(differences(before, after)).toEqual([
    {
      section: 'Population',
      removed: ['Index days lie from 1 April 2027 to 31 March 2028.'],
      added: ['Index days lie from 1 April 2027 to 30 September 2028.'],
    },
    { section: 'Analysis', removed: ['Significance level: 0.05.'], added: ['Significance level: 0.01.'] },
  ]);
});

describe.each(Object.entries(templates))('the template %s in words', (_, text) => {
  it('has no setting in brackets, no day in figures and no council by its code alone', () => {
    const protocol = checkProtocol(text).protocol!;
    const names = new Map(protocol.councils.map((code, at) => [code, `Council ${at}`]));
    const all = protocolWords(protocol, names)
      .flatMap(({ lines }) => lines)
      .join('\n');
    expect(all).not.toMatch(/[{}[\]]|\d{4}-\d\d-\d\d|undefined|unknown \(/);
    expect(all).not.toMatch(/(?<!\()[EWNS]\d{8}/);
    for (const code of protocol.councils)
      expect(all).toContain(`Council ${protocol.councils.indexOf(code)} (${code})`);
  });
});

describe('a document that cannot be read', () => {
  it.each<[string, string, number, RegExp]>([
    ['brackets without end', `id: x\n${'['.repeat(50_000)}`, 2, /nested too deeply/],
    ['lists in lists on one line', '- '.repeat(20_000), 1, /nested too deeply/],
    [
      'indentation without end',
      Array.from({ length: 200 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
      65,
      /nested too deeply/,
    ],
    [
      'aliases of aliases',
      `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefg'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdef'[at]}`)}]`).join('\n')}`,
      1,
      /repeats itself/,
    ],
  ])('%s is told so at its line', (_, text, line, message) => {
    const { protocol, faults } = checkProtocol(text);
    expect(protocol).toBeNull();
    expect(faults).toEqual([
      { line, column: 1, field: '', message: expect.stringMatching(message), suggestion: null },
    ]);
  });

  it('is not one with brackets that are closed, however many', () => {
    const { faults } = checkProtocol(
      trial.replace('horizons: [6, 12, 18]', `horizons: [6, 12, 18] # ${'[x] '.repeat(500)}`),
    );
    expect(faults).toEqual([]);
  });
});

describe('a protocol as a text to go on writing', () => {
  it.each(Object.keys(templates))('%s comes to the same protocol', (name) => {
    const { protocol } = checkProtocol(templates[name] ?? '');
    if (!protocol) throw new Error(name);
    const text = protocolText(protocol);
    expect(text).toContain('use: re-referral');
    expect(contentHash(checkProtocol(text).protocol)).toBe(contentHash(protocol));
    expect(namesIn(text)).toEqual({ id: protocol.id, title: protocol.title });
  });

  it('writes out an outcome that is not the built-in one of its name', () => {
    const { protocol } = checkProtocol(trial);
    if (!protocol) throw new Error('the template is wrong');
    const changed = {
      ...protocol,
      outcomes: protocol.outcomes.map((one, at) => (at === 0 ? { ...one, words: 'Ours.' } : one)),
    };
    const text = protocolText(changed);
    expect(text).toContain('words: Ours.');
    expect(contentHash(checkProtocol(text).protocol)).toBe(contentHash(changed));
  });
});
