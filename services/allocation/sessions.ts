// A signed-in browser holds a random number; the key it stands for is forgotten, and the session ends after a working day.
import { randomBytes } from 'node:crypto';
import type { Asker } from './asking.ts';

const COOKIE = 'waymark_allocation';
const LASTS_MS = 8 * 3_600_000;
const MOST = 5_000;

export class Sessions {
  readonly #open = new Map<string, { asker: Asker; until: number }>();
  readonly #clock: () => Date;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  /** @returns the cookie to set */
  start(asker: Asker, secure: boolean): string {
    const now = this.#clock().getTime();
    for (const [id, { until }] of this.#open) if (until <= now) this.#open.delete(id);
    const oldest = this.#open.keys().next().value;
    if (this.#open.size >= MOST && oldest !== undefined) this.#open.delete(oldest);
    const id = randomBytes(32).toString('base64url');
    this.#open.set(id, { asker, until: now + LASTS_MS });
    return `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  }

  find(cookies: string | undefined): Asker | null {
    const id = new RegExp(`(?:^|; *)${COOKIE}=([\\w-]+)`).exec(cookies ?? '')?.[1];
    const session = id === undefined ? undefined : this.#open.get(id);
    return session && session.until > this.#clock().getTime() ? session.asker : null;
  }
}
