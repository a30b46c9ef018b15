// The explanation is the engine's own account: what it says led to a state is enough for the state, and necessary for an event.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CaseEvent, kindOf } from '../../../schemas/case-event.ts';
import { isFeedStatement } from '../../../schemas/message.ts';
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import { screenChild } from '../../../services/evaluations/eligibility.ts';
import type { RecordRef } from '../../../services/outcomes/candidate.ts';
import { builtInOutcomes, careEntry, reReferral } from '../../../services/outcomes/definitions.ts';
import { type Explained, type Explanation, explain } from '../../../services/outcomes/explain.ts';
import { explanationLines, verdictWords } from '../../../services/outcomes/explain-words.ts';
import { type NewestStatements, note, recordsOf } from '../../../services/outcomes/live-records.ts';
import { outcomesOf, type Verdict } from '../../../services/outcomes/reference.ts';
import { histories, messagesOf as messagesOfHistories } from '../../integration/outcomes/histories.ts';
import { childNamed, messagesOf, recordNamed } from '../../spec/notation.ts';

const outcomes: OutcomeDefinition[] = [
  ...builtInOutcomes,
  {
    ...reReferral,
    id: 're-referral-washed-out',
    event: { record: 'referral', countNoFurtherAction: false, primaryNeeds: ['N1'], sources: ['1A', '2A'] },
    washoutDays: 20,
    lastDay: 'does-not-count',
    riskSet: { excludeInCareAtIndex: true, only: ['not-on-cp-plan'] },
    competing: ['death', 'eighteenth-birthday'],
  },
  {
    ...careEntry,
    id: 'care-entry-by-order',
    event: { record: 'care-period', countUnaccompaniedAsylumSeekers: false, legalStatuses: ['C2'] },
    riskSet: { excludeInCareAtIndex: false, only: ['never-in-care'] },
  },
  {
    ...reReferral,
    id: 'neglect',
    event: { record: 'cp-plan-start', countHeldForAnotherAuthority: false, initialCategories: ['NEG'] },
  },
  {
    ...careEntry,
    id: 'days-in-care-after-care',
    measure: 'days-in-window',
    clock: { from: 'care-end', withinMonths: 6, exceptReasons: ['E11'] },
    riskSet: { excludeInCareAtIndex: false },
    washoutDays: 3,
  },
];
const horizons = [1, 12, 18];

const council = 'E09000023';
const councils = [council, 'E08000026', 'E10000016'];

function explained(events: readonly CaseEvent[], gaps: Explained['gaps'] = []): Explained | null {
  const newest: NewestStatements = new Map();
  for (const event of events) note(newest, event);
  const population = {
    index: { record: 'referral', countNoFurtherAction: true },
    from: '2024-02-29',
    to: '2025-12-31',
  } as const;
  const { index } = screenChild(population, recordsOf(newest), false);
  const said = events.map((event, at) => ({
    event,
    kind: kindOf(event),
    child: event.subject,
    recordId: event.data.recordId,
    id: event.id,
    recordedAt: event.time,
    line: at + 1,
  }));
  return index && { index, newest, said, gaps, completeThrough: new Map() };
}

const stateOf = ({ outcome, horizon, state, date, censorReason, value }: Explanation) => ({
  outcome,
  horizon,
  state,
  date,
  censorReason,
  value,
});

const nameOf = ({ kind, recordId }: RecordRef): string => `${kind} ${recordId}`;

/** Everything that an explanation says bears on the state. */
function ledTo({ index, clock, risk, ends, considered, window }: Explanation): Set<string> {
  const counted = considered.filter(({ verdict }) => verdict === 'event' || verdict === 'counted');
  const first = ends[0];
  const refs: RecordRef[] = [
    { ...index, kind: 'referral' },
    ...[...(clock.by ? [clock.by] : []), ...counted].flatMap((one) => [one, ...one.rests]),
    ...risk.flatMap(({ records }) => records),
    ...(first?.record && window && first.day < window.last ? [first.record] : []),
  ];
  return new Set(refs.map(nameOf));
}

interface Tried {
  events: CaseEvent[];
  subject: Explained;
}

function tryAll(
  property: (tried: Tried, definition: OutcomeDefinition, found: Explanation) => void,
  numRuns = 12,
) {
  fc.assert(
    fc.property(histories(6), (said) => {
      const messages = messagesOfHistories(said, councils);
      const events = messages.filter((one): one is CaseEvent => !isFeedStatement(one));
      const children = new Set(events.map(({ source, subject }) => `${source} ${subject}`));
      for (const child of children) {
        const own = events.filter(({ source, subject }) => `${source} ${subject}` === child);
        const gaps = messages.flatMap((one) =>
          isFeedStatement(one) && child.startsWith(one.source) && 'gap' in one.data
            ? one.data.kinds.map((kind) => ({
                kind,
                ...('gap' in one.data ? one.data.gap : { from: '', to: '' }),
              }))
            : [],
        );
        const subject = explained(own, gaps);
        if (!subject) continue;
        for (const definition of outcomes)
          for (const found of explain(definition, subject, horizons))
            property({ events: own, subject }, definition, found);
      }
    }),
    { numRuns, seed: 20_261_126 },
  );
}

describe('for any history', () => {
  it('the state explained is the reference engine’s, and one record at most is the event', () => {
    const seen = new Set<Verdict>();
    tryAll(({ subject }, definition, found) => {
      const participant = { ...subject, records: recordsOf(subject.newest) };
      expect(stateOf(found)).toEqual(outcomesOf(definition, participant, [found.horizon])[0]);
      const events = found.considered.filter(({ verdict }) => verdict === 'event');
      const measured = definition.measure === 'days-in-window' || definition.measure === 'state-at-horizon';
      if (!measured) {
        expect(events.map(({ day }) => day)).toEqual(found.state === 'event' ? [found.date] : []);
      } else {
        const counted = found.considered.filter(({ verdict }) => verdict === 'counted');
        expect(counted.length > 0).toBe(found.state === 'event');
      }
      if (found.state === 'not-at-risk')
        expect(found.clock.day === null || found.risk.some(({ holds }) => !holds)).toBe(true);
      if (found.state === 'censored')
        expect([found.date, found.censorReason]).toEqual([found.ends[0]?.day, found.ends[0]?.reason]);
      for (const { verdict } of found.considered) seen.add(verdict);
      expect(explanationLines(found).join('\n')).not.toMatch(/undefined|null|NaN|\[object/);
    }, 40);
    // Enough is tried for nearly everything that can be said to have been said.
    expect(Object.keys(verdictWords).filter((verdict) => !seen.has(verdict as Verdict))).toEqual([
      'before-the-index-day',
      'clock-too-late',
    ]);
  });

  it('without what was passed over the state is the same', () => {
    tryAll(({ events, subject }, definition, found) => {
      const kept = ledTo(found);
      const rest = events.filter(
        (event) => kindOf(event) === 'child' || kept.has(`${kindOf(event)} ${event.data.recordId}`),
      );
      const again = explained(rest, subject.gaps);
      const [left] = explain(definition, { ...(again as Explained), index: subject.index }, [found.horizon]);
      // An end that came later than the window is not among what led to the state.
      expect([definition.id, stateOf(left!)]).toEqual([definition.id, stateOf(found)]);
    });
  });

  it('without the event there is another state, or another day', () => {
    tryAll(({ events, subject }, definition, found) => {
      const event = found.considered.find(({ verdict }) => verdict === 'event');
      if (!event) return;
      const without = events.filter(
        (one) =>
          `${kindOf(one)} ${one.data.recordId}` !== nameOf(event) ||
          one.data.recordId === subject.index.recordId,
      );
      if (without.length === events.length) return;
      const again = { ...(explained(without, subject.gaps) as Explained), index: subject.index };
      const [left] = explain(definition, again, [found.horizon]);
      const other = left?.considered.find(({ verdict }) => verdict === 'event');
      expect(other && nameOf(other)).not.toBe(nameOf(event));
    });
  });

  it('every statement about a record that was looked at stands or is overtaken, once', () => {
    tryAll(({ events }, _, { records, notLookedAt }) => {
      const looked = new Set(records.map(({ kind }) => kind));
      const about = events.filter((event) => looked.has(kindOf(event)));
      const told = records.reduce((sum, { overtaken }) => sum + 1 + overtaken.length, 0);
      expect(told).toBe(about.length);
      const names = new Set(events.map((event) => `${kindOf(event)} ${event.data.recordId}`));
      const others = notLookedAt.reduce((sum, one) => sum + one.records, 0);
      expect(records.length + others).toBe(names.size);
    });
  });
});

const builtIn = (id: string) => builtInOutcomes.find((one) => one.id === id)!;

it.each<[what: string, definition: OutcomeDefinition, records: string, expected: Record<string, Verdict>]>([
  [
    'the index, its day, the first, a later one, after the horizon, before the index',
    reReferral,
    'referral a 2025-01-15; referral b 2025-01-15; referral c 2025-03-01; referral d 2025-04-01; referral e 2025-07-16; referral f 2023-12-01',
    {
      a: 'index-itself',
      b: 'on-the-first-day',
      c: 'event',
      d: 'after-the-first',
      e: 'after-the-last-day',
      f: 'before-the-clock',
    },
  ],
  [
    'a washout',
    { ...reReferral, washoutDays: 30 },
    'referral a 2025-01-15; referral b 2025-02-14; referral c 2025-02-15',
    { a: 'index-itself', b: 'in-washout', c: 'event' },
  ],
  [
    'no further action',
    builtIn('re-referral-further-action'),
    'referral a 2025-01-15; referral b 2025-02-14 nfa; referral c 2025-02-15',
    { a: 'index-itself', b: 'no-further-action', c: 'event' },
  ],
  [
    'after the 18th birthday',
    reReferral,
    'referral a 2025-01-15; child born 2007-03; referral b 2025-03-01',
    { a: 'index-itself', b: 'after-observation-ended' },
  ],
  [
    'short breaks, episodes that go on, care not seen to start',
    careEntry,
    'referral 2025-01-15; care a 2025-02-01..2025-02-03 S V4; care b 2025-03-01..2025-03-09 L C2; care c 2025-04-01..2025-05-01 S V2 X1; care d 2025-05-01 L C2',
    { a: 'short-break', b: 'start-not-seen', c: 'event', d: 'goes-on-from-another' },
  ],
  [
    'plans',
    builtIn('repeat-cp-plan'),
    'referral 2025-01-15; plan a 2022-01-01..2022-03-01; plan b 2025-02-01..2025-02-03 held; plan c 2025-03-01',
    { a: 'no-earlier-plan', b: 'held-for-another-council', c: 'event' },
  ],
  [
    'a first plan',
    builtIn('repeat-cp-plan'),
    'referral 2025-01-15; plan a 2025-02-01',
    { a: 'no-earlier-plan' },
  ],
  [
    'the closing of another case, and for a reason left out',
    builtIn('closure'),
    'referral a 2025-01-15 closed 2025-03-01 RC2; referral b 2025-02-01 closed 2025-03-01 RC1',
    { a: 'left-out-reason', b: 'not-the-index' },
  ],
  [
    'assessments',
    builtIn('assessment-duration'),
    'referral 2025-01-15; assessment a 2025-02-01; assessment b 2025-03-01..2025-03-09; assessment c 2025-01-01..2025-02-01',
    { a: 'not-completed', b: 'later-assessment', c: 'started-too-early' },
  ],
])('says of each record what came of it: %s', (_, definition, records, expected) => {
  const events = messagesOf(records, { council, child: childNamed('anna') }) as CaseEvent[];
  const [found] = explain(definition, explained(events) as Explained, [6]);
  const named = ({ recordId }: RecordRef) => [...'abcdef'].find((letter) => recordNamed(letter) === recordId);
  const told = found!.considered.flatMap((one) => {
    const name = named(one);
    return name === undefined ? [] : [[name, one.verdict]];
  });
  expect(Object.fromEntries(told)).toEqual(expected);
});

it('a correction is told with what was said before, and a purge with nothing of it', () => {
  const events = messagesOf(
    'referral 2025-01-15; referral a 2025-03-01 @2025-03-02; referral a 2025-03-05 @2025-04-02; referral b 2025-02-01 @2025-02-02; purge referral b @2025-05-01',
    { council, child: childNamed('anna') },
  ) as CaseEvent[];
  const [found] = explain(reReferral, explained(events) as Explained, [6]);
  const of = (letter: string) => found?.records.find(({ recordId }) => recordId === recordNamed(letter));
  expect(of('a')).toMatchObject({
    standing: 'stands',
    line: 3,
    overtaken: [{ day: '2025-03-01', line: 2, recordedAt: '2025-03-02T12:00:00Z' }],
  });
  expect(of('b')).toMatchObject({ standing: 'purged', overtaken: [{ day: null, line: 4 }] });
  const lines = explanationLines(found!).join('\n');
  expect(lines).toContain('2025-03-05 * referral …000061 (line 3): this is the event');
  expect(lines).toContain('as said 2025-03-02T12:00:00Z, line 2; corrected 2025-04-02T12:00:00Z');
  expect(lines).not.toContain('2025-02-01');
});
