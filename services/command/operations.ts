// Every process answers for itself on the metrics port: what it counts, that it lives, and whether it is ready and why not.
import fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { type Checks, readiness, type Unready } from '../platform/readiness.ts';

export interface Operations {
  app: FastifyInstance;
  /** From now on these parts decide whether the process is ready. */
  serve: (checks: Checks) => void;
  /** The process is on its way out: send it nothing more. */
  leave: () => void;
}

/** `GET /metrics` (Prometheus), `/healthz` (it lives) and `/readyz` (503 with the parts that are missing and why). */
export function buildOperations(registry: Registry): Operations {
  const app = fastify({ logger: false, forceCloseConnections: true });
  const waiting = (reason: string) => async (): Promise<Unready[]> => [{ part: 'process', reason }];
  let unready = waiting('it is starting');
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const missing = await unready();
    if (missing.length === 0) return { status: 'ready' };
    return reply.code(503).send({ status: 'not-ready', missing });
  });
  return {
    app,
    serve: (checks) => {
      unready = readiness(checks);
    },
    leave: () => {
      unready = waiting('it is stopping');
    },
  };
}
