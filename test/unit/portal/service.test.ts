import { describe, expect, it } from 'vitest';
import { keys } from '../../browser/fake-store.ts';
import { app, cookieOf, portal, signedIn } from './opened.ts';

describe('the service page', () => {
  it('tells an operator what waits, what is late and who did what, and nobody else', async () => {
    const get = await signedIn('operator');
    const { body } = await get('/service');
    for (const words of [
      '3 changes wait, the oldest for 12 minutes',
      'Late',
      'Result overdue',
      'bad-field',
      'Eve Evaluator',
    ])
      expect(body).toContain(words);
    expect(body).toContain('Set WAYMARK_TEMPORAL_UI');
    await app.close();
    const refused = await (await signedIn('researcher'))('/service');
    expect(refused.statusCode).toBe(403);
    expect(refused.body).not.toContain('3 changes');
  });

  it('leads to each workflow where Temporal’s pages are', async () => {
    portal({}, { temporalUi: 'https://temporal.example/' });
    const enter = await app.inject({ url: `/sign-in?key=${keys.operator}` });
    const { body } = await app.inject({
      url: '/service',
      headers: { cookie: cookieOf(enter.headers['set-cookie']) },
    });
    expect(body).toContain('href="https://temporal.example/"');
  });
});
