// Every file of the local stack lies under one home folder; this is the only place that knows where.
import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../services/platform/errors.ts';

/** The folders and files of one home. `cache` may be shared by homes; `data` may lie on another disk. */
export interface Home {
  root: string;
  cache: string;
  data: string;
  logs: string;
  run: string;
  stackFile: string;
  lockFile: string;
}

export function homeAt(root: string, options: { dataDir?: string; cacheDir?: string } = {}): Home {
  return {
    root,
    cache: options.cacheDir ?? join(root, 'cache'),
    data: options.dataDir ?? join(root, 'data'),
    logs: join(root, 'logs'),
    run: join(root, 'run'),
    stackFile: join(root, 'stack.json'),
    lockFile: join(root, 'run', 'up.lock'),
  };
}

const NEEDED_BYTES = 1_000_000_000;

/**
 * Makes the folders.
 * @throws UserError `home-not-writable`; `disk-full` when under 1 GB is free.
 */
export async function makeHome(home: Home): Promise<void> {
  try {
    for (const folder of [home.root, home.cache, home.data, home.logs, home.run]) {
      await mkdir(folder, { recursive: true });
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw diskFull(home.root);
    throw new UserError(
      'home-not-writable',
      `Waymark cannot write to ${home.root} (${code}); give it a folder it may write to with WAYMARK_HOME.`,
    );
  }
  const { bavail, bsize } = await statfs(home.data);
  if (bavail * bsize < NEEDED_BYTES) throw diskFull(home.data, bavail * bsize);
}

/** Deletes what the parts keep; only while nothing runs in this home. */
export async function emptyData(home: Home): Promise<void> {
  await rm(home.data, { recursive: true, force: true });
  await mkdir(home.data, { recursive: true });
}

/** The one sentence for a full disk. */
export function diskFull(where: string, freeBytes?: number): UserError {
  const left = freeBytes === undefined ? 'is full' : `has only ${Math.floor(freeBytes / 1e6)} MB free`;
  return new UserError(
    'disk-full',
    `The disk that holds ${where} ${left}; free at least 1 GB, or put WAYMARK_HOME on another disk.`,
  );
}
