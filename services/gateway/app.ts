// The intake: a council, known by its key, sends batches of lines; what is answered as accepted is safe in Kafka.
import { createGunzip } from 'node:zlib';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Counter, Histogram } from 'prom-client';
import type { Holder } from '../platform/access.ts';
import type { Producer } from '../platform/kafka.ts';
import type { Logger } from '../platform/log.ts';
import { hasTooManyLines, MAX_BODY_BYTES, MAX_LINES, readBatch } from './batch.ts';
import { produce, type Topic } from './produce.ts';

const lines = new Counter({
  name: 'waymark_gateway_lines_total',
  help: 'Lines received',
  labelNames: ['answer'],
});
const seconds = new Histogram({ name: 'waymark_gateway_batch_seconds', help: 'Seconds to answer a batch' });

export interface GatewayOptions {
  producer: Producer;
  topic: Topic;
  holderOf: (key: string) => Promise<Holder | null>;
  log: Logger;
  /** Batches in hand at once before senders are asked to wait. */
  maxInFlight?: number;
  /** Batches a minute from one key. */
  batchesPerMinute?: number;
}

class Refused extends Error {
  readonly statusCode: number;
  readonly code: string;

  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

const bearer = (request: FastifyRequest): string =>
  /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';

async function councilOfRequest(
  request: FastifyRequest,
  holderOf: GatewayOptions['holderOf'],
): Promise<string> {
  const key = bearer(request);
  const holder = key === '' ? null : await holderOf(key);
  if (!holder)
    throw new Refused(401, 'unknown-key', 'Send your council’s API key as Authorization: Bearer KEY.');
  if (holder.role !== 'council' || !holder.council)
    throw new Refused(403, 'not-a-council', 'Only a council’s key may send events.');
  return holder.council;
}

/** Unpacks gzip on the way in, so that the body limit holds for the unpacked bytes and a compressed bomb is cut off. */
function acceptGzip(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') return payload;
    if (encoding !== 'gzip')
      throw new Refused(415, 'unknown-encoding', 'Send the body as it is or with Content-Encoding: gzip.');
    delete request.headers['content-length'];
    const unpacked = createGunzip();
    payload.on('error', (error) => unpacked.destroy(error));
    return payload.pipe(unpacked);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-ndjson', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
}

/** What the libraries below refuse, in Waymark's own words; every other error says for itself what it is. */
const refusalOf = ({ code = '' }: { code?: string | undefined }): Refused | undefined => {
  if (code.startsWith('Z_'))
    return new Refused(400, 'bad-gzip', 'The body is not whole gzip: pack it and send it again.');
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new Refused(413, 'body-too-large', `Send at most ${MAX_BODY_BYTES} bytes in a batch, unpacked.`);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return notNdjson();
  return undefined;
};

const notNdjson = (): Refused =>
  new Refused(415, 'not-ndjson', 'Send lines of JSON with Content-Type: application/x-ndjson.');

function answerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    const { statusCode: status = 500, code = 'failed', message } = refusalOf(error) ?? error;
    if (status < 500 || error instanceof Refused)
      return reply.code(status).send({ error: { code, message } });
    log.error({ err: error }, 'a batch could not be answered: the sender will try again');
    return reply.code(status).send({
      error: { code: 'failed', message: 'Waymark could not take the batch: send it again later.' },
    });
  });
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .send({ error: { code: 'not-found', message: 'There is only POST /v1/events and GET /health.' } }),
  );
}

/** Builds the gateway; the caller listens. Answers: 202 all lines accepted; 422 some refused, the others accepted. */
export async function buildGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const { producer, topic, holderOf, log, maxInFlight = 32, batchesPerMinute = 6_000 } = options;
  const app = fastify({ bodyLimit: MAX_BODY_BYTES, requestTimeout: 60_000, logger: false });
  await app.register(rateLimit, {
    max: batchesPerMinute,
    timeWindow: '1 minute',
    keyGenerator: (request) => bearer(request) || request.ip,
    allowList: (request) => request.url === '/health',
    errorResponseBuilder: (_request, { statusCode }) =>
      new Refused(
        statusCode,
        'too-many-batches',
        'This key sends too often: send the batch again after the time in Retry-After.',
      ),
  });
  acceptGzip(app);
  answerErrors(app, log);
  let inFlight = 0;

  const take = async (body: string, council: string, reply: FastifyReply) => {
    const batch = readBatch(body, council);
    const accepted = batch.events.length + batch.statements.length;
    try {
      await produce(producer, topic, batch);
    } catch (error) {
      log.error(
        { err: error },
        'Kafka did not acknowledge a batch: check that it runs; the sender will try again',
      );
      reply.header('retry-after', '5');
      throw new Refused(
        503,
        'kafka-unavailable',
        'The batch was not stored: send it again after the time in Retry-After.',
      );
    }
    lines.inc({ answer: 'accepted' }, accepted);
    lines.inc({ answer: 'refused' }, batch.refused.length);
    return reply.code(batch.refused.length > 0 ? 422 : 202).send({ accepted, rejected: batch.refused });
  };

  app.post(
    '/v1/events',
    { onRequest: async (request) => void (await councilOfRequest(request, holderOf)) },
    async (request, reply) => {
      const council = await councilOfRequest(request, holderOf);
      if (typeof request.body !== 'string') {
        throw notNdjson();
      }
      if (hasTooManyLines(request.body)) {
        throw new Refused(413, 'too-many-lines', `Send at most ${MAX_LINES} lines in a batch.`);
      }
      if (inFlight >= maxInFlight) {
        reply.header('retry-after', '1');
        throw new Refused(
          429,
          'busy',
          'Too many batches are in hand: send it again after the time in Retry-After.',
        );
      }
      inFlight += 1;
      const stopTimer = seconds.startTimer();
      try {
        return await take(request.body, council, reply);
      } finally {
        inFlight -= 1;
        stopTimer();
      }
    },
  );
  app.get('/health', async () => ({ status: 'ok' }));
  return app;
}
