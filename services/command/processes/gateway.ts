// The gateway process: HTTP in, Kafka out.
import { buildGateway } from '../../gateway/app.ts';
import { prepareTopics } from '../../ingest/topics.ts';
import { cachedHolders } from '../../platform/access.ts';
import { connectKafka, connectProducer } from '../../platform/kafka.ts';
import type { Start } from '../process.ts';

export const start: Start = async ({ config, addresses, db, log }) => {
  const kafka = connectKafka(addresses.kafkaBrokers, 'waymark-gateway', log);
  const { eventPartitions } = await prepareTopics(kafka, config.topics, db);
  const producer = await connectProducer(kafka);
  const topic = { name: config.topics.events, partitions: eventPartitions };
  const app = await buildGateway({ producer, topic, holderOf: cachedHolders(db), log });
  const url = await app.listen({ host: config.host, port: config.gatewayPort });
  return {
    url,
    stop: async () => {
      await app.close();
      await producer.disconnect();
    },
  };
};
