// A gateway and an ingest of the test's own, on the run's real Kafka and a database of the test's own.
import { inject, onTestFinished } from 'vitest';
import { registerCouncils } from '../../../services/evaluations/register.ts';
import { buildGateway } from '../../../services/gateway/app.ts';
import { createGatewayStore } from '../../../services/gateway/postgres-store.ts';
import { runIngest } from '../../../services/ingest/run.ts';
import { prepareTopics } from '../../../services/ingest/topics.ts';
import { createKey, holderOf } from '../../../services/platform/access.ts';
import { loadConfig } from '../../../services/platform/config.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import {
  connectKafka,
  connectProducer,
  type Kafka,
  lagOf,
  type Producer,
} from '../../../services/platform/kafka.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { testDatabase, uniqueTopicPrefix } from '../../harness/database.ts';

const log = createLogger('test', 'fatal');

export interface Running {
  db: Database;
  databaseUrl: string;
  kafka: Kafka;
  producer: Producer;
  topics: ReturnType<typeof loadConfig>['topics'];
  gateway: string;
  /** The consumer group of the test's ingest. */
  groupId: string;
  /** An API key of a registered council. */
  key(council: string): Promise<string>;
  startIngest(): Promise<{ stop(): Promise<void> }>;
  /** Resolves when everything in Kafka has been settled. */
  drained(): Promise<void>;
}

/** Starts a gateway; everything is stopped when the test ends. */
export async function running(councils: readonly string[]): Promise<Running> {
  const database = await testDatabase();
  const db = connect(database.databaseUrl, 6, 'pipeline-test');
  const gatewayDb = connect(database.databaseUrl, 2, 'pipeline-test-gateway', 'waymark_gateway');
  const ingestDb = connect(database.databaseUrl, 6, 'pipeline-test-ingest', 'waymark_ingest');
  const { topics } = loadConfig({ WAYMARK_TOPIC_PREFIX: uniqueTopicPrefix() });
  const kafka = connectKafka(inject('stack').kafkaBrokers, 'pipeline-test', log);
  const { eventPartitions } = await prepareTopics(kafka, topics, gatewayDb);
  const producer = await connectProducer(kafka);
  await registerCouncils(
    db,
    councils.map((code) => ({ code, name: code, dataSource: 'simulated' as const })),
  );
  const app = await buildGateway({
    producer,
    topic: { name: topics.events, partitions: eventPartitions },
    holderOf: (key) => holderOf(gatewayDb, key),
    store: createGatewayStore(gatewayDb),
    log,
  });
  const gateway = await app.listen({ host: '127.0.0.1', port: 0 });
  const groupId = `${topics.events}-ingest`;
  const ingests = new Set<{ stop(): Promise<void> }>();
  onTestFinished(async () => {
    await app.close();
    for (const ingest of ingests) await ingest.stop();
    await producer.disconnect();
    for (const pool of [db, gatewayDb, ingestDb]) await pool.end();
    await database.drop();
  });
  return {
    db,
    databaseUrl: database.databaseUrl,
    kafka,
    producer,
    topics,
    gateway,
    groupId,
    key: (council) => createKey(db, { label: council, role: 'council', council }),
    startIngest: async () => {
      const ingest = await runIngest({ topics, db: ingestDb, kafka, log, groupId, crashed: () => {} });
      ingests.add(ingest);
      return {
        stop: async () => {
          ingests.delete(ingest);
          await ingest.stop();
        },
      };
    },
    drained: async () => {
      while ((await lagOf(kafka, topics.events, groupId)) > 0)
        await new Promise((resolve) => setTimeout(resolve, 100));
    },
  };
}
