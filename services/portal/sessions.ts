// A signed-in browser holds a random number and nothing else; what it stands for stays here and ends after a working day.
import { randomBytes } from 'node:crypto';
import type { KeyHolder } from './store.ts';

const COOKIE = 'waymark_session';
const LASTS_MS = 8 * 3_600_000;
const MOST = 10_000;

export interface Sessions {
  /** Starts a session under a fresh id. */
  start(person: KeyHolder): string;
  find(id: string | null): KeyHolder | null;
  end(id: string | null): void;
}

export function createSessions(clock: () => Date): Sessions {
  const open = new Map<string, { person: KeyHolder; until: number }>();
  const dropExpired = () => {
    const now = clock().getTime();
    for (const [id, session] of open) if (session.until <= now) open.delete(id);
  };
  return {
    start(person) {
      if (open.size >= MOST) dropExpired();
      const oldest = open.keys().next().value;
      if (open.size >= MOST && oldest !== undefined) open.delete(oldest);
      const id = randomBytes(32).toString('base64url');
      open.set(id, { person, until: clock().getTime() + LASTS_MS });
      return id;
    },
    find(id) {
      const session = id === null ? undefined : open.get(id);
      if (!session || session.until <= clock().getTime()) return null;
      return session.person;
    },
    end(id) {
      if (id !== null) open.delete(id);
    },
  };
}

export function sessionIdOf(cookieHeader: string | undefined): string | null {
  for (const pair of (cookieHeader ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (pair.slice(0, at).trim() === COOKIE) return pair.slice(at + 1).trim();
  }
  return null;
}

const attributes = (secure: boolean) => `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
export const sessionCookie = (id: string, secure: boolean): string =>
  `${COOKIE}=${id}; ${attributes(secure)}`;
export const noSessionCookie = (secure: boolean): string => `${COOKIE}=; ${attributes(secure)}; Max-Age=0`;
