// A signed-in browser holds a random number and nothing else; what it stands for stays here, and ends after half an hour
// without a page, after a working day, and when the process does.
import { randomBytes } from 'node:crypto';
import { createFormToken } from './form-token.ts';
import type { KeyHolder } from './store.ts';

const COOKIE = 'waymark_session';
const IDLE_MS = 30 * 60_000;
const LASTS_MS = 8 * 3_600_000;
const MOST = 10_000;

export interface Session {
  person: KeyHolder;
  /** Every role that the person may act in; the session acts in one. */
  roles: readonly KeyHolder[];
}

export interface Sessions {
  /** Starts a session under a fresh id, with a fresh token for its forms. It acts in the first role. */
  start(roles: readonly [KeyHolder, ...KeyHolder[]]): string;
  /** The session, whose idle time begins anew. */
  find(id: string | null): Session | null;
  /** The session as it is: nobody was there, so its idle time goes on. */
  look(id: string | null): Session | null;
  /** The id in a `cookie` header. */
  idOf(cookies: string | undefined, secure: boolean): string | null;
  end(id: string | null): void;
}

export function createSessions(clock: () => Date): Sessions {
  const open = new Map<string, Session & { until: number; idleAt: number }>();
  const isOver = ({ until, idleAt }: { until: number; idleAt: number }, now: number) =>
    until <= now || idleAt <= now;
  const dropExpired = () => {
    const now = clock().getTime();
    for (const [id, session] of open) if (isOver(session, now)) open.delete(id);
  };
  const look = (id: string | null) => {
    const session = id === null ? undefined : open.get(id);
    return session && !isOver(session, clock().getTime()) ? session : null;
  };
  return {
    look,
    idOf: sessionIdOf,
    start(given) {
      if (open.size >= MOST) dropExpired();
      const oldest = open.keys().next().value;
      if (open.size >= MOST && oldest !== undefined) open.delete(oldest);
      const id = randomBytes(32).toString('base64url');
      const now = clock().getTime();
      const form = createFormToken();
      const [person, ...others] = [
        { ...given[0], form },
        ...given.slice(1).map((role) => ({ ...role, form })),
      ] as const;
      open.set(id, { person, roles: [person, ...others], until: now + LASTS_MS, idleAt: now + IDLE_MS });
      return id;
    },
    find(id) {
      const session = look(id);
      if (session) session.idleAt = clock().getTime() + IDLE_MS;
      return session;
    },
    end(id) {
      if (id !== null) open.delete(id);
    },
  };
}

export function cookieNamed(name: string, cookieHeader: string | undefined): string | null {
  for (const pair of (cookieHeader ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

/** Over HTTPS a name that a browser takes from this host alone, and never from a neighbour of its domain (RFC 6265bis). */
export const cookieName = (name: string, secure: boolean): string => (secure ? `__Host-${name}` : name);

export const sessionIdOf = (cookieHeader: string | undefined, secure: boolean): string | null =>
  cookieNamed(cookieName(COOKIE, secure), cookieHeader);

const attributes = (secure: boolean) => `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
export const sessionCookie = (id: string, secure: boolean): string =>
  `${cookieName(COOKIE, secure)}=${id}; ${attributes(secure)}`;
export const noSessionCookie = (secure: boolean): string =>
  `${cookieName(COOKIE, secure)}=; ${attributes(secure)}; Max-Age=0`;
