// A live page's news: what changed and nothing else, for whoever may open the page, for as long as they may.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { demonstrationMaturity } from '../../browser/fake-figures.ts';
import { keys } from '../../browser/fake-store.ts';
import { app, cookieOf, portal, signedIn, signOut, tokenOf } from './opened.ts';

const page = '/evaluations/families-first-demonstration/maturity';
const quick = { every: 20, heartbeat: 60 };

type Changes = Parameters<typeof portal>[0];

/** A portal that listens, and a stream of it read as a browser would. */
async function listening(
  changes: Changes = {},
  live: Parameters<typeof portal>[1] = {},
  who: keyof typeof keys = 'evaluator',
) {
  portal(changes, { live: quick, ...live });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const entered = await app.inject({ url: `/sign-in?key=${keys[who]}` });
  const cookie = cookieOf(entered.headers['set-cookie']);
  const open = async (path = `${page}/live`, as = cookie) => {
    const answer = await fetch(`${address}${path}`, { headers: { cookie: as, accept: 'text/event-stream' } });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    return {
      answer,
      /** Reads on until the stream holds the words, or has ended. */
      until: async (words: string) => {
        while (!text.includes(words)) {
          const { value, done } = await reader.read();
          if (done) return false;
          text += value;
        }
        return true;
      },
      ended: async () => {
        while (!(await reader.read()).done);
        return true;
      },
      text: () => text,
      leave: () => reader.cancel(),
    };
  };
  return { open, cookie };
}

describe('the stream of a live page', () => {
  it('tells how things stand, then what changed and only that, and gives signs of life between', async () => {
    let rows = demonstrationMaturity(['Luton']);
    const { open } = await listening({ maturity: async () => rows });
    const stream = await open();
    expect(stream.answer.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.answer.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await stream.until('event: regions')).toBe(true);
    const final = rows.filter((row) => row.frozenAt !== null).length;
    await stream.until(`${final} of ${rows.length} results are final`);
    expect(await stream.until(': still here')).toBe(true);
    const before = stream.text().length;
    rows = rows.map((row) => ({ ...row, frozenAt: '2026-08-31T08:00:00Z' }));
    await stream.until(`${rows.length} of ${rows.length} results are final`);
    const news = stream.text().slice(before);
    const said = JSON.parse(/^data: (.*)$/m.exec(news)?.[1] ?? '{}') as object;
    expect(Object.keys(said)).toEqual(['summary', 'calendar']);
    await stream.leave();
  });

  it('leaves out what the page already holds, by the versions that it wrote', async () => {
    const { open, cookie } = await listening();
    const { body } = await app.inject({ url: page, headers: { cookie } });
    const seen = [...body.matchAll(/data-wm-region="(\w+)" data-wm-version="([\w-]+)"/g)].map(
      ([, name, version]) => `${name}.${version}`,
    );
    expect(seen).toHaveLength(3);
    const stream = await open(`${page}/live?seen=${seen.join(',')}`);
    await stream.until(': still here');
    expect(stream.text()).not.toContain('event: regions');
    await stream.leave();
  });

  it('ends with the server, at once', async () => {
    const { open } = await listening({}, { live: { every: 60_000 } });
    const stream = await open();
    await stream.until('event: regions');
    await Promise.all([app.close(), stream.ended()]);
  });

  it('ends when its reader signs out, or may act so no longer', async () => {
    let stands = true;
    const { open, cookie } = await listening({ stands: async () => stands });
    const revoked = await open();
    await revoked.until('event: regions');
    stands = false;
    expect(await revoked.ended()).toBe(true);
    stands = true;
    const entered = await app.inject({ url: `/sign-in?key=${keys.evaluator}`, headers: { cookie } });
    const anew = cookieOf(entered.headers['set-cookie']);
    const left = await open(`${page}/live`, anew);
    await left.until('event: regions');
    expect((await signOut(anew, await tokenOf(anew))).statusCode).toBe(303);
    expect(await left.ended()).toBe(true);
  });

  it('ends after its time, so that a browser asks anew whether it may', async () => {
    const { open } = await listening({}, { live: { ...quick, lasts: 100 } });
    expect(await (await open()).ended()).toBe(true);
  });

  it('has room for so many of one person and of everybody, and takes the next when one has gone', async () => {
    const { open } = await listening({}, { live: { ...quick, mostOfOne: 2 } });
    const two = [await open(), await open()];
    const third = await open();
    expect(third.answer.status).toBe(429);
    await two[0]!.leave();
    for (;;) {
      const again = await open();
      if (again.answer.status === 200) {
        await again.leave();
        break;
      }
      await pause(20);
    }
    await two[1]!.leave();
  });

  it('takes so many beginnings a minute from one person', async () => {
    const get = await signedIn('evaluator');
    const codes = new Set<number>();
    for (let at = 0; at < 70; at += 1) codes.add((await get(`${page}/live`)).statusCode);
    expect([...codes]).toEqual([200, 429]);
  });

  it('keeps no session alive: half an hour without a person ends it', async () => {
    let now = Date.parse('2026-08-31T09:00:00Z');
    portal({}, { clock: () => new Date(now) });
    const entered = await app.inject({ url: `/sign-in?key=${keys.evaluator}` });
    const headers = { cookie: cookieOf(entered.headers['set-cookie']) };
    for (let minutes = 0; minutes < 29; minutes += 1) {
      now += 60_000;
      expect((await app.inject({ url: `${page}/live`, headers })).statusCode).toBe(200);
    }
    now += 120_000;
    expect((await app.inject({ url: `${page}/live`, headers })).statusCode).toBe(401);
  });

  it('is for those alone who may open its page', async () => {
    const get = await signedIn('researcher');
    expect((await get('/service/live')).statusCode).toBe(403);
    expect((await get('/evaluations/nothing/maturity/live')).statusCode).toBe(404);
    await app.close();
    expect((await (await signedIn('council'))(`${page}/live`)).statusCode).toBe(403);
    await app.close();
    portal();
    expect((await app.inject({ url: '/service/live' })).statusCode).toBe(401);
  });

  it('goes on after the store failed for a moment', async () => {
    let fails = false;
    const { open } = await listening({
      maturity: async () => {
        if (fails) throw new Error('the store is gone');
        return demonstrationMaturity(['Luton']);
      },
    });
    const stream = await open();
    await stream.until('event: regions');
    fails = true;
    await pause(100);
    fails = false;
    expect(await stream.until(': still here')).toBe(true);
    await stream.leave();
  });
});
