// Who sends: a council is known by its key, and neither a council nor a guesser may ask too often.
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Holder } from '../platform/access.ts';
import { invariant } from '../platform/errors.ts';
import { Refused } from './refusals.ts';

export interface SenderOptions {
  holderOf: (key: string) => Promise<Holder | null>;
  /** Requests a minute of one council, whichever of its keys it uses. */
  requestsPerMinute?: number;
  /** Requests a minute with an unknown key from one address. */
  triesPerMinute?: number;
}

const Delivery = z.string().regex(/^[\w.-]{1,64}$/);

const bearer = (request: FastifyRequest): string =>
  /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';

/** Knows each request's council, or refuses it: too many unknown keys from an address, too many requests of a council. */
export async function authentication(app: FastifyInstance, options: SenderOptions) {
  const { holderOf, requestsPerMinute = 6_000, triesPerMinute = 60 } = options;
  const councils = new WeakMap<FastifyRequest, string>();
  await app.register(rateLimit, { global: false });
  const tries = app.createRateLimit({
    max: triesPerMinute,
    timeWindow: '1 minute',
    keyGenerator: ({ ip }) => ip,
  });
  const requests = app.createRateLimit({
    max: requestsPerMinute,
    timeWindow: '1 minute',
    keyGenerator: (request) => councils.get(request) ?? '',
  });
  const authenticate = async (request: FastifyRequest): Promise<void> => {
    const tried = await tries(request, { increment: false });
    if (!tried.isAllowed && tried.remaining <= 0) throw new Refused('too-many-tries', tried.ttlInSeconds);
    const key = bearer(request);
    const holder = key === '' ? null : await holderOf(key);
    if (!holder) {
      await tries(request);
      throw new Refused('unknown-key');
    }
    if (holder.role !== 'council' || !holder.council) throw new Refused('not-a-council');
    councils.set(request, holder.council);
    const sent = await requests(request);
    if (!sent.isAllowed && sent.isExceeded) throw new Refused('too-many-requests', sent.ttlInSeconds);
  };
  const councilOf = (request: FastifyRequest): string => {
    const council = councils.get(request);
    invariant(council, 'a request is authenticated before it is handled');
    return council;
  };
  return { authenticate, councilOf };
}

/** The sender's own name for what the batch is part of; empty when it gives none. */
export const deliveryOf = (request: FastifyRequest): string => {
  const given = request.headers['waymark-delivery'];
  if (given === undefined) return '';
  const delivery = Delivery.safeParse(given);
  if (!delivery.success) throw new Refused('bad-delivery');
  return delivery.data;
};
