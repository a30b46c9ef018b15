// These returns against what was last sent of them: what is new, corrected, the same or gone. What is gone is purged
// only when the council says that these returns are complete; a census leaves out cases closed before its year.
import { hash } from 'node:crypto';
import { basename } from 'node:path';
import { type CaseEvent, isPurge, kindOf } from '../../schemas/case-event.ts';
import { type FeedMessage, isFeedStatement } from '../../schemas/message.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { purgeEvent } from './case-event.ts';
import { readMessages } from './message-file.ts';
import type { ReportWriter } from './report.ts';

const stateHash = (event: CaseEvent): string =>
  hash('sha256', JSON.stringify(event.data), 'hex').slice(0, 16);

export interface AgainstOptions {
  /** NDJSON of what was last sent of these returns. */
  previous: string;
  /** Records of the kinds these returns carry that are not in them any more are purged. */
  complete: boolean;
}

/** A purge must be newer than the statement it overtakes, also when both returns were made at the same moment. */
function after(recordedAt: string, before: string): string {
  const [now, then] = [Date.parse(recordedAt), Date.parse(before)];
  return now > then ? recordedAt : new Date(then + 1).toISOString();
}

/**
 * Passes messages on and counts them against the last ones; purges go before the statements, so that a feed is
 * complete when it says so. Holds about 100 bytes a record.
 */
export async function* againstLast(
  messages: AsyncIterable<FeedMessage>,
  options: AgainstOptions,
  writer: ReportWriter,
): AsyncGenerator<FeedMessage> {
  const stated = new Map<string, string>();
  const statements: FeedMessage[] = [];
  const kinds = new Set<RecordKind>();
  let recordedAt = '';
  for await (const message of messages) {
    if (isFeedStatement(message)) {
      statements.push(message);
      if ('completeThrough' in message.data) for (const kind of message.data.kinds) kinds.add(kind);
      continue;
    }
    stated.set(message.data.recordId, stateHash(message));
    kinds.add(kindOf(message));
    if (message.time > recordedAt) recordedAt = message.time;
    yield message;
  }
  const counts = { file: basename(options.previous), new: 0, corrected: 0, same: 0, gone: 0, purged: 0 };
  const met = new Set<string>();
  const standing = new Map<string, CaseEvent>();
  for await (const message of readMessages(options.previous)) {
    if (isFeedStatement(message)) continue;
    const { recordId } = message.data;
    if (isPurge(message)) {
      standing.delete(recordId);
      met.delete(recordId);
      continue;
    }
    const now = stated.get(recordId);
    if (now === undefined) {
      if (kinds.has(kindOf(message))) standing.set(recordId, message);
      continue;
    }
    if (met.has(recordId)) continue;
    met.add(recordId);
    if (now === stateHash(message)) counts.same += 1;
    else counts.corrected += 1;
  }
  counts.new = stated.size - met.size;
  counts.gone = standing.size;
  if (options.complete) {
    for (const event of standing.values()) {
      const { recordId } = event.data;
      const council = writer.report.council;
      const time = after(recordedAt === '' ? event.time : recordedAt, event.time);
      counts.purged += 1;
      writer.report.purges += 1;
      writer.report.events += 1;
      yield purgeEvent({ council, child: event.subject, recordId, recordedAt: time }, kindOf(event));
    }
  }
  writer.report.againstLast = counts;
  yield* statements;
}
