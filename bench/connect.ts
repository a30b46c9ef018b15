// Kafka to PostgreSQL, sustained, on one topic in one run: Waymark's ingest, Kafka Connect with the Debezium JDBC sink, a bare COPY.
// The sink does less: it keeps each message's text under its place in the topic, where ingest checks it against the schema, knows
// what was sent twice, and writes statements, children, occurrences and whom to look at again. It is given what makes it fast: the
// batch that ingest takes, as many tasks as ingest works partitions at once, and batches rewritten to many rows a statement, or unnest.
import { setTimeout as pause } from 'node:timers/promises';
import { prepareTopics } from '../services/ingest/topics.ts';
import { loadConfig } from '../services/platform/config.ts';
import type { Kafka } from '../services/platform/kafka.ts';
import { createTable, type SinkSettings, startSink } from './connect/sink.ts';
import { byCopy } from './load/copy.ts';
import { councilCodes, fill } from './load/events.ts';
import { options, print } from './load/options.ts';
import { parts } from './load/parts.ts';
import { type Rig, settled, withRig } from './load/rig.ts';

const { events, batch } = options(
  `node --import tsx bench/connect.ts: events a second from one topic into PostgreSQL by Waymark's ingest, by Kafka Connect with the
Debezium JDBC sink (fetched from Maven for this), and by a bare COPY of the ledger's rows. From the first row stored to the last.`,
  {
    events: { words: 'in the topic', otherwise: 500_000 },
    batch: { words: "messages in one of the sink's transactions", otherwise: 5_000 },
  },
);
const councils = councilCodes(1);

interface Measured {
  eventsASecond: number;
  /** Of the engine, PostgreSQL and Kafka, from before the engine's start until all is stored. */
  cpuSeconds: Record<string, number>;
}

/** @param stored how many events are in the store, asked until the first is there @param done resolves when all are */
async function measured(
  engine: string,
  stored: () => Promise<number>,
  done: () => Promise<void>,
): Promise<Measured> {
  const before = await parts();
  let already = 0;
  while (already === 0) {
    await pause(20);
    already = await stored();
  }
  const began = performance.now();
  await done();
  const seconds = (performance.now() - began) / 1_000;
  const after = await parts();
  const cpu = [engine, 'PostgreSQL', 'Kafka'].map((name) => {
    const spent = (after[name]?.cpuSeconds ?? 0) - (before[name]?.cpuSeconds ?? 0);
    return [name, Math.round(spent * 10) / 10];
  });
  return {
    eventsASecond: Math.round((events - already) / seconds),
    cpuSeconds: Object.fromEntries(cpu),
  };
}

const oneNumber = async (rows: Promise<{ number: number }[]>): Promise<number> =>
  (await rows)[0]?.number ?? 0;

async function expect(stored: () => Promise<number>, where: string): Promise<void> {
  const all = await stored();
  if (all !== events) throw new Error(`${all} of ${events} events are in ${where}`);
}

async function byIngest({ db, kafka, run }: Rig, topic: string): Promise<Measured> {
  const stored = () => oneNumber(db`select count(*)::integer as number from waymark.case_event`);
  await db`checkpoint`;
  const running = run('ingest');
  const rate = await measured('ingest', stored, () => settled(kafka, topic));
  await expect(stored, 'the ledger');
  await (await running).stop();
  return rate;
}

/** Each partition that holds messages, with the offset of its last. */
async function endsOf(kafka: Kafka, topic: string): Promise<[partition: number, last: number][]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return ends.flatMap(({ partition, high }) => (Number(high) > 0 ? [[partition, Number(high) - 1]] : []));
}

async function bySink(rig: Rig, settings: SinkSettings): Promise<Measured> {
  const { db } = rig;
  const { table, topic } = settings;
  const ends = await endsOf(rig.kafka, topic);
  const [places, messages] = [ends.map(([place]) => place), ends.map(([, message]) => message)];
  await createTable(db, table);
  await db`checkpoint`;
  const stored = () => oneNumber(db`select count(*)::integer as number from ${db(table)}`);
  // A partition's messages are stored in their order, so one whose last is there is done.
  const done = () =>
    oneNumber(db`select count(*)::integer as number from ${db(table)}
      join unnest(${places}::integer[], ${messages}::bigint[]) as end_of (place, message) using (place, message)`);
  const sink = await startSink(rig, settings);
  try {
    const storing = measured('Kafka Connect', stored, async () => {
      while ((await done()) < ends.length) await pause(50);
    });
    const gave = await Promise.race([storing, sink.failed]);
    await expect(stored, table);
    await db`drop table ${db(table)}`;
    return gave;
  } finally {
    await sink.stop();
  }
}

const spent = ({ cpuSeconds }: Measured): number =>
  Object.values(cpuSeconds).reduce((sum, one) => sum + one, 0);

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

const report = await withRig(councils, async (rig) => {
  const { topics } = loadConfig({});
  await prepareTopics(rig.kafka, topics, rig.db);
  await fill(rig.kafka, topics.events, events, councils);
  const sink = (table: string, tasks: number, unnest: boolean) =>
    bySink(rig, { topic: topics.events, batch, table, tasks, unnest });
  const sinks = {
    'Debezium JDBC sink, 1 task': await sink('sink_alone', 1, false),
    'Debezium JDBC sink, 2 tasks': await sink('sink_two', 2, false),
    'Debezium JDBC sink, 2 tasks, unnest': await sink('sink_unnest', 2, true),
  };
  const ingest = await byIngest(rig, topics.events);
  const copy = Math.round(events / (await byCopy(rig.db)));
  const best = Math.max(...Object.values(sinks).map((one) => one.eventsASecond));
  const all = Object.entries({ ingest, ...sinks });
  const least = Math.min(...Object.values(sinks).map(spent));
  const told = <T>(what: (one: Measured) => T) =>
    Object.fromEntries(all.map(([name, one]) => [name, what(one)]));
  return {
    events,
    batch,
    eventsASecond: { ...told((one) => one.eventsASecond), 'bare COPY': copy },
    'processor seconds, start included': told((one) => one.cpuSeconds),
    ratio: {
      'ingest / best sink': round(ingest.eventsASecond / best, 2),
      'ingest / bare COPY': round(ingest.eventsASecond / copy, 3),
      'best sink / bare COPY': round(best / copy, 3),
      'processor seconds, ingest / least of the sinks': round(spent(ingest) / least, 2),
    },
  };
});
print(report);
