// Temporal with a wall clock that can be set. It is a static program that asks the kernel itself, so no library can stand between:
// it is built by Go with a `time.Now` that adds the seconds of a file. Its monotonic clock, by which timers run, stays the system's.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TEMPORAL_BY_GO } from '../../infra/local/artifacts.ts';
import { contentHash } from '../../services/platform/content-hash.ts';

const run = promisify(execFile);
const ADDED = fileURLToPath(new URL('./wall-clock.go', import.meta.url));
/** Where Go's `time.Now` has asked for the time. */
const ASKED = /^func Now\(\) Time \{\n(?:\t.*\n)*?\tsec, nsec, mono := \w+\(\)\n/m;

/** Files that stand in for Go's own during the build: `time.go` with one line more, and the file that this line calls. */
async function overlay(folder: string): Promise<string> {
  const { stdout } = await run('go', ['env', 'GOROOT']).catch(() => {
    throw new Error('Temporal’s clock is set in a build of its own, for which Go is needed: install Go.');
  });
  const folderOfTime = join(stdout.trim(), 'src', 'time');
  const own = join(folderOfTime, 'time.go');
  const source = await readFile(own, 'utf8');
  const changed = source.replace(ASKED, '$&\tsec += ahead.Load()\n');
  if (changed === source)
    throw new Error('This Go’s time.Now is not as it was: see test/faults/temporal-clock.ts.');
  const [replaced, list] = [join(folder, 'time.go'), join(folder, 'overlay.json')];
  await writeFile(replaced, changed);
  const Replace = { [own]: replaced, [join(folderOfTime, 'wall_clock_set.go')]: ADDED };
  await writeFile(list, JSON.stringify({ Replace }));
  return list;
}

/** The command, built once (some minutes) and kept. */
export async function temporalOfSettableClock(cacheDir: string): Promise<string> {
  const version = contentHash([TEMPORAL_BY_GO, await readFile(ADDED, 'utf8')]).slice(0, 12);
  const kept = join(cacheDir, `temporal-of-settable-clock-${version}`, 'temporal');
  if (existsSync(kept)) return kept;
  const aside = `${kept}.${process.pid}`;
  await mkdir(aside, { recursive: true });
  try {
    const options = ['-overlay', await overlay(aside), '-ldflags', '-s -w'];
    process.stderr.write('building Temporal with a clock that can be set (some minutes)\n');
    await run('go', ['install', ...options, TEMPORAL_BY_GO], {
      env: { ...process.env, GOBIN: aside, CGO_ENABLED: '0' },
      maxBuffer: 1e8,
    });
    await rename(join(aside, 'temporal'), kept);
    return kept;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
