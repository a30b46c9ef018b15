// Every route of every server, asked by everybody: each pair has an expected answer (services/access/matrix.ts), and what
// belongs to somebody else is not there. A route that nobody thought about fails.
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type Asker,
  askers,
  matrix,
  type RouteRule,
  ruleOf,
} from '../../../services/access/matrix.ts';
import { evaluationRoles } from '../../../services/access/roles.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { type Route, routesOf } from './routes.ts';
import { newAddress, type Servers, startServers } from './servers.ts';
import { councils } from './world.ts';

let servers: Servers;
const sessions = new Map<string, string>();
const renewSession = async (service: 'portal' | 'allocation', asker: Asker): Promise<void> => {
  sessions.set(`${service} ${asker}`, await servers.signIn(service, asker));
};

beforeAll(async () => {
  servers = await startServers(createLogger('test', 'silent'));
  for (const asker of askers)
    for (const service of ['portal', 'allocation'] as const) await renewSession(service, asker);
});
afterAll(() => servers.stop());

const event = (council: string) => ({
  specversion: '1.0',
  id: '00000000-0000-4000-8000-000000000001',
  source: `/councils/${council}`,
  subject: `c${'0'.repeat(32)}`,
  time: '2025-03-01T09:00:00Z',
  type: 'waymark.case.referral.v1',
  data: { recordId: `r${'0'.repeat(32)}`, state: { date: '2025-02-27' } },
});

const payloads: Record<string, { type: string; body: string }> = {
  '/v1/events': { type: 'application/x-ndjson', body: `${JSON.stringify(event(councils.one))}\n` },
  '/v1/allocations': {
    type: 'application/json',
    body: JSON.stringify({ evaluation: 'first', unit: `f${'0'.repeat(32)}` }),
  },
};

/** The fields of a form as its page writes them for this session. */
async function formOf(cookie: string): Promise<string> {
  const page = await servers.app('portal').inject({ url: '/feeds', headers: { cookie } });
  const token = /name="token" value="([\w-]+)"/.exec(page.body)?.[1];
  return new URLSearchParams({ role: '0', ...(token && { token }) }).toString();
}

/** Asks in the way of each: browsers by session, machines by key. Every question comes from an address of its own. */
async function ask(rule: RouteRule, path: string, asker: Asker): Promise<LightMyRequestResponse> {
  const key = servers.key(asker);
  const byKey = rule.service === 'gateway' || path.startsWith('/api/') || path.startsWith('/v1/');
  const cookie = sessions.get(`${rule.service} ${asker}`) ?? '';
  const payload = payloads[rule.path] ?? {
    type: 'application/x-www-form-urlencoded',
    body: rule.method === 'POST' && rule.service === 'portal' ? await formOf(cookie) : 'role=0',
  };
  return servers.app(rule.service).inject({
    method: rule.method,
    url: path,
    remoteAddress: newAddress(),
    headers: {
      ...(rule.method === 'POST' && { 'content-type': payload.type }),
      ...(byKey ? key && { authorization: `Bearer ${key}` } : { cookie }),
    },
    ...(rule.method === 'POST' && { payload: payload.body }),
  });
}

/** What an answer comes to. A form that is filled in badly was opened all the same. */
function answerOf({ statusCode, headers }: LightMyRequestResponse, rule: RouteRule): Answer {
  const to = String(headers.location ?? '');
  if (statusCode === 401 && rule.path !== '/sign-in') return 'unknown';
  if (statusCode === 403) return 'refused';
  if (statusCode >= 300 && statusCode < 400) {
    if (rule.path.startsWith('/sign-') && rule.method === 'POST' && rule.path !== '/sign-in/role')
      return 'opens';
    if (to.startsWith('/sign-in')) return 'sign-in';
    return rule.path === '/evaluations' || rule.path === '/sign-in/role' ? 'opens' : 'elsewhere';
  }
  return 'opens';
}

/** The route with something that the asker was granted in the place of its parameter. */
const pathOf = (route: Route, slug = 'first'): string =>
  route.path
    .replace(':slug', slug)
    .replace(':number', String(servers.analysis))
    .replace(':council', councils.one)
    .replace(':day', '2025-03-01')
    .replace(':until', '2025-04-01');

describe.each(['portal', 'gateway', 'allocation'] as const)('%s', (service) => {
  it('has no route without an expectation, and no expectation without a route', () => {
    const routes = routesOf(servers.app(service));
    expect(routes.length).toBeGreaterThan(4);
    const unexpected = routes.filter(({ method, path }) => !ruleOf(service, method, path));
    expect(unexpected, 'add it to services/access/matrix.ts, and run npm run docs').toEqual([]);
    const found = new Set(routes.map(({ method, path }) => ruleOf(service, method, path)));
    expect(matrix.filter((rule) => rule.service === service && !found.has(rule))).toEqual([]);
  });

  it.each(askers)('answers %s on every route as expected', async (asker) => {
    // Signing out comes last, since it ends the session that the others ask with.
    const routes = routesOf(servers.app(service)).sort(
      (a, b) => Number(a.path === '/sign-out') - Number(b.path === '/sign-out'),
    );
    for (const route of routes) {
      const rule = ruleOf(service, route.method, route.path)!;
      if (rule.path === '/sign-in/role' && rule.method === 'POST') continue;
      const answer = await ask(rule, pathOf(route, service === 'allocation' ? 'nothing' : 'first'), asker);
      expect(
        answerOf(answer, rule),
        `${route.method} ${route.path}: ${answer.statusCode} ${answer.body.slice(0, 200)}`,
      ).toBe(rule.answers[asker]);
      if (service === 'portal' && rule.answers[asker] === 'opens' && route.path.includes(':slug'))
        // A form that lacks its fields, or a key in the place of a person, is answered with what is wrong.
        expect(answer.statusCode, route.path).toBe(route.method === 'POST' ? 400 : 200);
    }
  });
});

/** Without the token of its forms, which is never written the same way twice. */
const bare = (page: string): string => page.replace(/(name="token" value=")[\w-]+/, '$1');

describe('what belongs to others', () => {
  it.each([...evaluationRoles])('%s of one evaluation is told that the other is not there', async (asker) => {
    await renewSession('portal', asker);
    const routes = routesOf(servers.app('portal')).filter(({ path }) => path.includes(':slug'));
    expect(routes.length).toBeGreaterThan(3);
    for (const route of routes) {
      const rule = ruleOf('portal', route.method, route.path)!;
      expect(rule.foreign, route.path).toBe('not there');
      if (rule.answers[asker] === 'refused') continue;
      const there = await ask(rule, pathOf(route, 'second'), asker);
      const never = await ask(rule, pathOf(route, 'never'), asker);
      expect(there.statusCode, route.path).toBe(404);
      expect(bare(there.body), 'the same as for one that does not exist').toBe(bare(never.body));
    }
    const catalogue = await ask(
      ruleOf('portal', 'GET', '/api/v1/evaluations')!,
      '/api/v1/evaluations',
      asker,
    );
    expect(catalogue.json().evaluations.map(({ slug }: { slug: string }) => slug)).toEqual(['first']);
    const feeds = await ask(ruleOf('portal', 'GET', '/feeds')!, '/feeds', asker);
    expect(feeds.body).toContain('Council one');
    expect(feeds.body).not.toContain('Council three');
  });

  it('a council sees its own feed and takes no other’s name', async () => {
    await renewSession('portal', 'council');
    const feeds = await ask(ruleOf('portal', 'GET', '/feeds')!, '/feeds', 'council');
    expect(feeds.body).toContain('Council one');
    expect(feeds.body).not.toContain('Council two');
    const feed = await ask(ruleOf('gateway', 'GET', '/v1/feed')!, '/v1/feed?council=E09000002', 'council');
    expect(feed.json().council).toBe(councils.one);
    const forged = await servers.app('gateway').inject({
      method: 'POST',
      url: '/v1/events',
      headers: { authorization: `Bearer ${servers.key('council')}`, 'content-type': 'application/x-ndjson' },
      payload: `${JSON.stringify(event(councils.two))}\n`,
    });
    expect(forged.statusCode).toBe(422);
    expect(forged.json()).toMatchObject({ accepted: 0, rejected: [{ code: 'not-your-council' }] });
  });

  it('an allocator is not told of a trial of other councils', async () => {
    for (const [method, path] of [
      ['GET', '/trials/second'],
      ['POST', '/trials/second'],
    ] as const) {
      const answer = await ask(ruleOf('allocation', method, '/trials/:slug')!, path, 'allocator');
      expect(answer.statusCode).toBe(404);
    }
    const answer = await servers.app('allocation').inject({
      method: 'POST',
      url: '/v1/allocations',
      headers: { authorization: `Bearer ${servers.key('allocator')}` },
      payload: { evaluation: 'second', unit: `f${'0'.repeat(32)}` },
    });
    expect(answer.statusCode).toBe(404);
  });
});
