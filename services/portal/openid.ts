// The way through the sign-in service: a browser leaves with a state, a nonce and a verifier, comes back with a code, and is
// signed in as somebody who has been granted something, in one role at a time.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { type OpenIdClient, SignInFailed } from '../access/openid.ts';
import { homeOf, isSecure, safeReturnPath } from './access.ts';
import { beginSession, type SignInContext } from './beginning.ts';
import { type Page, renderPage } from './layout.ts';
import { createLeavingBrowsers, leavingCookie, leavingIdOf, noLeavingCookie } from './leaving.ts';
import { arrivedPage, endedPage, rolesPage, strangerPage } from './pages/openid.ts';
import { PortalProblem } from './problem.ts';
import type { KeyHolder } from './store.ts';

/** Where the provider sends browsers back to; registered there. */
export const CALLBACK_PATH = '/sign-in/callback';

const AGAIN = [{ text: 'Sign in', href: '/sign-in' }];

/** What a person is told; what went wrong in particular is for the log. */
const problemOf = (failed: SignInFailed): PortalProblem =>
  failed.why === 'unreachable'
    ? new PortalProblem(
        503,
        'sign-in-unavailable',
        'The sign-in service does not answer. Try again in a minute.',
        AGAIN,
      )
    : new PortalProblem(
        401,
        'sign-in-refused',
        'The sign-in service did not sign you in, or its answer was not one to trust. Nothing was opened.',
        AGAIN,
      );

const noted = (app: FastifyInstance, error: unknown): never => {
  if (!(error instanceof SignInFailed)) throw error;
  app.log.warn({ why: error.why, cause: (error.cause as { code?: string }).code }, 'a sign-in failed');
  throw problemOf(error);
};

const Choice = z.object({ role: z.coerce.number().int().min(0).max(99) });

export function openIdRoutes(
  app: FastifyInstance,
  { store, sessions, clock, origin = () => '' }: SignInContext,
  openId: OpenIdClient,
): void {
  const away = createLeavingBrowsers(clock);
  const attempts = app.createRateLimit({ max: 30, timeWindow: '1 minute' });
  const page = (reply: FastifyReply, status: number, parts: Omit<Page, 'section'>) =>
    reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(renderPage({ ...parts, section: null }));

  app.get<{ Querystring: Record<string, unknown> }>(
    '/sign-in/start',
    { config: { access: 'public' } },
    async (request, reply) => {
      const limit = await attempts(request);
      if (!limit.isAllowed && limit.isExceeded)
        throw new PortalProblem(
          429,
          'too-many-attempts',
          'Too many sign-ins were begun. Wait a minute.',
          AGAIN,
        );
      const next = safeReturnPath(request.query.next);
      const { url, ...left } = await openId
        .leave(`${origin()}${CALLBACK_PATH}`)
        .catch((error: unknown) => noted(app, error));
      reply.header('set-cookie', leavingCookie(away.note({ ...left, next }), isSecure(request)));
      return reply.redirect(url, 303);
    },
  );

  app.get(CALLBACK_PATH, { config: { access: 'public' } }, async (request, reply) => {
    const secure = isSecure(request);
    const left = away.take(leavingIdOf(request.headers.cookie, secure));
    reply.header('set-cookie', noLeavingCookie(secure));
    if (left === null)
      throw new PortalProblem(
        400,
        'sign-in-not-begun',
        'This sign-in was not begun in this browser, or it took longer than ten minutes. Begin again.',
        AGAIN,
      );
    const identity = await openId
      .arrive(new URL(request.url, origin()), left)
      .catch((error: unknown) => noted(app, error));
    const [first, ...others] = (await store.rolesOf(identity)) ?? [];
    if (!first)
      return page(reply, 403, { title: 'No access yet', person: null, main: strangerPage(identity) });
    beginSession(request, reply, sessions, [first, ...others]);
    const to = others.length > 0 ? '/sign-in/role' : (left.next ?? homeOf(first));
    // A page in between: a browser that was sent here by another site sends no Strict cookie along a redirect.
    return page(reply.header('refresh', `0;url=${to}`), 200, {
      title: 'Signed in',
      person: null,
      main: arrivedPage(to),
    });
  });

  app.get('/sign-in/role', { config: { access: 'public' } }, async (request, reply) => {
    const { session } = request;
    if (session === null) return reply.redirect('/sign-in', 303);
    return page(reply, 200, {
      title: 'Choose what you act as',
      person: session.person,
      main: rolesPage(session.roles, session.person),
    });
  });

  app.post('/sign-in/role', { config: { access: 'public' }, bodyLimit: 1_024 }, async (request, reply) => {
    const { session } = request;
    if (session === null) return reply.redirect('/sign-in', 303);
    const chosen = session.roles[Choice.safeParse(request.body).data?.role ?? -1];
    if (!chosen || !(await store.stands(chosen)))
      throw new PortalProblem(
        400,
        'no-such-role',
        'That is not a role of yours any more. Sign in again.',
        AGAIN,
      );
    const others = session.roles.filter((role: KeyHolder) => role !== chosen);
    beginSession(request, reply, sessions, [chosen, ...others]);
    return reply.redirect(homeOf(chosen), 303);
  });

  app.get('/sign-in/ended', { config: { access: 'public' } }, async (_request, reply) => {
    const elsewhere = await openId.endOfSession();
    return page(reply, 200, { title: 'Signed out', person: null, main: endedPage(elsewhere) });
  });
}
