// Alive is one thing, ready another: a process is ready when every part it needs answers, and otherwise says which does not
// and why.
import type { Database } from './database.ts';
import type { Kafka } from './kafka.ts';
import { pendingMigrations } from './migrate.ts';
import { within } from './within.ts';

/** A part that is not ready. */
export interface Unready {
  part: string;
  reason: string;
}

/** Resolves when the part is ready and otherwise throws the reason. */
export type Check = () => Promise<void>;
export type Checks = Record<string, Check>;

const PATIENCE = 2_000;
/** Milliseconds for which an answer is given again, so that asking often costs nothing. */
const FRESH = 1_000;

async function ask([part, check]: [string, Check]): Promise<Unready[]> {
  try {
    await within(PATIENCE, check());
    return [];
  } catch (error) {
    return [{ part, reason: (error as Error).message || (error as Error).name }];
  }
}

/** Asks every part at once, at most once a second, and names those that are not ready within two. */
export function readiness(checks: Checks): () => Promise<Unready[]> {
  let last: { at: number; unready: Promise<Unready[]> } | undefined;
  const askAll = async () => (await Promise.all(Object.entries(checks).map(ask))).flat();
  return () => {
    if (!last || Date.now() - last.at > FRESH) last = { at: Date.now(), unready: askAll() };
    return last.unready;
  };
}

/** PostgreSQL answers, and its shape is at least the one this code was written for. */
export const databaseIsReady = (db: Database): Check => {
  let current = false;
  return async () => {
    if (current) {
      await db`select 1`;
      return;
    }
    const pending = await pendingMigrations(db);
    if (pending.length > 0) throw new Error(`the database lacks ${pending.join(', ')}: run waymark migrate`);
    current = true;
  };
};

/** Kafka has a leader for every partition of the topic. */
export const topicHasLeaders =
  (kafka: Kafka, topic: string): Check =>
  async () => {
    const admin = kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const without = topics.flatMap(({ partitions }) => partitions.filter(({ leader }) => leader < 0));
      if (without.length > 0) throw new Error(`${without.length} partitions of ${topic} have no leader`);
    } finally {
      await admin.disconnect();
    }
  };
