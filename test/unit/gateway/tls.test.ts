// HTTPS by configuration: TLS 1.2 or newer only, and with a client CA only senders that it knows.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readTls } from '../../../services/gateway/tls.ts';
import { loadConfig } from '../../../services/platform/config.ts';
import { certificate } from '../../harness/certificates.ts';
import { gateway } from './gateway.ts';

function files(contents: Record<string, string>): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return Object.fromEntries(
    Object.entries(contents).map(([name, text]) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return [name, path];
    }),
  );
}

const ca = certificate('Test CA');
const server = certificate('gateway', ca);
const stranger = certificate('Another CA');

async function serving(withClientCa: boolean) {
  const { key, cert, clients } = files({ key: server.key, cert: server.cert, clients: ca.cert });
  const { gatewayTls } = loadConfig({
    WAYMARK_GATEWAY_TLS_KEY: key,
    WAYMARK_GATEWAY_TLS_CERT: cert,
    ...(withClientCa && { WAYMARK_GATEWAY_CLIENT_CA: clients }),
  });
  const { app } = await gateway({ tls: await readTls(gatewayTls!) });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

/** The status and the version of TLS, or the code of the error. */
const ask = (url: string, options: RequestOptions): Promise<unknown[]> =>
  new Promise((resolve) => {
    const sent = request(`${url}/health`, { ca: ca.cert, agent: false, ...options }, (response) => {
      const { socket } = response as unknown as { socket: { getProtocol(): string } };
      resolve([response.statusCode, socket.getProtocol()]);
      response.resume();
    });
    sent.on('error', (error: NodeJS.ErrnoException) => resolve([error.code]));
    sent.end();
  });

describe('the gateway over TLS', () => {
  test('answers 1.3 and 1.2 and nothing older, nor plain HTTP', async () => {
    const url = await serving(false);
    expect(url).toMatch(/^https:/);
    expect(await ask(url, {})).toEqual([200, 'TLSv1.3']);
    expect(await ask(url, { maxVersion: 'TLSv1.2' })).toEqual([200, 'TLSv1.2']);
    const old = await ask(url, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    expect(old[0]).not.toBe(200);
    await expect(fetch(url.replace('https', 'http'))).rejects.toThrow();
  });

  test('asks for a certificate of the client CA when there is one', async () => {
    const url = await serving(true);
    const known = certificate('council', ca);
    const unknown = certificate('council', stranger);
    expect(await ask(url, { key: known.key, cert: known.cert })).toEqual([200, 'TLSv1.3']);
    expect((await ask(url, { key: unknown.key, cert: unknown.cert }))[0]).not.toBe(200);
    expect((await ask(url, {}))[0]).not.toBe(200);
  });

  test('says which file or setting is wrong', async () => {
    const { key, cert, other } = files({ key: server.key, cert: server.cert, other: stranger.key });
    await expect(readTls({ keyFile: '/nowhere/key', certFile: cert! })).rejects.toMatchObject({
      code: 'tls-unreadable',
      place: { file: '/nowhere/key', field: 'WAYMARK_GATEWAY_TLS_KEY' },
    });
    await expect(readTls({ keyFile: other!, certFile: cert! })).rejects.toMatchObject({
      code: 'tls-unusable',
    });
    expect(() => loadConfig({ WAYMARK_GATEWAY_TLS_KEY: key })).toThrow(/WAYMARK_GATEWAY_TLS_CERT/);
    expect(() => loadConfig({ WAYMARK_ALLOCATION_TLS_KEY: key })).toThrow(/WAYMARK_ALLOCATION_TLS_CERT/);
    expect(() => loadConfig({ WAYMARK_ALLOCATION_TLS_CERT: cert })).toThrow(/WAYMARK_ALLOCATION_TLS_KEY/);
    expect(() => loadConfig({ WAYMARK_GATEWAY_CLIENT_CA: cert })).toThrow(/WAYMARK_GATEWAY_TLS_KEY/);
    expect(loadConfig({}).gatewayTls).toBeNull();
  });
});
