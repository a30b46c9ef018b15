// Kafka Connect with the Debezium JDBC sink, fetched from Maven when a benchmark asks for them and by nothing else: some of what
// they bring is copyleft (c3p0, LGPL or EPL; Hibernate's Jakarta parts, EPL), so it stays in the cache and in no image or package.
// Drivers of other databases, some of them proprietary, are left out.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JarSet } from '../../infra/local/artifacts.ts';
import { spawnGuarded } from '../../infra/local/index.ts';
import { jars } from '../../infra/local/maven.ts';
import type { Database } from '../../services/platform/database.ts';
import { terminalProgress } from '../../services/platform/progress.ts';
import { benchHome, type Rig } from '../load/rig.ts';

export const CONNECT: JarSet = {
  name: 'kafka-connect-debezium',
  title: 'Kafka Connect with the Debezium JDBC sink',
  version: '4.1.1-3.5.0',
  dependencies: [
    ['org.apache.kafka', 'connect-runtime', '4.1.1'],
    ['org.apache.kafka', 'connect-transforms', '4.1.1'],
    ['io.debezium', 'debezium-connector-jdbc', '3.5.0.Final'],
    ['org.postgresql', 'postgresql', '42.7.7'],
    ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.1'],
  ],
  without: [
    ['com.oracle.database.jdbc', 'ojdbc11'],
    ['com.mysql', 'mysql-connector-j'],
    ['org.mariadb.jdbc', 'mariadb-java-client'],
    ['com.microsoft.sqlserver', 'mssql-jdbc'],
  ],
  jars: 85,
  sha256: 'b6bb5e283308f44661ef9e50f861a4bbec74e397446644a72a35f22e44caa0dd',
};

export interface SinkSettings {
  topic: string;
  table: string;
  /** Parts of the topic that are worked at the same time, each by a thread with a connection. */
  tasks: number;
  /** Most messages in a transaction. */
  batch: number;
  /** One `insert … select from unnest(…)` a batch instead of JDBC's batches, rewritten to many rows each. */
  unnest: boolean;
}

type Properties = Record<string, string | number | boolean>;

const worker = (kafkaBrokers: readonly string[], batch: number): Properties => ({
  'bootstrap.servers': kafkaBrokers.join(','),
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'offset.storage.file.filename': join(benchHome.data, 'connect.offsets'),
  'plugin.discovery': 'service_load',
  listeners: 'http://127.0.0.1:0',
  // As many messages at once as the sink puts into a transaction, and fetches as large as ingest's.
  'consumer.max.poll.records': batch,
  'consumer.max.partition.fetch.bytes': 4 * 1024 * 1024,
});

/**
 * The message's text becomes a field of a record, since the sink writes nothing that has no schema and ours have none; its place in
 * the topic becomes two more, which are the key. (`primary.key.mode` has `kafka` for that, with which unnest fails in this version.)
 */
const sink = (databaseUrl: string, { topic, table, tasks, batch, unnest }: SinkSettings): Properties => {
  const { username, password, host, pathname } = new URL(databaseUrl);
  return {
    name: table,
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    topics: topic,
    'tasks.max': tasks,
    'connection.url': `jdbc:postgresql://${host}${pathname}?reWriteBatchedInserts=true`,
    'connection.username': decodeURIComponent(username),
    'connection.password': decodeURIComponent(password),
    'insert.mode': 'upsert',
    'primary.key.mode': 'record_value',
    'primary.key.fields': 'place,message',
    'collection.name.format': table,
    'batch.size': batch,
    'dialect.postgres.unnest.insert.enabled': unnest,
    transforms: 'text,key',
    'transforms.text.type': 'org.apache.kafka.connect.transforms.HoistField$Value',
    'transforms.text.field': 'body',
    'transforms.key.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
    'transforms.key.partition.field': 'place',
    'transforms.key.offset.field': 'message',
  };
};

// As properties: the YAML that Kafka's own logging is told in needs a jar that Connect does not bring.
const LOGGING: Properties = {
  'appender.out.type': 'Console',
  'appender.out.name': 'out',
  'appender.out.layout.type': 'PatternLayout',
  'appender.out.layout.pattern': '[%d] %p %m (%c)%n%throwable',
  'rootLogger.level': 'warn',
  'rootLogger.appenderRef.out.ref': 'out',
};

const written = (properties: Properties): string =>
  Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

/** Where the sink puts a message: under its place in the topic. */
export const createTable = (db: Database, table: string): Promise<unknown> =>
  db`create table ${db(table)} (place integer, message bigint, body text, primary key (place, message))`;

/**
 * Starts Kafka Connect, standalone, with one sink into a table that is there.
 * @returns `failed` rejects when it complains, in its words, or ends; `stop` waits for its end
 */
export async function startSink(
  { addresses }: Rig,
  settings: SinkSettings,
): Promise<{ failed: Promise<never>; stop(): Promise<unknown> }> {
  const classes = await jars(benchHome, CONNECT, terminalProgress());
  const folder = join(benchHome.data, 'connect');
  await mkdir(folder, { recursive: true });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const logging = await file('log4j2.properties', written(LOGGING));
  const files = [
    await file('worker.properties', written(worker(addresses.kafkaBrokers, settings.batch))),
    await file(`${settings.table}.properties`, written(sink(addresses.databaseUrl, settings))),
  ];
  const wrong: string[] = [];
  let complain: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    complain = reject;
  });
  failed.catch(() => {});
  const running = spawnGuarded(benchHome, {
    name: settings.table,
    command: 'java',
    args: [
      '-Xmx2g',
      `-Dlog4j2.configurationFile=${logging}`,
      '-cp',
      join(classes, '*'),
      'org.apache.kafka.connect.cli.ConnectStandalone',
      ...files,
    ],
    onLine: (line) => {
      if (/\] (ERROR|FATAL) |^Caused by: /.test(line)) wrong.push(line);
      // What caused an error is told in the lines after it.
      if (wrong.length === 1) setTimeout(() => complain(new Error(wrong.join('\n'))), 500);
    },
  });
  void running.ended.then(({ code }) => complain(new Error(`Kafka Connect ended with code ${code}`)));
  return { failed, stop: () => running.stop() };
}
