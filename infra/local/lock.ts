// At most one `up` owns a home: the lock file names a live process or is void.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { invariant, UserError } from '../../services/platform/errors.ts';
import type { Home } from './home.ts';
import { identify, isAlive, ProcessIdentity } from './identity.ts';

/** The live process that owns a home's stack, or null. */
export function lockHolder(home: Home): ProcessIdentity | null {
  const holder = readLock(home.lockFile);
  return holder && isAlive(holder) ? holder : null;
}

function readLock(path: string): ProcessIdentity | null {
  try {
    return ProcessIdentity.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/**
 * Takes the home for this process.
 * @returns a function that gives it back.
 * @throws UserError `stack-running` when another live process owns it, or this one already does.
 */
export function takeLock(home: Home): () => void {
  const self = identify(process.pid);
  invariant(self, 'a process can identify itself');
  const mine = `${home.lockFile}.${self.pid}`;
  writeFileSync(mine, JSON.stringify(self));
  try {
    for (;;) {
      try {
        linkSync(mine, home.lockFile);
        return () => rmSync(home.lockFile, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = lockHolder(home);
      if (holder) throw stackRunning(home, holder.pid);
      removeVoid(home.lockFile);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

// The void lock is moved aside before it is judged again: a lock that another process took meanwhile is put back.
function removeVoid(path: string): void {
  const aside = `${path}.void.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readLock(aside);
  if (moved && isAlive(moved)) {
    try {
      linkSync(aside, path);
    } catch {
      // A third process holds it by now.
    }
  }
  rmSync(aside, { force: true });
}

function stackRunning(home: Home, pid: number): UserError {
  return new UserError(
    'stack-running',
    `A stack is already running in ${home.root} (process ${pid}); use it as it is, or stop it with: npx waymark down`,
  );
}
