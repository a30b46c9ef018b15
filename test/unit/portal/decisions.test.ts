// Steps with releases on the portal: what a form may ask for, and of whom.
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../services/platform/errors.ts';
import type { KeyHolder } from '../../../services/portal/store.ts';
import { app, cookieOf, portal, tokenOf } from './opened.ts';

const done: unknown[] = [];
/** Opens a page of releases as a person and sends its form. */
async function send(url: string, person: Partial<KeyHolder>, fields: Record<string, string>) {
  done.length = 0;
  const holder: KeyHolder = {
    id: 'person:7',
    label: 'Ben Checker',
    role: 'output-checker',
    council: null,
    ...person,
  };
  portal({
    checkKey: async () => holder,
    draft: async (by, draft) => {
      done.push([by.label, draft]);
      return 12;
    },
    take: async (by, step, taken) => {
      done.push([by.label, step, taken]);
      if (taken.id === 9)
        throw new UserError('same-person', 'Ben drafted release 9: another person decides on it.');
    },
  });
  const cookie = cookieOf((await app.inject({ url: '/sign-in?key=some-key' })).headers['set-cookie']);
  const { body } = await app.inject({ url, headers: { cookie } });
  const answer = await app.inject({
    method: 'POST',
    url,
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ token: await tokenOf(cookie), ...fields }).toString(),
  });
  return { page: body, status: answer.statusCode, body: answer.body, location: answer.headers.location };
}

describe('a step with a release', () => {
  const take = (person: Partial<KeyHolder>, fields: Record<string, string>) =>
    send('/releases/queue', person, fields);
  const approval = { release: '8', step: 'approved', reason: ' It is safe. ' };

  it('is offered to whoever checks outputs under their own name: approve, refuse, publish, supersede', async () => {
    const { page, status } = await take({}, approval);
    expect(page).toContain('Your reason, as Ben Checker');
    expect(status).toBe(303);
    expect(done).toEqual([['Ben Checker', 'approved', { id: 8, note: 'It is safe.' }]]);
    await take({}, { release: '4', step: 'asked' });
    expect(done).toEqual([['Ben Checker', 'asked', { id: 4 }]]);
    await take({}, { release: '2', step: 'superseded', with: '6', reason: 'Newer.' });
    expect(done).toEqual([['Ben Checker', 'superseded', { id: 2, note: 'Newer.', with: 6 }]]);
  });

  it('takes no typed name, no missing reason, no other step, and nothing from a key or another role', async () => {
    expect((await take({}, { ...approval, by: 'Ada' })).status).toBe(303);
    expect(done).toEqual([['Ben Checker', 'approved', { id: 8, note: 'It is safe.' }]]);
    for (const wrong of [
      { reason: ' ' },
      { step: 'published' },
      { step: 'superseded' },
      { release: '0' },
      { reason: 'x'.repeat(2_001) },
    ]) {
      expect((await take({}, { ...approval, ...wrong })).status).toBe(400);
      expect(done).toEqual([]);
    }
    const key = await take({ id: `key:${'a'.repeat(64)}` }, approval);
    expect([key.status, key.page.includes('Your reason')]).toEqual([400, false]);
    for (const role of ['operator', 'evaluator', 'researcher'] as const)
      expect((await take({ role }, approval)).status).toBe(403);
    expect((await take({}, { ...approval, token: 'x' })).status).toBe(403);
    expect(done).toEqual([]);
  });

  it('is left to another by whoever drafted it', async () => {
    const { status, body } = await take({}, { ...approval, release: '9' });
    expect(status).toBe(409);
    expect(body).toContain('another person decides on it');
    const { page } = await take({ label: 'Eve evaluator' }, approval);
    expect(page).toContain('You drafted this release');
    expect(page).not.toContain('value="approved"');
  });
});

describe('a draft', () => {
  const eve = { label: 'Eve Evaluator', role: 'evaluator' } as const;
  const fields = { what: 'families-first-demonstration', title: ' First results ', audience: 'public' };
  const draft = (person: Partial<KeyHolder>, given: Record<string, string>) =>
    send('/releases/new', person, given);

  it('is made by an evaluator in their own name', async () => {
    const { status, location, page } = await draft(eve, fields);
    expect([status, location]).toEqual([303, '/releases/queue#release-12']);
    const drafted = {
      evaluation: 'families-first-demonstration',
      title: 'First results',
      audience: 'public',
    };
    expect(done).toEqual([['Eve Evaluator', drafted]]);
    await draft(eve, { ...fields, what: 'families-first-demonstration:2' });
    expect(done).toEqual([['Eve Evaluator', { ...drafted, analysis: 2 }]]);
    expect(page).not.toContain('A blinded evaluation');
  });

  it('says which fields are wrong and keeps what was filled in; a key, another role and another website draft nothing', async () => {
    const wrong = await draft(eve, { ...fields, title: '', audience: 'nobody' });
    expect(wrong.status).toBe(400);
    expect(wrong.body).toContain('Enter a title of 1 to 200 characters');
    expect(wrong.body).toContain('Choose who will see it');
    expect(wrong.body).toContain('value="families-first-demonstration" selected');
    const script = await draft(eve, { ...fields, title: '<script>'.repeat(30) });
    expect([script.status, script.body.includes('<script>')]).toEqual([400, false]);
    for (const what of ['', 'families-first-demonstration:0', 'families-first-demonstration:x', 'Ä'])
      expect((await draft(eve, { ...fields, what })).body).toContain('Choose what is released');
    expect((await draft({ ...eve, id: `key:${'a'.repeat(64)}` }, fields)).status).toBe(400);
    expect((await draft({}, fields)).status).toBe(403);
    expect((await draft(eve, { ...fields, token: 'x' })).status).toBe(403);
    expect(done).toEqual([]);
  });
});
