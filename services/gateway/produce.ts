// An acknowledged line is in Kafka on every replica. A feed statement goes to every partition, behind the events it covers.
import type { CaseEvent } from '../../schemas/case-event.ts';
import { everyReplica, type Message, type Producer, parcels } from '../platform/kafka.ts';
import { inSpan, note, SpanKind, traceparent } from '../platform/tracing/span.ts';
import type { AcceptedLine, ReadBatch } from './batch.ts';

const CONTENT = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };

/** What each message of a batch carries beside its text: also the trace it was produced in, where tracing is on. */
function headersOf(): Record<string, string> {
  const trace = traceparent();
  return trace ? { ...CONTENT, traceparent: trace } : CONTENT;
}

/** One child's events share a key, hence a partition, hence an order. */
const keyOf = ({ source, subject }: CaseEvent): string => `${source}/${subject}`;

const sending = (topic: string) => ({
  kind: SpanKind.PRODUCER,
  attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': topic },
});

export interface Topic {
  name: string;
  partitions: number;
}

const bytesOf = ({ text }: AcceptedLine): number => Buffer.byteLength(text);

const keyed = (events: readonly AcceptedLine[]) => {
  const headers = headersOf();
  return events.map(({ text, message }) => ({ key: keyOf(message as CaseEvent), value: text, headers }));
};

const statementCopies = (statements: readonly AcceptedLine[], partitions: number) => {
  const headers = headersOf();
  return statements.flatMap(({ text }) =>
    Array.from({ length: partitions }, (_, partition) => ({ value: text, partition, headers })),
  );
};

/** One request to Kafka's brokers, which is one span. */
const sent = (producer: Producer, topic: Topic, messages: () => Message[]): Promise<void> =>
  inSpan(`send ${topic.name}`, sending(topic.name), async () => {
    const all = messages();
    note({ 'messaging.batch.message_count': all.length });
    await producer.send({ ...everyReplica, topic: topic.name, messages: all });
  });

/** Resolves when Kafka has acknowledged every line of the batch. Sending a batch again is harmless. */
export async function produce(
  producer: Producer,
  topic: Topic,
  { events, statements }: ReadBatch,
): Promise<void> {
  for (const parcel of parcels(events, bytesOf)) {
    await sent(producer, topic, () => keyed(parcel));
  }
  for (const parcel of parcels(statements, bytesOf)) {
    await sent(producer, topic, () => statementCopies(parcel, topic.partitions));
  }
}
