// Backups that may not be kept any longer: they hold children whom nobody can erase there.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../platform/errors.ts';
import { readManifest } from './manifest.ts';

export interface KeptBackup {
  folder: string;
  takenAt: string;
  /** Null for a backup of before there was a day. */
  destroyBy: string | null;
  expired: boolean;
}

/** Whether the day has passed, by the world's clock. */
export const isExpired = (destroyBy: string | undefined, now = new Date()): boolean =>
  destroyBy !== undefined && destroyBy < now.toISOString().slice(0, 10);

/** The whole backups that lie right below a folder, oldest first. @throws UserError `no-folder` */
export async function backupsBelow(folder: string, now = new Date()): Promise<KeptBackup[]> {
  const names = await readdir(folder).catch((error: Error) => {
    throw new UserError('no-folder', `${folder} cannot be read: ${error.message}.`, { file: folder });
  });
  const found: KeptBackup[] = [];
  for (const name of names) {
    const manifest = await readManifest(join(folder, name)).catch(() => null);
    if (!manifest) continue;
    const { takenAt, destroyBy } = manifest;
    found.push({
      ...{ folder: join(folder, name), takenAt, destroyBy: destroyBy ?? null },
      expired: isExpired(destroyBy, now),
    });
  }
  return found.sort((a, b) => (a.takenAt < b.takenAt ? -1 : 1));
}

/** Removes those whose day has passed. @returns what was removed */
export async function destroyExpired(folder: string, now = new Date()): Promise<KeptBackup[]> {
  const gone = (await backupsBelow(folder, now)).filter(({ expired }) => expired);
  for (const one of gone) await rm(one.folder, { recursive: true });
  return gone;
}
