// The topics of the stream, and how many partitions a feed statement must be seen in before it holds.
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { EVENT_PARTITIONS, ensureTopics, type Kafka } from '../platform/kafka.ts';

/** Makes sure the topics exist and notes how many partitions a feed statement must be seen in. */
export async function prepareTopics(
  kafka: Kafka,
  topics: Config['topics'],
  db: Database,
): Promise<{ eventPartitions: number }> {
  const partitions = await ensureTopics(kafka, [
    { topic: topics.events, partitions: EVENT_PARTITIONS },
    // A message as large as the events topic takes must fit here with its headers.
    { topic: topics.rejected, partitions: 1, maxMessageBytes: 2 * 1024 * 1024 },
    { topic: topics.outcomeChanges, partitions: 1 },
  ]);
  const eventPartitions = partitions.get(topics.events) ?? EVENT_PARTITIONS;
  await db`insert into waymark.stream (topic, partitions) values (${topics.events}, ${eventPartitions})
    on conflict (topic) do update set partitions = excluded.partitions`;
  return { eventPartitions };
}
