// What the portal shows, to whom, and what it never says.

import { Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { buildPortal, type PortalOptions } from '../../../services/portal/app.ts';
import type { PortalStore } from '../../../services/portal/store.ts';
import { fakeStore, keys, NOW, summaries } from '../../browser/fake-store.ts';

let app: FastifyInstance;
afterEach(() => app.close());

const portal = (changes: Partial<PortalStore> = {}, options: Partial<PortalOptions> = {}) => {
  app = buildPortal({ store: fakeStore(changes), clock: () => NOW, ...options });
  return app;
};

const cookieOf = (header: unknown): string => String(header).split(';')[0] ?? '';

async function signedIn(who: keyof typeof keys, changes: Partial<PortalStore> = {}) {
  portal(changes);
  const answer = await app.inject({ url: `/sign-in?key=${keys[who]}` });
  expect(answer.statusCode).toBe(303);
  const cookie = cookieOf(answer.headers['set-cookie']);
  return (url: string) => app.inject({ url, headers: { cookie } });
}

const api = (url: string, key: string) => app.inject({ url, headers: { authorization: `Bearer ${key}` } });

const pages = [
  '/',
  '/evaluations/families-first-demonstration',
  '/evaluations/families-first-demonstration/maturity',
  '/evaluations/families-first-demonstration/outcomes.csv',
  '/feeds',
];

describe('signing in', () => {
  it('asks who you are before any page, and comes back to it afterwards', async () => {
    portal();
    for (const url of pages) {
      const answer = await app.inject({ url });
      expect(answer.statusCode, url).toBe(303);
      expect(answer.headers.location).toBe(
        url === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(url)}`,
      );
    }
    const answer = await app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `key=${keys.researcher}&next=${encodeURIComponent('/feeds')}`,
    });
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/feeds');
  });

  it('takes the key out of the address and keeps the session away from scripts and other sites', async () => {
    portal();
    const answer = await app.inject({ url: `/sign-in?key=${keys.researcher}` });
    expect(answer.headers.location).toBe('/');
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(/^waymark_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(keys.researcher);
  });

  it.each([
    'https://elsewhere.example/',
    '//elsewhere.example',
    '/\\elsewhere.example',
    '/%0d%0aset-cookie',
    'javascript:alert(1)',
    '/sign-out',
  ])('never leads to %s', async (next) => {
    portal();
    const answer = await app.inject({
      url: `/sign-in?key=${keys.researcher}&next=${encodeURIComponent(next)}`,
    });
    const to = String(answer.headers.location);
    expect(new URL(to, 'http://portal.test').origin).toBe('http://portal.test');
    if (next !== '/%0d%0aset-cookie') expect(to).toBe('/');
  });

  it('gives a fresh session at every sign-in and ends the old one', async () => {
    portal();
    const first = cookieOf(
      (await app.inject({ url: `/sign-in?key=${keys.researcher}` })).headers['set-cookie'],
    );
    const second = cookieOf(
      (await app.inject({ url: `/sign-in?key=${keys.operator}`, headers: { cookie: first } })).headers[
        'set-cookie'
      ],
    );
    expect(second).not.toBe(first);
    expect((await app.inject({ url: '/', headers: { cookie: first } })).statusCode).toBe(303);
    expect((await app.inject({ url: '/', headers: { cookie: second } })).statusCode).toBe(200);
  });

  it('does not adopt a session id that a visitor brings', async () => {
    portal();
    const planted = 'waymark_session=planted';
    const answer = await app.inject({ url: `/sign-in?key=${keys.researcher}`, headers: { cookie: planted } });
    expect(cookieOf(answer.headers['set-cookie'])).not.toBe(planted);
    expect((await app.inject({ url: '/', headers: { cookie: planted } })).statusCode).toBe(303);
  });

  it('ends a session after 8 hours and at sign-out', async () => {
    let now = NOW;
    portal({}, { clock: () => now });
    const enter = async () =>
      cookieOf((await app.inject({ url: `/sign-in?key=${keys.researcher}` })).headers['set-cookie']);
    const open = async (cookie: string) => (await app.inject({ url: '/', headers: { cookie } })).statusCode;
    const cookie = await enter();
    now = new Date(NOW.getTime() + 8 * 3_600_000 - 1);
    expect(await open(cookie)).toBe(200);
    now = new Date(NOW.getTime() + 8 * 3_600_000);
    expect(await open(cookie)).toBe(303);
    const again = await enter();
    const out = await app.inject({ method: 'POST', url: '/sign-out', headers: { cookie: again } });
    expect(out.headers.location).toBe('/sign-in?signed-out=1');
    expect(await open(again)).toBe(303);
  });

  it('refuses a form sent from another website', async () => {
    portal();
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }]) {
      const answer = await app.inject({
        method: 'POST',
        url: '/sign-in',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: `key=${keys.researcher}`,
      });
      expect(answer.statusCode).toBe(403);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
  });

  it('says that a key is missing or wrong, and stops guessing after ten attempts a minute', async () => {
    portal();
    const post = (payload: string) =>
      app.inject({
        method: 'POST',
        url: '/sign-in',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload,
      });
    expect((await post('key=')).body).toContain('Enter your access key');
    for (let attempt = 0; attempt < 10; attempt++) {
      const answer = await post('key=wrong');
      expect(answer.statusCode).toBe(401);
      expect(answer.body).toContain('This access key does not work');
    }
    const limited = await post(`key=${keys.operator}`);
    expect(limited.statusCode).toBe(429);
    expect(limited.headers['retry-after']).toBeDefined();
  });

  it('never writes a key to the log', async () => {
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk, _, done) {
        lines.push(String(chunk));
        done();
      },
    });
    portal(
      { evaluations: () => Promise.reject(new Error('broken')) },
      { log: pino({ level: 'trace' }, sink) },
    );
    await app.inject({ url: `/sign-in?key=${keys.operator}` });
    await api('/api/v1/evaluations', keys.operator);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('')).not.toContain(keys.operator);
  });

  it('opens everything without a key only when told to', async () => {
    portal({}, { authentication: false });
    expect((await app.inject({ url: '/feeds' })).statusCode).toBe(200);
    expect((await app.inject({ url: '/api/v1/evaluations' })).statusCode).toBe(200);
  });
});

describe('who may open what', () => {
  it('answers the API by Bearer key: none, wrong, council, researcher', async () => {
    portal();
    for (const url of ['/api/v1/evaluations', '/api/v1/evaluations/sample-returns/result']) {
      const none = await app.inject({ url });
      expect(none.statusCode).toBe(401);
      expect(none.headers['www-authenticate']).toBe('Bearer');
      expect((await api(url, 'wk_wrong-00000000000000')).json().error.code).toBe('not-signed-in');
      expect((await api(url, keys.council)).json().error.code).toBe('not-allowed');
      expect((await api(url, keys.researcher)).statusCode).toBe(200);
    }
  });

  it('stops a machine that keeps trying wrong keys, and not one that works', async () => {
    portal();
    for (let request = 0; request < 60; request++) {
      expect((await api('/api/v1/evaluations', keys.researcher)).statusCode).toBe(200);
    }
    const codes = new Set<number>();
    for (let attempt = 0; attempt < 40; attempt++)
      codes.add((await api('/api/v1/evaluations', 'wk_guess-0000000')).statusCode);
    expect([...codes].sort()).toEqual([401, 429]);
  });

  it('shows a council its own feed and nothing else', async () => {
    const get = await signedIn('council');
    const feeds = await get('/feeds');
    expect(feeds.body).toContain('Luton: your feed');
    expect(feeds.body).not.toContain('Walsall');
    expect((await get('/')).headers.location).toBe('/feeds');
    for (const url of pages.filter((page) => page.startsWith('/evaluations'))) {
      const answer = await get(url);
      expect(answer.statusCode, url).toBe(403);
      expect(answer.body).toContain('You cannot open this page');
    }
  });

  it('sends the strict headers with every answer, good or bad', async () => {
    const get = await signedIn('researcher');
    for (const url of [...pages, '/nowhere', '/health', '/sign-in', '/api/v1/nowhere']) {
      const { headers } = await get(url);
      expect(headers['content-security-policy'], url).toContain("default-src 'self'");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['cache-control']).toBe('private, no-store');
    }
  });
});

describe('the outcome dashboard', () => {
  it('says on every page about an evaluation that its data are simulated', async () => {
    const get = await signedIn('researcher');
    for (const path of ['', '?horizon=6', '/maturity']) {
      const { body } = await get(`/evaluations/families-first-demonstration${path}`);
      expect(body).toContain('Simulated data');
      expect(body).toContain('They describe no real child');
    }
    expect((await get('/evaluations/sample-returns')).body).toContain('Sample data');
    expect((await get('/evaluations/new-evaluation')).body).not.toContain('wm-source');
  });

  it('says in words that an evaluation is blinded, and gives no number of it in any form', async () => {
    const get = await signedIn('researcher');
    const { statusCode, body } = await get('/evaluations/blinded-evaluation');
    expect(statusCode).toBe(200);
    expect(body).toContain('Outcomes are blinded');
    expect((await get('/')).body).toContain('Outcomes are blinded until');
    for (const path of [
      '/evaluations/blinded-evaluation/outcomes.csv',
      '/api/v1/evaluations/blinded-evaluation/result',
    ]) {
      const answer = await get(path);
      expect(answer.statusCode).toBe(403);
      expect(answer.body).toContain('nobody sees outcomes by arm');
    }
  });

  it('tells how much is known before it shows any number', async () => {
    const get = await signedIn('researcher');
    const { body } = await get('/evaluations/families-first-demonstration');
    expect(body.indexOf('How much is known')).toBeGreaterThan(0);
    expect(body.indexOf('How much is known')).toBeLessThan(body.indexOf('11.7%'));
    expect(body).toContain('They wait for records from Walsall');
  });

  it('writes "Not yet known" for what is pending, never zero', async () => {
    const get = await signedIn('researcher');
    const { body } = await get('/evaluations/families-first-demonstration?outcome=re-referral&horizon=18');
    const text = body
      .slice(body.indexOf('id="outcome-re-referral"'), body.indexOf('Where every child'))
      .replace(/<svg.*?<\/svg>/gs, '');
    expect(text).toContain('Not yet known');
    expect(text).toContain('None of 9,911');
    expect(text).not.toMatch(/>0(\.0)?%?</);
    const csv = (await get('/evaluations/families-first-demonstration/outcomes.csv')).body;
    const row = csv.split('\r\n').find((line) => line.includes('re-referral,Re-referral,18,trial'));
    expect(row).toContain('9911,0,9911,0,[x],[x],[x],[x],[x],[x],[x]');
  });

  it('shows a hidden count nowhere: page, chart, CSV, API', async () => {
    const get = await signedIn('researcher');
    const page = (await get('/evaluations/sample-returns?outcome=repeat-cp-plan&horizon=6')).body;
    expect(page).toContain('Hidden');
    expect(page).not.toContain(`${((100 * 3) / 207).toFixed(1)}%`);
    const csv = (await get('/evaluations/sample-returns/outcomes.csv')).body;
    const row = csv
      .split('\r\n')
      .find((line) => line.includes('repeat-cp-plan,Repeat child protection plan,6,trial'));
    expect(row).toContain('207,0,0,207,[c],');
    const { results } = (await api('/api/v1/evaluations/sample-returns/result', keys.researcher)).json();
    const shown = results.find(
      (each: { outcome: string; horizon: number }) => each.outcome === 'repeat-cp-plan' && each.horizon === 6,
    );
    expect(shown.arms[0]).toMatchObject({ events: null, risk: null, matured: 207 });
    expect(shown).toMatchObject({ effect: null, effectHidden: true });
  });

  it('hides the size of a tiny group of children, and of one more', async () => {
    const get = await signedIn('researcher');
    const { body } = await get('/evaluations/families-first-demonstration/maturity');
    expect(body.match(/<span class="wm-hidden">Hidden<\/span>/g)).toHaveLength(2);
    expect(body).not.toMatch(/>6</);
    const { evaluations } = (await api('/api/v1/evaluations', keys.researcher)).json();
    expect(evaluations[2].participants).toBeNull();
  });

  it.each([
    ['?outcome=happiness', 'There is no such outcome', 'outcome=care-entry'],
    ['?horizon=9', 'There are no results for that time', 'horizon=12'],
    ['?horizon=6&horizon=12', 'There are no results for that time', 'horizon=12'],
    ['?age=3', 'This page cannot be narrowed that way', 'All outcomes of this evaluation'],
  ])('explains %s and leads on', async (query, heading, wayOn) => {
    const get = await signedIn('researcher');
    const answer = await get(`/evaluations/families-first-demonstration${query}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toContain(heading);
    expect(answer.body).toContain(wayOn);
  });

  it('names definitions, protocol and the time of working out', async () => {
    const get = await signedIn('researcher');
    const { body } = await get('/evaluations/families-first-demonstration');
    expect(body).toContain('31 August 2026 at 10:02am');
    expect(body).toContain('3f1c9a5d7be24c60b8f0a1d2e3c4b5a69788f7e6d5c4b3a2918f7e6d5c4b3a29');
    expect(body).toContain('Short breaks do not count.');
  });

  it('has no inline style or script for the browser to refuse', async () => {
    const get = await signedIn('researcher');
    for (const url of pages) {
      const { body } = await get(url);
      expect(body, url).not.toMatch(/<style|\sstyle=|<script(?![^>]*src=)|\son\w+="/);
    }
  });

  it('escapes every field that an evaluation brings', async () => {
    const bad = '"><script>alert(1)</script>';
    const get = await signedIn('researcher', {
      evaluations: async () =>
        summaries.map((summary) => ({
          ...summary,
          title: bad,
          question: bad,
          armNames: { trial: bad, comparison: bad },
        })),
    });
    for (const url of [
      '/',
      '/evaluations/families-first-demonstration',
      '/evaluations/families-first-demonstration/maturity',
    ]) {
      const { body } = await get(url);
      expect(body).not.toContain('<script>alert');
      expect(body).not.toContain('"><script');
    }
  });

  it('writes no cell into the CSV that a spreadsheet would run', async () => {
    const get = await signedIn('researcher', {
      evaluations: async () =>
        summaries.map((summary) => ({
          ...summary,
          armNames: { trial: '=HYPERLINK("http://x","y")', comparison: '+1' },
        })),
    });
    const { body } = await get('/evaluations/sample-returns/outcomes.csv');
    expect(body).toContain('"\'=HYPERLINK(""http://x"",""y"")"');
    expect(body).toContain(",'+1,");
  });
});

describe('feeds and faults', () => {
  it('says since when a silent council is unknown', async () => {
    const get = await signedIn('operator');
    const { body } = await get('/feeds');
    expect(body).toContain('Unknown since 4 June 2026');
    expect(body.indexOf('Walsall')).toBeLessThan(body.indexOf('Dorset'));
    expect(body).not.toMatch(/>0</);
  });

  it('answers a fault with a page that keeps the inside to itself', async () => {
    const get = await signedIn('operator', { feeds: () => Promise.reject(new Error('password=secret')) });
    const answer = await get('/feeds');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).toContain('Sorry, something went wrong');
    expect(answer.body).not.toContain('secret');
  });

  it('answers a lost database with 503 and health with unavailable', async () => {
    const lost = () => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
    const get = await signedIn('operator', { evaluations: lost });
    const answer = await get('/');
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('Waymark cannot reach its records');
    expect((await get('/health')).statusCode).toBe(503);
  });

  it('designs the page that is not there, with a way on', async () => {
    const get = await signedIn('researcher');
    const answer = await get('/evaluations/nothing');
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toContain('There is no such evaluation');
    expect((await get('/nowhere')).body).toContain('All evaluations');
    expect((await get('/api/v1/nowhere')).json().error.code).toBe('not-found');
  });

  it('compresses a page for a browser that asks for it, byte for byte the same', async () => {
    portal({}, { authentication: false });
    const url = '/evaluations/families-first-demonstration';
    const plain = await app.inject({ url });
    const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 5);
    expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.body);
  });

  it('keeps styles and scripts for a year and compresses them', async () => {
    const get = await signedIn('researcher');
    const { body } = await get('/');
    const address = /href="(\/assets\/[^"]+\.css)"/.exec(body)?.[1] ?? '';
    const css = await app.inject({ url: address, headers: { 'accept-encoding': 'gzip, br' } });
    expect(css.headers['cache-control']).toContain('immutable');
    expect(css.headers['content-encoding']).toBe('br');
    const plain = await app.inject({ url: address });
    expect(plain.body).not.toContain('GDS Transport');
    expect(plain.body).not.toContain('govuk-crest');
  });
});
