// The portal process: pages and the JSON interface.
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { register } from 'prom-client';
import { issuerUrl, openIdClient } from '../../access/openid.ts';
import type { Config } from '../../platform/config.ts';
import { UserError } from '../../platform/errors.ts';
import { countRequests } from '../../platform/metrics.ts';
import { buildPortal } from '../../portal/app.ts';
import { createPortalStore } from '../../portal/postgres-store.ts';
import type { Start } from '../process.ts';

/** @throws UserError `secret-unreadable` */
async function secretOf(openId: NonNullable<Config['openId']>): Promise<string> {
  if ('secret' in openId) return openId.secret;
  const field = 'WAYMARK_OIDC_CLIENT_SECRET_FILE';
  const secret = await readFile(openId.secretFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      'secret-unreadable',
      `The file of ${field} cannot be read (${error.code}): correct it, or make it readable for this process.`,
      { field },
    );
  });
  if (secret.trim() !== '') return secret.trim();
  throw new UserError('secret-unreadable', `The file of ${field} is empty.`, { field });
}

export const start: Start = async ({ config, db, log }) => {
  const { openId, portalUrl, keySignIn: byKey } = config;
  const app = buildPortal({
    store: createPortalStore(db),
    log,
    ...(config.temporalUi && {
      temporalUi: { address: config.temporalUi, namespace: config.temporalNamespace },
    }),
    // One proxy, which ends TLS: further addresses in X-Forwarded-For are what a visitor says.
    ...(portalUrl?.startsWith('https:') && { trustProxy: (_address: string, hop: number) => hop === 0 }),
    signIn: {
      byKey,
      ...(openId && {
        openId: openIdClient({ ...openId, clientSecret: await secretOf(openId) }),
        origin: () => portalUrl ?? `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
        // A provider without TLS can only be the one of a demonstration.
        invented: issuerUrl(openId.issuer).protocol === 'http:',
      }),
    },
  });
  countRequests(app, register);
  const url = await app.listen({ host: config.host, port: config.portalPort });
  return { url, stop: () => app.close() };
};
