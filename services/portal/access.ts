// Who may open what: each route names its readers, a route that names none does not start, and everyone else is told why.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asReader } from '../access/reader.ts';
import { holdsToken } from './form-token.ts';
import { PortalProblem } from './problem.ts';
import { type Session, type Sessions, sessionIdOf } from './sessions.ts';
import type { KeyHolder, PortalStore, Role } from './store.ts';

/** `public` needs no sign-in. */
export type Access = 'public' | readonly Role[];

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Asked for by a page and not by a person: it keeps no session alive, and is not led to the sign-in form. */
    unattended?: true;
  }
  interface FastifyRequest {
    /** Who asks, or null on a public page without a sign-in. */
    person: KeyHolder | null;
    /** The browser's session, or null without one. */
    session: Session | null;
  }
}

/** Roles that may see results of evaluations: each of those that it was granted. */
export const RESULT_READERS: readonly Role[] = ['researcher', 'evaluator', 'output-checker', 'operator'];
/** Those who work on an evaluation: an analysis is not weighed against what researchers have seen. */
export const ANALYSIS_READERS: readonly Role[] = ['evaluator', 'output-checker', 'operator'];
export const FEED_READERS: readonly Role[] = ['council', ...RESULT_READERS, 'administrator'];

/** The page a person starts at. */
export const homeOf = (person: KeyHolder): string => (RESULT_READERS.includes(person.role) ? '/' : '/feeds');

export const isApi = (request: FastifyRequest): boolean => request.url.startsWith('/api/');

export const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https';

/** Where to come back to after signing in: a path of this portal, or null for anything else. */
export function safeReturnPath(path: unknown): string | null {
  if (typeof path !== 'string' || !/^\/(?![/\\])[\x21-\x7e]*$/.test(path)) return null;
  return path.startsWith('/sign-') || path.includes('\\') ? null : path;
}

const bearerKey = (request: FastifyRequest): string | null =>
  /^Bearer ([\x21-\x7e]{8,200})$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;

export interface AccessOptions {
  store: PortalStore;
  sessions: Sessions;
  /** False opens every page to everyone, as an operator: for a machine that nobody else can reach. */
  authentication: boolean;
}

const readerOf = (person: KeyHolder | null) =>
  person?.id === undefined ? null : { id: person.id, role: person.role };

/** Must run before any route is added. */
export function guardRoutes(app: FastifyInstance, { store, sessions, authentication }: AccessOptions): void {
  const failures = app.createRateLimit({ max: 30, timeWindow: '1 minute' });

  /** The browser's session, while what it acts as still stands. */
  const sessionOf = async (request: FastifyRequest): Promise<Session | null> => {
    const id = sessionIdOf(request.headers.cookie, isSecure(request));
    const session = request.routeOptions.config.unattended ? sessions.look(id) : sessions.find(id);
    if (session === null || (await store.stands(session.person))) return session;
    sessions.end(id);
    return null;
  };

  const holderOf = async (request: FastifyRequest): Promise<KeyHolder | null> => {
    if (!authentication) return { label: 'anyone', role: 'operator', council: null };
    if (!isApi(request) || request.headers.authorization === undefined) {
      request.session = await sessionOf(request);
      return request.session?.person ?? null;
    }
    const key = bearerKey(request);
    const before = await failures(request, { increment: false });
    if (!before.isAllowed && before.isExceeded) {
      throw new PortalProblem(
        429,
        'too-many-attempts',
        'Too many requests with a wrong key. Try again in a minute.',
      );
    }
    const holder = key === null ? null : await store.checkKey(key);
    if (holder === null) await failures(request);
    return holder;
  };

  app.decorateRequest('person', null);
  app.decorateRequest('session', null);
  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined)
      throw new Error(`route ${route.url} does not say who may open it`);
  });
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    const access = request.routeOptions.config.access ?? 'public';
    request.person = access === 'public' && isApi(request) ? null : await holderOf(request);
    if (access === 'public') return;
    if (request.person === null) {
      if (request.routeOptions.config.unattended)
        throw new PortalProblem(401, 'not-signed-in', 'You are signed out.');
      if (isApi(request)) {
        reply.header('www-authenticate', 'Bearer');
        throw new PortalProblem(
          401,
          'not-signed-in',
          'Send an access key that works, as the header "Authorization: Bearer <key>".',
        );
      }
      const back = safeReturnPath(request.url);
      return reply.redirect(
        back && back !== '/' ? `/sign-in?next=${encodeURIComponent(back)}` : '/sign-in',
        303,
      );
    }
    if (!access.includes(request.person.role)) {
      throw new PortalProblem(
        403,
        'not-allowed',
        request.person.role === 'council'
          ? 'An access key of a council opens the page about that council’s own feed, and no other page.'
          : 'What you are signed in as does not open this page.',
      );
    }
  });
  // The sign-in form is filled in before there is a session; where it is sent from has been looked at (security.ts).
  app.addHook('preHandler', async ({ method, session, body, routeOptions }) => {
    const form = session?.person.form;
    if (method !== 'POST' || !form || routeOptions.url === '/sign-in' || holdsToken(form, body)) return;
    throw new PortalProblem(
      403,
      'stale-form',
      'This form belongs to another sign-in, so nothing was done. Open its page again and send it from there.',
    );
  });
  // From here on everything that the request does in the store is done in the reader's name.
  app.addHook('preHandler', (request, _reply, done) => asReader(readerOf(request.person), done));
}
