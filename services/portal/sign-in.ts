// Signing in: people at the sign-in service (OpenID Connect), and where it is allowed with an access key, which leaves the
// address bar and is never written down. Every sign-in begins a session under a new id and ends the one before.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { homeOf, isSecure, safeReturnPath } from './access.ts';
import { beginSession, type SignInContext } from './beginning.ts';
import { renderPage } from './layout.ts';
import { openIdRoutes } from './openid.ts';
import { type SignInState, signInPage } from './pages/sign-in.ts';
import { noSessionCookie, sessionIdOf } from './sessions.ts';

const Credentials = z.object({
  key: z.string().max(200).default(''),
  next: z.string().max(1_000).optional(),
});

const CODE_WRONG = 'This access key does not work. It may be mistyped or withdrawn';
const CODE_MISSING = 'Enter your access key';
const CODE_TOO_MANY = 'There were too many attempts. Wait a minute, then try again';
const CODE_NO_KEYS = 'Access keys do not open this portal. Use the sign-in service';

export function signInRoutes(app: FastifyInstance, context: SignInContext): void {
  const { store, sessions, openId, byKey = true, invented = false } = context;
  const attempts = app.createRateLimit({ max: 10, timeWindow: '1 minute' });

  const form = (reply: FastifyReply, status: number, state: SignInState) =>
    reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(
        renderPage({
          title: state.error ? 'Error: Sign in' : 'Sign in',
          person: null,
          section: null,
          main: signInPage(state, { service: openId !== undefined, byKey, invented }),
        }),
      );

  async function attempt(
    request: FastifyRequest,
    reply: FastifyReply,
    given: unknown,
  ): Promise<FastifyReply> {
    const parsed = Credentials.safeParse(given);
    const next = safeReturnPath(parsed.data?.next);
    if (!byKey) return form(reply, 403, { next, error: CODE_NO_KEYS });
    const key = parsed.data?.key.trim() ?? '';
    if (parsed.success && key === '') return form(reply, 400, { next, error: CODE_MISSING });
    const limit = await attempts(request);
    if (!limit.isAllowed && limit.isExceeded) {
      reply.header('retry-after', String(limit.ttlInSeconds));
      return form(reply, 429, { next, error: CODE_TOO_MANY });
    }
    const person = key === '' ? null : await store.checkKey(key);
    if (person === null) return form(reply, 401, { next, error: CODE_WRONG });
    beginSession(request, reply, sessions, [person]);
    return reply.redirect(next ?? homeOf(person), 303);
  }

  app.get<{ Querystring: Record<string, unknown> }>(
    '/sign-in',
    { config: { access: 'public' } },
    async (request, reply) => {
      if (request.query.key !== undefined) return attempt(request, reply, request.query);
      const next = safeReturnPath(request.query.next);
      if (request.person !== null) return reply.redirect(next ?? homeOf(request.person), 303);
      return form(reply, 200, { next, signedOut: request.query['signed-out'] === '1' });
    },
  );

  app.post('/sign-in', { config: { access: 'public' }, bodyLimit: 4_096 }, (request, reply) =>
    attempt(request, reply, request.body),
  );

  app.post('/sign-out', { config: { access: 'public' }, bodyLimit: 1_024 }, async (request, reply) => {
    sessions.end(sessionIdOf(request.headers.cookie, isSecure(request)));
    return reply
      .header('set-cookie', noSessionCookie(isSecure(request)))
      .redirect(openId ? '/sign-in/ended' : '/sign-in?signed-out=1', 303);
  });

  if (openId) openIdRoutes(app, context, openId);
}
