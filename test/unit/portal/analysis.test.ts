// Kept analyses on the portal: who may see them, what a page says of one, and that nothing hidden is in it.
import { describe, expect, it } from 'vitest';
import { keys } from '../../browser/fake-store.ts';
import { api, portal, signedIn } from './opened.ts';

const path = '/evaluations/families-first-demonstration/analysis';

describe('an analysis', () => {
  it('is shown with its effects, checks and curves, with what it was made of, and an address that stays', async () => {
    const get = await signedIn('evaluator');
    const { body, statusCode } = await get(path);
    expect(statusCode).toBe(200);
    for (const part of [
      'Analysis 2',
      'Checks before looking',
      'Results',
      'When outcomes came',
      'Groups of children',
    ])
      expect(body).toContain(part);
    expect(body).toContain('What had come in by 9 June 2026');
    expect(body).toContain('by Eve Evaluator, Waymark 0.1.0');
    expect(body).toContain(`href="${path}/2"`);
    expect(body).toContain('Simulated');
    expect(body).toMatch(
      /Analysis 2, of what had come in by 9 June 2026[^<]*, data that describe no real child\. Waymark 0\.1\.0\. \/evaluations\/families-first-demonstration\/analysis\/2\. Record [0-9a-f]{64}</,
    );
    const withoutToken = (page: string) => page.replace(/name="token" value="[^"]*"/g, '');
    expect(withoutToken((await get(`${path}/2`)).body)).toBe(withoutToken(body));
  });

  it('says when nothing may be shown, when there is none, and when there is none of the number', async () => {
    const get = await signedIn('evaluator');
    expect((await get(`${path}/1`)).body).toContain('too few children');
    expect((await get('/evaluations/sample-returns/analysis')).body).toContain(
      'waymark analyse --evaluation sample-returns',
    );
    expect((await get('/evaluations/blinded-evaluation/analysis')).body).toContain('is blinded');
    for (const number of ['3', '0', 'first', '1.5', '99999999999']) {
      const { statusCode, body } = await get(`${path}/${number}`);
      expect(statusCode).toBe(404);
      expect(body).toContain('The newest analysis');
    }
  });

  it('is for those who work on the evaluation', async () => {
    const get = await signedIn('researcher');
    expect((await get(path)).statusCode).toBe(403);
  });

  it('has a tab where there is one', async () => {
    const get = await signedIn('evaluator');
    expect((await get('/evaluations/families-first-demonstration')).body).toContain(`href="${path}"`);
    expect((await get('/evaluations/sample-returns')).body).not.toContain('/analysis"');
  });

  it('is listed as JSON, page by page', async () => {
    portal();
    const url = '/api/v1/evaluations/families-first-demonstration/analyses?limit=1';
    const first = (await api(url, keys.evaluator)).json();
    expect(first).toMatchObject({ analyses: [{ number: 2, withheld: false }] });
    const second = (await api(first.next, keys.evaluator)).json();
    expect(second).toMatchObject({ analyses: [{ number: 1, withheld: true }], next: null });
    expect((await api(url, keys.researcher)).statusCode).toBe(403);
  });
});
