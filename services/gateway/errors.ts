// Whatever goes wrong is answered in Waymark's own words, with a code and nothing of the inside.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Counter } from 'prom-client';
import type { Logger } from '../platform/log.ts';
import { Refused, refusals } from './refusals.ts';

const turnedAway = new Counter({
  name: 'waymark_gateway_refused_requests_total',
  help: 'Requests refused as a whole',
  labelNames: ['code'],
});

/** What the libraries below refuse, in Waymark's own words. */
const refusalOf = (error: Error & { code?: string | undefined }): Refused | undefined => {
  if (error instanceof Refused) return error;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Refused('body-too-large');
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Refused('not-ndjson');
  return undefined;
};

export function answerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    const refused = refusalOf(error);
    if (!refused && (error.statusCode ?? 500) >= 500)
      log.error({ err: error }, 'a request could not be answered: the sender will try again');
    const { code, message, statusCode, retryAfter } = refused ?? new Refused('failed');
    turnedAway.inc({ code });
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
    // Whoever is still sending after its time is cut off.
    if (statusCode === 408) reply.header('connection', 'close');
    return reply.code(statusCode).send({ error: { code, message } });
  });
  app.setNotFoundHandler(() => {
    throw new Refused('not-found');
  });
}

/** A connection that sends no whole request is told so in plain HTTP and closed. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  if (socket.writable && error.code !== 'ECONNRESET') {
    const body = late
      ? JSON.stringify({ error: { code: 'too-slow', message: refusals['too-slow'].message } })
      : '';
    const status = late ? '408 Request Timeout' : '400 Bad Request';
    socket.write(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
