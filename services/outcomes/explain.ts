// Why a participant's outcome is what it is: the reference engine's own decisions, beside what was said about each record and
// how far the feeds reach. Nothing is decided here.
import { type CaseEvent, isPurge, kindOf } from '../../schemas/case-event.ts';
import type { OutcomeDefinition } from '../../schemas/outcome.ts';
import { type RecordKind, recordKinds } from '../../schemas/records.ts';
import { type RecordRef, sameRecord } from './candidate.ts';
import { horizonDayOf, isMatured, restsOn } from './feeds.ts';
import { type NewestStatements, recordsOf } from './live-records.ts';
import { occurrenceOf } from './occurrence.ts';
import type { FeedGap, Index } from './participant.ts';
import { type Decision, decisionsOf } from './reference.ts';

/** A statement that stands no more, and the day it gave the record; null where that is withdrawn or erased. */
export interface Overtaken {
  recordedAt: string;
  day: string | null;
  /** Of the events file, from 1; null where it was read from the store. */
  line: number | null;
}

/** One record as it now stands. */
export interface RecordStanding extends RecordRef {
  standing: 'stands' | 'purged';
  /** Of the statement that stands. */
  recordedAt: string;
  line: number | null;
  /** Earlier statements about it, whatever order they came in, oldest first. */
  overtaken: Overtaken[];
}

export interface Explanation extends Decision {
  title: string;
  index: Index;
  /** The feeds it rests on must be complete through this day for the state to be known. */
  horizonDay: string;
  matured: boolean;
  feeds: { kind: RecordKind; completeThrough: string | null }[];
  /** Declared gaps of those feeds. */
  gaps: FeedGap[];
  /** Records of the kinds that were looked at. */
  records: RecordStanding[];
  /** How many records of each other kind there are. */
  notLookedAt: { kind: RecordKind; records: number }[];
}

/** One statement that was met about the child. Its content may have been erased by a purge. */
export interface Said {
  event: CaseEvent | null;
  kind: RecordKind;
  /** The pseudonym it was said under. */
  child: string;
  recordId: string;
  id: string;
  recordedAt: string;
  line: number | null;
}

/** Whom to explain, and everything that was said of it. `newest` is what the engine goes by. */
export interface Explained {
  index: Index;
  newest: NewestStatements;
  said: readonly Said[];
  gaps: readonly FeedGap[];
  completeThrough: ReadonlyMap<RecordKind, string>;
}

function dayOf({ event }: Said): string | null {
  if (event === null || !('state' in event.data)) return null;
  return occurrenceOf(kindOf(event), event.data.state as never).starts;
}

function standingsOf(newest: NewestStatements, said: readonly Said[]): RecordStanding[] {
  return [...newest.values()].map((head): RecordStanding => {
    const ref = { kind: kindOf(head), child: head.subject, recordId: head.data.recordId };
    const all = said.filter((one) => sameRecord(one, ref));
    const isHead = ({ id }: Said) => id.toLowerCase() === head.id.toLowerCase();
    const overtaken = all
      .filter((one) => !isHead(one))
      .map((one) => ({
        recordedAt: one.recordedAt,
        day: isPurge(head) ? null : dayOf(one),
        line: one.line,
      }))
      .sort((a, b) => Date.parse(a.recordedAt) - Date.parse(b.recordedAt));
    const standing = isPurge(head) ? 'purged' : 'stands';
    return {
      ...ref,
      standing,
      recordedAt: head.time,
      line: all.find(isHead)?.line ?? null,
      overtaken,
    };
  });
}

/** What an outcome is read from, and the ends of observation, the index and who the child is beside. */
function looksAt(definition: OutcomeDefinition, { kind }: Index): ReadonlySet<RecordKind> {
  const { death, movedToAnotherCouncil } = definition.censoring;
  return new Set<RecordKind>([
    'child',
    'same-child',
    kind === 'care-period' ? 'care-episode' : kind,
    ...restsOn(definition),
    ...(movedToAnotherCouncil ? (['referral'] as const) : []),
    ...(death === 'any-evidence' ? (['referral', 'care-episode'] as const) : []),
  ]);
}

/** One explanation a horizon, in the order given. */
export function explain(
  definition: OutcomeDefinition,
  { index, newest, said, gaps, completeThrough }: Explained,
  horizons: readonly number[],
): Explanation[] {
  const participant = { records: recordsOf(newest), index, gaps };
  const kinds = restsOn(definition);
  const looked = looksAt(definition, index);
  const standings = standingsOf(newest, said);
  const others = recordKinds.filter((kind) => !looked.has(kind));
  return decisionsOf(definition, participant, horizons).map((decision) => ({
    ...decision,
    title: definition.title,
    index,
    horizonDay: horizonDayOf(definition, participant, decision.horizon),
    matured: isMatured(definition, participant, decision.horizon, completeThrough),
    feeds: kinds.map((kind) => ({ kind, completeThrough: completeThrough.get(kind) ?? null })),
    gaps: gaps.filter(({ kind }) => kinds.includes(kind)),
    records: standings.filter(({ kind }) => looked.has(kind)),
    notLookedAt: others.flatMap((kind) => {
      const records = standings.filter((one) => one.kind === kind).length;
      return records > 0 ? [{ kind, records }] : [];
    }),
  }));
}
