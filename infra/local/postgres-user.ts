// PostgreSQL refuses to run as root; as root it runs as an ordinary user that may still reach the home's files.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../../services/platform/errors.ts';

/** How to run a command as a user that PostgreSQL accepts. Empty when this process is not root. */
export interface PostgresUser {
  owner: { uid: number; gid: number } | null;
  wrap(command: string, args: string[]): { command: string; args: string[]; uid?: number; gid?: number };
}

const SETPRIV = '/usr/bin/setpriv';

/**
 * The user for PostgreSQL's processes: this one, or as root `postgres` (made when absent) or `nobody`. With setpriv the user
 * keeps the one right to pass folders closed to it, because a checkout often lies in a root-only folder such as /root.
 * @throws UserError `home-not-reachable` when such a folder is in the way and setpriv is not there.
 */
export function postgresUser({ programs, data }: { programs: string; data: string }): PostgresUser {
  if (process.getuid?.() !== 0) return { owner: null, wrap: (command, args) => ({ command, args }) };
  const owner = passwd('postgres') ?? make() ?? passwd('nobody');
  if (!owner) {
    throw new UserError(
      'postgres-user-missing',
      'PostgreSQL cannot run as root and no other user could be made; run this command as an ordinary user.',
    );
  }
  const closed = closedFolder(programs) ?? closedFolder(data);
  if (!closed) return { owner, wrap: (command, args) => ({ command, args, ...owner }) };
  if (!existsSync(SETPRIV)) {
    throw new UserError(
      'home-not-reachable',
      `PostgreSQL cannot run as root and its own user may not enter ${closed}; put WAYMARK_HOME and the checkout where every user may enter, or run this command as an ordinary user.`,
    );
  }
  const flags = [
    // Programs ask whether they may read one another by a call that leaves the kept right out of account, but for this.
    ...(closedFolder(programs) ? ['--securebits=+no_setuid_fixup'] : []),
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ];
  return { owner, wrap: (command, args) => ({ command: SETPRIV, args: [...flags, command, ...args] }) };
}

function passwd(name: string): { uid: number; gid: number } | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null;
}

function make(): { uid: number; gid: number } | null {
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], {
      stdio: 'ignore',
    });
  } catch {
    return null;
  }
  return passwd('postgres');
}

/** The first folder on the way to `path` that other users may not enter. */
function closedFolder(path: string): string | null {
  for (let folder = path; ; folder = dirname(folder)) {
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (stat?.isDirectory() && (stat.mode & 0o001) === 0) return folder;
    if (folder === dirname(folder)) return null;
  }
}
