// These returns against what was last sent of them: what is new, corrected, the same or gone. What is gone is purged
// only when the council says that these returns are complete; a census leaves out cases closed before its year.
import { hash } from 'node:crypto';
import { basename } from 'node:path';
import { type CaseEvent, councilOf, isPurge, kindOf } from '../../schemas/case-event.ts';
import { isFeedStatement } from '../../schemas/message.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { UserError } from '../platform/errors.ts';
import { type Outgoing, outgoingPurge, purgeEvent } from './case-event.ts';
import { readMessages } from './message-file.ts';
import type { ReportWriter } from './report.ts';

const stateHash = (event: CaseEvent): string =>
  hash('sha256', JSON.stringify(event.data), 'hex').slice(0, 16);

export interface AgainstOptions {
  /** NDJSON of what was last sent of these returns. */
  previous: string;
  /** Records of the kinds these returns carry that are not in them any more are purged, save of kinds that are withheld. */
  complete: boolean;
}

/** A purge must be newer than the statement it overtakes, also when both returns were made at the same moment. */
function after(recordedAt: string, before: string): string {
  const [now, then] = [Date.parse(recordedAt), Date.parse(before)];
  return now > then ? recordedAt : new Date(then + 1).toISOString();
}

/**
 * Purges of every record that files of sent messages state: to leave a study, or before the key is changed.
 * @param recordedAt RFC 3339; a purge is never older than what it overtakes
 */
export async function* purgeAll(paths: readonly string[], recordedAt: string): AsyncGenerator<CaseEvent> {
  const newest = new Map<string, CaseEvent>();
  for (const path of paths) {
    for await (const message of readMessages(path)) {
      if (isFeedStatement(message)) continue;
      const known = newest.get(message.data.recordId);
      if (!known || Date.parse(message.time) > Date.parse(known.time))
        newest.set(message.data.recordId, message);
    }
  }
  for (const event of newest.values()) {
    if (isPurge(event)) continue;
    const { recordId } = event.data;
    const time = after(recordedAt, event.time);
    const statement = { council: councilOf(event.source), child: event.subject, recordId, recordedAt: time };
    yield purgeEvent(statement, kindOf(event));
  }
}

/**
 * Passes messages on and counts them against the last ones; purges go before the statements, so that a feed is
 * complete when it says so. Holds about 100 bytes a record.
 */
export async function* againstLast(
  batches: AsyncIterable<readonly Outgoing[]>,
  options: AgainstOptions,
  writer: ReportWriter,
): AsyncGenerator<readonly Outgoing[]> {
  const stated = new Map<string, string>();
  const statements: Outgoing[] = [];
  const kinds = new Set<RecordKind>();
  let recordedAt = '';
  for await (const batch of batches) {
    const records: Outgoing[] = [];
    for (const one of batch) {
      const { message } = one;
      if (isFeedStatement(message)) {
        statements.push(one);
        if ('completeThrough' in message.data) for (const kind of message.data.kinds) kinds.add(kind);
        continue;
      }
      stated.set(message.data.recordId, stateHash(message));
      kinds.add(kindOf(message));
      if (message.time > recordedAt) recordedAt = message.time;
      records.push(one);
    }
    yield records;
  }
  if (options.complete && stated.size === 0) {
    throw new UserError(
      'nothing-stated',
      'The returns hold no record, so everything sent before would be purged: give the right files, or use waymark council purge.',
      { field: 'complete' },
    );
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
    const withheld = new Set(writer.report.returns.flatMap((one) => one.withheld));
    for (const event of standing.values()) {
      // It may be one of those that were refused this time.
      if (withheld.has(kindOf(event))) continue;
      const { recordId } = event.data;
      const council = writer.report.council;
      const time = after(recordedAt === '' ? event.time : recordedAt, event.time);
      counts.purged += 1;
      writer.report.purges += 1;
      writer.report.events += 1;
      yield [outgoingPurge({ council, child: event.subject, recordId, recordedAt: time }, kindOf(event))];
    }
  }
  writer.report.againstLast = counts;
  yield statements;
}
