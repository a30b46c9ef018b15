// Nobody is shown a result of an evaluation that the audit log does not know of; whoever reaches for what is not theirs is noted.
import type { FastifyInstance } from 'fastify';
import { ANALYSIS_READERS, RESULT_READERS } from './access.ts';
import type { PortalStore } from './store.ts';

const RESULTS: ReadonlySet<unknown> = new Set([RESULT_READERS, ANALYSIS_READERS]);

/** Must run before any route is added. */
export function noteReads(app: FastifyInstance, store: PortalStore): void {
  app.addHook('onSend', async (request, reply) => {
    const { person } = request;
    const { config, url: route } = request.routeOptions;
    if (person === null || config.access === undefined || config.access === 'public') return;
    const isRead = (reply.statusCode === 200 || reply.statusCode === 304) && RESULTS.has(config.access);
    const isRefused = reply.statusCode === 403 || reply.statusCode === 404;
    if (!isRead && !isRefused) return;
    const what = { route, ...(request.params as Record<string, string>), status: reply.statusCode };
    const by = person.id ?? person.label;
    await store.note({ kind: isRead ? 'read' : 'refused', what, by, acting: person.role });
  });
}
