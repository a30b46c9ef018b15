// The files of PostgreSQL's cluster are whole and ours before a server opens them.
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../../services/platform/errors.ts';
import { complaint, execute } from './execute.ts';
import { commandLine } from './identity.ts';
import type { Starting } from './part.ts';
import type { PostgresUser } from './postgres-user.ts';

const BACKENDS_PATIENCE_MS = 10_000;

/** Makes the cluster at the first start (aside, then renamed into place); gives its password. */
export async function ensureInitialised(
  { home, progress, signal }: Starting,
  initdb: string,
  folder: string,
  user: PostgresUser,
): Promise<string> {
  const passwordFile = join(home.data, 'postgres.password');
  const known = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => null);
  if (known) return readPassword(passwordFile, known.trim());
  progress({ stage: 'postgres', message: 'making the database cluster' });
  const password = randomBytes(24).toString('base64url');
  const aside = `${folder}.new`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { mode: 0o700 });
  const handed = join(home.data, 'postgres.password.handed');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await writeFile(handed, `${password}\n`, { mode: 0o600 });
  if (user.owner) {
    for (const path of [aside, handed]) await chown(path, user.owner.uid, user.owner.gid);
  }
  const run = await execute(
    home,
    {
      name: 'initdb',
      ...user.wrap(initdb, [
        `--pgdata=${aside}`,
        `--pwfile=${handed}`,
        '--username=waymark',
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
      ]),
    },
    signal,
  );
  await unlink(handed);
  if (run.code !== 0) {
    throw new UserError('postgres-failed', `PostgreSQL's initdb failed: ${complaint(run.lines)}`, {}, 1);
  }
  await rm(folder, { recursive: true, force: true });
  await rename(aside, folder);
  return password;
}

async function readPassword(file: string, version: string): Promise<string> {
  if (version !== '18') {
    throw new UserError(
      'postgres-version',
      `The data in ${dirname(file)} was written by PostgreSQL ${version} and this is 18; move that folder away to start afresh.`,
    );
  }
  const password = await readFile(file, 'utf8').catch(() => null);
  if (password) return password.trim();
  throw new UserError(
    'postgres-password-missing',
    `The password file ${file} is gone, so the data beside it cannot be opened; put it back or move the folder away.`,
  );
}

// PostgreSQL takes over a dead server's pid file itself, but refuses while the pid is a zombie's (a container whose first
// process reaps none) or by now another process's. The file also guards the data from the dead server's backends, so it
// goes only after they have let go of the shared memory that the file names.
export async function removeStalePidFile(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid');
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!pid || commandLine(pid)?.includes(folder)) return;
  const segment = lines[6]?.trim().split(/\s+/)[1];
  const deadline = Date.now() + BACKENDS_PATIENCE_MS;
  while (await attached(segment)) {
    if (Date.now() > deadline) return;
    await pause(50);
  }
  await rm(file, { force: true });
}

/** Whether a process is attached to a System V shared memory segment, as far as the system tells. */
async function attached(segment: string | undefined): Promise<boolean> {
  const table = await readFile('/proc/sysvipc/shm', 'utf8').catch(() => '');
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/));
  const column = (name: string) => rows[0]?.indexOf(name) ?? -1;
  const [id, users] = [column('shmid'), column('nattch')];
  return rows.some((row) => segment !== undefined && row[id] === segment && row[users] !== '0');
}
