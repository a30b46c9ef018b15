// The wall clock of a program, set while it runs: a small library stands between the program and the system's clock. The monotonic
// clock, by which timers run, goes on as it does when an administrator or NTP sets a machine's; libfaketime, tried first, ends a
// JVM's timed waits at once.
import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL('./wall-clock.c', import.meta.url));
const PACKAGES = ['gcc', 'libc6-dev'];
/** Milliseconds for which a program keeps what the file says. */
const KEPT_MS = 100;

export interface Clock {
  /** For the programs. */
  env: Record<string, string>;
  /** The clock runs on so many seconds ahead of the true time. */
  set(seconds: number): Promise<void>;
}

/** @throws Error when there is no compiler and none can be installed */
async function compiled(library: string): Promise<void> {
  const compile = () => run('cc', ['-O2', '-shared', '-fPIC', '-o', library, SOURCE]);
  await compile().catch(async () => {
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).catch(() => {});
    await compile().catch((error) => {
      const advice = `apt-get install ${PACKAGES.join(' ')} (Debian, as root)`;
      throw new Error(`clocks are set by a library that could not be compiled: ${advice}. ${error.message}`);
    });
  });
}

/** @param folder made for the clock alone */
export async function settableClock(folder: string): Promise<Clock> {
  await mkdir(folder, { recursive: true });
  const [library, file] = [join(folder, 'wall-clock.so'), join(folder, 'clock')];
  await compiled(library);
  const set = async (seconds: number): Promise<void> => {
    await writeFile(`${file}.new`, `${seconds}\n`);
    await rename(`${file}.new`, file);
    await pause(2 * KEPT_MS);
  };
  await set(0);
  return {
    env: { TZ: 'Europe/London', LD_PRELOAD: library, WAYMARK_CLOCK_FILE: file },
    set,
  };
}
