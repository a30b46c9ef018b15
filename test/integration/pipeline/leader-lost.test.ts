// A broker lost in the middle of a send, with the timing forced: what was acknowledged is in Kafka, all of it.
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import {
  connectKafka,
  connectProducer,
  ensureTopics,
  everyReplica,
  type Kafka,
  type Producer,
} from '../../../services/platform/kafka.ts';
import { uniqueTopicPrefix } from '../../harness/database.ts';
import { twoBrokers } from '../../harness/two-brokers.ts';

const PARTITIONS = 4;
const [real = ''] = inject('stack').kafkaBrokers;

/** Sends twelve messages, three to a partition, while the leader of half of them is lost. @returns how many each partition holds */
async function heldAfterLoss(producerOf: (kafka: Kafka) => Promise<Producer>) {
  const topic = `${uniqueTopicPrefix()}leader-lost`;
  const direct = connectKafka([real], 'leader-lost');
  await ensureTopics(direct, [{ topic, partitions: PARTITIONS }]);
  const brokers = await twoBrokers(real);
  onTestFinished(() => brokers.close());
  const producer = await producerOf(connectKafka([brokers.address], 'leader-lost'));
  onTestFinished(() => producer.disconnect());
  const messages = Array.from({ length: 3 * PARTITIONS }, (_, at) => ({
    value: `message ${at}`,
    partition: at % PARTITIONS,
  }));
  const answers = await producer.send({ ...everyReplica, topic, messages });
  expect(brokers.lost()).toBe(true);
  const admin = direct.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect());
  return {
    held: ends.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high)),
    acknowledged: [...new Set(answers.map(({ partition }) => partition))].sort(),
  };
}

describe('a producer whose broker is lost after another has answered', () => {
  it('has every message acknowledged and stored once', async () => {
    expect(await heldAfterLoss(connectProducer)).toEqual({ held: [3, 3, 3, 3], acknowledged: [0, 1, 2, 3] });
  });

  it('would lose them by kafkajs alone, so that this is the fault', async () => {
    const alone = async (kafka: Kafka) => {
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      return producer;
    };
    expect(await heldAfterLoss(alone)).toEqual({ held: [3, 0, 3, 0], acknowledged: [0, 2] });
  });
});
