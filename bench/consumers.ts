// One ingest process against three, over a topic of 12 partitions, on the same events and the same machine.
import { setTimeout as pause } from 'node:timers/promises';
import { prepareTopics } from '../services/ingest/topics.ts';
import { loadConfig } from '../services/platform/config.ts';
import { ensureTopics } from '../services/platform/kafka.ts';
import { councilCodes, fill } from './load/events.ts';
import { options, print } from './load/options.ts';
import { type Rig, settled, withRig } from './load/rig.ts';

const { events } = options(
  `node --import tsx bench/consumers.ts: events a second from Kafka into the ledger by one ingest process and by three, 12 partitions.
From the first event stored to the last one settled; all processes share this machine, so three can only gain what it has left.`,
  { events: { words: 'in the topic', otherwise: 300_000 } },
);
const PARTITIONS = 12;
const councils = councilCodes(3);

async function stored({ db }: Rig): Promise<number> {
  const [row] = await db<{ events: number }[]>`select count(*)::integer as events from waymark.case_event`;
  return row?.events ?? 0;
}

async function measure(rig: Rig, processes: number): Promise<number> {
  const prefix = `by-${processes}.`;
  const { topics } = loadConfig({ WAYMARK_TOPIC_PREFIX: prefix });
  await ensureTopics(rig.kafka, [{ topic: topics.events, partitions: PARTITIONS }]);
  await prepareTopics(rig.kafka, topics, rig.db);
  await rig.db`truncate waymark.case_event, waymark.occurrence, waymark.child_fact, waymark.outbox`;
  await fill(rig.kafka, topics.events, events, councils);
  const running = Array.from({ length: processes }, () =>
    rig.run('ingest', { WAYMARK_TOPIC_PREFIX: prefix }),
  );
  let before = 0;
  while (before === 0) {
    await pause(20);
    before = await stored(rig);
  }
  const began = performance.now();
  await settled(rig.kafka, topics.events);
  const seconds = (performance.now() - began) / 1_000;
  const all = await stored(rig);
  if (all !== events) throw new Error(`${all} events are stored where ${events} were sent`);
  for (const one of await Promise.all(running)) await one.stop();
  return Math.round((events - before) / seconds);
}

const report = await withRig(councils, async (rig) => {
  const one = await measure(rig, 1);
  const three = await measure(rig, 3);
  return {
    events,
    partitions: PARTITIONS,
    eventsASecond: { 'one process': one, 'three processes': three },
    ratio: { 'three / one': Math.round((100 * three) / one) / 100 },
  };
});
print(report);
