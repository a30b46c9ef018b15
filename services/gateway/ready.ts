// Ready means that a batch could be taken now: the store answers who may send, and Kafka has a leader for every partition.
import type { Database } from '../platform/database.ts';
import type { Kafka } from '../platform/kafka.ts';

const PATIENCE = 2_000;
/** Milliseconds for which an answer is given again, so that asking often costs nothing. */
const FRESH = 1_000;

const within = (work: Promise<unknown>): Promise<boolean> => {
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    clock = setTimeout(() => resolve(false), PATIENCE);
  });
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(clock));
};

async function askKafka(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    if (topics.some(({ partitions }) => partitions.some(({ leader }) => leader < 0)))
      throw new Error('no leader');
  } finally {
    await admin.disconnect();
  }
}

/** Asks PostgreSQL and Kafka, at most once a second, and names the parts that do not answer within two. */
export function readiness(db: Database, kafka: Kafka, topic: string): () => Promise<string[]> {
  let last: { at: number; missing: Promise<string[]> } | undefined;
  const ask = async (): Promise<string[]> => {
    const [database, broker] = await Promise.all([within(db`select 1`), within(askKafka(kafka, topic))]);
    return [...(database ? [] : ['postgres']), ...(broker ? [] : ['kafka'])];
  };
  return () => {
    if (!last || Date.now() - last.at > FRESH) last = { at: Date.now(), missing: ask() };
    return last.missing;
  };
}
