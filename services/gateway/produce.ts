// An acknowledged line is in Kafka on every replica. A feed statement goes to every partition, behind the events it covers.
import type { CaseEvent } from '../../schemas/case-event.ts';
import { everyReplica, type Producer, parcels } from '../platform/kafka.ts';
import type { AcceptedLine, ReadBatch } from './batch.ts';

const headers = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };

/** One child's events share a key, hence a partition, hence an order. */
const keyOf = ({ source, subject }: CaseEvent): string => `${source}/${subject}`;

export interface Topic {
  name: string;
  partitions: number;
}

const bytesOf = ({ text }: AcceptedLine): number => Buffer.byteLength(text);

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
  for (const parcel of parcels(events, bytesOf)) {
    await producer.send({ ...everyReplica, topic: topic.name, messages: parcel.map(keyed) });
  }
  for (const parcel of parcels(statements, bytesOf)) {
    await producer.send({
      ...everyReplica,
      topic: topic.name,
      messages: statementCopies(parcel, topic.partitions),
    });
  }
}
