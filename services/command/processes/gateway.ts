// The gateway process: HTTP in (HTTPS when a certificate is configured), Kafka out.
import type { Server } from 'node:https';
import { register } from 'prom-client';
import { notingUse } from '../../audit/key-use.ts';
import { buildGateway } from '../../gateway/app.ts';
import { createGatewayStore } from '../../gateway/postgres-store.ts';
import { readTls } from '../../gateway/tls.ts';
import { prepareTopics } from '../../ingest/topics.ts';
import { cachedHolders } from '../../platform/access.ts';
import { connectKafka, connectProducer } from '../../platform/kafka.ts';
import { countRequests } from '../../platform/metrics.ts';
import { databaseIsReady, readiness, topicHasLeaders } from '../../platform/readiness.ts';
import type { Start } from '../process.ts';

export const start: Start = async ({ config, addresses, db, log }) => {
  const tls = config.gatewayTls && (await readTls(config.gatewayTls));
  const kafka = connectKafka(addresses.kafkaBrokers, 'waymark-gateway', log, config.kafkaSecurity);
  const { eventPartitions } = await prepareTopics(kafka, config.topics, db);
  const producer = await connectProducer(kafka);
  const needs = { kafka: topicHasLeaders(kafka, config.topics.events) };
  const unready = readiness({ postgres: databaseIsReady(db), ...needs });
  const app = await buildGateway({
    producer,
    topic: { name: config.topics.events, partitions: eventPartitions },
    holderOf: notingUse(db, 'gateway', cachedHolders(db)),
    store: createGatewayStore(db),
    missing: async () => (await unready()).map(({ part }) => part),
    log,
    ...(tls && { tls }),
  });
  countRequests(app, register);
  const url = await app.listen({ host: config.host, port: config.gatewayPort });
  const renew = async (): Promise<void> => {
    if (!config.gatewayTls) return;
    try {
      (app.server as unknown as Server).setSecureContext(await readTls(config.gatewayTls));
      log.info('the TLS files were read again');
    } catch (error) {
      log.error({ err: error }, 'the TLS files cannot be used: the former ones stay');
    }
  };
  const onHangUp = (): void => void renew();
  process.on('SIGHUP', onHangUp);
  return {
    url,
    needs,
    stop: async () => {
      process.off('SIGHUP', onHangUp);
      await app.close();
      await producer.disconnect();
    },
  };
};
