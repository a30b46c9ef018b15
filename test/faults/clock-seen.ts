// What a server takes the time to be, asked of the server itself.
import type { Database } from '../../services/platform/database.ts';
import { connectProducer, ensureTopics, type Kafka } from '../../services/platform/kafka.ts';
import type { ServerName } from './servers.ts';

export interface Asked {
  db: Database;
  kafka: Kafka;
  /** The address of Temporal's pages, which its one process serves. */
  temporalUi: string;
}

const TOPIC = 'clock';

/** Milliseconds since 1970 by each server's clock; Temporal's to the second. */
const now: Record<ServerName, (asked: Asked) => Promise<number>> = {
  async postgres({ db }) {
    const [row] = await db<{ now: Date }[]>`select clock_timestamp() as now`;
    return row?.now.getTime() ?? Number.NaN;
  },
  async kafka({ kafka }) {
    await ensureTopics(kafka, [{ topic: TOPIC, partitions: 1 }]);
    const producer = await connectProducer(kafka);
    try {
      const [answer] = await producer.send({ topic: TOPIC, messages: [{ value: 'what time is it?' }] });
      return Number(answer?.logAppendTime);
    } finally {
      await producer.disconnect();
    }
  },
  async temporal({ temporalUi }) {
    const { headers } = await fetch(temporalUi);
    return Date.parse(headers.get('date') ?? '');
  },
};

/** Seconds by which a server's clock is ahead of this process's. */
export async function aheadOf(server: ServerName, asked: Asked): Promise<number> {
  return ((await now[server](asked)) - Date.now()) / 1_000;
}
