// Kafka, its topics, who reads them, and whether Kafka and the store agree on how far.
import { setTimeout as pause } from 'node:timers/promises';
import { comparePlaces } from '../../ingest/places.ts';
import { INGEST_GROUP } from '../../ingest/run.ts';
import type { Config } from '../../platform/config.ts';
import type { Database } from '../../platform/database.ts';
import { DATED_BY_BROKER, type Kafka, lagAt, placesOf, topicSettings } from '../../platform/kafka.ts';
import { type Looks, type Seen, unseen, well, wrong } from './finding.ts';

const BEHIND = 50_000;
const WATCHED_MS = 3_000;

const number = (count: number): string => count.toLocaleString('en-GB');

type Admin = ReturnType<Kafka['admin']>;

async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function kafkaLook(kafka: Kafka, brokers: readonly string[]): Promise<Seen> {
  try {
    const cluster = await withAdmin(kafka, (admin) => admin.describeCluster());
    return cluster.controller === null
      ? wrong('Kafka has no controller.', 'Read the log of its controllers: a majority of them has to run.')
      : well(
          `Kafka answers with ${cluster.brokers.length} broker${cluster.brokers.length === 1 ? '' : 's'}.`,
        );
  } catch (error) {
    return wrong(
      `Kafka does not answer at ${brokers.join(', ')} (${(error as Error).message}).`,
      'Start it, or correct KAFKA_BROKERS. What councils have sent stays in their spools until then.',
    );
  }
}

async function topicsLook(kafka: Kafka, topics: Config['topics']): Promise<Seen> {
  const wanted = Object.values(topics);
  const known = new Set(await withAdmin(kafka, (admin) => admin.listTopics()));
  const missing = wanted.filter((topic) => !known.has(topic));
  if (missing.length > 0)
    return wrong(
      `Kafka lacks ${missing.join(', ')}.`,
      'Start the gateway or ingest, which make them; if they were deleted, restore Kafka first.',
    );
  const { topics: described } = await withAdmin(kafka, (admin) =>
    admin.fetchTopicMetadata({ topics: wanted }),
  );
  const all = described.flatMap(({ name, partitions }) => partitions.map((each) => ({ name, ...each })));
  const lost = all.filter(({ leader }) => leader < 0);
  if (lost.length > 0)
    return wrong(
      `${lost.length} partitions have no leader, such as ${lost[0]?.name}/${lost[0]?.partitionId}.`,
      'Start the brokers that hold them.',
    );
  const thin = all.filter(({ isr, replicas }) => isr.length < replicas.length);
  if (thin.length > 0)
    return wrong(
      `${thin.length} partitions lack copies that should be in step.`,
      'Start the brokers that hold them; until then one more loss may stop the gateway.',
    );
  return well(`${wanted.length} topics, ${all.length} partitions, all with their leader and copies.`);
}

/** Topics that Waymark did not make, or made before it knew better, may date messages by their senders' clocks. */
async function datesLook(
  kafka: Kafka,
  topics: Config['topics'],
  [broker = '']: readonly string[],
): Promise<Seen> {
  const known = new Set(await withAdmin(kafka, (admin) => admin.listTopics()));
  const there = Object.values(topics).filter((topic) => known.has(topic));
  if (there.length === 0) return unseen('There is no topic yet.', 'Start the gateway or ingest first.');
  const { name, value } = DATED_BY_BROKER;
  const settings = await topicSettings(kafka, there, [name]);
  const otherwise = there.filter((topic) => settings.get(topic)?.get(name) !== value);
  if (otherwise.length === 0) return well('Kafka dates messages by its own clock.');
  return wrong(
    `${otherwise.join(', ')}: messages are dated by the clocks that sent them. From a gateway an hour ahead Kafka refuses all; what one far behind sends may be deleted early.`,
    `For each: kafka-configs.sh --bootstrap-server ${broker} --alter --entity-type topics --entity-name ${otherwise[0]} --add-config ${name}=${value} (Strimzi: infra/kubernetes/engines/kafka.yaml).`,
  );
}

const lagIn = (places: Parameters<typeof lagAt>[0][]): number =>
  places.reduce((sum, place) => sum + lagAt(place), 0);

async function ingestLook(kafka: Kafka, topic: string): Promise<Seen> {
  const group = async () => {
    const { groups } = await withAdmin(kafka, (admin) => admin.describeGroups([INGEST_GROUP]));
    return groups[0]?.members.length ?? 0;
  };
  const before = await placesOf(kafka, topic, INGEST_GROUP);
  const members = await group();
  if (members === 0)
    return wrong(`No ingest runs; ${number(lagIn(before))} messages wait.`, 'Start waymark ingest.');
  if (lagIn(before) === 0) return well(`${members} ingest running, nothing waits.`);
  await pause(WATCHED_MS);
  const after = await placesOf(kafka, topic, INGEST_GROUP);
  const moved = after.reduce((sum, place, at) => sum + place.committed - (before[at]?.committed ?? 0), 0);
  const told = `${members} ingest running, ${number(lagIn(after))} messages wait, ${number(moved)} settled in ${WATCHED_MS / 1_000} s.`;
  if (moved === 0) return wrong(told, 'It stands still: docs/runbooks/WaymarkIngestStopped.md.');
  return lagIn(after) > BEHIND
    ? wrong(told, 'docs/runbooks/WaymarkIngestBehind.md; more ingest processes share the partitions.')
    : well(told);
}

async function placesLook(kafka: Kafka, db: Database, topic: string): Promise<Seen> {
  const places = await comparePlaces(db, kafka, topic, INGEST_GROUP);
  const apart = places.filter(({ standing }) => standing !== 'agrees');
  const gone = places.reduce((sum, place) => sum + place.gone, 0);
  if (apart.length === 0) return well('Kafka and the store agree on how far ingest has read.');
  const told = `Kafka and the store disagree on ${apart.length} partitions (${[...new Set(apart.map(({ standing }) => standing))].join(', ')}).`;
  return wrong(
    gone > 0 ? `${told} ${number(gone)} messages are in neither.` : told,
    `Stop every ingest, run waymark rewind, start ingest again.${gone > 0 ? ' Then have the councils send again what is gone.' : ''}`,
  );
}

/** @param db null when the store cannot be asked */
export const streamLooks = (
  kafka: Kafka,
  brokers: readonly string[],
  topics: Config['topics'],
  db: Database | null,
): Looks => ({
  topics: () => topicsLook(kafka, topics),
  dates: () => datesLook(kafka, topics, brokers),
  ingest: () => ingestLook(kafka, topics.events),
  places: async () =>
    db
      ? placesLook(kafka, db, topics.events)
      : unseen('The store cannot be asked.', 'First mend PostgreSQL.'),
});
