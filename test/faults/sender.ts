// A council's sender: it sends until it is answered; every doubt means "send it again".
import { setTimeout as pause } from 'node:timers/promises';

/** Messages sent at once. */
export const BATCH = 100;

export interface Pace {
  batchesASecond: number;
  /** Told after each batch that was accepted: how many lines have been. */
  progress: (sent: number) => void;
}

/** @throws Error when the gateway refuses what it should take */
export async function deliver(
  gateway: string,
  lines: readonly string[],
  key: string,
  { batchesASecond, progress }: Pace,
): Promise<void> {
  for (let from = 0; from < lines.length; ) {
    const began = performance.now();
    const body = lines.slice(from, from + BATCH).join('\n');
    const answer = await fetch(`${gateway}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
      body,
      signal: AbortSignal.timeout(30_000),
    }).then(
      ({ status }) => status,
      () => 0,
    );
    if (answer === 202) {
      from += BATCH;
      progress(Math.min(from, lines.length));
    } else if (answer === 422 || answer === 401) throw new Error(`the gateway refused with ${answer}`);
    await pause(Math.max(0, 1_000 / batchesASecond - (performance.now() - began)));
  }
}
