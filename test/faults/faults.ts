// The faults, by name. Each begins when it is called and is over when it resolves.
import { execFile } from 'node:child_process';
import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { connectProducer, GZIP } from '../../services/platform/kafka.ts';
import type { ClockOf, Fault, ProcessName, Scene, Setting } from './scene.ts';
import type { ServerName } from './servers.ts';

const run = promisify(execFile);
const HELD_MS = 8_000;

const killProcess =
  (...names: ProcessName[]): Fault =>
  async ({ processes }) => {
    for (const name of names) processes[name].signal('SIGKILL');
    return 0;
  };

const killServer =
  (...names: ServerName[]): Fault =>
  async ({ servers }) => {
    await Promise.all(names.map((name) => servers[name].kill()));
    await Promise.all(names.map((name) => servers[name].start()));
    return 0;
  };

/** Its connections stay open and nothing answers. */
const freezeServer =
  (name: ServerName): Fault =>
  async ({ servers }) => {
    servers[name].signal('SIGSTOP');
    await pause(HELD_MS);
    servers[name].signal('SIGCONT');
    return 0;
  };

async function produced({ kafka, topic }: Scene, values: readonly (string | Buffer)[]): Promise<void> {
  const producer = await connectProducer(kafka);
  try {
    for (const [at, value] of values.entries())
      await producer.send({ topic, messages: [{ value, partition: at % 8 }] });
  } finally {
    await producer.disconnect();
  }
}

async function exhausted({ databaseUrl }: Scene): Promise<number> {
  const takers: postgres.Sql[] = [];
  try {
    for (let refused = false; !refused && takers.length < 500; ) {
      const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
      takers.push(sql);
      refused = await sql`select 1`.then(
        () => false,
        () => true,
      );
    }
    await pause(HELD_MS);
  } finally {
    await Promise.all(takers.map((sql) => sql.end({ timeout: 1 })));
  }
  return 0;
}

/** PostgreSQL's data moves to a file system of its own, which is then filled to its last byte. */
async function diskFull({ servers }: Scene): Promise<number> {
  const { postgres: server } = servers;
  const data = join(server.home.data, 'postgres');
  const aside = `${data}.aside`;
  await server.stop();
  await run('mv', [data, aside]);
  await run('mkdir', [data]);
  const { stdout } = await run('du', ['-sm', aside]);
  const megabytes = Number.parseInt(stdout, 10) + 96;
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', data]);
  try {
    await run('cp', ['-a', `${aside}/.`, data]);
    await run('chown', ['--reference', aside, data]);
    await run('chmod', ['--reference', aside, data]);
    await server.start();
    await pause(1_000);
    const { bavail, bsize } = await statfs(data);
    await writeFile(join(data, 'ballast'), Buffer.alloc(bavail * bsize)).catch(() => {});
    await pause(HELD_MS);
    await rm(join(data, 'ballast'));
    if (await server.ended()) await server.start();
    await pause(2_000);
    await server.stop();
    await rm(aside, { recursive: true });
    await run('cp', ['-a', data, aside]);
  } finally {
    await server.stop();
    await run('umount', [data]);
    await run('rmdir', [data]);
    await run('mv', [aside, data]);
  }
  await server.start();
  return 0;
}

/** What a release may do to the busiest table while messages are settled: a column, an index, and both away again. */
async function migrated({ db }: Scene): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    await db.begin(async (tx) => {
      await tx.unsafe('alter table waymark.case_event add column of_a_fault_test integer');
      await tx.unsafe('create index of_a_fault_test on waymark.case_event (of_a_fault_test)');
    });
    await pause(300);
    await db.unsafe('alter table waymark.case_event drop column of_a_fault_test');
  }
  return 0;
}

/** Whoever connects from now on works in transactions of this isolation. */
async function isolate({ db }: Scene, as: string): Promise<void> {
  await db.unsafe(`alter database waymark set default_transaction_isolation = '${as}'`);
  await db`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
}

/** How often PostgreSQL has said so in its log. */
async function said({ servers }: Scene, words: RegExp): Promise<number> {
  const log = await readFile(join(servers.postgres.home.logs, 'postgres.log'), 'utf8');
  return log.match(words)?.length ?? 0;
}

/** Takes the newest heads of records, the last child first: against the order in which they are written. */
async function collide({ databaseUrl }: Scene, until: () => boolean): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    while (!until()) {
      await sql
        .begin(async (tx) => {
          const heads = await tx`select child_key from waymark.occurrence order by recorded_at desc limit 20`;
          const children = [...new Set(heads.map(({ child_key }) => child_key as number))];
          for (const child of children.sort((a, b) => b - a)) {
            await tx`update waymark.occurrence set purged = purged where child_key = ${child}`;
            await pause(5);
          }
        })
        .catch(() => {});
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Every transaction is serialisable, and others write the same rows in the opposite order. */
async function collided(scene: Scene): Promise<number> {
  const words = /could not serialize|deadlock detected/g;
  const before = await said(scene, words);
  await isolate(scene, 'serializable');
  const end = Date.now() + HELD_MS;
  await Promise.all([1, 2].map(() => collide(scene, () => Date.now() > end)));
  await isolate(scene, 'read committed');
  if ((await said(scene, words)) === before) throw new Error('no transaction collided');
  return 0;
}

/** Longer than an activity may be silent. */
const BEYOND_HEARTBEAT_MS = 30_000;

/** What activities write to is locked, so that each of them hangs in the middle of its work. */
async function activitiesStuck({ db }: Scene): Promise<number> {
  await db.begin(async (tx) => {
    await tx`lock table waymark.outcome in access exclusive mode`;
    await pause(BEYOND_HEARTBEAT_MS);
  });
  return 0;
}

/** The tracker is frozen with activities in hand: Temporal gives them up, and then it wakes. */
async function trackerFrozen({ processes }: Scene): Promise<number> {
  processes.tracker.signal('SIGSTOP');
  await pause(BEYOND_HEARTBEAT_MS);
  processes.tracker.signal('SIGCONT');
  return 0;
}

/** Histories come to the limit at which Temporal asks for a new run, and none may reach the one at which it ends them. */
async function historiesFull({ servers, afterwards }: Scene): Promise<number> {
  const connection = await Connection.connect({ address: servers.temporal.answer?.temporalAddress ?? '' });
  const client = new Client({ connection });
  const runs = async (status: string): Promise<number> =>
    (await client.workflow.count(`WorkflowType = 'cohort' AND ExecutionStatus = '${status}'`)).count;
  while ((await runs('ContinuedAsNew')) === 0) await pause(200);
  afterwards(async () => {
    const ended = (await runs('Failed')) + (await runs('Terminated')) + (await runs('TimedOut'));
    await connection.close();
    if (ended > 0) throw new Error(`${ended} cohorts were ended`);
  });
  return 0;
}

async function everythingKilled(scene: Scene): Promise<number> {
  await killProcess('gateway', 'ingest', 'tracker')(scene);
  return killServer('kafka', 'postgres', 'temporal')(scene);
}

/** One after another, each when everything goes on after the one before, and then all of them. */
async function eachKilledInTurn(scene: Scene): Promise<number> {
  const names: ProcessName[] = ['gateway', 'ingest', 'tracker'];
  const stores: ServerName[] = ['kafka', 'postgres', 'temporal'];
  for (const kill of [...names.map((name) => killProcess(name)), ...stores.map((name) => killServer(name))]) {
    await kill(scene);
    await pause(1_000);
    await scene.goesOn();
  }
  return everythingKilled(scene);
}

async function rebalanced({ another }: Scene): Promise<number> {
  const [second, third] = await Promise.all([another('ingest'), another('ingest')]);
  await pause(1_000);
  second?.signal('SIGKILL');
  await pause(1_000);
  await Promise.all([second?.stop(), third?.stop()]);
  return 0;
}

async function corrupted(scene: Scene): Promise<number> {
  const first = scene.lines[0] ?? '{}';
  const bad = [
    'not a message',
    '',
    '{"specversion":"1.0"}',
    first.slice(0, -5),
    first.replace(/"date":"[^"]*"/, '"date":"2025-02-30"'),
    Buffer.from([0xff, 0xfe, 0x00, 0x80]),
    // As large as Kafka takes.
    `${first.slice(0, -1)},"padding":"${'x'.repeat(900_000)}"}`,
  ];
  await produced(scene, bad);
  return bad.length;
}

/** Compressed messages whose text is larger than Kafka takes uncompressed, as another producer might send. */
async function oversized({ kafka, topic, lines }: Scene): Promise<number> {
  const producer = await connectProducer(kafka);
  const values = [3, 24].map(
    (megabytes) => `${lines[0]?.slice(0, -1)},"padding":"${'x'.repeat(megabytes * 1e6)}"}`,
  );
  try {
    for (const [partition, value] of values.entries())
      await producer.send({ topic, compression: GZIP, messages: [{ value, partition }] });
  } finally {
    await producer.disconnect();
  }
  return values.length;
}

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
async function leaderKilled(scene: Scene): Promise<number> {
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
async function majorityKilled(scene: Scene): Promise<number> {
  const two = scene.servers.brokers.slice(0, 2);
  await Promise.all(two.map((broker) => broker.kill()));
  await pause(HELD_MS);
  await Promise.all(two.map((broker) => broker.start()));
  scene.afterwards(() => whole(scene, []));
  return 0;
}

const HOUR_S = 3_600;

/** A clock is set, and set right afterwards, while the next delivery has not begun. */
const clockSet =
  (whose: ClockOf, ...offsets: number[]): Fault =>
  async (scene) => {
    for (const seconds of offsets) {
      await scene.setClock(whose, seconds);
      await pause(HELD_MS / offsets.length);
    }
    scene.afterwards(() => scene.setClock(whose, 0));
    return 0;
  };

const clock = (whose: ClockOf, words: string, ...offsets: number[]) => ({
  words,
  fault: clockSet(whose, ...offsets),
  setting: { clocks: [whose] },
});

/** Seconds from now to so many seconds before an instant. */
const before = (instant: string, seconds: number): number =>
  Math.round((Date.parse(instant) - Date.now()) / 1_000) - seconds;

/** The clock goes through the end of summer time in London: 01:59:59 is followed by 01:00:00. */
const summerEnds: Fault = (scene) => clockSet('processes', before('2026-10-25T01:00:00Z', 5))(scene);
const summerBegins: Fault = (scene) => clockSet('processes', before('2026-03-29T01:00:00Z', 5))(scene);

export interface Played {
  /** What it is, for the table. */
  words: string;
  fault: Fault;
  setting?: Setting;
  /** Of its delivery at least, so that the fault falls into it. */
  events?: number;
}

export const faults: Record<string, Played> = {
  none: { words: 'nothing goes wrong', fault: async () => 0 },
  'gateway-killed': { words: 'kill -9 of the gateway', fault: killProcess('gateway') },
  'ingest-killed': { words: 'kill -9 of ingest', fault: killProcess('ingest') },
  'tracker-killed': { words: 'kill -9 of the tracker (relay and workers)', fault: killProcess('tracker') },
  'processes-killed': {
    words: 'kill -9 of gateway, ingest and tracker together',
    fault: killProcess('gateway', 'ingest', 'tracker'),
  },
  'kafka-killed': { words: 'kill -9 of Kafka', fault: killServer('kafka') },
  'postgres-killed': { words: 'kill -9 of PostgreSQL', fault: killServer('postgres') },
  'temporal-killed': { words: 'kill -9 of Temporal', fault: killServer('temporal') },
  'everything-killed': {
    words: 'kill -9 of all three servers and all three processes together',
    fault: everythingKilled,
  },
  'each-killed-in-turn': {
    words:
      'kill -9 of gateway, ingest, tracker, Kafka, PostgreSQL and Temporal in turn, each once all goes on, then of all together',
    fault: eachKilledInTurn,
    events: 500_000,
  },
  'gateway-restarted': {
    words: 'gateway stopped (SIGTERM) with a batch in hand, and started',
    fault: async ({ processes }) => {
      processes.gateway.signal('SIGTERM');
      return 0;
    },
  },
  'postgres-restarted': {
    words: 'PostgreSQL stopped (fast shutdown) and started',
    fault: async ({ servers }) => {
      await servers.postgres.stop();
      await servers.postgres.start();
      return 0;
    },
  },
  'connections-exhausted': { words: 'every connection of PostgreSQL taken for 8 s', fault: exhausted },
  'disk-full': { words: 'PostgreSQL’s disk full to the last byte for 8 s (tmpfs)', fault: diskFull },
  'kafka-frozen': {
    words: 'Kafka half-open for 8 s: connections stay, nothing answers',
    fault: freezeServer('kafka'),
  },
  'temporal-frozen': { words: 'Temporal half-open for 8 s', fault: freezeServer('temporal') },
  'network-half-open': {
    words: 'network to PostgreSQL half-open for 8 s, then cut',
    fault: async ({ toPostgres }) => {
      toPostgres.halfOpen(true);
      await pause(HELD_MS);
      toPostgres.halfOpen(false);
      return 0;
    },
  },
  'temporal-half-open': {
    words: 'network to Temporal half-open for 8 s, then cut',
    fault: async ({ toTemporal }) => {
      toTemporal.halfOpen(true);
      await pause(HELD_MS);
      toTemporal.halfOpen(false);
      return 0;
    },
  },
  'network-slow': {
    words: 'network to PostgreSQL 100 ms slower each way for 8 s',
    fault: async ({ toPostgres }) => {
      toPostgres.slow(100);
      await pause(HELD_MS);
      toPostgres.slow(0);
      return 0;
    },
  },
  'kafka-duplicates': {
    words: 'the first 500 messages in Kafka once more, in other partitions',
    fault: async (scene) => {
      await produced(scene, scene.lines.slice(0, 500));
      return 0;
    },
  },
  'corrupt-messages': {
    words: 'seven messages nobody understands, one of 900 kB, straight into Kafka',
    fault: corrupted,
  },
  'oversized-messages': {
    words: 'two messages of 3 and 24 MB, compressed to fit, straight into Kafka',
    fault: oversized,
  },
  collisions: {
    words: 'every transaction serialisable for 8 s, while others write the same rows in the opposite order',
    fault: collided,
    events: 60_000,
  },
  'activities-stuck': {
    words: 'outcomes locked for 30 s: every activity that writes them hangs',
    fault: activitiesStuck,
  },
  'tracker-frozen': {
    words: 'the tracker frozen for 30 s with activities in hand, longer than they may be silent',
    fault: trackerFrozen,
  },
  'histories-full': {
    words: 'Temporal asks for a new run from 60 events of history on, and ends one at 240',
    fault: historiesFull,
    setting: { shortHistories: true },
  },
  rebalance: { words: 'two more ingests come, one is killed, both go', fault: rebalanced },
  migration: {
    words: 'a column and an index added to the ledger and taken away, three times',
    fault: migrated,
  },
  'leader-killed': {
    words:
      'three brokers (acks=all, min.insync.replicas=2): kill -9 of the leader of most partitions, which stays away',
    fault: leaderKilled,
    setting: { brokers: 3 },
  },
  'majority-killed': {
    words: 'three brokers: kill -9 of two of them, back after 8 s',
    fault: majorityKilled,
    setting: { brokers: 3 },
  },
  'clock-forward': clock('processes', 'the processes’ clock jumps an hour ahead and stays there', HOUR_S),
  'clock-back': clock('processes', 'the processes’ clock jumps an hour back and stays there', -HOUR_S),
  'clock-to-and-fro': clock(
    'processes',
    'the processes’ clock jumps an hour ahead, two back and one ahead',
    ...[HOUR_S, -HOUR_S, 0],
  ),
  'clock-day-ahead': clock(
    'processes',
    'the processes’ clock jumps a day ahead and stays there',
    24 * HOUR_S,
  ),
  'summer-begins': {
    words: 'the processes’ clock goes through 29 March 2026, 01:00 in London, where summer time begins',
    fault: summerBegins,
    setting: { clocks: ['processes'] },
  },
  'summer-ends': {
    words: 'the processes’ clock goes through 25 October 2026, 02:00 in London, where summer time ends',
    fault: summerEnds,
    setting: { clocks: ['processes'] },
  },
  'postgres-clock-forward': clock(
    'postgres',
    'PostgreSQL’s clock jumps an hour ahead and stays there',
    HOUR_S,
  ),
  'postgres-clock-back': clock('postgres', 'PostgreSQL’s clock jumps an hour back and stays there', -HOUR_S),
  'postgres-clock-to-and-fro': clock(
    'postgres',
    'PostgreSQL’s clock jumps an hour ahead, two back and one ahead',
    ...[HOUR_S, -HOUR_S, 0],
  ),
};
