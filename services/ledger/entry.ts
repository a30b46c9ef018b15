// A case event as the ledger stores it: small numbers, bare uuids, and the dates an outcome can see.
import { type CaseEvent, councilOf, kindOf } from '../../schemas/case-event.ts';
import type { RecordState } from '../../schemas/records.ts';
import { kindNumber } from '../outcomes/kinds.ts';
import { type Occurrence, occurrenceOf } from '../outcomes/occurrence.ts';

export interface Entry {
  council: string;
  /** The child's pseudonym without its letter: 32 hexadecimal digits, which PostgreSQL reads as a uuid. */
  child: string;
  eventId: string;
  kind: number;
  recordId: string;
  /** UTC, to the microsecond at most; text that sorts in time order. */
  recordedAt: string;
  /** Null for a purge. */
  state: RecordState | null;
  occurrence: Occurrence;
  /** The pseudonym, as `child`, that is said to be the same child; null in every other statement. */
  sameAs: string | null;
}

/** Character codes. */
const [DOT, Z] = [46, 90];

const nothing: Occurrence = { starts: null, ends: null, detail: 0 };

/** The same instant in UTC. What is written so already, as converters do, is left as it is. */
const inUtc = (time: string): string =>
  time.length === 24 && time.charCodeAt(19) === DOT && time.charCodeAt(23) === Z
    ? time
    : new Date(time).toISOString();

export function entryOf(event: CaseEvent): Entry {
  const kind = kindOf(event);
  const state = 'state' in event.data ? event.data.state : null;
  const link = kind === 'same-child' ? (state as RecordState<'same-child'> | null) : null;
  return {
    council: councilOf(event.source),
    child: event.subject.slice(1),
    eventId: event.id.toLowerCase(),
    kind: kindNumber[kind],
    recordId: event.data.recordId.slice(1),
    recordedAt: inUtc(event.time),
    state,
    occurrence: state ? occurrenceOf(kind, state as never) : nothing,
    sameAs: link?.same ? link.other.slice(1) : null,
  };
}

// Two councils may give two children one pseudonym: a child is a council's.
const sameRecord = (entry: Entry): string =>
  `${entry.council} ${entry.child} ${entry.kind} ${entry.recordId}`;

/** The order of statements about one record: by time recorded, then by event id. */
export const isNewer = (a: Entry, b: Entry): boolean =>
  a.recordedAt > b.recordedAt || (a.recordedAt === b.recordedAt && a.eventId > b.eventId);

/** The newest statement about each record among `entries`. */
export function heads(entries: readonly Entry[]): Entry[] {
  const newest = new Map<string, Entry>();
  for (const entry of entries) {
    const key = sameRecord(entry);
    const known = newest.get(key);
    if (!known || isNewer(entry, known)) newest.set(key, entry);
  }
  return [...newest.values()];
}
