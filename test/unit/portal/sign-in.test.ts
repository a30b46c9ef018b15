// Who comes in, and who may open what.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { keys, NOW } from '../../browser/fake-store.ts';
import { api, app, cookieOf, pages, portal, signedIn, signOut, tokenOf } from './opened.ts';

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
    // Never idle for half an hour.
    for (let minutes = 29; minutes < 8 * 60; minutes += 29) {
      now = new Date(NOW.getTime() + minutes * 60_000);
      expect(await open(cookie)).toBe(200);
    }
    now = new Date(NOW.getTime() + 8 * 3_600_000 - 1);
    expect(await open(cookie)).toBe(200);
    now = new Date(NOW.getTime() + 8 * 3_600_000);
    expect(await open(cookie)).toBe(303);
    const again = await enter();
    const out = await signOut(again, await tokenOf(again));
    expect(out.headers.location).toBe('/sign-in?signed-out=1');
    expect(await open(again)).toBe(303);
  });

  it('does nothing for a form without the token of its own session', async () => {
    portal();
    const enter = async () =>
      cookieOf((await app.inject({ url: `/sign-in?key=${keys.researcher}` })).headers['set-cookie']);
    const [own, other] = [await enter(), await enter()];
    const token = await tokenOf(own);
    expect(await tokenOf(own), 'never written the same way twice').not.toBe(token);
    const spoilt = `${token[0] === 'A' ? 'B' : 'A'}${token.slice(1)}`;
    for (const wrong of ['', 'x', spoilt, await tokenOf(other)]) {
      const refused = await signOut(own, wrong);
      expect(refused.statusCode).toBe(403);
      expect(refused.body).toContain('Open its page again');
    }
    const without = await app.inject({ method: 'POST', url: '/sign-out', headers: { cookie: own } });
    expect(without.statusCode).toBe(403);
    expect((await app.inject({ url: '/', headers: { cookie: own } })).statusCode).toBe(200);
    expect((await signOut(own, token)).statusCode).toBe(303);
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
    expect(feeds.body).toContain('record.closureReason');
    expect(feeds.body).toContain('Mend the field in the source record');
    expect(feeds.body).not.toContain('record.starts');
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
