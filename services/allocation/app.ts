// The allocation service as caseworkers' systems meet it, and its pages beside it.

import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Answer } from '../evaluations/allocation/allocator.ts';
import { Unit } from '../evaluations/allocation/entry.ts';
import { readableUrl } from '../platform/address.ts';
import { type AllocationOptions, type Asker, askerOf, evenly, Refused, refusalOf } from './asking.ts';
import { allocationPages, noPage } from './pages.ts';

const Asking = z.strictObject({
  evaluation: z.string().min(1).max(80),
  unit: Unit,
  levels: z.record(z.string().max(80), z.string().max(60)).default({}),
  eligibility: z.record(z.string().max(80), z.boolean()).default({}),
});

const bearer = (request: FastifyRequest): string =>
  /^Bearer (\S{8,200})$/.exec(request.headers.authorization ?? '')?.[1] ?? '';

/** Builds the service; the caller listens. `POST /v1/allocations` may be repeated: the answer stays the same. */
export async function buildAllocation(options: AllocationOptions): Promise<FastifyInstance> {
  const { allocator, holderOf, log, leastAnswer = 50, tls } = options;
  const app = fastify({
    bodyLimit: 16_384,
    requestTimeout: 30_000,
    logger: false,
    rewriteUrl: readableUrl,
    // As long as all that Node.js takes of a request before its body: Fastify never answers a longer one for us.
    routerOptions: { maxParamLength: 16_384 },
    ...(tls && { https: tls }),
  }) as FastifyInstance;
  await app.register(rateLimit, { global: false });
  const failures = app.createRateLimit({ max: 30, timeWindow: '1 minute' });
  app.setErrorHandler((error, _request, reply) => {
    const { statusCode, code, message, field } = refusalOf(error, log);
    return reply.code(statusCode).send({ error: { code, message, ...(field && { field }) } });
  });
  app.setNotFoundHandler((request, reply) => {
    if (request.headers.accept?.includes('text/html')) return noPage(reply);
    throw new Refused(404, 'not-found', 'There is nothing here: ask with POST /v1/allocations.', 'url');
  });
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });

  const known = async (request: FastifyRequest): Promise<Asker> => {
    const before = await failures(request, { increment: false });
    if (!before.isAllowed && before.isExceeded)
      throw new Refused(429, 'too-many-attempts', 'Too many requests with a wrong key: wait a minute.');
    try {
      return await askerOf(bearer(request), holderOf);
    } catch (error) {
      await failures(request);
      throw error;
    }
  };

  app.post('/v1/allocations', async (request): Promise<Answer> => {
    const asker = await known(request);
    const parsed = Asking.safeParse(request.body);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const field = issue?.path.map(String).join('.') ?? '';
      throw new Refused(422, 'bad-request', `${field || 'The body'} ${issue?.message}.`, field);
    }
    return evenly(leastAnswer, allocator.assign({ ...parsed.data, council: asker.council, by: asker.label }));
  });
  app.get('/health', async () => ({ status: 'ok' }));
  allocationPages(app, { ...options, leastAnswer });
  return app;
}
