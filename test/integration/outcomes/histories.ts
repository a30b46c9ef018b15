// Random histories of children: records of every kind on days that lie on, beside and between the boundaries of one another,
// corrected, withdrawn and stated at colliding instants. Every statement keeps to the schemas; its order rules it need not.
import fc from 'fast-check';
import { addDays, addMonths, monthOf } from '../../../schemas/calendar.ts';
import { sourceOf } from '../../../schemas/case-event.ts';
import { FEED_STATEMENT_TYPE, type FeedStatement } from '../../../schemas/feed.ts';
import { type FeedMessage, parseMessage } from '../../../schemas/message.ts';
import type { RecordKind } from '../../../schemas/records.ts';

const hex = (value: number, length: number): string => value.toString(16).padStart(length, '0');
const maybe = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arb, { nil: undefined });

/** Days around one day of the child: whole months from it, or next to them, or anywhere. */
const daysAround = (base: string): fc.Arbitrary<string> =>
  fc
    .oneof(
      { weight: 4, arbitrary: fc.constantFrom(-12, -6, -1, 0, 0, 1, 3, 6, 6, 12, 12, 18) },
      { weight: 1, arbitrary: fc.integer({ min: -14, max: 19 }) },
    )
    .chain((months) =>
      fc
        .oneof(
          { weight: 5, arbitrary: fc.constantFrom(-1, 0, 0, 0, 1) },
          { weight: 2, arbitrary: fc.nat(60) },
        )
        .map((days) => addDays(addMonths(base, months), days)),
    );

const bases = fc.constantFrom(
  '2025-01-15',
  '2025-01-31',
  '2024-08-31',
  '2024-02-29',
  '2025-02-01',
  '2025-03-30',
);

const ofWeight = <T>(...values: [weight: number, value: T][]): fc.Arbitrary<T> =>
  fc.oneof(...values.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

function stateOf(kind: RecordKind, base: string): fc.Arbitrary<Record<string, unknown>> {
  const day = daysAround(base);
  switch (kind) {
    case 'child':
      return fc.record({
        birthMonth: maybe(
          fc
            .tuple(fc.constantFrom(-18 * 12, -10 * 12), fc.integer({ min: -2, max: 20 }))
            .map(([years, months]) => monthOf(addMonths(base, years + months))),
        ),
        deathMonth: fc.option(day.map(monthOf), { nil: undefined, freq: 2 }),
        unaccompaniedAsylumSeeker: maybe(fc.boolean()),
        family: maybe(fc.integer({ min: 1, max: 9 }).map((family) => `f${hex(family, 32)}`)),
      });
    case 'referral':
      return fc.record({
        date: day,
        source: maybe(fc.constantFrom('1A', '2A', '5B')),
        primaryNeed: maybe(fc.constantFrom('N1', 'N4')),
        noFurtherAction: maybe(fc.boolean()),
        closedOn: maybe(day),
        closureReason: maybe(ofWeight([1, 'RC5'], [2, 'RC1'], [1, 'RC2'])),
      });
    case 'cp-plan':
      return fc.record({
        started: day,
        ended: maybe(day),
        previousPlans: maybe(fc.integer({ min: 0, max: 2 })),
        heldForAnotherAuthority: maybe(ofWeight([3, false], [1, true])),
        initialCategory: maybe(fc.constantFrom('NEG', 'MUL')),
      });
    case 'care-episode':
      return fc.record({
        started: day,
        ended: maybe(day),
        reasonStarted: ofWeight([3, 'S'], [3, 'L'], [1, 'P']),
        legalStatus: ofWeight([3, 'C2'], [2, 'V2'], [2, 'V3'], [1, 'V4']),
        reasonEnded: maybe(ofWeight([2, 'X1'], [3, 'E4A'], [1, 'E13'], [1, 'E2'], [1, 'E11'])),
      });
    case 'assessment':
      return fc.record({ started: day, authorised: maybe(day) });
    case 'section-47':
      return fc.record({ started: day, initialConference: maybe(day) });
    case 'family-meeting':
      return fc.record({ offered: maybe(day), held: maybe(day), accepted: maybe(fc.boolean()) });
    case 'pre-proceedings':
      return fc.record({ letterSent: maybe(day), courtApplication: maybe(day) });
    // Which other child is settled where the children are counted.
    case 'same-child':
      return fc.record({ other: fc.nat(0xffff), same: ofWeight([4, true], [1, false]) });
    case 'cin-plan':
    case 'early-help':
      return fc.record({ started: day, ended: maybe(day) });
  }
}

const kinds = ofWeight<RecordKind>(
  [5, 'referral'],
  [5, 'care-episode'],
  [4, 'cp-plan'],
  [3, 'child'],
  [3, 'assessment'],
  [1, 'section-47'],
  [1, 'cin-plan'],
  [1, 'early-help'],
  [2, 'family-meeting'],
  [3, 'pre-proceedings'],
  [2, 'same-child'],
);

interface Said {
  kind: RecordKind;
  record: number;
  state: Record<string, unknown> | null;
  /** Few instants, so that statements collide. */
  at: number;
  rank: number;
}

const statement = (base: string): fc.Arbitrary<Said> =>
  kinds.chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      record: fc.integer({ min: 1, max: 4 }),
      state: fc.option(stateOf(kind, base), { nil: null, freq: 7 }),
      at: fc.nat(9),
      // Few too: two children may have one id at one instant.
      rank: fc.nat(15),
    }),
  );

/** One child's statements; the first is a referral, so that most children have an index. */
const child: fc.Arbitrary<Said[]> = bases.chain((base) =>
  fc
    .tuple(stateOf('referral', base), fc.array(statement(base), { minLength: 1, maxLength: 14, size: 'max' }))
    .map(([state, more]) => [
      { kind: 'referral' as const, record: 1, state: { ...state, date: base }, at: 0, rank: 0 },
      ...more,
    ]),
);

interface Feed {
  gaps: { kind: RecordKind; from: string; days: number }[];
  marks: { kind: RecordKind; through: string; at: number }[];
}

const feedKind = fc.constantFrom<RecordKind>('referral', 'cp-plan', 'care-episode');

const feed: fc.Arbitrary<Feed> = fc.record({
  gaps: fc.array(fc.record({ kind: feedKind, from: bases.chain(daysAround), days: fc.nat(40) }), {
    maxLength: 2,
  }),
  marks: fc.array(fc.record({ kind: feedKind, through: bases.chain(daysAround), at: fc.nat(9) }), {
    maxLength: 6,
  }),
});

/** What three councils say about some children each. */
export interface Histories {
  councils: { feed: Feed; children: Said[][] }[];
  /** Decides arrival order, batches and repeats. */
  seed: number;
}

/** @param children in all three councils */
export const histories = (children: number): fc.Arbitrary<Histories> =>
  fc.record({
    councils: fc.array(
      fc.record({
        feed,
        children: fc.array(child, { minLength: children / 3, maxLength: children / 3, size: 'max' }),
      }),
      { minLength: 3, maxLength: 3 },
    ),
    seed: fc.nat(),
  });

const instant = (at: number): string => `2027-01-01T00:00:0${at}Z`;

/** The text of a message as a council would send it: fields that are not stated are not there. */
function parsed(message: unknown): FeedMessage {
  const result = parseMessage(JSON.stringify(message));
  if (!result.ok) throw new Error(`${result.refusal.field} ${result.refusal.reason}`);
  return result.message;
}

/** A council of one run; runs share no council. */
export const councilAt = (run: number, position: number): string =>
  `E08${String(run * 10 + position).padStart(6, '0')}`;

const childAt = (position: number): string => `c${hex(position + 1, 32)}`;

/** One of six teams, or none: it follows from the statement, and changes when the referral is corrected. */
function teamOf({ rank, record }: Said, position: number) {
  const team = (position + rank + record) % 7;
  return team === 0 ? {} : { team: `t${hex(team, 32)}` };
}

/** What a statement says: of a child that is the same as another, another of the council's. */
function stated(said: Said, position: number, children: number) {
  const { kind, state } = said;
  if (state === null) return { purged: true };
  if (kind === 'referral') return { state: { ...state, ...teamOf(said, position) } };
  if (kind !== 'same-child') return { state };
  const away = 1 + (Number(state.other) % (children - 1));
  return { state: { ...state, other: childAt((position + away) % children) } };
}

/** All messages, in the order in which they were said. */
export function messagesOf({ councils }: Histories, councilCodes: readonly string[]): FeedMessage[] {
  return councils.flatMap(({ feed: { gaps, marks }, children }, c) => {
    const source = sourceOf(councilCodes[c]!);
    const about = children.flatMap((said, position) =>
      said.map((one, s) => ({
        specversion: '1.0',
        id: `${hex(one.rank, 8)}-0000-4000-8000-${hex(s, 12)}`,
        source,
        type: `waymark.case.${one.kind}.v1`,
        subject: childAt(position),
        time: instant(one.at),
        data: { recordId: `r${hex(one.record, 32)}`, ...stated(one, position, children.length) },
      })),
    );
    const statements = [
      ...gaps.map(({ kind, from, days }) => ({
        time: instant(0),
        data: { kinds: [kind], gap: { from, to: addDays(from, days) } },
      })),
      ...marks.map(({ kind, through, at }) => ({
        time: instant(at),
        data: { kinds: [kind], completeThrough: through },
      })),
    ].map(
      (one, s): FeedStatement => ({
        specversion: '1.0',
        id: `00000000-0000-4000-9000-${hex(s, 12)}`,
        source,
        type: FEED_STATEMENT_TYPE,
        ...one,
      }),
    );
    return [...about, ...statements].map(parsed);
  });
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The messages in another order, a fifth of them sent twice. */
export function shuffled<T>(messages: readonly T[], seed: number): T[] {
  const next = numbers(seed);
  const sent = messages.flatMap((message) => (next() < 0.2 ? [message, message] : [message]));
  return sent
    .map((message) => ({ message, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ message }) => message);
}

/** Cut into batches of very different sizes, single messages among them. */
export function batches<T>(messages: readonly T[], seed: number): T[][] {
  const next = numbers(seed);
  const cut: T[][] = [];
  for (let at = 0; at < messages.length; ) {
    const size = Math.ceil(messages.length * next() ** 4 * 0.6) || 1;
    cut.push(messages.slice(at, at + size));
    at += size;
  }
  return cut;
}
