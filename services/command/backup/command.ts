// `waymark backup | restore | rewind | wake`: keep the store, bring it back, and have Kafka and Temporal follow it.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { wake } from '../../evaluations/wake.ts';
import { comparePlaces, type PlaceReport, rewind } from '../../ingest/places.ts';
import { INGEST_GROUP } from '../../ingest/run.ts';
import { connectKafka } from '../../platform/kafka.ts';
import { silent, terminalProgress } from '../../platform/progress.ts';
import { addressesOf, context, print, withDatabase } from '../context.ts';
import { backup } from './backup.ts';
import { readManifest, verifyFiles } from './manifest.ts';
import { restore } from './restore.ts';

interface Json {
  json?: boolean;
}

const number = (count: number): string => count.toLocaleString('en-GB');

async function runBackup(folder: string, { json }: Json): Promise<void> {
  const { databaseUrl } = await addressesOf(context('backup').config);
  const to = resolve(folder);
  const { takenAt, tables } = await backup(databaseUrl, to, terminalProgress());
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  print(json, { folder: to, takenAt, tables: tables.length, rows, bytes }, () => [
    `${number(rows)} rows of ${tables.length} tables, ${number(bytes)} bytes, in ${to}.`,
    'It holds pseudonymised records of children: keep it encrypted, and away from this machine.',
  ]);
}

async function runRestore(folder: string, { json, check }: Json & { check?: boolean }): Promise<void> {
  const from = resolve(folder);
  if (check) {
    const manifest = await readManifest(from);
    await verifyFiles(from, manifest, json ? silent : terminalProgress());
    const { takenAt, tables, waymark } = manifest;
    print(json, { folder: from, takenAt, waymark, tables: tables.length }, () => [
      `Whole: ${tables.length} tables as of ${takenAt}, taken by ${waymark}.`,
    ]);
    return;
  }
  const { databaseUrl } = await addressesOf(context('restore').config);
  const restored = await restore(databaseUrl, from, terminalProgress());
  print(json, restored, () => [
    `${number(restored.rows)} rows of ${restored.tables} tables, each compared with the backup of ${restored.takenAt}: equal.`,
    ...(restored.migrated.length > 0 ? [`Then migrated: ${restored.migrated.join(', ')}.`] : []),
    'Next, before ingest is started: waymark rewind. Then, if Temporal begins anew: waymark wake.',
  ]);
}

const words: Record<PlaceReport['standing'], string> = {
  agrees: 'agrees',
  behind: 'was beyond the store: will be read again',
  expired: 'was beyond the store, and Kafka has deleted some of what the store lacks',
  'another-topic': 'belongs to a topic that was made anew: will be read from its beginning',
};

async function runRewind({ json, check }: Json & { check?: boolean }): Promise<void> {
  const { config, log } = context('rewind');
  const { kafkaBrokers } = await addressesOf(config);
  const kafka = connectKafka(kafkaBrokers, 'waymark-rewind', log);
  const act = check ? comparePlaces : rewind;
  const places = await withDatabase((db) => act(db, kafka, config.topics.events, INGEST_GROUP));
  const gone = places.reduce((sum, place) => sum + place.gone, 0);
  print(json, { moved: !check, places, gone }, () => [
    ...places.map(
      ({ partition, committed, settled, readFrom, standing }) =>
        `partition ${partition}: Kafka ${committed}, store ${settled ?? 'nothing'}, read from ${readFrom}: ${words[standing]}`,
    ),
    ...(gone > 0
      ? [
          `${number(gone)} messages are in neither: have the councils send again what they sent since the backup.`,
        ]
      : []),
  ]);
  if (gone > 0) process.exitCode = 1;
}

async function runWake({ json }: Json): Promise<void> {
  const woken = await withDatabase((db) => wake(db));
  print(json, woken, () => [
    `${number(woken.children)} children of ${woken.councils} councils will be screened again, and every cohort of theirs looked at.`,
  ]);
}

export function registerBackup(program: Command): void {
  program
    .command('backup <folder>')
    .description('Write one moment of the whole database to a new folder, while everything goes on working')
    .option('--json', 'print one JSON document')
    .action(runBackup);
  program
    .command('restore <folder>')
    .description('Make the empty database of DATABASE_URL what it was, and prove it table by table')
    .option('--check', 'only read the backup’s files again and compare them with its manifest')
    .option('--json', 'print one JSON document')
    .action(runRestore);
  program
    .command('rewind')
    .description(
      'Put ingest’s place in Kafka where the database’s is, after a restore; ingest must be stopped',
    )
    .option('--check', 'only compare')
    .option('--json', 'print one JSON document')
    .action(runRewind);
  program
    .command('wake')
    .description(
      'Have every cohort looked at again, so that Temporal follows what it has lost; harmless when repeated',
    )
    .option('--json', 'print one JSON document')
    .action(runWake);
}
