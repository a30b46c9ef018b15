// Kafka remembers how far ingest has read, and the store how far it has settled. They agree, until one of them is restored or
// lost: then the store is right, and Kafka's place is put where the store's is. Reading again changes nothing.
import type { Database } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { type Kafka, type Place, placesOf } from '../platform/kafka.ts';

/** How a partition's place in Kafka compares with what the store has settled. */
export interface PlaceReport extends Place {
  /** The offset after the last message that the store has settled; null when it has settled none. */
  settled: number | null;
  /**
   * `behind`: Kafka's place lies beyond the store's, so that messages between them would never be read.
   * `expired`: besides, Kafka has deleted some of them: their councils must send again.
   * `another-topic`: the store has settled more than the topic has ever held: it was made anew.
   */
  standing: 'agrees' | 'behind' | 'expired' | 'another-topic';
  /** Where reading has to begin so that nothing is passed over. */
  readFrom: number;
  /** Messages that the store lacks and Kafka no longer has. */
  gone: number;
}

/** Compares one partition. Pure. */
export function judge(place: Place, settled: number | null): PlaceReport {
  const { committed, low, high } = place;
  if (settled !== null && settled > high)
    return { ...place, settled, standing: 'another-topic', readFrom: low, gone: 0 };
  const needed = settled ?? 0;
  const reading = committed < 0 ? low : committed;
  const gone = Math.max(0, low - needed);
  // Retention deletes what everyone has read: that is no gap unless the store never had it.
  const readFrom = Math.max(low, Math.min(reading, needed));
  if (gone > 0) return { ...place, settled, standing: 'expired', readFrom, gone };
  return { ...place, settled, standing: reading > needed ? 'behind' : 'agrees', readFrom, gone: 0 };
}

/** Every partition of the topic. While ingest runs, the store is asked after Kafka's places and before Kafka's ends, for it settles first. */
export async function comparePlaces(
  db: Database,
  kafka: Kafka,
  topic: string,
  groupId: string,
): Promise<PlaceReport[]> {
  const places = await placesOf(kafka, topic, groupId);
  const rows = await db<{ partition: number; next_offset: bigint }[]>`
    select partition, next_offset from waymark.intake where topic = ${topic}`;
  const settled = new Map(rows.map(({ partition, next_offset }) => [partition, Number(next_offset)]));
  const ends = await placesOf(kafka, topic, groupId);
  return places.map((place, at) =>
    judge({ ...place, high: ends[at]?.high ?? place.high }, settled.get(place.partition) ?? null),
  );
}

/**
 * Puts Kafka's places where the store's are, where they differ.
 * @returns what was found, before the change
 * @throws UserError `ingest-running`: the group's places can be moved only while nobody reads
 */
export async function rewind(
  db: Database,
  kafka: Kafka,
  topic: string,
  groupId: string,
): Promise<PlaceReport[]> {
  const found = await comparePlaces(db, kafka, topic, groupId);
  const moved = found.filter(({ standing }) => standing !== 'agrees');
  if (moved.length === 0) return found;
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([groupId]);
    if (groups.some(({ members }) => members.length > 0))
      throw new UserError('ingest-running', 'Ingest is running: stop every instance, then rewind.', {}, 1);
    await admin.setOffsets({
      groupId,
      topic,
      partitions: moved.map(({ partition, readFrom }) => ({ partition, offset: String(readFrom) })),
    });
  } finally {
    await admin.disconnect();
  }
  return found;
}
