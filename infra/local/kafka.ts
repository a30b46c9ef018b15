// Kafka as one KRaft process (broker and controller) on 127.0.0.1; topics are made on purpose, never by a typo.
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../services/platform/errors.ts';
import { KAFKA } from './artifacts.ts';
import { complaint, execute } from './execute.ts';
import type { Ended } from './guarded.ts';
import { askKafka } from './health.ts';
import type { Home } from './home.ts';
import { jars } from './maven.ts';
import { type Starting, startPart } from './part.ts';
import type { Ports } from './ports.ts';
import type { StopLadder } from './records.ts';

// The first stop also writes the class archive, which takes some seconds.
const STOP: StopLadder = [
  ['SIGTERM', 20_000],
  ['SIGKILL', 0],
];

/** One of several brokers that hold each partition together: its number, and every member's ports. */
export interface Member {
  id: number;
  /** Kafka's name for the cluster, the same for all: 22 characters of base64url. */
  cluster: string;
  controllers: { id: number; port: number }[];
}

/** What an acknowledgement of all replicas means with several brokers: two have it, and one may be lost. */
const replicated = (brokers: number): Record<string, number> => ({
  'default.replication.factor': brokers,
  'min.insync.replicas': 2,
  'offsets.topic.replication.factor': brokers,
});

const settings = (
  folder: string,
  ports: Ports,
  { id, controllers }: Pick<Member, 'id' | 'controllers'>,
): Record<string, string | number> => ({
  'process.roles': 'broker,controller',
  'node.id': id,
  // Fixed voters are read from here at each start, so a controller's port may change between starts.
  'controller.quorum.voters': controllers.map((one) => `${one.id}@127.0.0.1:${one.port}`).join(','),
  listeners: `BROKER://127.0.0.1:${ports.kafka},CONTROLLER://127.0.0.1:${ports.kafkaController}`,
  'advertised.listeners': `BROKER://127.0.0.1:${ports.kafka}`,
  'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'BROKER',
  'log.dirs': join(folder, 'logs'),
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 8,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 8,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'group.initial.rebalance.delay.ms': 0,
  'log.cleaner.dedupe.buffer.size': 16_777_216,
  // After a kill -9 the broker waits for its former session to lapse; the default of 9 s is for real networks.
  'broker.session.timeout.ms': 4_000,
  'broker.heartbeat.interval.ms': 500,
  ...(controllers.length > 1 && replicated(controllers.length)),
});

const LOGGING = `Configuration:
  Appenders:
    Console: { name: STDOUT, PatternLayout: { pattern: "[%d] %p %m (%c)%n%throwable" } }
  Loggers:
    Root: { level: WARN, AppenderRef: { ref: STDOUT } }
`;

/**
 * Fetches Kafka when needed, formats its storage once, and starts it; gives its broker addresses.
 * @param member where it is one of several, which are to be started together; alone otherwise
 */
export async function startKafka(
  starting: Starting,
  member?: Member,
): Promise<{ kafkaBrokers: string[]; version: string }> {
  const { home, ports, progress, signal } = starting;
  const classes = await jars(home, KAFKA, progress, signal);
  const folder = kafkaData(home);
  const properties = join(folder, 'server.properties');
  const logging = join(folder, 'log4j2.yaml');
  await mkdir(folder, { recursive: true });
  const alone = { id: 1, controllers: [{ id: 1, port: ports.kafkaController }] };
  const lines = Object.entries(settings(folder, ports, member ?? alone)).map(
    ([key, value]) => `${key}=${value}`,
  );
  await writeFile(properties, `${lines.join('\n')}\n`);
  await writeFile(logging, LOGGING);
  const java = (heap: string, ...flags: string[]) => [
    `-Xmx${heap}`,
    ...flags,
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    join(classes, '*'),
  ];
  if (!existsSync(join(folder, 'logs', 'meta.properties'))) {
    progress({ stage: 'kafka', message: 'formatting storage' });
    await format(
      starting,
      java('256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'),
      folder,
      properties,
      member?.cluster,
    );
  }
  progress({ stage: 'kafka', message: 'starting Kafka' });
  const kafkaBrokers = [`127.0.0.1:${ports.kafka}`];
  const archive = await classArchive(home);
  const { process: broker } = await startPart(
    starting,
    'kafka',
    {
      command: 'java',
      args: [...java('512m', '-XX:+UseG1GC', ...archive.flags), 'kafka.Kafka', properties],
      stop: STOP,
    },
    () => askKafka(kafkaBrokers),
  );
  void broker.ended.then(archive.adopt);
  return { kafkaBrokers, version: KAFKA.version };
}

export const newCluster = (): string => randomBytes(16).toString('base64url').replace(/^-/, 'A');

async function format(
  { home, signal }: Starting,
  java: string[],
  folder: string,
  properties: string,
  cluster = newCluster(),
): Promise<void> {
  await rm(join(folder, 'logs'), { recursive: true, force: true });
  const args = [...java, 'kafka.tools.StorageTool', 'format', '-t', cluster, '-c', properties];
  const run = await execute(home, { name: 'kafka-format', command: 'java', args }, signal);
  if (run.code === 0) return;
  throw new UserError(
    'kafka-failed',
    `Kafka's storage could not be formatted: ${complaint(run.lines)}`,
    {},
    1,
  );
}

/**
 * The archive of loaded classes halves Java's start (3.2 s to 1.4 s). The first run writes one as it stops, and it is adopted only
 * after a clean end, so an archive cut short by a kill is never read.
 */
async function classArchive(home: Home): Promise<{ flags: string[]; adopt: (ended: Ended) => void }> {
  const archive = join(home.cache, `kafka-${KAFKA.version}.jsa`);
  if (existsSync(archive)) {
    return { flags: [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto', '-Xlog:cds=off'], adopt: () => {} };
  }
  const aside = `${archive}.${process.pid}`;
  return {
    flags: [`-XX:ArchiveClassesAtExit=${aside}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'],
    adopt: ({ signal }) => {
      if (!signal && existsSync(aside)) renameSync(aside, archive);
      else rmSync(aside, { force: true });
    },
  };
}

/** The folder that holds Kafka's data, for its size. */
export const kafkaData = (home: Home): string => join(home.data, 'kafka');
