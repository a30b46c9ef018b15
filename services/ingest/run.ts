// Kafka to ledger: offsets are committed after the transaction that stored the messages, so a crash repeats and never loses.
import type { ChildCache } from '../ledger/children.ts';
import { Expected } from '../ledger/expected.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import {
  connectProducer,
  consume,
  everyReplica,
  GZIP,
  type Kafka,
  parcels,
  SESSION_TIMEOUT,
  type Taken,
  tracesOf,
} from '../platform/kafka.ts';
import type { Logger } from '../platform/log.ts';
import { causedBy, SpanKind } from '../platform/tracing/span.ts';
import { ingestMetrics } from './metrics.ts';
import type { Quarantined } from './quarantine.ts';
import { Councils, type Settled, settle } from './settle.ts';
import { prepareTopics } from './topics.ts';

export const INGEST_GROUP = 'waymark-ingest';

/** Most messages to one transaction. bench/ingest.ts: 5,000 stores about four events where 2,000 stores three. */
const CHUNK = 5_000;

export interface IngestOptions {
  topics: Config['topics'];
  db: Database;
  kafka: Kafka;
  log: Logger;
  /** Called when the consumer has stopped on an error that repeating will not mend. */
  crashed: (error: Error) => void;
  groupId?: string;
}

export interface RunningIngest {
  /** Waits until the messages in hand are settled, or gives them up. */
  stop(giveUp?: boolean): Promise<void>;
  /** Throws, saying why, when no partitions are being consumed. */
  consuming(): Promise<void>;
}

const taking = (topic: string, partition: number, messages: number) => ({
  kind: SpanKind.CONSUMER,
  attributes: {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.batch.message_count': messages,
  },
});

/** Starts the consumer. */
export async function runIngest(options: IngestOptions): Promise<RunningIngest> {
  const { topics, db, kafka, log } = options;
  await prepareTopics(kafka, topics, db);
  const councils = new Councils(db);
  await councils.refresh();
  const cache: ChildCache = new Map();
  const expected = new Expected();
  const producer = await connectProducer(kafka);

  const reject = async (partition: number, found: readonly Quarantined[]): Promise<void> => {
    for (const parcel of parcels(found, ({ value }) => value?.length ?? 0)) {
      await producer.send({
        ...everyReplica,
        topic: topics.rejected,
        // What came compressed may be larger than Kafka takes as it is, and would stand in the way of its partition for ever.
        compression: GZIP,
        messages: parcel.map(({ value, offset, refusal }) => ({
          value,
          headers: {
            topic: topics.events,
            partition: String(partition),
            offset,
            code: refusal.code,
            field: refusal.field,
          },
        })),
      });
    }
    log.warn(
      { partition, count: found.length, first: found[0]?.refusal },
      'messages quarantined: see `waymark quarantine`, mend them at their council and send them again',
    );
  };

  const settlePartition = (partition: number, messages: Taken[]): Promise<void> => {
    const described = taking(topics.events, partition, messages.length);
    return causedBy(tracesOf(messages), `process ${topics.events}`, described, async () => {
      const stopTimer = ingestMetrics.seconds.startTimer();
      const settled: Settled = await settle(
        { db, councils, cache, expected },
        topics.events,
        partition,
        messages,
      );
      if (settled.quarantined.length > 0) await reject(partition, settled.quarantined);
      stopTimer();
      ingestMetrics.count(settled.account);
      log.debug({ partition, ...settled.account }, 'batch settled');
    });
  };

  const consumer = await consume(kafka, {
    topic: topics.events,
    groupId: options.groupId ?? INGEST_GROUP,
    chunk: CHUNK,
    settle: settlePartition,
    crashed: options.crashed,
  });
  return {
    consuming: async () => {
      const silence = Date.now() - consumer.lastHeard();
      if (silence > SESSION_TIMEOUT)
        throw new Error(`no word from the consumer group for ${Math.round(silence / 1_000)} s: see the log`);
    },
    stop: async (giveUp) => {
      await consumer.stop(giveUp);
      await producer.disconnect();
    },
  };
}
