// The portal process: pages and the JSON interface.
import { register } from 'prom-client';
import { countRequests } from '../../platform/metrics.ts';
import { buildPortal } from '../../portal/app.ts';
import { createPortalStore } from '../../portal/postgres-store.ts';
import type { Start } from '../process.ts';

export const start: Start = async ({ config, db, log }) => {
  const app = await buildPortal({ store: createPortalStore(db), log });
  countRequests(app, register);
  const url = await app.listen({ host: config.host, port: config.portalPort });
  return { url, stop: () => app.close() };
};
