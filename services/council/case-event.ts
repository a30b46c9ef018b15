// Case events are built here: the same statement about the same record always has the same id, so a retry is harmless.
import { hash } from 'node:crypto';
import { type CaseEvent, sourceOf } from '../../schemas/case-event.ts';
import { FEED_STATEMENT_TYPE, type FeedStatement } from '../../schemas/feed.ts';
import type { FeedMessage } from '../../schemas/message.ts';
import type { RecordKind, RecordState } from '../../schemas/records.ts';
import { type Loose, stateJson, withoutUndefined } from './state-json.ts';

/** A message and its line: the JSON of it, made once. */
export interface Outgoing<Message extends FeedMessage = FeedMessage> {
  message: Message;
  line: string;
  /** Whether every character of the line is ASCII for certain. */
  ascii: boolean;
}

export const outgoing = <Message extends FeedMessage>(message: Message): Outgoing<Message> => ({
  message,
  line: JSON.stringify(message),
  ascii: false,
});

/** What RFC 9562 wants at the variant's place has the last two bits of the hash's digit there. */
const VARIANT = ['8', '9', 'a', 'b'];
const LETTERS = 97;

const hashOf = (text: string): string => hash('sha256', text, 'hex');

/** A UUID (version 8, RFC 9562) made of a hash in hexadecimal. */
function uuidOf(hex: string): string {
  const digit = hex.charCodeAt(16);
  const variant = VARIANT[(digit < LETTERS ? digit : digit + 1) & 3];
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
 * What all statements of one return about one kind of record share, with the texts that stand between what varies: they
 * are put together once a return, for joining pieces costs as much as hashing them.
 */
export class EventForm {
  readonly council: string;
  readonly recordedAt: string;
  readonly kind: RecordKind;
  readonly listChild: string;
  readonly listRecord: string;
  readonly listContent: string;
  readonly lineSource: string;
  readonly lineRecord: string;

  constructor(council: string, recordedAt: string, kind: RecordKind) {
    this.council = council;
    this.recordedAt = recordedAt;
    this.kind = kind;
    this.listChild = `["${council}","`;
    this.listRecord = `","${kind}","`;
    this.listContent = `","${recordedAt}",`;
    this.lineSource = `","source":"${sourceOf(council)}","type":"${typeOf(kind)}","subject":"`;
    this.lineRecord = `","time":"${recordedAt}","data":{"recordId":"`;
  }
}

/**
 * A case event and its line. The line is all that most need, so the message is put together when it is asked for.
 *
 * Codes, pseudonyms and times have nothing that JSON writes differently, so the texts are put together; the id is of
 * the JSON of the list [council, child, kind, record, time, content].
 */
export class OutgoingCaseEvent implements Outgoing<CaseEvent> {
  readonly id: string;
  /** What the id is made of: 64 hexadecimal digits in one piece, quick to read. */
  readonly hash: string;
  readonly line: string;
  readonly ascii = true;
  readonly #form: EventForm;
  readonly #child: string;
  readonly #recordId: string;
  /** The record as it stands; undefined when it is purged. */
  readonly #state: object | undefined;

  constructor(form: EventForm, child: string, recordId: string, state: object | undefined) {
    this.#form = form;
    this.#child = child;
    this.#recordId = recordId;
    this.#state = state;
    const content = state === undefined ? '"purged"' : stateJson(state);
    const listed = `${form.listChild}${child}${form.listRecord}${recordId}${form.listContent}${content}]`;
    this.hash = hashOf(listed);
    const id = uuidOf(this.hash);
    // Cut from the list, which hashing has put in one place: the pieces of the content need not be gathered again.
    const rest =
      state === undefined ? '","purged":true}}' : `","state":${listed.slice(-content.length - 1, -1)}}}`;
    this.id = id;
    this.line = `{"specversion":"1.0","id":"${id}${form.lineSource}${child}${form.lineRecord}${recordId}${rest}`;
  }

  get message(): CaseEvent {
    const { council, kind, recordedAt } = this.#form;
    const recordId = this.#recordId;
    return {
      specversion: '1.0',
      id: this.id,
      source: sourceOf(council),
      type: typeOf(kind),
      subject: this.#child,
      time: recordedAt,
      data:
        this.#state === undefined
          ? { recordId, purged: true }
          : { recordId, state: withoutUndefined(this.#state) },
    } as CaseEvent;
  }
}

const outgoingEvent = (
  statement: Statement,
  kind: RecordKind,
  state: object | undefined,
): OutgoingCaseEvent => {
  const { council, child, recordId, recordedAt } = statement;
  return new OutgoingCaseEvent(new EventForm(council, recordedAt, kind), child, recordId, state);
};

/** The full state of a record, as it now stands, and its line; of many records of one return, make one `EventForm`. */
export const outgoingRecord = <K extends RecordKind>(
  statement: Statement,
  kind: K,
  state: Loose<RecordState<K>>,
): OutgoingCaseEvent => outgoingEvent(statement, kind, state);

/** The full state of a record, as it now stands. */
export const recordEvent = <K extends RecordKind>(
  statement: Statement,
  kind: K,
  state: RecordState<K>,
): CaseEvent => outgoingRecord(statement, kind, state).message;

/** The record no longer stands: it was made in error or must be forgotten. */
export const outgoingPurge = (statement: Statement, kind: RecordKind): OutgoingCaseEvent =>
  outgoingEvent(statement, kind, undefined);

export const purgeEvent = (statement: Statement, kind: RecordKind): CaseEvent =>
  outgoingPurge(statement, kind).message;

export function feedStatement(council: string, statedAt: string, data: FeedStatement['data']): FeedStatement {
  const source = sourceOf(council);
  return {
    specversion: '1.0',
    id: uuidOf(hashOf(JSON.stringify([source, statedAt, data]))),
    source,
    type: FEED_STATEMENT_TYPE,
    time: statedAt,
    data,
  };
}
