import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { app, portal, signedIn } from './opened.ts';

describe('feeds and faults', () => {
  it('tells an operator what to mend, and a researcher only how many messages wait', async () => {
    const ofOperator = (await (await signedIn('operator'))('/feeds')).body;
    expect(ofOperator).toContain('record.starts');
    expect(ofOperator).toContain('convert the return again and send it again');
    await app.close();
    const ofResearcher = (await (await signedIn('researcher'))('/feeds')).body;
    expect(ofResearcher).toContain('12 messages');
    expect(ofResearcher).not.toContain('record.starts');
  });

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
