// Kafka and Temporal are reached over TLS with a client's certificate: the clients' own handshakes, with a server that asks for one.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { Connection } from '@temporalio/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../../services/platform/config.ts';
import { connectKafka } from '../../../services/platform/kafka.ts';
import { kafkaSecured, type TlsFiles, temporalSecured } from '../../../services/platform/secured.ts';
import { certificate } from '../../harness/certificates.ts';

const authority = certificate('authority');
const server = certificate('broker', authority);
const client = certificate('waymark', authority);
const stranger = certificate('stranger', certificate('another authority'));

async function files(of: typeof client): Promise<Required<TlsFiles>> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-tls-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  await writeFile(at('ca.pem'), authority.cert);
  await writeFile(at('cert.pem'), of.cert);
  await writeFile(at('key.pem'), of.key);
  return { ca: at('ca.pem'), cert: at('cert.pem'), key: at('key.pem') };
}

/** A server that lets in whoever shows a certificate of the authority, notes who it was, and says nothing. */
async function asking(): Promise<{ address: string; shown: Promise<string>; letIn: Promise<boolean> }> {
  const listening = createServer({
    cert: server.cert,
    key: server.key,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['h2'],
  });
  const shown = new Promise<string>((resolve) => {
    listening.once('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => {});
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
  });
  const letIn = new Promise<boolean>((resolve) => {
    listening.once('tlsClientError', () => resolve(false));
    listening.once('secureConnection', () => resolve(true));
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listening.close());
  return { address: `127.0.0.1:${(listening.address() as AddressInfo).port}`, shown, letIn };
}

/** Tries once; that nobody answers as a broker or a frontend would is no matter here. */
const tries = {
  kafka: async (address: string, tls: TlsFiles) => {
    const admin = connectKafka([address], 'test', undefined, { tls, retries: 0 }).admin({
      retry: { retries: 0 },
    });
    await admin.connect().catch(() => {});
    await admin.disconnect();
  },
  temporal: async (address: string, tls: TlsFiles) => {
    const connecting = Connection.connect({ address, connectTimeout: 500, ...temporalSecured({ tls }) });
    await connecting.then(
      (connection) => connection.close(),
      () => {},
    );
  },
};

describe.each(['kafka', 'temporal'] as const)('%s', (part) => {
  test('is shown Waymark’s certificate', async () => {
    const { address, shown } = await asking();
    const [name] = await Promise.all([shown, tries[part](address, await files(client))]);
    expect(name).toBe('waymark');
  });

  test('turns away a certificate of another authority', async () => {
    const { address, letIn } = await asking();
    const [in_] = await Promise.all([letIn, tries[part](address, await files(stranger))]);
    expect(in_).toBe(false);
  });

  test('is not believed with a certificate of another authority', async () => {
    const { address, letIn } = await asking();
    const given = await files(client);
    await writeFile(given.ca, stranger.cert);
    const [in_] = await Promise.all([letIn, tries[part](address, given)]);
    expect(in_).toBe(false);
  });
});

describe('settings', () => {
  test('of a password are read from its file, without the line’s end', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'waymark-sasl-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'password'), 'a secret\n');
    const { kafkaSecurity } = loadConfig({
      KAFKA_SASL_MECHANISM: 'scram-sha-256',
      KAFKA_SASL_USERNAME: 'waymark',
      KAFKA_SASL_PASSWORD_FILE: join(folder, 'password'),
    });
    expect(kafkaSecured(kafkaSecurity)).toEqual({
      sasl: { mechanism: 'scram-sha-256', username: 'waymark', password: 'a secret' },
    });
    expect(() => kafkaSecured({ tls: { ca: join(folder, 'nowhere') } })).toThrow(/cannot be read \(ENOENT\)/);
  });

  test.each([
    [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'x', KAFKA_SASL_PASSWORD: 'y' }, 'KAFKA_TLS'],
    [{ KAFKA_SASL_USERNAME: 'x' }, 'KAFKA_SASL_MECHANISM'],
    [{ KAFKA_TLS_CA: '/ca' }, 'KAFKA_TLS'],
    [{ KAFKA_TLS: 'on', KAFKA_TLS_CERT: '/c' }, 'KAFKA_TLS_KEY'],
    [{ TEMPORAL_TLS: 'on', TEMPORAL_TLS_KEY: '/k' }, 'TEMPORAL_TLS_CERT'],
    [{ WAYMARK_OIDC_ISSUER: 'https://login.example' }, 'WAYMARK_OIDC_CLIENT_ID'],
    [{ WAYMARK_OIDC_CLIENT_SECRET: 's' }, 'WAYMARK_OIDC_ISSUER'],
  ])('%j are refused, naming %s', (env, field) => {
    expect(() => loadConfig(env)).toThrow(
      expect.objectContaining({ code: 'bad-configuration', place: { field } }),
    );
  });
});
