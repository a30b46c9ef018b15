// Everything the demonstration shows came in by the front door: over HTTP, through the gateway and Kafka.
import type { FeedMessage } from '../../../schemas/message.ts';
import { type Receipts, sendMessages } from '../../council/send.ts';
import type { Database } from '../../platform/database.ts';
import type { Progress } from '../../platform/progress.ts';
import type { DemonstrationMemory } from './memory.ts';

/** What one council sends. Asking again gives the same messages, so a delivery that was cut off is sent again whole. */
export interface Delivery {
  name: string;
  council: string;
  messages: () => AsyncIterable<FeedMessage> | Iterable<FeedMessage>;
}

export interface Delivered {
  /** Messages acknowledged now, and refused by the gateway. */
  accepted: number;
  rejected: Receipts['rejected'];
}

/** Deliveries under way at once. */
const ABREAST = 2;

/** Sends what has not been sent to its end, a few councils abreast. */
export async function deliver(
  deliveries: readonly Delivery[],
  gateway: string,
  db: Database,
  memory: DemonstrationMemory,
  progress: Progress,
): Promise<Delivered> {
  const waiting = deliveries.filter(({ name }) => !(name in memory.delivered));
  const total: Delivered = { accepted: 0, rejected: [] };
  let councils = deliveries.length - waiting.length;
  const tell = (): void =>
    progress({
      stage: 'send',
      message: `${councils} of ${deliveries.length} feeds through the gateway`,
      done: total.accepted,
      unit: 'messages',
    });
  const one = async ({ name, council, messages }: Delivery): Promise<void> => {
    const apiKey = await memory.key(db, council);
    let told = 0;
    const onSettled = (_settled: number, { accepted }: Readonly<Receipts>): void => {
      total.accepted += accepted - told;
      told = accepted;
      tell();
    };
    const receipts = await sendMessages({
      gateway,
      apiKey,
      messages: messages(),
      batchLines: 1_000,
      onSettled,
    });
    total.rejected.push(...receipts.rejected);
    await memory.noteDelivered(name, receipts.sent);
    councils += 1;
  };
  const next = async (): Promise<void> => {
    for (let delivery = waiting.shift(); delivery; delivery = waiting.shift()) await one(delivery);
  };
  await Promise.all(Array.from({ length: ABREAST }, next));
  return total;
}
