// What a backup holds: each table's rows and the SHA-256 of them in the order of their key, and of the file they lie in.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { UserError } from '../../platform/errors.ts';
import { readJsonFile } from '../../platform/json-file.ts';
import type { Progress } from '../../platform/progress.ts';

export const MANIFEST = 'manifest.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const TableCopy = z.strictObject({
  /** Schema and table, such as waymark.council. */
  name: z.string(),
  columns: z.array(z.string()).min(1),
  rows: z.int().min(0),
  /** Of the rows as COPY writes them, in the order of the primary key. */
  sha256,
  file: z.string().regex(/^[\w.]+$/),
  bytes: z.int().min(0),
  fileSha256: sha256,
});
export type TableCopy = z.infer<typeof TableCopy>;

export const Manifest = z.strictObject({
  format: z.literal(1),
  /** The code that took it. */
  waymark: z.string(),
  takenAt: z.iso.datetime(),
  /** The last day on which it may be kept; absent from backups of before there was one. */
  destroyBy: z.iso.date().optional(),
  postgres: z.string(),
  migrations: z.array(z.strictObject({ name: z.string(), hash: sha256 })),
  /** In an order in which every row finds the rows that it refers to. */
  tables: z.array(TableCopy),
  /** `last` is null for a sequence that was never used; a whole number in digits. */
  sequences: z.array(z.strictObject({ name: z.string(), last: z.string().nullable() })),
});
export type Manifest = z.infer<typeof Manifest>;

/** @throws UserError `backup-unreadable` naming the file */
export function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, MANIFEST);
  return readJsonFile(
    file,
    Manifest,
    (why) =>
      new UserError('backup-unreadable', `${file} is not the manifest of a whole backup: ${why}.`, { file }),
  );
}

/**
 * Reads every file of a backup again and compares it with the manifest; no database is needed.
 * @throws UserError `backup-damaged` naming the file
 */
export async function verifyFiles(folder: string, manifest: Manifest, progress: Progress): Promise<void> {
  for (const { name, file, bytes, fileSha256 } of manifest.tables) {
    const path = join(folder, file);
    const hash = createHash('sha256');
    let length = 0;
    try {
      await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          hash.update(chunk);
          length += chunk.length;
        }
      });
    } catch (error) {
      throw new UserError('backup-damaged', `${path} cannot be read: ${(error as Error).message}.`, {
        file: path,
      });
    }
    if (length !== bytes || hash.digest('hex') !== fileSha256)
      throw new UserError('backup-damaged', `${path} is not what was written: use another backup.`, {
        file: path,
      });
    progress({ stage: 'verify', message: name });
  }
}
