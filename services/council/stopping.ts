// Ctrl-C ends a command in words, between two pieces of its work: a file is whole or not there, a batch is settled or waits.
import { UserError } from '../platform/errors.ts';

/** The exit code of a command that was stopped, as shells count it (128 + SIGINT). */
const STOPPED = 130;

/**
 * Runs work that ends when the process is told to stop (SIGINT, SIGTERM); a second signal ends the process at once.
 * @param words what that means for what was under way
 */
export async function untilStopped<T>(words: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const end = () => stop.abort(new UserError('stopped', `Stopped: ${words}`, {}, STOPPED));
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

/** Passes on what comes until the signal is given; what is open is closed. */
export async function* stoppable<T>(all: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const one of all) {
    signal.throwIfAborted();
    yield one;
  }
}
