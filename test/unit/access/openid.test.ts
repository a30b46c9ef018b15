// People sign in at a real OpenID Connect provider; a provider that lies, or an answer that is not this browser's, opens nothing.
import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { startInventedProvider } from '../../../services/access/invented-provider.ts';
import { issuerUrl, openIdClient } from '../../../services/access/openid.ts';
import type { Identity } from '../../../services/access/people.ts';
import { buildPortal } from '../../../services/portal/app.ts';
import { CALLBACK_PATH } from '../../../services/portal/openid.ts';
import type { KeyHolder, PortalStore } from '../../../services/portal/store.ts';
import { fakeStore, keys } from '../../browser/fake-store.ts';
import { Browsing, formOf } from './browsing.ts';

const client = { id: 'waymark', secret: 'a secret of the test', callbackPath: CALLBACK_PATH };
const rosa = { id: 'rosa', name: 'Rosa', email: 'Rosa@Example.invalid', words: '' };
const researcher: KeyHolder = { id: 'person:1', label: 'Rosa', role: 'researcher', council: null };
const operator: KeyHolder = { ...researcher, role: 'operator' };

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** A portal that signs people in at `issuer`. */
async function portalAt(issuer: string, changes: Partial<PortalStore> = {}, clock = () => new Date()) {
  let app: FastifyInstance;
  const address = () => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const openId = openIdClient({ issuer, clientId: client.id, clientSecret: client.secret });
  app = buildPortal({
    store: fakeStore({ rolesOf: async () => [researcher], ...changes }),
    clock,
    signIn: { openId, origin: address, byKey: false, invented: true },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  ending.push(() => app.close());
  return address();
}

async function withProvider(changes: Partial<PortalStore> = {}, clock?: () => Date) {
  const provider = await startInventedProvider(client, [rosa]);
  ending.push(() => provider.stop());
  return { issuer: provider.issuer, portal: await portalAt(provider.issuer, changes, clock) };
}

/** Two clicks: “Sign in”, then the person. */
async function signIn(portal: string, browser = new Browsing(), next = '') {
  const choice = await browser.visit(`${portal}/sign-in/start${next}`);
  return { browser, arrived: await browser.visit(choice.url, { person: 'rosa' }) };
}

describe('signing in', () => {
  it('takes two clicks, and leads where the person wanted to go', async () => {
    let told: Identity | undefined;
    const { portal, issuer } = await withProvider({
      rolesOf: async (identity) => {
        told = identity;
        return [researcher];
      },
    });
    const { arrived, browser } = await signIn(portal, new Browsing(), '?next=%2Ffeeds');
    expect(arrived).toMatchObject({ status: 200, url: `${portal}/feeds` });
    expect(told).toEqual({ issuer, subject: 'rosa', email: 'rosa@example.invalid' });
    expect([...(browser.jar.get(portal)?.keys() ?? [])]).toEqual(['waymark_session']);
  });

  it('asks for a code with PKCE, state and nonce', async () => {
    const { portal } = await withProvider();
    const asked = new URL(
      (await new Browsing().ask(`${portal}/sign-in/start`)).headers.get('location') ?? '',
    );
    const query = Object.fromEntries(asked.searchParams);
    expect(query).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      client_id: 'waymark',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(query[name]).toMatch(/^[\w-]{43}$/);
  });

  it('renews the session at every sign-in', async () => {
    const { portal } = await withProvider();
    const { browser } = await signIn(portal);
    const first = browser.jar.get(portal)?.get('waymark_session');
    await signIn(portal, browser);
    const second = browser.jar.get(portal)?.get('waymark_session');
    expect(second).not.toBe(first);
    browser.jar.get(portal)?.set('waymark_session', first ?? '');
    expect((await browser.ask(`${portal}/`)).status).toBe(303);
  });

  it('keeps access keys of machines out of browsers, and lets them into the API', async () => {
    const { portal } = await withProvider();
    expect((await new Browsing().ask(`${portal}/sign-in?key=${keys.researcher}`)).status).toBe(403);
    const answer = await fetch(`${portal}/api/v1/evaluations`, {
      headers: { authorization: `Bearer ${keys.researcher}` },
    });
    expect(answer.status).toBe(200);
  });

  it('signs out here, and shows the way out there', async () => {
    const { portal, issuer } = await withProvider();
    const { browser } = await signIn(portal);
    const out = await browser.visit(`${portal}/sign-out`, await formOf(browser, `${portal}/`));
    expect(out.url).toBe(`${portal}/sign-in/ended`);
    expect(out.body).toContain(`${issuer}/session/end`);
    expect((await browser.ask(`${portal}/`)).status).toBe(303);
  });

  it('ends after half an hour without a page', async () => {
    let now = new Date('2026-08-31T09:00:00Z');
    const { portal } = await withProvider({}, () => now);
    const { browser } = await signIn(portal);
    const later = (minutes: number) => {
      now = new Date(now.getTime() + minutes * 60_000);
    };
    later(29);
    expect((await browser.ask(`${portal}/`)).status).toBe(200);
    later(30);
    expect((await browser.ask(`${portal}/`)).status).toBe(303);
  });

  it('ends when what was granted is revoked', async () => {
    let stands = true;
    const { portal } = await withProvider({ stands: async () => stands });
    const { browser } = await signIn(portal);
    expect((await browser.ask(`${portal}/`)).status).toBe(200);
    stands = false;
    expect((await browser.ask(`${portal}/`)).status).toBe(303);
  });

  it('opens nothing to somebody who was granted nothing, and says what to ask for', async () => {
    for (const roles of [null, []]) {
      const { portal } = await withProvider({ rolesOf: async () => roles });
      const { arrived, browser } = await signIn(portal);
      expect(arrived.status).toBe(403);
      expect(arrived.body).toContain('rosa@example.invalid');
      expect(browser.jar.get(portal)?.has('waymark_session')).toBe(false);
    }
  });

  it('acts in one role at a time', async () => {
    const { portal } = await withProvider({ rolesOf: async () => [researcher, operator] });
    const { arrived, browser } = await signIn(portal);
    expect(arrived.url).toBe(`${portal}/sign-in/role`);
    const before = browser.jar.get(portal)?.get('waymark_session');
    const choose = async (role: string) =>
      browser.visit(`${portal}/sign-in/role`, { ...(await formOf(browser, `${portal}/sign-in/role`)), role });
    expect((await choose('1')).url).toBe(`${portal}/`);
    expect(browser.jar.get(portal)?.get('waymark_session')).not.toBe(before);
    expect((await choose('7')).status).toBe(400);
  });
});

describe('an answer that is not this browser’s', () => {
  it('is refused in a browser that did not ask', async () => {
    const { portal } = await withProvider();
    const honest = new Browsing();
    const choice = await honest.visit(`${portal}/sign-in/start`);
    let at = choice.url;
    let form: Record<string, string> | undefined = { person: 'rosa' };
    while (!at.startsWith(portal)) {
      const answer: Response = await honest.ask(at, form);
      [at, form] = [new URL(answer.headers.get('location') ?? '', at).href, undefined];
    }
    const victim = new Browsing();
    expect((await victim.visit(at)).status).toBe(400);
    expect(victim.jar.get(portal)?.has('waymark_session')).toBe(false);
    expect((await honest.ask(at)).status).toBe(200);
    expect((await honest.ask(at)).status, 'a second time').toBe(400);
  });

  it('is refused with another state, without a code, and with an invented one', async () => {
    const { portal } = await withProvider();
    for (const query of ['code=x', 'code=x&state=other', 'error=access_denied', '']) {
      const browser = new Browsing();
      await browser.ask(`${portal}/sign-in/start`);
      const answer = await browser.visit(`${portal}${CALLBACK_PATH}?${query}`);
      expect([401, 503], query).toContain(answer.status);
      expect(browser.jar.get(portal)?.has('waymark_session')).toBe(false);
    }
  });
});

/** How a token differs from a good one. */
interface Lie {
  claims?: Record<string, unknown>;
  alg?: string;
  sign?: (input: string) => string;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const rs256 = (key: KeyObject) => (input: string) =>
  createSign('sha256').update(input).sign(key).toString('base64url');
const hmac = (secret: string) => (input: string) =>
  createHmac('sha256', secret).update(input).digest('base64url');
const publicPem = String(rsa.publicKey.export({ format: 'pem', type: 'spki' }));

/** A provider that answers every code with the token of the day. It answers itself what a browser would be asked. */
async function lyingProvider(lie: Lie): Promise<string> {
  let nonce = '';
  let issuer = '';
  const token = (): string => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: issuer,
      aud: client.id,
      sub: 'rosa',
      nonce,
      iat: now,
      exp: now + 300,
      ...lie.claims,
    };
    const input = `${part({ alg: lie.alg ?? 'RS256', kid: 'one' })}.${part(claims)}`;
    return `${input}.${(lie.sign ?? rs256(rsa.privateKey))(input)}`;
  };
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    const json = (value: unknown) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(value));
    };
    if (url.pathname === '/authorize') {
      nonce = url.searchParams.get('nonce') ?? '';
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', 'good');
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      response.writeHead(303, { location: back.href }).end();
    } else if (url.pathname === '/token')
      json({ access_token: 'x', token_type: 'bearer', expires_in: 60, id_token: token() });
    else if (url.pathname === '/keys')
      json({ keys: [{ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] });
    else
      json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  ending.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return issuer;
}

const past = Math.floor(Date.now() / 1_000) - 3_600;
const lies: [string, Lie][] = [
  ['alg none without a signature', { alg: 'none', sign: () => '' }],
  ['alg none with a signature', { alg: 'none' }],
  ['signed by another key', { sign: rs256(other.privateKey) }],
  ['no signature', { sign: () => '' }],
  ['HMAC with the public key', { alg: 'HS256', sign: hmac(publicPem) }],
  ['HMAC with the client’s secret', { alg: 'HS256', sign: hmac(client.secret) }],
  ['for another audience', { claims: { aud: 'another-client' } }],
  ['for several audiences, by no party', { claims: { aud: [client.id, 'another-client'] } }],
  ['for another party', { claims: { aud: [client.id, 'another-client'], azp: 'another-client' } }],
  ['by another issuer', { claims: { iss: 'https://login.example' } }],
  ['expired', { claims: { exp: past } }],
  ['not yet good', { claims: { nbf: past + 7_200 } }],
  ['without an end', { claims: { exp: undefined } }],
  ['of another sign-in', { claims: { nonce: 'another' } }],
  ['without a nonce', { claims: { nonce: undefined } }],
  ['of nobody', { claims: { sub: undefined } }],
];

describe('a token that is', () => {
  it.each(lies)('%s opens nothing', async (_name, lie) => {
    const portal = await portalAt(await lyingProvider(lie));
    const browser = new Browsing();
    const answer = await browser.visit(`${portal}/sign-in/start`);
    expect(answer.status).toBe(401);
    expect(answer.body).toContain('Nothing was opened');
    expect(browser.jar.get(portal)?.has('waymark_session')).toBe(false);
  });

  it('good opens the portal: the lies are what the others are refused for', async () => {
    const portal = await portalAt(await lyingProvider({}));
    expect(await new Browsing().visit(`${portal}/sign-in/start`)).toMatchObject({
      status: 200,
      url: `${portal}/`,
    });
  });

  it.each([
    ['verified', true, 'rosa@example.invalid'],
    ['not verified', false, null],
    ['said to be verified in a word', 'true', null],
  ])('with an address that is %s gives what may be believed', async (_name, verified, email) => {
    let told: Identity | undefined;
    const issuer = await lyingProvider({
      claims: { email: 'rosa@example.invalid', email_verified: verified },
    });
    const portal = await portalAt(issuer, {
      rolesOf: async (identity) => {
        told = identity;
        return [researcher];
      },
    });
    await new Browsing().visit(`${portal}/sign-in/start`);
    expect(told?.email).toBe(email);
  });
});

it('says that the sign-in service does not answer, and signs in once it does', async () => {
  const portal = await portalAt('http://127.0.0.1:9');
  const answer = await new Browsing().visit(`${portal}/sign-in/start`);
  expect(answer.status).toBe(503);
  expect(answer.body).toContain('The sign-in service does not answer');
});

it('takes a provider without TLS on this machine only', () => {
  expect(() => issuerUrl('http://login.example')).toThrow(/must begin with https/);
  expect(() => issuerUrl('http://127.0.0.1.login.example')).toThrow(/must begin with https/);
  expect(issuerUrl('https://login.example/tenant').href).toBe('https://login.example/tenant');
});
