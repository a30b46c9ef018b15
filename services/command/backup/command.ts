// `waymark backup | restore | rewind | wake`: keep the store, bring it back, and have Kafka and Temporal follow it.
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type ErasureList, readErasureList } from '../../erasure/list.ts';
import { wake } from '../../evaluations/wake.ts';
import { comparePlaces, type PlaceReport, rewind } from '../../ingest/places.ts';
import { INGEST_GROUP } from '../../ingest/run.ts';
import { UserError } from '../../platform/errors.ts';
import { connectKafka } from '../../platform/kafka.ts';
import { silent, terminalProgress } from '../../platform/progress.ts';
import { addressesOf, context, print, withDatabase } from '../context.ts';
import { backup, KEEP_DAYS } from './backup.ts';
import { backupsBelow, destroyExpired } from './expired.ts';
import { readManifest, verifyFiles } from './manifest.ts';
import { restore } from './restore.ts';

interface Json {
  json?: boolean;
}

const number = (count: number): string => count.toLocaleString('en-GB');

async function runBackup(folder: string, { json, keep }: Json & { keep: number }): Promise<void> {
  const { databaseUrl } = await addressesOf(context('backup').config);
  const to = resolve(folder);
  const { takenAt, destroyBy, tables } = await backup(databaseUrl, to, terminalProgress(), keep);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  print(json, { folder: to, takenAt, destroyBy, tables: tables.length, rows, bytes }, () => [
    `${number(rows)} rows of ${tables.length} tables, ${number(bytes)} bytes, in ${to}.`,
    'It holds pseudonymised records of children: keep it encrypted, and away from this machine.',
    `Destroy it by ${destroyBy}: nobody can be erased in it. waymark backups --destroy does so.`,
  ]);
}

/** @throws UserError `no-erasure-list` unless a list, or that there is none, was named */
async function erasuresNamed(named: string | undefined): Promise<ErasureList | null> {
  if (named === 'none') return null;
  if (named !== undefined) return readErasureList(resolve(named));
  throw new UserError(
    'no-erasure-list',
    'A backup holds whoever was erased since it was taken: name the newest list with --erasures FILE (waymark erasures --to FILE writes it), or say --erasures none when nothing was ever erased.',
    { field: 'erasures' },
  );
}

async function runRestore(
  folder: string,
  {
    json,
    check,
    erasures,
    pastItsDay = false,
  }: Json & {
    check?: boolean;
    erasures?: string;
    pastItsDay?: boolean;
  },
): Promise<void> {
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
  const list = await erasuresNamed(erasures);
  const restored = await restore(databaseUrl, from, terminalProgress(), list, { pastItsDay });
  print(json, restored, () => [
    `${number(restored.rows)} rows of ${restored.tables} tables, each compared with the backup of ${restored.takenAt}: equal.`,
    ...(restored.migrated.length > 0 ? [`Then migrated: ${restored.migrated.join(', ')}.`] : []),
    ...(list
      ? [
          `Erased again by the list of ${list.listedAt}: ${restored.erased.orders} orders that the backup did not know, ${number(restored.erased.children)} children.`,
        ]
      : []),
    'Next, before ingest is started: waymark rewind. Then, if Temporal begins anew: waymark wake.',
  ]);
}

async function runBackups(folder: string, { json, destroy }: Json & { destroy?: boolean }): Promise<void> {
  const below = resolve(folder);
  const all = destroy ? await destroyExpired(below) : await backupsBelow(below);
  print(json, { destroyed: destroy === true, backups: all }, () =>
    all.length === 0
      ? [destroy ? 'No backup was past its day.' : `No backup lies right below ${below}.`]
      : all.map(
          ({ folder: at, takenAt, destroyBy, expired }) =>
            `${at}  of ${takenAt}, ${destroy ? 'destroyed' : destroyBy ? `kept until ${destroyBy}${expired ? ': past its day' : ''}` : 'without a day'}`,
        ),
  );
}

/** @throws InvalidArgumentError */
function days(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('give days, 1 to 9999');
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
  const kafka = connectKafka(kafkaBrokers, 'waymark-rewind', log, config.kafkaSecurity);
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
    .option('--keep <days>', 'after which it is to be destroyed', days, KEEP_DAYS)
    .option('--json', 'print one JSON document')
    .action(runBackup);
  program
    .command('backups <folder>')
    .description('List the backups right below a folder, with the day until which each may be kept')
    .option('--destroy', 'remove those whose day has passed')
    .option('--json', 'print one JSON document')
    .action(runBackups);
  program
    .command('restore <folder>')
    .description('Make the empty database of DATABASE_URL what it was, and prove it table by table')
    .option('--check', 'only read the backup’s files again and compare them with its manifest')
    .option('--past-its-day', 'restore a backup that was to be destroyed by now')
    .option('--erasures <file>', 'the list of what was erased, or `none`; needed unless with --check')
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
