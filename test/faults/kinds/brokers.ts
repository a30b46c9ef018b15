// Several brokers that hold each partition together, and some of them killed.
import { setTimeout as pause } from 'node:timers/promises';
import type { Scene } from '../scene.ts';
import { HELD_MS } from './held.ts';

interface Led {
  leader: number;
  isr: number[];
}

async function partitionsOf({ kafka, topic }: Scene): Promise<Led[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions ?? [];
  } finally {
    await admin.disconnect();
  }
}

/** Brokers come back, and what follows begins once every partition has all its replicas again. */
async function whole(scene: Scene, brokers: Scene['servers']['brokers']): Promise<void> {
  await Promise.all(brokers.map((broker) => broker.start()));
  const all = scene.servers.brokers.length;
  while (!(await partitionsOf(scene)).every(({ isr }) => isr.length === all)) await pause(200);
}

/** Who leads most partitions is killed and stays away until everything has been accounted for. */
export async function leaderKilled(scene: Scene): Promise<number> {
  const led = (await partitionsOf(scene)).map(({ leader }) => leader);
  const count = (of: number): number => led.filter((leader) => leader === of).length;
  const [first] = scene.servers.brokers
    .map((broker, at) => ({ broker, partitions: count(at + 1) }))
    .sort((a, b) => b.partitions - a.partitions);
  if (!first || first.partitions === 0) throw new Error('no broker leads a partition');
  await first.broker.kill();
  scene.afterwards(() => whole(scene, [first.broker]));
  return 0;
}

/** Two of three: no partition has the replicas that an acknowledgement needs, and the controllers no majority. */
export async function majorityKilled(scene: Scene): Promise<number> {
  const two = scene.servers.brokers.slice(0, 2);
  await Promise.all(two.map((broker) => broker.kill()));
  await pause(HELD_MS);
  await Promise.all(two.map((broker) => broker.start()));
  scene.afterwards(() => whole(scene, []));
  return 0;
}
