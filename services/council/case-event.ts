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

const typeOf = (kind: RecordKind): string => `waymark.case.${kind}.v1`;

/** Which record of which child a statement is about, and when the council's system recorded it. */
export interface Statement {
  council: string;
  child: string;
  recordId: string;
  recordedAt: string;
}

/**
 * A case event and its line. The line is all that most need, so the message is put together when it is asked for.
 *
 * Codes, pseudonyms and times have nothing that JSON writes differently, so the texts are put together; the id is of
 * the JSON of the list [council, child, kind, record, time, content].
 */
export class OutgoingCaseEvent implements Outgoing<CaseEvent> {
  readonly id: string;
  readonly line: string;
  readonly #statement: Statement;
  readonly #kind: RecordKind;
  /** The record as it stands; undefined when it is purged. */
  readonly #state: object | undefined;

  constructor(statement: Statement, kind: RecordKind, state: object | undefined) {
    this.#statement = statement;
    this.#kind = kind;
    this.#state = state;
    const { council, child, recordId, recordedAt } = statement;
    const json = state && JSON.stringify(state);
    const content = json ?? '"purged"';
    const id = uuidOf(`["${council}","${child}","${kind}","${recordId}","${recordedAt}",${content}]`);
    const rest = json === undefined ? '"purged":true' : `"state":${json}`;
    this.id = id;
    this.line = `{"specversion":"1.0","id":"${id}","source":"${sourceOf(council)}","type":"${typeOf(kind)}","subject":"${child}","time":"${recordedAt}","data":{"recordId":"${recordId}",${rest}}}`;
  }

  get message(): CaseEvent {
    const { council, child, recordId, recordedAt } = this.#statement;
    return {
      specversion: '1.0',
      id: this.id,
      source: sourceOf(council),
      type: typeOf(this.#kind),
      subject: child,
      time: recordedAt,
      data: this.#state === undefined ? { recordId, purged: true } : { recordId, state: this.#state },
    } as CaseEvent;
  }
}

/** The full state of a record, as it now stands, and its line. */
export const outgoingRecord = <K extends RecordKind>(
  statement: Statement,
  kind: K,
  state: RecordState<K>,
): OutgoingCaseEvent => new OutgoingCaseEvent(statement, kind, state);

/** The record no longer stands: it was made in error or must be forgotten. */
export const outgoingPurge = (statement: Statement, kind: RecordKind): OutgoingCaseEvent =>
  new OutgoingCaseEvent(statement, kind, undefined);

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
