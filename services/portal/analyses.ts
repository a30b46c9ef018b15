// Kept analyses: the newest, each at an address of its own, and the list of them as JSON.
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { ANALYSIS_READERS } from './access.ts';
import type { Analyses } from './api-schemas.ts';
import { findEvaluation } from './evaluation-view.ts';
import { renderPage } from './layout.ts';
import { analysisPage, noAnalysisPage } from './pages/analysis.ts';
import { breadcrumbsOf } from './pages/evaluation-frame.ts';
import { pageOf } from './paging.ts';
import { PortalProblem } from './problem.ts';
import type { AnalysisOutline, EvaluationSummary, PortalStore } from './store.ts';

interface Asking {
  Params: { slug: string; number: string };
  Querystring: Record<string, unknown>;
}

const readers = { config: { access: ANALYSIS_READERS } };

async function mainOf(
  store: PortalStore,
  summary: EvaluationSummary,
  all: readonly AnalysisOutline[],
  number: number | undefined,
) {
  if (number === undefined) return noAnalysisPage(summary);
  const found = await store.analysis(summary.slug, number);
  if (found) return analysisPage(summary, found, all);
  throw new PortalProblem(404, 'unknown-analysis', 'This evaluation has no analysis of this number.', [
    { text: 'The newest analysis', href: `/evaluations/${summary.slug}/analysis` },
  ]);
}

export function analysisPages(app: FastifyInstance, store: PortalStore): void {
  const routes: [path: string, newest: boolean][] = [
    ['/evaluations/:slug/analysis', true],
    ['/evaluations/:slug/analysis/:number', false],
  ];
  for (const [path, newest] of routes)
    app.get<Asking>(path, readers, async ({ params, person }, reply) => {
      const summary = await findEvaluation(store, params.slug);
      const all = await store.analyses(summary.slug);
      const asked = /^[1-9]\d{0,8}$/.test(params.number ?? '') ? Number(params.number) : 0;
      const number = newest ? all[0]?.number : asked;
      const main = await mainOf(store, summary, all, number);
      const title = `Analysis${number === undefined ? '' : ` ${number}`} – ${summary.title}`;
      const breadcrumbs = breadcrumbsOf(summary, 'Analysis');
      return reply
        .type('text/html; charset=utf-8')
        .send(renderPage({ title, person, section: 'evaluations', breadcrumbs, main }));
    });

  app.get<Asking>(
    '/api/v1/evaluations/:slug/analyses',
    readers,
    async ({ params, url, query }): Promise<z.infer<typeof Analyses>> => {
      const { slug } = await findEvaluation(store, params.slug);
      const { items, next } = pageOf(await store.analyses(slug), ({ number }) => String(number), url, query);
      return { evaluation: slug, analyses: items, next };
    },
  );
}
