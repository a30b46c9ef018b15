// The ingest process: Kafka in, ledger out.
import { runIngest } from '../../ingest/run.ts';
import { connectKafka } from '../../platform/kafka.ts';
import type { Start } from '../process.ts';

export const start: Start = async ({ config, addresses, db, log, fail }) => {
  const kafka = connectKafka(addresses.kafkaBrokers, 'waymark-ingest', log);
  return runIngest({ topics: config.topics, db, kafka, log, crashed: fail });
};
