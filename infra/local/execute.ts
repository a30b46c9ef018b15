// A command run to its end under a guardian, with its output in hand.
import { UserError } from '../../services/platform/errors.ts';
import { type GuardedSpec, spawnGuarded } from './guarded.ts';
import { diskFull, type Home } from './home.ts';

/** The outcome of a command: `code` is null when it was killed; `missing` when there is no such program. */
export interface Executed {
  code: number | null;
  missing: boolean;
  lines: string[];
}

/**
 * Runs a command and waits for its end; its output goes to `onLine` and the result.
 * @throws UserError `disk-full` when the command says so; AbortError's reason when `signal` aborts.
 */
export async function execute(
  home: Home,
  spec: Omit<GuardedSpec, 'ready'>,
  signal?: AbortSignal,
): Promise<Executed> {
  signal?.throwIfAborted();
  const lines: string[] = [];
  const running = spawnGuarded(home, {
    ...spec,
    onLine: (line) => {
      lines.push(line);
      spec.onLine?.(line);
    },
  });
  const abort = () => void running.stop();
  signal?.addEventListener('abort', abort, { once: true });
  const ended = await running.ended;
  signal?.removeEventListener('abort', abort);
  signal?.throwIfAborted();
  if (
    ended.failed?.code === 'ENOSPC' ||
    (ended.code !== 0 && lines.some((line) => /No space left on device|ENOSPC/i.test(line)))
  ) {
    throw diskFull(home.root);
  }
  return { code: ended.code, missing: ended.failed !== undefined, lines };
}

/** The first line among the last ones that says what went wrong, shortened for a sentence. */
export function complaint(lines: string[]): string {
  const line =
    lines.findLast((text) => /error|fail|cannot|could not|refused|unable/i.test(text)) ?? lines.at(-1);
  return (line ?? 'no output')
    .replace(/^\[?ERROR\]?:?\s*/i, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 240);
}

/** The one sentence for a part that could not be fetched. */
export function downloadFailed(what: string, lines: string[]): UserError {
  return new UserError(
    'download-failed',
    `${what} could not be downloaded; check the network (or proxy) and run the command again. The downloader said: ${complaint(lines)}`,
    {},
    1,
  );
}
