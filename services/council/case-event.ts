// Case events are built here: the same statement about the same record always has the same id, so a retry is harmless.
import { hash } from 'node:crypto';
import { type CaseEvent, sourceOf } from '../../schemas/case-event.ts';
import { FEED_STATEMENT_TYPE, type FeedStatement } from '../../schemas/feed.ts';
import type { RecordKind, RecordState } from '../../schemas/records.ts';

const VARIANT = '89ab';

/** A UUID (version 8, RFC 9562) made of the SHA-256 of the parts. */
function uuidOf(parts: unknown[]): string {
  const hex = hash('sha256', JSON.stringify(parts), 'hex');
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

const envelope = (statement: Statement, kind: RecordKind, content: unknown) => ({
  specversion: '1.0' as const,
  id: uuidOf([statement.council, statement.child, kind, statement.recordId, statement.recordedAt, content]),
  source: sourceOf(statement.council),
  type: `waymark.case.${kind}.v1` as const,
  subject: statement.child,
  time: statement.recordedAt,
});

/** The full state of a record, as it now stands. */
export function recordEvent<K extends RecordKind>(
  statement: Statement,
  kind: K,
  state: RecordState<K>,
): CaseEvent {
  return { ...envelope(statement, kind, state), data: { recordId: statement.recordId, state } } as CaseEvent;
}

/** The record no longer stands: it was made in error or must be forgotten. */
export function purgeEvent(statement: Statement, kind: RecordKind): CaseEvent {
  return {
    ...envelope(statement, kind, 'purged'),
    data: { recordId: statement.recordId, purged: true },
  } as CaseEvent;
}

export function feedStatement(council: string, statedAt: string, data: FeedStatement['data']): FeedStatement {
  const source = sourceOf(council);
  return {
    specversion: '1.0',
    id: uuidOf([source, statedAt, data]),
    source,
    type: FEED_STATEMENT_TYPE,
    time: statedAt,
    data,
  };
}
