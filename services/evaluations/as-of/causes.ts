// Why one child's outcomes differ between two cuts of the ledger: everything that was said in between is taken back by itself,
// and what changes an answer when it is taken back is a cause of it.
import { isDeepStrictEqual } from 'node:util';
import type { CaseEvent } from '../../../schemas/case-event.ts';
import { isPurge, kindOf } from '../../../schemas/case-event.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { RecordKind } from '../../../schemas/records.ts';
import type { NewestStatements } from '../../outcomes/live-records.ts';
import { occurrenceOf } from '../../outcomes/occurrence.ts';
import { type Person, personsOf } from '../../outcomes/persons.ts';
import type { Allotted, OptedOut } from '../evaluate/allocation.ts';
import { type EvaluatedParticipant, participantOf } from '../evaluate/evaluate.ts';
import type { KnownFeed } from '../evaluate/known.ts';

/** `late`: new, though the feed had said that it was complete through the record's day. */
export type RecordChange = 'new' | 'late' | 'corrected' | 'purged';

export type Cause =
  | { cause: 'record'; kind: RecordKind; recordId: string; what: RecordChange; recordedAt: string }
  | { cause: 'feed'; kind: RecordKind; completeThrough: { before: string | null; after: string | null } }
  | { cause: 'gap'; kind: RecordKind; from: string; to: string }
  | { cause: 'allocation' };

/** One child and what bears on it, as known at one cut. */
export interface Sight {
  council: string;
  /** The pseudonym that the child would go by. */
  child: string;
  /** What was said under each pseudonym that is the child's at either cut, or is linked to one that is. */
  said: ReadonlyMap<string, NewestStatements>;
  feed: KnownFeed;
  allotted: Allotted;
  optedOut: OptedOut;
}

export type Answer = { arm: string; index: unknown; outcome: unknown } | null;

/** The child under its pseudonyms; undefined where it goes by another one. */
export function personIn({ council, child, said }: Sight): Person | undefined {
  const pseudonyms = [...said].map(([name, newest]) => ({ council, child: name, newest }));
  return personsOf(pseudonyms).find((one) => one.child === child);
}

/** A child as it takes part; null where it does not, or goes by another pseudonym. */
export type See = (sight: Sight) => EvaluatedParticipant | null;

/** By the records and the allocation alone, whoever was enrolled. */
export const seenBy =
  (protocol: Protocol): See =>
  (sight) => {
    const person = personIn(sight);
    if (!person) return null;
    const found = participantOf(protocol, person, sight.feed, sight.allotted, sight.optedOut);
    return typeof found === 'string' ? null : found;
  };

/** What is said of the outcome at this position of the protocol's outcomes and horizons; null for a child not taking part. */
export const answerAt = (participant: EvaluatedParticipant | null, position: number): Answer =>
  participant && {
    arm: participant.arm,
    index: participant.index,
    outcome: participant.outcomes[position],
  };

function changeOf(
  before: CaseEvent | undefined,
  after: CaseEvent,
  { completeThrough }: KnownFeed,
): RecordChange {
  if (isPurge(after)) return 'purged';
  if (before) return 'corrected';
  const through = completeThrough.get(kindOf(after));
  const { starts } =
    'state' in after.data ? occurrenceOf(kindOf(after), after.data.state as never) : { starts: null };
  return starts !== null && through !== undefined && starts <= through ? 'late' : 'new';
}

/** Each thing that was said between the cuts, with both sights without it: after but for it, and before but with it. */
interface TakenBack {
  cause: Cause;
  without: Sight;
  only: Sight;
}

const withRecord = (sight: Sight, subject: string, key: string, event: CaseEvent | undefined): Sight => {
  const newest: NewestStatements = new Map(sight.said.get(subject));
  if (event) newest.set(key, event);
  else newest.delete(key);
  return { ...sight, said: new Map(sight.said).set(subject, newest) };
};

function records(before: Sight, after: Sight): TakenBack[] {
  const said = [...after.said.values()].flatMap((newest) => [...newest]);
  return said.flatMap(([key, event]): TakenBack[] => {
    const { subject } = event;
    const earlier = before.said.get(subject)?.get(key);
    if (earlier?.id === event.id && isPurge(earlier) === isPurge(event)) return [];
    return [
      {
        cause: {
          cause: 'record',
          kind: kindOf(event),
          recordId: event.data.recordId,
          what: changeOf(earlier, event, before.feed),
          recordedAt: event.time,
        },
        without: withRecord(after, subject, key, earlier),
        only: withRecord(before, subject, key, event),
      },
    ];
  });
}

const withThrough = (sight: Sight, kind: RecordKind, through: string | undefined): Sight => {
  const completeThrough = new Map(sight.feed.completeThrough);
  if (through === undefined) completeThrough.delete(kind);
  else completeThrough.set(kind, through);
  return { ...sight, feed: { ...sight.feed, completeThrough } };
};

function feeds(before: Sight, after: Sight): TakenBack[] {
  const marks = [...after.feed.completeThrough].flatMap(([kind, through]): TakenBack[] => {
    const earlier = before.feed.completeThrough.get(kind);
    if (earlier === through) return [];
    return [
      {
        cause: { cause: 'feed', kind, completeThrough: { before: earlier ?? null, after: through } },
        without: withThrough(after, kind, earlier),
        only: withThrough(before, kind, through),
      },
    ];
  });
  const known = before.feed.gaps.map((gap) => JSON.stringify(gap));
  const gaps = after.feed.gaps
    .filter((gap) => !known.includes(JSON.stringify(gap)))
    .map(
      (gap): TakenBack => ({
        cause: { cause: 'gap', ...gap },
        without: { ...after, feed: { ...after.feed, gaps: after.feed.gaps.filter((one) => one !== gap) } },
        only: { ...before, feed: { ...before.feed, gaps: [...before.feed.gaps, gap] } },
      }),
    );
  return [...marks, ...gaps];
}

/**
 * For each position, what the difference is owed to. Where nothing changes the answer by being taken back alone, what changes
 * the earlier answer by being added alone; where that is nothing either, all that was said: it took several together.
 */
export function causesOf(see: See, before: Sight, after: Sight, positions: readonly number[]): Cause[][] {
  const allocation: TakenBack = {
    cause: { cause: 'allocation' },
    without: { ...after, allotted: before.allotted },
    only: { ...before, allotted: after.allotted },
  };
  const said = [...records(before, after), ...feeds(before, after), allocation].map(
    ({ cause, without, only }) => ({
      cause,
      without: see(without),
      only: see(only),
    }),
  );
  const [earlier, later] = [see(before), see(after)];
  return positions.map((position) => {
    const differs = (one: EvaluatedParticipant | null, from: EvaluatedParticipant | null) =>
      !isDeepStrictEqual(answerAt(one, position), answerAt(from, position));
    const needed = said.filter(({ without }) => differs(without, later));
    const enough = needed.length > 0 ? needed : said.filter(({ only }) => differs(only, earlier));
    const all = enough.length > 0 ? enough : said.filter(({ cause }) => cause.cause !== 'allocation');
    return all.map(({ cause }) => cause);
  });
}
