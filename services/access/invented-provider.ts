// A sign-in service for demonstrations and tests: a real OpenID Connect provider whose people are invented and have no
// password. It listens on this machine only and forgets everything when it ends.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { html } from '../page/html.ts';
import { rememberingAdapter } from './invented-memory.ts';

export interface InventedPerson {
  /** The `sub`. */
  id: string;
  name: string;
  email: string;
  /** What the person is there to show. */
  words: string;
}

export interface InventedClient {
  id: string;
  secret: string;
  /** Where browsers come back to, on this machine; any port will do. */
  callbackPath: string;
}

export interface InventedProvider {
  issuer: string;
  stop(): Promise<void>;
}

const choicePage = (uid: string, people: readonly InventedPerson[]): string =>
  html`<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Invented people – Waymark demonstration</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#0b0c0c}button{font:inherit;display:block;width:100%;text-align:left;padding:.6rem .8rem;margin:.4rem 0;border:2px solid #12436d;background:#fff;cursor:pointer}button:hover,button:focus{background:#fd0;outline:3px solid #0b0c0c}small{display:block;color:#484949}strong{color:#b10e1e}</style>
</head><body><main><h1>Who are you today?</h1>
<p><strong>For demonstration only.</strong> This sign-in service runs on this machine. Its people are invented and have no password.</p>
<form method="post" action="/interaction/${uid}">
${people.map(
  ({ id, name, words }) =>
    html`<button type="submit" name="person" value="${id}">${name}<small>${words}</small></button>
`,
)}</form></main></body></html>`.text;

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > 4_096) break;
  }
  return new URLSearchParams(body);
}

const signingKey = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ format: 'jwk' }),
  kid: randomBytes(8).toString('hex'),
  use: 'sig',
  alg: 'RS256',
});

function providerOf(issuer: string, client: InventedClient, people: readonly InventedPerson[]): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        application_type: 'native',
        redirect_uris: [`http://127.0.0.1${client.callbackPath}`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    adapter: rememberingAdapter(),
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
    },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => {
      const person = people.find((one) => one.id === id);
      return (
        person && { accountId: id, claims: () => ({ sub: id, email: person.email, email_verified: true }) }
      );
    },
    // Nobody is asked whether the portal may know them: there is nobody.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid email');
      await grant.save();
      return grant;
    },
  });
}

/** @param port 0: any free one */
export async function startInventedProvider(
  client: InventedClient,
  people: readonly InventedPerson[],
  port = 0,
): Promise<InventedProvider> {
  let answer: (request: IncomingMessage, response: ServerResponse) => Promise<void> = async () => {};
  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(400);
      response.end('This sign-in has ended: begin again.\n');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = providerOf(issuer, client, people);
  const usual = provider.callback();
  answer = async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void (await usual(request, response));
    const { uid } = await provider.interactionDetails(request, response);
    if (request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
      response.end(choicePage(uid, people));
      return;
    }
    const accountId = (await formOf(request)).get('person') ?? '';
    if (!people.some(({ id }) => id === accountId)) throw new Error('there is nobody of that name');
    const result = { login: { accountId, remember: false }, consent: {} };
    await provider.interactionFinished(request, response, result);
  };
  return {
    issuer,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
