// Case events are built here: the same statement about the same record always has the same id, so a retry is harmless.
import { hash } from 'node:crypto';
import { type CaseEvent, sourceOf } from '../../schemas/case-event.ts';
import { FEED_STATEMENT_TYPE, type FeedStatement } from '../../schemas/feed.ts';
import type { FeedMessage } from '../../schemas/message.ts';
import type { RecordKind, RecordState } from '../../schemas/records.ts';

/** A message and its line: the JSON of it, made once. */
export interface Outgoing<Message extends FeedMessage = FeedMessage> {
  message: Message;
  line: string;
}

export const outgoing = <Message extends FeedMessage>(message: Message): Outgoing<Message> => ({
  message,
  line: JSON.stringify(message),
});

const VARIANT = '89ab';

/** A UUID (version 8, RFC 9562) made of the SHA-256 of a text. */
function uuidOf(text: string): string {
  const hex = hash('sha256', text, 'hex');
  const variant = VARIANT[Number.parseInt(hex[16] ?? '0', 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Which record of which child a statement is about, and when the council's system recorded it. */
export interface Statement {
  council: string;
  child: string;
  recordId: string;
  recordedAt: string;
}

/**
 * Codes, pseudonyms and times have nothing that JSON writes differently, so the texts are put together; the id is of
 * the JSON of the list [council, child, kind, record, time, content].
 */
function eventOf(
  { council, child, recordId, recordedAt }: Statement,
  kind: RecordKind,
  data: CaseEvent['data'],
  /** JSON: what the id depends on, and what follows the record's id in `data`. */
  content: string,
  rest: string,
): Outgoing<CaseEvent> {
  const id = uuidOf(`["${council}","${child}","${kind}","${recordId}","${recordedAt}",${content}]`);
  const source = sourceOf(council);
  const type = `waymark.case.${kind}.v1`;
  return {
    message: {
      specversion: '1.0',
      id,
      source,
      type,
      subject: child,
      time: recordedAt,
      data,
    } as CaseEvent,
    line: `{"specversion":"1.0","id":"${id}","source":"${source}","type":"${type}","subject":"${child}","time":"${recordedAt}","data":{"recordId":"${recordId}",${rest}}}`,
  };
}

/** The full state of a record, as it now stands, and its line. */
export function outgoingRecord<K extends RecordKind>(
  statement: Statement,
  kind: K,
  state: RecordState<K>,
): Outgoing<CaseEvent> {
  const content = JSON.stringify(state);
  const data = { recordId: statement.recordId, state } as CaseEvent['data'];
  return eventOf(statement, kind, data, content, `"state":${content}`);
}

/** The record no longer stands: it was made in error or must be forgotten. */
export const outgoingPurge = (statement: Statement, kind: RecordKind): Outgoing<CaseEvent> =>
  eventOf(
    statement,
    kind,
    { recordId: statement.recordId, purged: true } as CaseEvent['data'],
    '"purged"',
    '"purged":true',
  );

/** The full state of a record, as it now stands. */
export const recordEvent = <K extends RecordKind>(
  statement: Statement,
  kind: K,
  state: RecordState<K>,
): CaseEvent => outgoingRecord(statement, kind, state).message;

export const purgeEvent = (statement: Statement, kind: RecordKind): CaseEvent =>
  outgoingPurge(statement, kind).message;

export function feedStatement(council: string, statedAt: string, data: FeedStatement['data']): FeedStatement {
  const source = sourceOf(council);
  return {
    specversion: '1.0',
    id: uuidOf(JSON.stringify([source, statedAt, data])),
    source,
    type: FEED_STATEMENT_TYPE,
    time: statedAt,
    data,
  };
}
