// An acknowledged line is in Kafka on every replica. A feed statement goes to every partition, behind the events it covers.
import type { CaseEvent } from '../../schemas/case-event.ts';
import { everyReplica, type Producer } from '../platform/kafka.ts';
import type { AcceptedLine, ReadBatch } from './batch.ts';

const headers = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };

/** Kafka refuses more than 1 MiB for one partition at once (`message.max.bytes`), and all lines may fall into one. */
const MAX_PARCEL_BYTES = 900_000;

/** What key, headers and framing add to a line, at most. */
const FRAME_BYTES = 250;

/** One child's events share a key, hence a partition, hence an order. */
const keyOf = ({ source, subject }: CaseEvent): string => `${source}/${subject}`;

export interface Topic {
  name: string;
  partitions: number;
}

/** The lines in their order, in runs that Kafka takes whole. */
function* parcels(lines: readonly AcceptedLine[]): Generator<AcceptedLine[]> {
  let parcel: AcceptedLine[] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = Buffer.byteLength(line.text) + FRAME_BYTES;
    if (parcel.length > 0 && bytes + size > MAX_PARCEL_BYTES) {
      yield parcel;
      parcel = [];
      bytes = 0;
    }
    parcel.push(line);
    bytes += size;
  }
  if (parcel.length > 0) yield parcel;
}

const keyed = ({ text, message }: AcceptedLine) => ({
  key: keyOf(message as CaseEvent),
  value: text,
  headers,
});

const statementCopies = (statements: readonly AcceptedLine[], partitions: number) =>
  statements.flatMap(({ text }) =>
    Array.from({ length: partitions }, (_, partition) => ({ value: text, partition, headers })),
  );

/** Resolves when Kafka has acknowledged every line of the batch. Sending a batch again is harmless. */
export async function produce(
  producer: Producer,
  topic: Topic,
  { events, statements }: ReadBatch,
): Promise<void> {
  for (const parcel of parcels(events)) {
    await producer.send({ ...everyReplica, topic: topic.name, messages: parcel.map(keyed) });
  }
  for (const parcel of parcels(statements)) {
    await producer.send({
      ...everyReplica,
      topic: topic.name,
      messages: statementCopies(parcel, topic.partitions),
    });
  }
}
