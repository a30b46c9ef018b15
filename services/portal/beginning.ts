// How a sign-in ends, whichever way it came: a session under a new id, and the one before gone.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenIdClient } from '../access/openid.ts';
import { isSecure } from './access.ts';
import { type Sessions, sessionCookie, sessionIdOf } from './sessions.ts';
import type { KeyHolder, PortalStore } from './store.ts';

/** How people sign in. */
export interface SignInOptions {
  openId?: OpenIdClient;
  /** The portal's own address, which the sign-in service sends browsers back to. */
  origin?: () => string;
  /** Whether a browser may sign in with an access key. */
  byKey?: boolean;
  /** The people of the sign-in service are invented: it is for a demonstration. */
  invented?: boolean;
}

export interface SignInContext extends SignInOptions {
  store: PortalStore;
  sessions: Sessions;
  clock: () => Date;
}

/** Ends what the browser had and starts a session under a new id. */
export function beginSession(
  request: FastifyRequest,
  reply: FastifyReply,
  sessions: Sessions,
  roles: readonly [KeyHolder, ...KeyHolder[]],
): void {
  const secure = isSecure(request);
  sessions.end(sessionIdOf(request.headers.cookie, secure));
  reply.header('set-cookie', sessionCookie(sessions.start(roles), secure));
}
