// A pid is only ours while its start time matches: a pid alone may have been given to someone else's process.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A process that cannot be confused with a later one of the same pid. `born` is opaque; compare for equality. */
export const ProcessIdentity = z.object({ pid: z.number().int().positive(), born: z.string() });
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

// On Linux: boot id and start time in clock ticks (field 22 of /proc/<pid>/stat, counted after the name's bracket).
function bornLinux(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}:${fields[19]}`;
  } catch {
    return null;
  }
}

function bornPortable(pid: number): string | null {
  try {
    const [state, ...start] = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(/\s+/);
    return !state || state.startsWith('Z') ? null : start.join(' ');
  } catch {
    return null;
  }
}

/** The identity of a live process, or null when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  const born = process.platform === 'linux' ? bornLinux(pid) : bornPortable(pid);
  return born === null ? null : { pid, born };
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.born === identity.born;
}

/** Sends a signal to exactly this process; a process that is gone, or a pid that is someone else's now, is left alone. */
export function signalExactly(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

/** The command line of a live process; null when there is none or it cannot be read. */
export function commandLine(pid: number): string | null {
  if (!identify(pid)) return null;
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return null;
  }
}
