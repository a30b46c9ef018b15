// What a council now says about one child: of all statements about a record the newest stands, in whatever order they
// were met, and a record whose newest statement is a purge is not there.
import { type CaseEvent, kindOf } from '../../schemas/case-event.ts';
import { type RecordKind, type RecordState, recordKinds } from '../../schemas/records.ts';

export interface LiveRecord<K extends RecordKind = RecordKind> {
  recordId: string;
  state: RecordState<K>;
}

/** One child's records as they now stand, by kind. A child has at most one record of facts. */
export type ChildRecords = { readonly [K in RecordKind]: readonly LiveRecord<K>[] };

/** The newest statement about each record of one child. */
export type NewestStatements = Map<string, CaseEvent>;

/** A child's facts are one record, whatever ids a council gives their versions. Record ids are unique within a kind only. */
const recordOf = (event: CaseEvent): string =>
  event.type === 'waymark.case.child.v1' ? event.type : `${event.type} ${event.data.recordId}`;

/** Statements about one record are ordered by the time recorded (whole milliseconds), then by event id. */
function isNewer(a: CaseEvent, b: CaseEvent): boolean {
  const later = Date.parse(a.time) - Date.parse(b.time);
  return later > 0 || (later === 0 && a.id.toLowerCase() > b.id.toLowerCase());
}

/** Takes one more statement about the child. */
export function note(newest: NewestStatements, event: CaseEvent): void {
  const record = recordOf(event);
  const known = newest.get(record);
  if (!known || isNewer(event, known)) newest.set(record, event);
}

/** The records that stand after these statements. */
export function recordsOf(newest: NewestStatements): ChildRecords {
  const live = Object.fromEntries(recordKinds.map((kind) => [kind, [] as LiveRecord[]]));
  for (const event of newest.values()) {
    if ('state' in event.data) {
      live[kindOf(event)]?.push({ recordId: event.data.recordId, state: event.data.state });
    }
  }
  return live as unknown as ChildRecords;
}

/** The records of one child after all these statements about it. */
export function liveRecords(events: Iterable<CaseEvent>): ChildRecords {
  const newest: NewestStatements = new Map();
  for (const event of events) note(newest, event);
  return recordsOf(newest);
}
