import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { matrix } from '../../../services/access/matrix.ts';
import type { Audited } from '../../../services/audit/append.ts';
import { generatedFiles } from '../../../services/command/docs/files.ts';
import {
  Analyses,
  CouncilAccountAnswer,
  Evaluations,
  Feeds,
  Groups,
  Maturity,
  Plan,
  Recruitment,
  Releases,
  Result,
} from '../../../services/portal/api-schemas.ts';
import { keys } from '../../browser/fake-store.ts';
import { api, app, portal } from './opened.ts';

describe('the JSON interface', () => {
  const slug = 'families-first-demonstration';
  const answered = [
    ['/api/v1/evaluations', Evaluations],
    [`/api/v1/evaluations/${slug}/result`, Result],
    ['/api/v1/evaluations/sample-returns/result', Result],
    [`/api/v1/evaluations/${slug}/groups?horizon=6&by=council`, Groups],
    [`/api/v1/evaluations/${slug}/analyses`, Analyses],
    [`/api/v1/evaluations/${slug}/maturity`, Maturity],
    [`/api/v1/evaluations/${slug}/plan`, Plan],
    [`/api/v1/evaluations/${slug}/recruitment`, Recruitment],
    ['/api/v1/evaluations/blinded-evaluation/recruitment', Recruitment],
    ['/api/v1/feeds', Feeds],
    ['/api/v1/feeds/E06000032', CouncilAccountAnswer],
    ['/api/v1/releases', Releases],
  ] as const;

  it('answers what its document says, on every route of it', async () => {
    portal();
    for (const [url, schema] of answered) {
      const answer = await api(url, url.includes('/feeds/') ? keys.operator : keys.evaluator);
      expect(answer.statusCode, url).toBe(200);
      expect(schema.safeParse(answer.json()).error?.issues, url).toBeUndefined();
    }
    const paths = new Set(
      answered.map(([url]) =>
        url
          .replace(/\?.*/, '')
          .replace(/evaluations\/[^/]+/, 'evaluations/{slug}')
          .replace(/feeds\/[^/]+/, 'feeds/{council}'),
      ),
    );
    const documented = parse(generatedFiles().get('portal-openapi.yaml') ?? '').paths;
    expect([...paths].sort()).toEqual(Object.keys(documented).sort());
    // That the matrix has every route is held by a test of its own.
    const routed = matrix
      .filter(({ path }) => path.startsWith('/api/'))
      .map(({ path }) => path.replace(/:(\w+)/, '{$1}'));
    expect(routed.sort()).toEqual([...paths].sort());
  });

  it('says what a reader has already in a few bytes, and that it was read', async () => {
    const noted: Audited[] = [];
    portal({ note: async (entry) => void noted.push(entry) });
    const url = `/api/v1/evaluations/${slug}/maturity`;
    const headers = { authorization: `Bearer ${keys.researcher}` };
    const first = await app.inject({ url, headers });
    const etag = String(first.headers.etag);
    expect(first.headers['cache-control']).toBe('private, no-cache');
    const packed = await app.inject({ url, headers: { ...headers, 'accept-encoding': 'gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.headers.etag).toBe(etag);
    const again = await app.inject({ url, headers: { ...headers, 'if-none-match': `W/"x", ${etag}` } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect(noted.at(-1)).toMatchObject({ kind: 'read', what: { status: 304 } });
    const other = await app.inject({ url, headers: { ...headers, 'if-none-match': 'W/"x"' } });
    expect(other.statusCode).toBe(200);
    const stranger = await app.inject({ url, headers: { 'if-none-match': etag } });
    expect(stranger.statusCode).toBe(401);
  });

  it('gives lists page by page, each item once, and explains what is no page', async () => {
    portal();
    const seen: string[] = [];
    for (let url: string | null = '/api/v1/feeds?limit=5'; url !== null; ) {
      const { feeds, next }: { feeds: { council: string }[]; next: string | null } = (
        await api(url, keys.researcher)
      ).json();
      expect(feeds.length).toBeLessThanOrEqual(5);
      seen.push(...feeds.map(({ council }) => council));
      url = next;
    }
    expect(seen).toHaveLength(12);
    expect(new Set(seen).size).toBe(12);
    for (const query of ['limit=0', 'limit=x', 'limit=201', 'after=gone', 'page=2']) {
      const answer = await api(`/api/v1/evaluations?${query}`, keys.researcher);
      expect([answer.statusCode, answer.json().error.code], query).toEqual([400, 'bad-page']);
    }
  });

  it('tells a council of its own feed, and nobody what was sent wrongly', async () => {
    portal();
    const answer = await api('/api/v1/feeds', keys.council);
    expect(answer.json().feeds.map(({ name }: { name: string }) => name)).toEqual(['Luton']);
    expect(answer.body).not.toContain('record.closureReason');
  });
});
