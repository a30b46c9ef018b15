// What a browser may do with a page of the portal: load from here only, frame nowhere, keep nothing, tell nobody.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PortalProblem } from './problem.ts';

const policy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** A form may only be sent from a page of this portal. Browsers say where a request comes from; old ones say the origin. */
function assertOwnForm(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  const origin = request.headers.origin;
  const fromElsewhere =
    site !== undefined
      ? site !== 'same-origin' && site !== 'none'
      : origin !== undefined && origin !== 'null' && origin !== `${request.protocol}://${request.host}`;
  if (fromElsewhere) {
    throw new PortalProblem(
      403,
      'sent-from-elsewhere',
      'This form was sent from another website, so nothing was done.',
    );
  }
}

export function secure(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'private, no-store',
    });
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000');
    if (request.method === 'POST') assertOwnForm(request);
  });
}
