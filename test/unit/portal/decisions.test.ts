import { describe, expect, it } from 'vitest';
import { UserError } from '../../../services/platform/errors.ts';
import type { KeyHolder } from '../../../services/portal/store.ts';
import { app, cookieOf, portal, tokenOf } from './opened.ts';

describe('deciding on a release', () => {
  const decided: unknown[] = [];
  const decide = async (person: Partial<KeyHolder>, fields: Record<string, string>) => {
    decided.length = 0;
    const holder: KeyHolder = {
      id: 'person:7',
      label: 'Ben Checker',
      role: 'output-checker',
      council: null,
      ...person,
    };
    portal({
      checkKey: async () => holder,
      decide: async (by, release, decision, reason) => {
        decided.push([by.label, release, decision, reason]);
        if (release === 9)
          throw new UserError('same-person', 'Ben drafted release 9: another person decides on it.');
      },
    });
    const cookie = cookieOf((await app.inject({ url: '/sign-in?key=some-key' })).headers['set-cookie']);
    const { body } = await app.inject({ url: '/releases/queue', headers: { cookie } });
    const answer = await app.inject({
      method: 'POST',
      url: '/releases/queue',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ token: await tokenOf(cookie), ...fields }).toString(),
    });
    return { page: body, ...answer, status: answer.statusCode, body: answer.body };
  };
  const approval = { release: '8', decision: 'approved', reason: ' It is safe. ' };

  it('is offered to whoever checks outputs under their own name, and says what was decided', async () => {
    const { page, status } = await decide({}, approval);
    expect(page).toContain('Your reason, as Ben Checker');
    expect(status).toBe(303);
    expect(decided).toEqual([['Ben Checker', 8, 'approved', 'It is safe.']]);
  });

  it('takes no typed name, no missing reason, no other decision, and nothing from a key or another role', async () => {
    expect((await decide({}, { ...approval, by: 'Ada' })).status).toBe(303);
    expect(decided).toEqual([['Ben Checker', 8, 'approved', 'It is safe.']]);
    for (const wrong of [
      { reason: ' ' },
      { decision: 'published' },
      { release: '0' },
      { reason: 'x'.repeat(2_001) },
    ]) {
      expect((await decide({}, { ...approval, ...wrong })).status).toBe(400);
      expect(decided).toEqual([]);
    }
    const key = await decide({ id: `key:${'a'.repeat(64)}` }, approval);
    expect([key.status, key.page.includes('Your reason')]).toEqual([400, false]);
    expect((await decide({ role: 'operator' }, approval)).status).toBe(403);
    expect((await decide({}, { ...approval, token: 'x' })).status).toBe(403);
    expect(decided).toEqual([]);
  });

  it('is left to another by whoever drafted it', async () => {
    const { status, body } = await decide({}, { ...approval, release: '9' });
    expect(status).toBe(409);
    expect(body).toContain('another person decides on it');
  });
});
