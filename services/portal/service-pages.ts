// What operators see of Waymark itself: how it stands, live, and its audit log.
import type { FastifyInstance } from 'fastify';
import { readerKey } from '../access/reader.ts';
import { within } from '../platform/within.ts';
import { renderPage } from './layout.ts';
import type { Stream } from './live.ts';
import { auditPage } from './pages/audit.ts';
import { SERVICE_LIVE_PATH, servicePage, serviceRegions, type TemporalUi } from './pages/service.ts';
import { PortalProblem } from './problem.ts';
import type { ServiceState } from './service-state.ts';
import { shared } from './shared.ts';
import type { PortalStore } from './store.ts';

/** How long the service's state is shown to all operators who look. */
const FRESH_MS = 1_000;
/** How long a page waits for a check of the whole log. */
const PATIENCE_MS = 2_000;

const HTML = 'text/html; charset=utf-8';
const operators = { access: ['operator'] } as const;

/** @throws PortalProblem 400 `bad-page` */
function readBefore(query: Record<string, unknown>): number | null {
  if (query.before === undefined) return null;
  const before = Number(query.before);
  if (Number.isSafeInteger(before) && before > 0) return before;
  throw new PortalProblem(400, 'bad-page', 'before is the number of an entry of the log.', [
    { text: 'The newest entries', href: '/service/audit' },
  ]);
}

export function servicePages(
  app: FastifyInstance,
  store: PortalStore,
  stream: Stream,
  temporalUi: TemporalUi | null,
): void {
  const standing = shared(FRESH_MS, readerKey, () => store.service());
  const found = async (ask: () => Promise<ServiceState | null>): Promise<ServiceState> => {
    const state = await ask();
    if (state) return state;
    throw new PortalProblem(403, 'not-allowed', 'What you are signed in as does not open this page.');
  };

  app.get('/service', { config: operators }, async ({ person }, reply) => {
    const state = await found(() => store.service());
    const main = servicePage(state, temporalUi);
    return reply.type(HTML).send(renderPage({ title: 'Service', person, section: 'service', main }));
  });

  app.get(SERVICE_LIVE_PATH, { config: { ...operators, unattended: true } }, (request, reply) =>
    stream(request, reply, async () => serviceRegions(await found(standing), temporalUi)),
  );

  app.get<{ Querystring: Record<string, unknown> }>(
    '/service/audit',
    { config: operators },
    async ({ person, query }, reply) => {
      const before = readBefore(query);
      const lines = await store.auditLog(before);
      const checked = await within(PATIENCE_MS, store.checkedAudit()).catch(() => null);
      const main = auditPage(lines, before, checked);
      const breadcrumbs = [{ text: 'Service', href: '/service' }, { text: 'Audit log' }];
      return reply
        .type(HTML)
        .send(renderPage({ title: 'Audit log', person, section: 'service', breadcrumbs, main }));
    },
  );
}
