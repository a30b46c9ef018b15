// Work on several threads whose results do not depend on how many there are: every errand is whole in itself, and results
// come back in the order of the errands. Stopping ends every thread at once.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../platform/errors.ts';
import type { Part } from '../../statistics/selftest/run.ts';
import type { DrawTask } from '../../statistics/trial/resampled.ts';

/** What the threads are started for; sent to each once. */
export type Doing = { readonly kind: 'selftest' } | { readonly kind: 'draws'; readonly task: DrawTask };
export type Errand = Part | { readonly from: number; readonly to: number };

export interface ThreadOptions {
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Called after each errand with the number done. */
  readonly onDone?: (done: number) => void;
}

const ENTRY = new URL('./thread.mjs', import.meta.url);

/** One thread for each core the process may use. */
export const allThreads = (): number => availableParallelism();

/** A whole number of threads from the text of an option. */
export function threadsAsked(text: string | undefined): number {
  if (text === undefined) return allThreads();
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1 || threads > 256)
    throw new UserError('bad-option', `--threads is a whole number from 1 to 256, not "${text}"`, {
      field: 'threads',
    });
  return threads;
}

const stopped = (): UserError =>
  new UserError('stopped', 'stopped before it was done; nothing was kept', {}, 130);

/** Carries out every errand. Rejects with the first failure, or with `stopped` once the signal aborts; no thread is left. */
export async function onThreads<Result>(
  doing: Doing,
  errands: readonly Errand[],
  { threads, signal, onDone }: ThreadOptions,
): Promise<Result[]> {
  if (signal?.aborted) throw stopped();
  const results = new Array<Result>(errands.length);
  const workers: Worker[] = [];
  let next = 0;
  let done = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(stopped()), { once: true });
      if (errands.length === 0) resolve();
      const give = (worker: Worker): void => {
        if (next < errands.length) worker.postMessage({ place: next, errand: errands[next++] });
      };
      for (let i = 0; i < Math.min(threads, errands.length); i++) {
        const worker = new Worker(ENTRY, { workerData: doing });
        workers.push(worker);
        worker.on('error', reject);
        worker.on('message', ({ place, result }: { place: number; result: Result }) => {
          results[place] = result;
          done++;
          onDone?.(done);
          if (done === errands.length) resolve();
          else give(worker);
        });
        give(worker);
      }
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}

/** Runs `work` with a signal that Ctrl-C aborts. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}
