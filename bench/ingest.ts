// Kafka to ledger, sustained: `node --import tsx bench/ingest.ts [events]`. The whole stack runs on this machine's cores.
// Beside it, on the same messages in the same run: Kafka read and parsed but nothing stored (the limit above), and one
// transaction an event (what a consumer without batches does).
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { up } from '../infra/local/index.ts';
import { parseMessage } from '../schemas/message.ts';
import type { RecordKind } from '../schemas/records.ts';
import { recordEvent } from '../services/council/case-event.ts';
import { pseudonymiser } from '../services/council/pseudonym.ts';
import { registerCouncils } from '../services/evaluations/register.ts';
import { runIngest } from '../services/ingest/run.ts';
import { Councils, settle } from '../services/ingest/settle.ts';
import { prepareTopics } from '../services/ingest/topics.ts';
import { loadConfig } from '../services/platform/config.ts';
import { connect, type Database } from '../services/platform/database.ts';
import {
  connectKafka,
  connectProducer,
  consume,
  everyReplica,
  type Kafka,
  lagOf,
  type Taken,
} from '../services/platform/kafka.ts';
import { createLogger } from '../services/platform/log.ts';
import { migrate } from '../services/platform/migrate.ts';
import { terminalProgress } from '../services/platform/progress.ts';

const COUNCIL = 'E09900001';
const EVENTS = Number(process.argv[2] ?? 500_000);
const EVENTS_A_CHILD = 7;
const ONE_BY_ONE = 3_000;

const states: [RecordKind, object][] = [
  ['child', { birthMonth: '2015-03', sex: 'F', ethnicity: 'WBRI', disabilities: ['NONE'] }],
  [
    'referral',
    {
      date: '2024-02-11',
      source: '1A',
      primaryNeed: 'N1',
      noFurtherAction: false,
      closedOn: '2024-06-01',
      closureReason: 'RC1',
    },
  ],
  ['referral', { date: '2024-09-02', source: '3A', primaryNeed: 'N1', noFurtherAction: true }],
  ['assessment', { started: '2024-02-12', authorised: '2024-03-20', factors: ['1A', '4B', '3B'] }],
  ['cin-plan', { started: '2024-03-21' }],
  ['cp-plan', { started: '2024-04-01', ended: '2024-09-01', initialCategory: 'NEG', previousPlans: 0 }],
  [
    'care-episode',
    { started: '2024-05-01', reasonStarted: 'S', legalStatus: 'C2', need: 'N1', placement: 'U1' },
  ],
];

function* messages(): Generator<{ key: string; value: string }> {
  const names = pseudonymiser(new Uint8Array(32).fill(1));
  for (let at = 0; at < EVENTS; at += 1) {
    const local = `child ${Math.floor(at / EVENTS_A_CHILD)}`;
    const [kind, state] = states[at % EVENTS_A_CHILD] ?? ['child', {}];
    const child = names.child(local);
    const recordedAt = new Date(Date.UTC(2025, 0, 1) + at * 1_000).toISOString();
    const recordId = names.record(local, kind, String(at));
    const event = recordEvent({ council: COUNCIL, child, recordId, recordedAt }, kind, state as never);
    yield { key: `${event.source}/${child}`, value: JSON.stringify(event) };
  }
}

async function fill(kafka: Kafka, topic: string): Promise<number> {
  const producer = await connectProducer(kafka);
  let bytes = 0;
  let batch: { key: string; value: string }[] = [];
  const send = async () => {
    if (batch.length > 0) await producer.send({ ...everyReplica, topic, messages: batch });
    batch = [];
  };
  for (const message of messages()) {
    bytes += message.value.length;
    batch.push(message);
    if (batch.length === 5_000) await send();
  }
  await send();
  await producer.disconnect();
  return bytes;
}

/** Seconds from the first message handed over to the last one settled. */
async function throughIngest(
  db: Database,
  kafka: Kafka,
  topics: ReturnType<typeof loadConfig>['topics'],
): Promise<number> {
  const log = createLogger('bench', 'warn');
  const crashed = (error: Error) => {
    throw error;
  };
  const began = performance.now();
  const ingest = await runIngest({ topics, db, kafka, log, groupId: 'bench-ingest', crashed });
  while ((await lagOf(kafka, topics.events, 'bench-ingest')) > 0)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const seconds = (performance.now() - began) / 1_000;
  await ingest.stop();
  return seconds;
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
  const bytes = await fill(kafka, topics.events);
  const ingest = await throughIngest(db, kafka, topics);
  const [stored] = await db<{ events: number; bytes: bigint }[]>`
    select count(*)::integer as events, (select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n
      on n.oid = c.relnamespace where n.nspname = 'waymark' and c.relkind = 'r')::bigint as bytes from waymark.case_event`;
  const nothing = await throughNothing(kafka, topics.events);
  const single = await oneByOne(db, nothing.sample);
  await db.end();
  const rate = (events: number, seconds: number) => Math.round(events / seconds);
  const rates = {
    ingest: rate(EVENTS, ingest),
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
      'Kafka read and parsed, nothing stored': rates.nothing,
      'one transaction an event': rates.single,
    },
    ratio: {
      'ingest / nothing stored': Math.round((100 * rates.ingest) / rates.nothing) / 100,
      'ingest / one by one': Math.round((10 * rates.ingest) / rates.single) / 10,
    },
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} finally {
  await stack.stop();
}
