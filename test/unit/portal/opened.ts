import type { FastifyInstance } from 'fastify';
import { afterEach, expect } from 'vitest';
import { buildPortal, type PortalOptions } from '../../../services/portal/app.ts';
import type { PortalStore } from '../../../services/portal/store.ts';
import { fakeStore, keys, NOW } from '../../browser/fake-store.ts';

/** The portal that the test at hand opened. */
export let app: FastifyInstance;
afterEach(() => app.close());

export const portal = (changes: Partial<PortalStore> = {}, options: Partial<PortalOptions> = {}) => {
  app = buildPortal({ store: fakeStore(changes), clock: () => NOW, ...options });
  return app;
};

export const cookieOf = (header: unknown): string => String(header).split(';')[0] ?? '';

export async function signedIn(who: keyof typeof keys, changes: Partial<PortalStore> = {}) {
  portal(changes);
  const answer = await app.inject({ url: `/sign-in?key=${keys[who]}` });
  expect(answer.statusCode).toBe(303);
  const cookie = cookieOf(answer.headers['set-cookie']);
  return (url: string) => app.inject({ url, headers: { cookie } });
}

export const api = (url: string, key: string) =>
  app.inject({ url, headers: { authorization: `Bearer ${key}` } });

export const pages = [
  '/',
  '/evaluations/families-first-demonstration',
  '/evaluations/families-first-demonstration/maturity',
  '/evaluations/families-first-demonstration/plan',
  '/evaluations/families-first-demonstration/outcomes.csv',
  '/evaluations/families-first-demonstration/outcomes.parquet',
  '/evaluations/families-first-demonstration/outcomes.csv-metadata.json',
  '/feeds',
];

/** What the forms of a page carry. */
export const tokenOf = async (cookie: string): Promise<string> =>
  /name="token" value="([\w-]+)"/.exec((await app.inject({ url: '/', headers: { cookie } })).body)?.[1] ?? '';
export const signOut = (cookie: string, token: string) =>
  app.inject({
    method: 'POST',
    url: '/sign-out',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ token }).toString(),
  });
