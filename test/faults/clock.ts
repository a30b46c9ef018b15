// The wall clock of a process, set while it runs: libfaketime stands between the process and the system's clock. The monotonic
// clock, by which timers run, goes on as it does when an administrator or NTP sets a machine's.
import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Database } from '../../services/platform/database.ts';

const run = promisify(execFile);
const PACKAGE = 'libfaketime';
/** Seconds for which a process keeps what the file says. */
const KEPT_S = 1;

export interface Clock {
  /** For the processes. */
  env: Record<string, string>;
  /** The clock runs on so far from the true time: `+3600`, `-3600`, in seconds. It resolves when every process sees it. */
  set(offset: string): Promise<void>;
}

/** @throws Error when it is not there and cannot be installed */
async function library(): Promise<string> {
  const found = async (): Promise<string | undefined> => {
    const { stdout } = await run('dpkg', ['-L', PACKAGE]).catch(() => ({ stdout: '' }));
    return stdout.split('\n').find((path) => path.endsWith('/libfaketimeMT.so.1'));
  };
  const there = await found();
  if (there) return there;
  await run('apt-get', ['install', '-y', '--no-install-recommends', PACKAGE], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).catch(() => {});
  const installed = await found();
  if (installed) return installed;
  throw new Error(
    `clocks are set with ${PACKAGE}, which is not installed: apt-get install ${PACKAGE} (Debian, as root)`,
  );
}

/** @param folder made for the clock alone */
export async function settableClock(folder: string): Promise<Clock> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'clock');
  const set = async (offset: string): Promise<void> => {
    await writeFile(`${file}.new`, `${offset}\n`);
    await rename(`${file}.new`, file);
    await pause(2 * KEPT_S * 1_000);
  };
  const preload = await library();
  await set('+0');
  return {
    env: {
      TZ: 'Europe/London',
      LD_PRELOAD: preload,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: String(KEPT_S),
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    set,
  };
}

/** What PostgreSQL takes the time to be, in milliseconds since 1970. */
export async function postgresNow(db: Database): Promise<number> {
  const [row] = await db<{ now: Date }[]>`select clock_timestamp() as now`;
  return row?.now.getTime() ?? Number.NaN;
}
