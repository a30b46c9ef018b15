// A part is handed out only once it answers; one that ends first is an error that quotes its own log.
import { UserError } from '../../services/platform/errors.ts';
import type { Progress } from '../../services/platform/progress.ts';
import { type Guarded, type GuardedSpec, spawnGuarded } from './guarded.ts';
import { untilHealthy } from './health.ts';
import { diskFull, type Home } from './home.ts';
import type { Ports } from './ports.ts';

export const PART_NAMES = ['postgres', 'kafka', 'temporal'] as const;
export type PartName = (typeof PART_NAMES)[number];

export const PART_TITLES: Record<PartName, string> = {
  postgres: 'PostgreSQL',
  kafka: 'Kafka',
  temporal: 'Temporal',
};

/** What starting a part needs. `track` takes over the process, so that it is stopped with the rest. */
export interface Starting {
  home: Home;
  ports: Ports;
  progress: Progress;
  /** Aborts when another part has failed. */
  signal: AbortSignal;
  track(process: Guarded): void;
  /** Added to the part's environment. */
  env?: Record<string, string> | undefined;
}

const LIMIT_MS = 90_000;

/**
 * Starts a part's process and waits until `ask` is answered.
 * @returns the answer and the process.
 * @throws UserError `<name>-failed` quoting the log, `port-busy`, `disk-full`; `<name>-timeout` after 90 seconds.
 */
export async function startPart<T>(
  starting: Starting,
  name: PartName,
  spec: Omit<GuardedSpec, 'name'>,
  ask: () => Promise<T>,
): Promise<{ answer: T; process: Guarded }> {
  const { home, signal, env } = starting;
  const title = PART_TITLES[name];
  const running = spawnGuarded(home, { ...spec, name, ...(env && { env }) });
  const ended = new AbortController();
  const watch = running.ended.then(() => ended.abort(new Error('ended')));
  try {
    const answer = await untilHealthy(ask, AbortSignal.any([signal, ended.signal]), LIMIT_MS);
    starting.track(running);
    return { answer, process: running };
  } catch (error) {
    if (ended.signal.aborted) throw await explainEnd(home, name, running);
    await running.stop();
    await watch;
    signal.throwIfAborted();
    throw new UserError(
      `${name}-timeout`,
      `${title} did not answer within ${LIMIT_MS / 1000} seconds (${(error as Error).message}); see its log ${running.log}`,
      {},
      1,
    );
  }
}

async function explainEnd(home: Home, name: PartName, running: Guarded): Promise<UserError> {
  const title = PART_TITLES[name];
  const { code, signal, failed } = await running.ended;
  const lines = running.lastLines(12);
  const text = lines.join('\n');
  if (failed?.code === 'ENOSPC' || /No space left on device|disk full/i.test(text))
    return diskFull(home.data);
  if (/address already in use|BindException/i.test(text)) {
    return new UserError(
      'port-busy',
      `${title} could not open its port, which another process has taken; run the command again to use another.`,
      {},
      1,
    );
  }
  const how = failed?.message ?? (signal ? `signal ${signal}` : `exit code ${code}`);
  const quote = lines.length === 0 ? 'is empty' : `ends:\n  ${lines.join('\n  ')}`;
  return new UserError(
    `${name}-failed`,
    `${title} stopped while starting (${how}); its log ${running.log} ${quote}`,
    {},
    1,
  );
}
