// Kafka to ledger, sustained: `node --import tsx bench/ingest.ts --events N`. The whole stack runs on this machine's cores.
// Beside it, on the same events in the same run: the ledger's rows by COPY into a bare table (the limit of the store), Kafka read
// and parsed but nothing stored (the limit of the reading), and one transaction an event (what a consumer without batches does).
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { up } from '../infra/local/index.ts';
import { parseMessage } from '../schemas/message.ts';
import { registerCouncils } from '../services/evaluations/register.ts';
import { runIngest } from '../services/ingest/run.ts';
import { Councils, settle } from '../services/ingest/settle.ts';
import { prepareTopics } from '../services/ingest/topics.ts';
import { loadConfig } from '../services/platform/config.ts';
import { connect, type Database } from '../services/platform/database.ts';
import { connectKafka, consume, type Kafka, lagOf, type Taken } from '../services/platform/kafka.ts';
import { createLogger } from '../services/platform/log.ts';
import { migrate } from '../services/platform/migrate.ts';
import { terminalProgress } from '../services/platform/progress.ts';
import { byCopy } from './load/copy.ts';
import { fill } from './load/events.ts';
import { options, print } from './load/options.ts';
import { parts, type Taking } from './load/parts.ts';

const COUNCIL = 'E09900001';
const { events: EVENTS } = options(
  'node --import tsx bench/ingest.ts: events a second from Kafka into the ledger, beside a bare COPY, Kafka read and not stored, one by one.',
  { events: { words: 'in the topic', otherwise: 500_000 } },
);
const ONE_BY_ONE = 3_000;

interface Through {
  /** From the first message handed over to the last one settled. */
  seconds: number;
  /** By part. `ingest` is this whole process, the garbage of filling the topic included. */
  cpuMicrosecondsAnEvent: Record<string, number>;
  /** At the end. */
  megabytes: Record<string, number>;
}

/** Seconds of processor time by part, this process as `ingest`. */
async function spent(): Promise<{ seconds: Map<string, number>; now: Record<string, Taking> }> {
  const now = await parts();
  const { user, system } = process.cpuUsage();
  const others = Object.entries(now).map(([name, { cpuSeconds }]): [string, number] => [name, cpuSeconds]);
  return { seconds: new Map([...others, ['ingest', (user + system) / 1e6]]), now };
}

async function throughIngest(
  db: Database,
  kafka: Kafka,
  topics: ReturnType<typeof loadConfig>['topics'],
): Promise<Through> {
  const log = createLogger('bench', 'warn');
  const crashed = (error: Error) => {
    throw error;
  };
  const before = await spent();
  const began = performance.now();
  const ingest = await runIngest({ topics, db, kafka, log, groupId: 'bench-ingest', crashed });
  while ((await lagOf(kafka, topics.events, 'bench-ingest')) > 0)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const seconds = (performance.now() - began) / 1_000;
  const after = await spent();
  await ingest.stop();
  const cpu = [...after.seconds].map(([name, total]) => {
    const taken = total - (before.seconds.get(name) ?? 0);
    return [name, Math.round((taken * 1e7) / EVENTS) / 10];
  });
  const memory = Object.entries(after.now).map(([name, { megabytes }]) => [name, Math.round(megabytes)]);
  memory.push(['ingest', Math.round(process.memoryUsage.rss() / 2 ** 20)]);
  return {
    seconds,
    cpuMicrosecondsAnEvent: Object.fromEntries(cpu),
    megabytes: Object.fromEntries(memory),
  };
}

/** The same, parsing each message and storing none. */
async function throughNothing(kafka: Kafka, topic: string): Promise<{ seconds: number; sample: Taken[] }> {
  let seen = 0;
  let done: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const sample: Taken[] = [];
  const began = performance.now();
  const consumer = await consume(kafka, {
    topic,
    groupId: 'bench-nothing',
    chunk: 2_000,
    crashed: () => {},
    settle: async (partition, taken) => {
      for (const one of taken) parseMessage(one.value?.toString('utf8') ?? '');
      if (partition === 0 && sample.length < ONE_BY_ONE) sample.push(...taken);
      seen += taken.length;
      if (seen >= EVENTS) done();
    },
  });
  await all;
  const seconds = (performance.now() - began) / 1_000;
  await consumer.stop();
  return { seconds, sample: sample.slice(0, ONE_BY_ONE) };
}

async function oneByOne(db: Database, sample: readonly Taken[]): Promise<number> {
  const councils = new Councils(db);
  await councils.refresh();
  await db`truncate waymark.case_event, waymark.occurrence, waymark.child_fact, waymark.outbox`;
  const began = performance.now();
  for (const message of sample) await settle({ db, councils, cache: new Map() }, 'bench', 0, [message]);
  return (performance.now() - began) / 1_000;
}

const home = fileURLToPath(new URL('../.waymark/', import.meta.url));
const stack = await up({
  home: join(home, 'bench'),
  cacheDir: join(home, 'cache'),
  given: {},
  progress: terminalProgress(),
  fresh: true,
});
try {
  await migrate(stack.addresses.databaseUrl);
  const db = connect(stack.addresses.databaseUrl, 4, 'bench');
  const { topics } = loadConfig({});
  const kafka = connectKafka(stack.addresses.kafkaBrokers, 'bench');
  await prepareTopics(kafka, topics, db);
  await registerCouncils(db, [{ code: COUNCIL, name: 'Bench', dataSource: 'simulated' }]);
  const bytes = await fill(kafka, topics.events, EVENTS, [COUNCIL]);
  const ingest = await throughIngest(db, kafka, topics);
  const [stored] = await db<{ events: number; bytes: bigint }[]>`
    select count(*)::integer as events, (select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n
      on n.oid = c.relnamespace where n.nspname = 'waymark' and c.relkind = 'r')::bigint as bytes from waymark.case_event`;
  const copy = await byCopy(db);
  const nothing = await throughNothing(kafka, topics.events);
  const single = await oneByOne(db, nothing.sample);
  await db.end();
  const rate = (events: number, seconds: number) => Math.round(events / seconds);
  const rates = {
    ingest: rate(EVENTS, ingest.seconds),
    copy: rate(stored?.events ?? 0, copy),
    nothing: rate(EVENTS, nothing.seconds),
    single: rate(nothing.sample.length, single),
  };
  const report = {
    events: EVENTS,
    stored: stored?.events,
    bytesAnEventInKafka: Math.round(bytes / EVENTS),
    bytesAnEventOnDisk: Math.round(Number(stored?.bytes ?? 0n) / EVENTS),
    eventsASecond: {
      ingest: rates.ingest,
      'bare COPY': rates.copy,
      'Kafka read and parsed, nothing stored': rates.nothing,
      'one transaction an event': rates.single,
    },
    ingest: { cpuMicrosecondsAnEvent: ingest.cpuMicrosecondsAnEvent, megabytes: ingest.megabytes },
    ratio: {
      'ingest / bare COPY': Math.round((1_000 * rates.ingest) / rates.copy) / 1_000,
      'ingest / nothing stored': Math.round((100 * rates.ingest) / rates.nothing) / 100,
      'ingest / one by one': Math.round((10 * rates.ingest) / rates.single) / 10,
    },
  };
  print(report);
} finally {
  await stack.stop();
}
