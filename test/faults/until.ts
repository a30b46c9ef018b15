import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds: for what hangs, not for what is slow. */
export const LIMIT_MS = 180_000;

/**
 * Waits until a thing holds; what throws does not hold yet.
 * @throws Error naming it when it does not hold in time
 */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  { every = 100, within = LIMIT_MS } = {},
): Promise<void> {
  const end = Date.now() + within;
  for (;;) {
    if (await holds().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(every);
  }
}
