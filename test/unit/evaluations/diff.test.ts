// What a difference is put down to: each case says something more about one child and names what must be told as its cause.

import { expect, it } from 'vitest';
import { diffOf } from '../../../services/evaluations/as-of/diff.ts';
import { type Allotted, NOTHING_ALLOTTED } from '../../../services/evaluations/evaluate/allocation.ts';
import { Known } from '../../../services/evaluations/evaluate/known.ts';
import { reReferral } from '../../../services/outcomes/definitions.ts';
import { protocolNamed } from '../../harness/protocols.ts';
import { childNamed, messagesOf, recordNamed } from '../../spec/notation.ts';

const council = 'E09000023';
const anna = childNamed('anna');
const protocol = protocolNamed('diff', [council], {
  allocation: { method: 'list' },
  outcomes: [reReferral],
  primary: { outcome: reReferral.id, horizon: 6 },
  disclosure: { threshold: 1 },
});
const evaluation = { id: 1, slug: 'diff', protocol, protocolHash: '' };
const listed: Allotted = {
  ...NOTHING_ALLOTTED,
  arms: new Map([[`${council} ${anna.slice(1)}`, 'trial']]),
};

function knownOf(records: string): Known {
  const known = new Known([council]);
  for (const message of messagesOf(records, { council, child: anna })) known.take(JSON.stringify(message));
  return known;
}

const index = 'referral a 2025-01-15 @2025-01-16';
const whole = 'complete referral 2025-09-01 @2025-09-02';

const diff = (before: string, after: string, arms = { before: listed, after: listed }) =>
  diffOf(
    evaluation as never,
    { known: knownOf(before), allotted: arms.before, optedOut: new Set() },
    { known: knownOf(`${before}; ${after}`), allotted: arms.after, optedOut: new Set() },
    { from: '2025-09-01', to: '2025-10-01' },
  );

const record = (letter: string, what: string) =>
  expect.objectContaining({ cause: 'record', kind: 'referral', recordId: recordNamed(letter), what });

it.each<[string, string, string, string, unknown[]]>([
  ['a record that is new', index, 'referral b 2025-03-01 @2025-09-20', 'state', [record('b', 'new')]],
  [
    'a record of a day that was said to be complete',
    `${index}; ${whole}`,
    'referral b 2025-03-01 @2025-09-20',
    'state',
    [record('b', 'late')],
  ],
  [
    'a correction',
    `${index}; referral b 2025-03-01 @2025-03-02`,
    'referral b 2025-04-01 @2025-09-20',
    'date',
    [record('b', 'corrected')],
  ],
  [
    'a purge',
    `${index}; referral b 2025-03-01 @2025-03-02`,
    'purge referral b @2025-09-20',
    'state',
    [record('b', 'purged')],
  ],
  ['a purge of the index', index, 'purge referral a @2025-09-20', 'left', [record('a', 'purged')]],
  [
    'the feed',
    index,
    whole,
    'matured',
    [{ cause: 'feed', kind: 'referral', completeThrough: { before: null, after: '2025-09-01' } }],
  ],
  [
    'a gap',
    index,
    'gap referral 2025-03-01..2025-03-31',
    'state',
    [{ cause: 'gap', kind: 'referral', from: '2025-03-01', to: '2025-03-31' }],
  ],
])('is put down to %s', (_, before, after, change, because) => {
  const { changes, outcomes } = diff(before, after);
  expect(changes).toMatchObject([{ council, child: anna, outcome: 're-referral', horizon: 6, change }]);
  expect(changes[0]?.because).toEqual(because);
  expect(outcomes).toMatchObject({ compared: 1, unchanged: 0, changed: 1 });
});

it('is not put down to what was said beside it', () => {
  const { changes } = diff(
    index,
    'referral b 2025-03-01 @2025-09-20; care 2025-04-01..2025-05-01 S C2 @2025-09-20; referral c 2025-05-01 @2025-09-20',
  );
  expect(changes[0]?.because).toEqual([record('b', 'new')]);
});

it('is put down to all of what only changed it together', () => {
  const { changes } = diff(index, `referral b 2025-03-01 @2025-09-20; referral c 2025-03-01 @2025-09-20`);
  expect(changes[0]?.because).toEqual([record('b', 'new'), record('c', 'new')]);
});

it('is put down to the allocation', () => {
  const { changes, participants } = diff(`${index}; referral b 2025-03-01 @2025-03-02`, '', {
    before: NOTHING_ALLOTTED,
    after: listed,
  });
  expect(changes).toMatchObject([{ change: 'entered', because: [{ cause: 'allocation' }] }]);
  expect(participants).toEqual({ before: 0, after: 1, entered: 1, left: 0 });
});

it('says that nothing changed when what was said changes nothing', () => {
  const { changes, outcomes } = diff(
    `${index}; referral b 2025-03-01 @2025-03-02`,
    'referral c 2025-05-01 @2025-09-20',
  );
  expect(changes).toEqual([]);
  expect(outcomes).toMatchObject({ compared: 1, unchanged: 1, changed: 0 });
});
