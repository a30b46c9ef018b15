// The only file that knows kafkajs: topics that are created on purpose, a producer that waits for every replica,
// and a consumer that commits an offset only after the caller has settled the messages before it.
import kafkajs, {
  type EachBatchPayload,
  type IHeaders,
  type Kafka as KafkaClient,
  type Message as KafkaMessage,
  type Producer as KafkaProducer,
} from 'kafkajs';
import { UserError } from './errors.ts';
import type { Logger } from './log.ts';
import { type KafkaSecurity, kafkaSecured } from './secured.ts';
import { tracingIsOn } from './tracing/span.ts';
import { unless } from './within.ts';

const { Kafka, logLevel } = kafkajs;

/** How a message is packed that may be larger than Kafka takes as it is. */
export const { GZIP } = kafkajs.CompressionTypes;

export type Kafka = KafkaClient;
export type Producer = KafkaProducer;
export type Message = KafkaMessage;

/** One message as it stood in a partition. */
export interface Taken {
  offset: string;
  value: Buffer | null;
  headers?: IHeaders | undefined;
}

/** Partitions of the case event topic: one child's events stay in one of them. */
export const EVENT_PARTITIONS = 8;

/** @param retries how often a request or a connection is tried again: 12 take about half a minute */
export function connectKafka(
  brokers: string[],
  clientId: string,
  log?: Logger,
  { retries = 12, ...security }: KafkaSecurity & { retries?: number } = {},
): Kafka {
  return new Kafka({
    clientId,
    brokers,
    ...kafkaSecured(security),
    logLevel: logLevel.WARN,
    retry: { initialRetryTime: 100, retries, maxRetryTime: 5_000 },
    logCreator: () => (entry) =>
      log?.debug({ kafka: entry.log.message, namespace: entry.namespace }, 'kafka client'),
  });
}

/**
 * Whose clock dates a message: the broker's, which also decides until when it is kept. By the sender's, Kafka refuses all from a
 * gateway that is an hour ahead of it, and what one sends whose clock is long behind is deleted early.
 */
export const DATED_BY_BROKER = { name: 'message.timestamp.type', value: 'LogAppendTime' };

/**
 * Makes the topics that do not exist yet and returns each one's number of partitions.
 * @throws UserError `kafka-unreachable`
 */
export async function ensureTopics(
  kafka: Kafka,
  topics: { topic: string; partitions: number; maxMessageBytes?: number }[],
): Promise<Map<string, number>> {
  const admin = kafka.admin();
  try {
    await admin.connect();
  } catch (error) {
    throw new UserError(
      'kafka-unreachable',
      `Kafka does not answer (${(error as Error).message}): start it, or correct KAFKA_BROKERS.`,
      {},
      1,
    );
  }
  try {
    const known = new Set(await admin.listTopics());
    const missing = topics.filter(({ topic }) => !known.has(topic));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ topic, partitions, maxMessageBytes }) => ({
          topic,
          numPartitions: partitions,
          configEntries: [
            DATED_BY_BROKER,
            ...(maxMessageBytes ? [{ name: 'max.message.bytes', value: String(maxMessageBytes) }] : []),
          ],
        })),
      });
    }
    const { topics: described } = await admin.fetchTopicMetadata({
      topics: topics.map(({ topic }) => topic),
    });
    return new Map(described.map((topic) => [topic.name, topic.partitions.length]));
  } finally {
    await admin.disconnect();
  }
}

const SENDS = 5;

/**
 * A producer whose `send` resolves when Kafka has acknowledged every message. kafkajs alone promises less: when a partition's
 * leader is lost in the middle of a send and another broker, which has answered for its own partitions already, takes it over,
 * kafkajs takes that answer for the new partition's too and resolves without having sent its messages (test/faults,
 * `leader-killed`). So each partition's answer is looked for, and what has none is sent again.
 */
export async function connectProducer(kafka: Kafka): Promise<Producer> {
  const placed = new WeakMap<Message, number>();
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    maxInFlightRequests: 4,
    retry: { retries: 8 },
    createPartitioner: () => {
      const choose = kafkajs.Partitioners.DefaultPartitioner();
      return (args) => {
        const partition = choose(args);
        placed.set(args.message, partition);
        return partition;
      };
    },
  });
  await producer.connect();
  const send: Producer['send'] = async (record) => {
    const answers: Awaited<ReturnType<Producer['send']>> = [];
    let { messages } = record;
    for (let sends = 0; messages.length > 0; sends += 1) {
      if (sends === SENDS) throw new Error(`Kafka acknowledged ${messages.length} messages not at all`);
      const answered = await producer.send({ ...record, messages });
      answers.push(...answered);
      const partitions = new Set(answered.map(({ partition }) => partition));
      messages = messages.filter((message) => !partitions.has(placed.get(message) ?? -1));
    }
    return answers;
  };
  return { ...producer, send };
}

/** Kafka refuses more than 1 MiB for one partition at once (`message.max.bytes`), and all messages may fall into one. */
const MAX_PARCEL_BYTES = 900_000;

/** What key, headers and framing add to a message, at most. */
const FRAME_BYTES = 400;

/** Values in their order, in runs that Kafka takes whole; one that is larger than a run goes by itself. */
export function* parcels<T>(values: readonly T[], bytesOf: (value: T) => number): Generator<T[]> {
  let parcel: T[] = [];
  let bytes = 0;
  for (const value of values) {
    const size = bytesOf(value) + FRAME_BYTES;
    if (parcel.length > 0 && bytes + size > MAX_PARCEL_BYTES) {
      yield parcel;
      parcel = [];
      bytes = 0;
    }
    parcel.push(value);
    bytes += size;
  }
  if (parcel.length > 0) yield parcel;
}

/** `acks: -1`: an acknowledged message is on all in-sync replicas. */
export const everyReplica = { acks: -1 } as const;

/** The traces that messages were produced in, as `traceparent`; the messages of one batch carry the same. */
export function tracesOf(messages: readonly Taken[]): Set<string> {
  const found = new Set<string>();
  if (!tracingIsOn()) return found;
  for (const { headers } of messages) if (headers?.traceparent) found.add(String(headers.traceparent));
  return found;
}

/** A partition's place: what was committed last (-1: nothing yet), and the ends of what Kafka holds. */
export interface Place {
  partition: number;
  committed: number;
  low: number;
  high: number;
}

/** Where a consumer group stands in every partition of a topic. */
export async function placesOf(kafka: Kafka, topic: string, groupId: string): Promise<Place[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const [ends, [committed]] = await Promise.all([
      admin.fetchTopicOffsets(topic),
      admin.fetchOffsets({ groupId, topics: [topic] }),
    ]);
    const at = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return ends
      .map(({ partition, high, low }) => ({
        partition,
        committed: at.get(partition) ?? -1,
        low: Number(low),
        high: Number(high),
      }))
      .sort((a, b) => a.partition - b.partition);
  } finally {
    await admin.disconnect();
  }
}

/** Settings of topics as they hold now, defaults of the broker included: by topic, then by name. */
export async function topicSettings(
  kafka: Kafka,
  topics: readonly string[],
  configNames: readonly string[],
): Promise<Map<string, ReadonlyMap<string, string>>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configNames: [...configNames],
      })),
    });
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  } finally {
    await admin.disconnect();
  }
}

/**
 * Milliseconds after which no message of a topic is left; null: some stay for ever. A broker deletes segments, and a segment only
 * once its newest message has been kept for the retention, so its oldest may have lain there for as long as a segment takes
 * messages.
 */
export async function keptAtMost(kafka: Kafka, topic: string): Promise<number | null> {
  const settings = await topicSettings(kafka, [topic], ['retention.ms', 'segment.ms', 'cleanup.policy']);
  const told = (name: string): string | undefined => settings.get(topic)?.get(name);
  const [retention, segment] = [Number(told('retention.ms') ?? -1), Number(told('segment.ms') ?? -1)];
  return retention < 0 || segment < 0 || told('cleanup.policy') !== 'delete' ? null : retention + segment;
}

/** Messages of a partition that are behind the last committed offset. */
export const lagAt = ({ committed, low, high }: Place): number => high - Math.max(committed, low);

/** Messages behind the last committed offset, over all partitions of a topic. */
export async function lagOf(kafka: Kafka, topic: string, groupId: string): Promise<number> {
  return (await placesOf(kafka, topic, groupId)).reduce((lag, place) => lag + lagAt(place), 0);
}

export interface ConsumeOptions {
  topic: string;
  groupId: string;
  /** Largest number of messages handed over at once. */
  chunk: number;
  /** Settles the messages of one partition; when it resolves, their offsets are committed. A throw stops the consumer. */
  settle: (partition: number, messages: Taken[]) => Promise<void>;
  /** Called once when the consumer has stopped for good on an error. */
  crashed: (error: Error) => void;
}

async function settleBatch(batch: EachBatchPayload, options: ConsumeOptions): Promise<void> {
  const { messages, partition } = batch.batch;
  for (let from = 0; from < messages.length; from += options.chunk) {
    if (!batch.isRunning() || batch.isStale()) return;
    const taken = messages.slice(from, from + options.chunk);
    await options.settle(partition, taken);
    const last = taken.at(-1);
    if (last) batch.resolveOffset(last.offset);
    await batch.commitOffsetsIfNecessary();
    await batch.heartbeat();
  }
  await batch.commitOffsetsIfNecessary(batch.uncommittedOffsets());
}

/** Partitions settled at the same time. */
const CONCURRENTLY = 2;

/** Milliseconds without a heartbeat after which a consumer's partitions are given to another. */
export const SESSION_TIMEOUT = 30_000;

export interface Consuming {
  /** When the group last answered (milliseconds since 1970); the start, before it first has. */
  lastHeard(): number;
  /** Settles what is in hand, or gives it up, and leaves the group. */
  stop(giveUp?: boolean): Promise<void>;
}

/** Starts consuming from the oldest message not yet committed. */
export async function consume(kafka: Kafka, options: ConsumeOptions): Promise<Consuming> {
  // Kafka's own troubles (a coordinator still loading, a broker restarting) pass; trouble in settling does not.
  let settling: Error | null = null;
  const givenUp = new AbortController();
  const settle: ConsumeOptions['settle'] = async (partition, messages) => {
    try {
      await unless(givenUp.signal, options.settle(partition, messages));
      settling = null;
    } catch (error) {
      settling = error as Error;
      throw error;
    }
  };
  const consumer = kafka.consumer({
    groupId: options.groupId,
    allowAutoTopicCreation: false,
    // One chunk of ordinary messages a partition, and an even number of partitions: what is fetched is settled before more is
    // fetched, so a batch left over would be settled alone.
    maxBytesPerPartition: 2 * 1024 * 1024,
    maxBytes: 2 * CONCURRENTLY * 2 * 1024 * 1024,
    maxWaitTimeInMs: 200,
    sessionTimeout: SESSION_TIMEOUT,
    retry: { retries: 5, restartOnFailure: async () => settling === null },
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) options.crashed(settling ?? payload.error);
  });
  let heardAt = Date.now();
  const hear = (): void => {
    heardAt = Date.now();
  };
  consumer.on(consumer.events.HEARTBEAT, hear);
  consumer.on(consumer.events.GROUP_JOIN, hear);
  await consumer.connect();
  await consumer.subscribe({ topic: options.topic, fromBeginning: true });
  await consumer.run({
    eachBatchAutoResolve: false,
    autoCommit: false,
    partitionsConsumedConcurrently: CONCURRENTLY,
    eachBatch: (batch) => settleBatch(batch, { ...options, settle }),
  });
  return {
    lastHeard: () => heardAt,
    stop: async (giveUp = false) => {
      if (giveUp) givenUp.abort();
      await consumer.disconnect();
    },
  };
}
