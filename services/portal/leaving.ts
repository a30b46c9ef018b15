// Between leaving for the sign-in service and coming back, a browser holds a random number that is good for one return. It is
// what ties an answer to the browser that asked: without it, somebody could be signed in as somebody else.
import { randomBytes } from 'node:crypto';
import type { Leaving } from '../access/openid.ts';
import { cookieName, cookieNamed } from './sessions.ts';

const COOKIE = 'waymark_signing_in';
const LASTS_MS = 10 * 60_000;
const MOST = 5_000;

export interface Left extends Omit<Leaving, 'url'> {
  /** Where to go after signing in. */
  next: string | null;
}

export interface LeavingBrowsers {
  /** @returns the number that the browser is to hold */
  note(left: Left): string;
  /** What was noted; it is forgotten at once. */
  take(id: string | null): Left | null;
}

export function createLeavingBrowsers(clock: () => Date): LeavingBrowsers {
  const away = new Map<string, { left: Left; until: number }>();
  return {
    note(left) {
      const now = clock().getTime();
      for (const [id, { until }] of away) if (until <= now || away.size >= MOST) away.delete(id);
      const id = randomBytes(32).toString('base64url');
      away.set(id, { left, until: now + LASTS_MS });
      return id;
    },
    take(id) {
      const noted = id === null ? undefined : away.get(id);
      if (id === null || !noted) return null;
      away.delete(id);
      return noted.until > clock().getTime() ? noted.left : null;
    },
  };
}

// Lax, since the browser comes back from another site.
const attributes = (secure: boolean) => `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
export const leavingCookie = (id: string, secure: boolean): string =>
  `${cookieName(COOKIE, secure)}=${id}; ${attributes(secure)}; Max-Age=${LASTS_MS / 1_000}`;
export const noLeavingCookie = (secure: boolean): string =>
  `${cookieName(COOKIE, secure)}=; ${attributes(secure)}; Max-Age=0`;
export const leavingIdOf = (cookies: string | undefined, secure: boolean): string | null =>
  cookieNamed(cookieName(COOKIE, secure), cookies);
