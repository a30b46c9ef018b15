import { parse as parseCsv } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { fakeStore, keys, summaries } from '../../browser/fake-store.ts';
import { api, pages, signedIn } from './opened.ts';

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

  it('says what each column of the table means, and every cell is of the type it says or marked as missing', async () => {
    const get = await signedIn('researcher');
    const path = '/evaluations/sample-returns/outcomes.csv';
    const table: string[][] = parseCsv((await get(path)).body);
    const [header, ...rows] = table;
    const answer = await get(`${path}-metadata.json`);
    expect(answer.headers['content-type']).toContain('application/csvm+json');
    const { url, tableSchema } = answer.json();
    expect(url).toBe('sample-returns-outcomes.csv');
    const columns: { name: string; datatype: string; null: string[] }[] = tableSchema.columns;
    expect(columns.map(({ name }) => name)).toEqual(header);
    const types: Record<string, RegExp> = {
      string: /^/,
      integer: /^\d+$/,
      decimal: /^-?\d+(\.\d+)?$/,
      date: /^\d{4}-\d\d-\d\d$/,
      dateTime: /^\d{4}-\d\d-\d\dT/,
    };
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows)
      columns.forEach(({ name, datatype, null: missing }, at) => {
        if (!missing.includes(row[at] ?? '')) expect(row[at], name).toMatch(types[datatype] as RegExp);
      });
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
    ['?council=E06000032', 'Numbers of smaller groups could be subtracted', '/groups?by=council'],
    [
      '/groups?by=sex',
      'This page cannot be narrowed that way',
      'groups?outcome=re-referral&amp;horizon=12&amp;by=council',
    ],
    ['/groups?wave=2025-03', 'This page cannot be narrowed that way', 'by=wave'],
    ['/groups?outcome=happiness', 'There is no such outcome', 'outcome=care-entry'],
    ['/groups?horizon=9&horizon=6', 'There are no results for that time', 'horizon=12'],
    ['?release=2', 'The address may be older than this page', 'All outcomes of this evaluation'],
  ])('explains %s and leads on', async (query, heading, wayOn) => {
    const get = await signedIn('researcher');
    const answer = await get(`/evaluations/families-first-demonstration${query}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toContain(heading);
    expect(answer.body).toContain(wayOn);
  });

  it('says which times an outcome is followed for when a link asks for another', async () => {
    const { result, ...rest } = fakeStore();
    const get = await signedIn('researcher', {
      ...rest,
      result: async (slug) => {
        const whole = await result(slug);
        return (
          whole && {
            ...whole,
            results: whole.results.filter((each) => each.outcome !== 'care-entry' || each.horizon !== 18),
          }
        );
      },
    });
    const dashboard = '/evaluations/families-first-demonstration';
    const answer = await get(`${dashboard}?outcome=care-entry&horizon=18`);
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toContain('“Care entry” is followed for 6 and 12 months in this evaluation');
    expect(answer.body).toContain(`${dashboard}?outcome=care-entry&amp;horizon=12`);
    expect(answer.body).toContain(`${dashboard}?horizon=18`);
    expect((await get(`${dashboard}?horizon=18`)).statusCode).toBe(200);
  });

  it('leads from each chart to its table, definition, citation and permalink, and each of them is there', async () => {
    const get = await signedIn('researcher');
    const { body } = await get('/evaluations/families-first-demonstration?horizon=12');
    const lists = [...body.matchAll(/<ul class="wm-ways">(.*?)<\/ul>/gs)].map(([, inside]) => inside ?? '');
    expect(lists).toHaveLength(body.match(/<figure /g)!.length / 2);
    for (const inside of lists) {
      const hrefs = [...inside.matchAll(/href="([^"]+)"/g)].map(([, href]) => href ?? '');
      expect(hrefs).toHaveLength(4);
      for (const href of hrefs.slice(0, 3)) expect(body, href).toContain(`id="${href.slice(1)}"`);
      const same = await get(hrefs[3]?.replaceAll('&amp;', '&') ?? '');
      expect(same.statusCode).toBe(200);
      expect(same.body.match(/<figure /g)).toHaveLength(2);
    }
    expect(body).toMatch(
      /wm-citation">[^<]*31 August 2026 at 10:02am[^<]*Definition version \d+, [0-9a-f]{64}/,
    );
  });

  it('names definitions, protocol and the time of working out', async () => {
    const get = await signedIn('researcher');
    const { body } = await get('/evaluations/families-first-demonstration');
    expect(body).toContain('31 August 2026 at 10:02am');
    expect(body).toContain('3f1c9a5d7be24c60b8f0a1d2e3c4b5a69788f7e6d5c4b3a2918f7e6d5c4b3a29');
    expect(body).toContain('Short breaks do not count.');
  });

  it('shows the plan in words, who signed it, what deviated, and what the check of its history found', async () => {
    const get = await signedIn('researcher');
    const whole = (await get('/evaluations/families-first-demonstration/plan')).body;
    expect(whole).toContain('9 entries checked');
    expect(whole).toContain('Stan Statistician, 10 December 2024 at 3:30pm');
    expect(whole).toContain('Deviation: Walsall began a month late.');
    expect(whole).toContain('Walsall (E08000030)');
    expect(whole).toContain('The index is a referral, also one that led to no further action.');
    const broken = (await get('/evaluations/sample-returns/plan')).body;
    expect(broken).toContain('cannot be relied on');
    expect(broken).toContain('<strong>Step 3</strong> was changed');
    expect(broken).not.toContain('entries checked');
    expect((await get('/evaluations/new-evaluation/plan')).body).toContain('Nobody has signed this version');
    expect((await get('/evaluations/nowhere/plan')).statusCode).toBe(404);
  });

  it('tells a fault also when every step was taken out', async () => {
    const { plan } = fakeStore();
    const get = await signedIn('researcher', {
      plan: async () => {
        const broken = await plan('sample-returns');
        return broken && { ...broken, entries: [] };
      },
    });
    const { body } = await get('/evaluations/sample-returns/plan');
    expect(body).toContain('cannot be relied on');
    expect(body).toContain('the stored protocol does not have its hash');
  });

  it('counts no signature of a plan that was changed since', async () => {
    const { plan } = fakeStore();
    const get = await signedIn('researcher', {
      plan: async (slug) => {
        const whole = await plan(slug);
        return whole && { ...whole, protocolHash: 'f'.repeat(64) };
      },
    });
    const { body } = await get('/evaluations/families-first-demonstration/plan');
    expect(body).toContain('Nobody has signed this version');
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
