// What the reference engine looked at and what it made of it: a state and its reasons come out of one and the same decision.
import type { IndexKind } from '../../schemas/protocol/population.ts';
import type { RecordKind } from '../../schemas/records.ts';
import type { Index } from './participant.ts';

/** A record, by the name its council gave it. */
export interface RecordRef {
  kind: RecordKind;
  /** The pseudonym it was stated under: an id is a record's under one pseudonym only. */
  child: string;
  recordId: string;
}

export const sameRecord = (a: RecordRef, b: RecordRef): boolean =>
  a.recordId === b.recordId && a.child === b.child && a.kind === b.kind;

/** A record as a reference to it. */
export const refTo =
  (kind: RecordKind) =>
  ({ child, recordId }: { child: string; recordId: string }): RecordRef => ({ kind, child, recordId });

/** Why something is not what was looked for, whatever its day. */
export const unfitReasons = [
  'index-itself',
  'not-the-index',
  'no-further-action',
  'other-need',
  'other-source',
  'held-for-another-council',
  'other-category',
  'no-earlier-plan',
  'asylum-seeker',
  'short-break',
  'goes-on-from-another',
  'start-not-seen',
  'other-legal-status',
  'other-end-reason',
  'left-out-reason',
  'started-too-early',
  'later-assessment',
  'not-completed',
  'completed-before-its-start',
  'before-the-index-day',
  'clock-too-late',
] as const;
export type Unfit = (typeof unfitReasons)[number];

/** Something that could be the event, or start the clock. */
export interface Candidate extends RecordRef {
  /** The day it would count on; null where the record states none. */
  day: string | null;
  /** Null: it is what was looked for. */
  unfit: Unfit | null;
  /** Other records that were needed to see it: the earlier plan, the other episodes of a stay. */
  rests: readonly RecordRef[];
}

/** The index record never is the event it is the index of. */
export const isIndex = (
  index: Index,
  kind: IndexKind,
  { child, recordId }: { child: string; recordId: string },
): boolean => index.kind === kind && index.recordId === recordId && index.child === child;

/** In order of day, then of record; without a day last. */
export function inOrder(a: Candidate, b: Candidate): number {
  const key = ({ day, kind, recordId, child }: Candidate) =>
    `${day ?? '9999-12-31'} ${kind} ${recordId} ${child}`;
  return key(a) < key(b) ? -1 : 1;
}

/** The first day of those that are what was looked for, from `from` on. */
export function firstFit(
  candidates: readonly Candidate[],
  from: string,
): (Candidate & { day: string }) | null {
  const fits = (one: Candidate): one is Candidate & { day: string } =>
    one.unfit === null && one.day !== null && one.day >= from;
  return candidates.filter(fits).sort(inOrder)[0] ?? null;
}
