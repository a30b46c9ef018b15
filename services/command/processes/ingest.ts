// The ingest process: Kafka in, ledger out.
import { register } from 'prom-client';
import { INGEST_GROUP, runIngest } from '../../ingest/run.ts';
import { connectKafka, lagAt, lagOf, placesOf } from '../../platform/kafka.ts';
import { askedGauges } from '../../platform/metrics.ts';
import { topicHasLeaders } from '../../platform/readiness.ts';
import type { Start } from '../process.ts';

export const start: Start = async ({ config, addresses, db, log, fail }) => {
  const kafka = connectKafka(addresses.kafkaBrokers, 'waymark-ingest', log, config.kafkaSecurity);
  const { events } = config.topics;
  askedGauges(register, [
    {
      name: 'waymark_ingest_lag_messages',
      help: 'Messages in Kafka that are not settled yet, of the whole group, by partition',
      labelNames: ['partition'],
      ask: async () =>
        (await placesOf(kafka, events, INGEST_GROUP)).map((place) => ({
          labels: { partition: String(place.partition) },
          value: lagAt(place),
        })),
    },
  ]);
  const ingest = await runIngest({ topics: config.topics, db, kafka, log, crashed: fail });
  return {
    needs: { kafka: topicHasLeaders(kafka, events), 'consumer-group': ingest.consuming },
    figures: async () => ({ lag: await lagOf(kafka, events, INGEST_GROUP) }),
    stop: ingest.stop,
  };
};
