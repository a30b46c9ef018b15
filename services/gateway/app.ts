// The intake: a council, known by its key, sends batches of lines; what is answered as accepted is safe in Kafka.
// A council reads back its own feed and what was refused of it, and nothing of any other.

import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Counter, Histogram } from 'prom-client';
import { z } from 'zod';
import { readableUrl } from '../platform/address.ts';
import { invariant } from '../platform/errors.ts';
import type { Producer } from '../platform/kafka.ts';
import type { Logger } from '../platform/log.ts';
import { inSpan, note, SpanKind } from '../platform/tracing/span.ts';
import { within } from '../platform/within.ts';
import {
  claimsCompleteness,
  hasTooManyLines,
  MAX_BODY_BYTES,
  type ReadBatch,
  readBatch,
  withoutClaims,
} from './batch.ts';
import { readBody } from './body.ts';
import { Capacity, type CapacityLimits, type Place, usualLimits } from './capacity.ts';
import { answerBrokenRequest, answerErrors } from './errors.ts';
import { produce, type Topic } from './produce.ts';
import { Refused } from './refusals.ts';
import { authentication, deliveryOf, type SenderOptions } from './sender.ts';
import type { GatewayStore } from './store.ts';
import type { TlsOptions } from './tls.ts';

const lines = new Counter({
  name: 'waymark_gateway_lines_total',
  help: 'Lines received, by answer; both together are all lines of the batches that were answered',
  labelNames: ['answer'],
});
const seconds = new Histogram({ name: 'waymark_gateway_batch_seconds', help: 'Seconds to answer a batch' });

export interface GatewayOptions extends SenderOptions {
  producer: Producer;
  topic: Topic;
  store: GatewayStore;
  log: Logger;
  /** The parts that do not answer; none when batches can be taken. */
  missing?: () => Promise<string[]>;
  tls?: TlsOptions;
  limits?: Partial<CapacityLimits>;
  /** Milliseconds for a body to arrive. */
  bodyPatience?: number;
  /** Milliseconds for Kafka to acknowledge a batch before the sender is told to try again. */
  kafkaPatience?: number;
}

const BODY_PATIENCE = 30_000;
const KAFKA_PATIENCE = 20_000;
const HEADERS_PATIENCE = 10_000;
const RETRY_KAFKA = 5;
const RETRY_READY = 5;

/** A batch begins a trace: what a sender says of its own is not taken up. */
const receiving = (council: string) => ({
  kind: SpanKind.SERVER,
  attributes: {
    'http.request.method': 'POST',
    'http.route': '/v1/events',
    'waymark.council': council,
  },
});

const Before = z.object({ before: z.iso.datetime({ offset: true }).optional() });

/** Takes a batch whose lines have been read: notes what was refused, then produces what was accepted. */
function taking({ producer, topic, store, log, kafkaPatience = KAFKA_PATIENCE }: GatewayOptions) {
  /** A council is never complete through a day of which lines were refused. */
  const believable = async (batch: ReadBatch, council: string, delivery: string): Promise<ReadBatch> => {
    if (!batch.statements.some(claimsCompleteness)) return batch;
    const refused =
      batch.refused.length > 0 || (delivery !== '' && (await store.hasRefused(council, delivery)));
    return refused ? withoutClaims(batch) : batch;
  };

  return async (body: string, place: Place, council: string, delivery: string): Promise<ReadBatch> => {
    const read = readBatch(body, council);
    await store.noteRefused(council, delivery, read.refused);
    const batch = await believable(read, council, delivery);
    try {
      await within(
        kafkaPatience,
        place.produce(() => produce(producer, topic, batch)),
      );
    } catch (error) {
      log.error(
        { err: error },
        'Kafka did not acknowledge a batch: check that it runs; the sender will try again',
      );
      throw new Refused('kafka-unavailable', RETRY_KAFKA);
    }
    return batch;
  };
}

/** Builds the gateway; the caller listens. Answers: 202 all lines accepted; 422 some refused, the others accepted. */
export async function buildGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const { store, log, missing = async () => [], tls, bodyPatience = BODY_PATIENCE } = options;
  const server = { headersTimeout: HEADERS_PATIENCE, connectionsCheckingInterval: 1_000 };
  const app = fastify({
    // The limit itself is kept in body.ts, which answers before it closes; this one only ends what nobody means.
    bodyLimit: 64 * MAX_BODY_BYTES,
    requestTimeout: 2 * bodyPatience,
    clientErrorHandler: answerBrokenRequest,
    rewriteUrl: readableUrl,
    logger: false,
    ...(tls ? { https: { ...server, ...tls } } : { http: server }),
  }) as unknown as FastifyInstance;
  const capacity = new Capacity({ ...usualLimits, ...options.limits }, Date.now);
  const { authenticate, councilOf } = await authentication(app, options);
  const take = taking(options);
  answerErrors(app, log);

  const places = new WeakMap<FastifyRequest, Place>();
  const placeOf = (request: FastifyRequest): Place => {
    const place = places.get(request);
    invariant(place, 'a batch has its place before its body is read');
    return place;
  };
  /** A place is taken before the body is read, and given back when the answer is out or the sender has gone. */
  const enter = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const place = capacity.enter(councilOf(request));
    places.set(request, place);
    reply.raw.once('close', () => place.leave());
  };
  app.addHook('onResponse', async (request) => places.get(request)?.leave());

  // A refusal is handed on and not thrown: Fastify would close the connection on a sender that is still writing, which
  // then might never read why.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-ndjson',
    async (request: FastifyRequest, payload: NodeJS.ReadableStream): Promise<string | Refused> =>
      readBody(payload, request.headers, placeOf(request), bodyPatience).catch((error: unknown) => {
        if (error instanceof Refused) return error;
        throw error;
      }),
  );

  app.post('/v1/events', { onRequest: [authenticate, enter] }, async (request, reply) => {
    if (request.body instanceof Refused) throw request.body;
    if (typeof request.body !== 'string') throw new Refused('not-ndjson');
    if (hasTooManyLines(request.body)) throw new Refused('too-many-lines');
    const { body } = request;
    const council = councilOf(request);
    const stopTimer = seconds.startTimer();
    const { accepted, refused } = await inSpan('POST /v1/events', receiving(council), async () => {
      const { events, statements, refused } = await take(
        body,
        placeOf(request),
        council,
        deliveryOf(request),
      );
      const accepted = events.length + statements.length;
      note({ 'waymark.lines.accepted': accepted, 'waymark.lines.refused': refused.length });
      return { accepted, refused };
    });
    stopTimer();
    lines.inc({ answer: 'accepted' }, accepted);
    lines.inc({ answer: 'refused' }, refused.length);
    const rejected = refused.map(({ sha256: _, ...line }) => line);
    return reply.code(rejected.length > 0 ? 422 : 202).send({ accepted, rejected });
  });
  app.get('/v1/feed', { onRequest: authenticate }, async (request) => store.feed(councilOf(request)));
  app.get('/v1/quarantine', { onRequest: authenticate }, async (request) => {
    const query = Before.safeParse(request.query);
    if (!query.success) throw new Refused('bad-query');
    return { lines: await store.held(councilOf(request), query.data.before ?? null) };
  });
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async () => {
    const parts = await missing();
    if (parts.length > 0) {
      log.warn({ parts }, 'not ready: a part does not answer');
      throw new Refused('not-ready', RETRY_READY);
    }
    return { status: 'ready' };
  });
  return app;
}
