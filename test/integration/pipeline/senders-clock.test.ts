// Kafka dates messages by its own clock: a gateway whose clock is wrong is neither refused nor deleted early.
import { expect, inject, it, onTestFinished } from 'vitest';
import {
  connectKafka,
  connectProducer,
  ensureTopics,
  everyReplica,
} from '../../../services/platform/kafka.ts';
import { uniqueTopicPrefix } from '../../harness/database.ts';

const DAY_MS = 86_400_000;

it.each([
  ['a day ahead', DAY_MS],
  ['a year behind', -365 * DAY_MS],
])('takes what is sent by a clock that is %s, and dates it now', async (_, off) => {
  const topic = `${uniqueTopicPrefix()}dated`;
  const kafka = connectKafka(inject('stack').kafkaBrokers, 'senders-clock');
  await ensureTopics(kafka, [{ topic, partitions: 1, maxMessageBytes: 2_000_000 }]);
  const producer = await connectProducer(kafka);
  onTestFinished(() => producer.disconnect());
  const before = Date.now();
  const messages = [{ value: 'an event', timestamp: String(before + off) }];
  const [answer] = await producer.send({ ...everyReplica, topic, messages });
  const dated = Number(answer?.logAppendTime);
  expect(dated).toBeGreaterThanOrEqual(before);
  expect(dated).toBeLessThanOrEqual(Date.now());
});
