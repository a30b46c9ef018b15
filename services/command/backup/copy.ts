// Rows as PostgreSQL's own COPY writes them (text format): one line a row, so that lines are counted and bytes are hashed.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import type { Transaction } from '../../platform/database.ts';
import type { TableCopy } from './manifest.ts';
import { quoted, type Table } from './tables.ts';

const NEWLINE = 0x0a;

/** Passes bytes on; afterwards says how many lines there were and what their SHA-256 is. */
function counting(): { through: Transform; sum: () => { rows: number; sha256: string } } {
  const hash = createHash('sha256');
  let rows = 0;
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1;
      done(null, chunk);
    },
  });
  return { through, sum: () => ({ rows, sha256: hash.digest('hex') }) };
}

const listed = (columns: readonly string[]): string => columns.map(quoted).join(', ');

/**
 * The client stops its socket when the reader falls behind and lets it go on at the next read. A last part that fills the
 * reader has none after it (postgres 3.4.9, `CopyData`): the next statement would wait for ever. So one more read is asked for.
 */
async function rowsOf(tx: Transaction, { name, columns, orderBy }: Table): Promise<Readable> {
  const rows: Readable = await tx
    .unsafe(`copy (select ${listed(columns)} from ${quoted(name)} order by ${orderBy}) to stdout`)
    .readable();
  return rows.once('end', () => rows._read(0));
}

/** Writes a table to a file of the folder. */
export async function copyOut(tx: Transaction, table: Table, folder: string): Promise<TableCopy> {
  const file = `${table.name}.copy.gz`;
  const path = join(folder, file);
  const plain = counting();
  const packed = counting();
  await pipeline(
    await rowsOf(tx, table),
    plain.through,
    createGzip({ level: constants.Z_BEST_SPEED }),
    packed.through,
    createWriteStream(path, { mode: 0o600, flags: 'wx', flush: true }),
  );
  const { size: bytes } = await stat(path);
  const { name, columns } = table;
  return { name, columns, ...plain.sum(), file, bytes, fileSha256: packed.sum().sha256 };
}

/** Reads a table's file into its table. */
export async function copyIn(
  tx: Transaction,
  { name, columns, file }: TableCopy,
  folder: string,
): Promise<void> {
  const into: Writable = await tx.unsafe(`copy ${quoted(name)} (${listed(columns)}) from stdin`).writable();
  await pipeline(createReadStream(join(folder, file)), createGunzip(), new PassThrough(), into);
}

/** What a table holds now: its rows and their SHA-256. */
export async function sumOf(tx: Transaction, table: Table): Promise<{ rows: number; sha256: string }> {
  const counted = counting();
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  await pipeline(await rowsOf(tx, table), counted.through, nowhere);
  return counted.sum();
}
