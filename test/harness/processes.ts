// Waymark's own processes as an operator runs them: children of the test, told where the stack answers by their environment.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject, onTestFinished } from 'vitest';
import { uniqueTaskQueue, uniqueTopicPrefix } from './database.ts';

const WAYMARK = fileURLToPath(new URL('../../infra/waymark.mjs', import.meta.url));
const CACHE = fileURLToPath(new URL('../../.waymark/cache', import.meta.url));

export interface RunningProcess {
  child: ChildProcess;
  /** Where it serves, and where it answers for itself. */
  url: string;
  operations: string;
  /** Ends it and waits until it has gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Finished {
  code: number | null;
  out: string;
  told: string;
}

export interface Surroundings {
  env: Record<string, string>;
  home: string;
  /** Starts `waymark …words` and waits until it serves. */
  start(words: string[], env?: Record<string, string>): Promise<RunningProcess>;
  /** Runs `waymark …words` to its end. */
  run(words: string[], env?: Record<string, string>): Promise<Finished>;
}

/**
 * A home, a topic prefix and a task queue of the test's own, on the run's stack and the given database.
 * @param atEnd what ends the processes, where not the end of the test at hand
 */
export async function surroundings(
  databaseUrl: string,
  atEnd: (end: () => Promise<void>) => void = onTestFinished,
): Promise<Surroundings> {
  const home = await mkdtemp(join(tmpdir(), 'waymark-processes-'));
  await symlink(CACHE, join(home, 'cache'));
  const { kafkaBrokers, temporalAddress } = inject('stack');
  const env = {
    WAYMARK_HOME: home,
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: kafkaBrokers.join(','),
    TEMPORAL_ADDRESS: temporalAddress,
    WAYMARK_TOPIC_PREFIX: uniqueTopicPrefix(),
    WAYMARK_TASK_QUEUE: uniqueTaskQueue(),
    LOG_LEVEL: 'fatal',
  };
  const running = new Set<RunningProcess>();
  atEnd(async () => {
    await Promise.all([...running].map((one) => one.stop()));
    await rm(home, { recursive: true, force: true });
  });
  const spawned = (words: string[], over: Record<string, string>, stdio: 'ipc' | 'pipe') =>
    spawn(process.execPath, [WAYMARK, ...words], {
      env: { ...process.env, ...env, ...over },
      stdio: stdio === 'ipc' ? ['ignore', 'ignore', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    });
  return {
    env,
    home,
    start: async (words, over = {}) => {
      const child = spawned(words, over, 'ipc');
      const { ready } = await new Promise<{ ready: { url: string | null; operations: string } }>(
        (resolve, reject) => {
          child.once('message', resolve);
          child.once('exit', (code) => reject(new Error(`${words.join(' ')} ended with ${code}`)));
        },
      );
      const one: RunningProcess = {
        child,
        url: ready.url ?? '',
        operations: ready.operations,
        stop: async (signal = 'SIGTERM') => {
          running.delete(one);
          if (child.exitCode !== null || child.signalCode !== null) return;
          const gone = once(child, 'exit');
          child.kill(signal);
          await gone;
        },
      };
      running.add(one);
      return one;
    },
    run: async (words, over = {}) => {
      const child = spawned(words, over, 'pipe');
      let [out, told] = ['', ''];
      child.stdout?.on('data', (chunk) => {
        out += chunk;
      });
      child.stderr?.on('data', (chunk) => {
        told += chunk;
      });
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, out, told };
    },
  };
}
