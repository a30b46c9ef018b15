// An answer of the API carries the hash of what it says; who has it already is told so in a few bytes. It may be kept by the
// reader's own machine alone, and is asked for anew each time, since what a reader may see can end any moment.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Weak, since the same answer travels compressed or not (RFC 9110, 8.8.3.3). */
const tagOf = (body: string): string =>
  `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;

const known = (header: string | undefined, tag: string): boolean =>
  (header ?? '').split(',').some((one) => one.trim() === tag || one.trim() === '*');

/** Must run before anything that compresses. */
export function tagAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const isJson = String(reply.getHeader('content-type')).startsWith('application/json');
    if (request.method !== 'GET' || reply.statusCode !== 200 || !isJson || typeof payload !== 'string')
      return payload;
    if (request.url === '/health') return payload;
    const tag = tagOf(payload);
    reply.header('etag', tag).header('cache-control', 'private, no-cache');
    if (!known(request.headers['if-none-match'], tag)) return payload;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return null;
  });
}
