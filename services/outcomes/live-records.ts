// What a council now says about one child: of all statements about a record the newest stands, in whatever order they
// were met, and a record whose newest statement is a purge is not there.
import { type CaseEvent, kindOf } from '../../schemas/case-event.ts';
import { type RecordKind, type RecordState, recordKinds } from '../../schemas/records.ts';

export interface LiveRecord<K extends RecordKind = RecordKind> {
  /** The pseudonym it was stated under: a child of several pseudonyms may have one record id under each. */
  child: string;
  recordId: string;
  state: RecordState<K>;
}

/** One child's records as they now stand, by kind. A child has at most one record of facts. */
export type ChildRecords = { readonly [K in RecordKind]: readonly LiveRecord<K>[] };

/** The newest statement about each record of one child, whichever of its pseudonyms it is stated under. */
export type NewestStatements = Map<string, CaseEvent>;

/** Record ids are unique within a pseudonym and a kind only. */
const recordOf = (event: CaseEvent): string => `${event.subject} ${event.type} ${event.data.recordId}`;

/**
 * Statements about one record are ordered by the time recorded (whole milliseconds), then by event id; those about facts
 * under several pseudonyms then by pseudonym.
 */
function isNewer(a: CaseEvent, b: CaseEvent): boolean {
  const later = Date.parse(a.time) - Date.parse(b.time);
  if (later !== 0) return later > 0;
  return `${a.id.toLowerCase()} ${a.subject}` > `${b.id.toLowerCase()} ${b.subject}`;
}

/** Takes one more statement about the child. */
export function note(newest: NewestStatements, event: CaseEvent): void {
  const record = recordOf(event);
  const known = newest.get(record);
  if (!known || isNewer(event, known)) newest.set(record, event);
}

/**
 * The records that stand after these statements. Several sources may state facts about one child (a census and an SSDA903
 * return): they make one record, in which each fact is the newest one that was stated at all.
 */
export function recordsOf(newest: NewestStatements): ChildRecords {
  const live = Object.fromEntries(recordKinds.map((kind) => [kind, [] as LiveRecord[]]));
  const inOrder = [...newest.values()].sort((a, b) => (isNewer(a, b) ? 1 : -1));
  for (const event of inOrder) {
    if (!('state' in event.data)) continue;
    const records = live[kindOf(event)];
    const facts = event.type === 'waymark.case.child.v1' ? records?.pop() : undefined;
    const { recordId, state } = event.data;
    records?.push({ child: event.subject, recordId, state: { ...facts?.state, ...state } });
  }
  return live as unknown as ChildRecords;
}
