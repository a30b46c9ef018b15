// Outcomes by wave and by council: a page, and the same as JSON.
import type { FastifyInstance } from 'fastify';
import { RESULT_READERS } from './access.ts';
import { findEvaluation, findResult } from './evaluation-view.ts';
import { findGroups, readGroups } from './groups-view.ts';
import { renderPage } from './layout.ts';
import { blindedPage } from './pages/blinded.ts';
import { breadcrumbsOf } from './pages/evaluation-frame.ts';
import { groupsPage } from './pages/groups.ts';
import { noResultPage } from './pages/outcomes.ts';
import { resultOrProblem } from './result-or-problem.ts';
import type { EvaluationSummary, PortalStore } from './store.ts';

interface Asking {
  Params: { slug: string };
  Querystring: Record<string, unknown>;
}

const results = { config: { access: RESULT_READERS } };

export function groupPages(app: FastifyInstance, store: PortalStore): void {
  const mainOf = async (summary: EvaluationSummary, query: Record<string, unknown>) => {
    if (summary.blinded) return blindedPage(summary, 'groups');
    const result = await findResult(store, summary);
    if (!result) return noResultPage(summary, 'groups');
    const asked = readGroups(summary, result, query);
    return groupsPage(await findGroups(store, summary, result, asked));
  };

  app.get<Asking>('/evaluations/:slug/groups', results, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    const main = await mainOf(summary, request.query);
    const title = `By group – ${summary.title}`;
    const breadcrumbs = breadcrumbsOf(summary, 'By group');
    const { person } = request;
    return reply
      .type('text/html; charset=utf-8')
      .send(renderPage({ title, person, section: 'evaluations', breadcrumbs, main }));
  });

  app.get<Asking>('/api/v1/evaluations/:slug/groups', results, async (request) => {
    const summary = await findEvaluation(store, request.params.slug);
    const result = await resultOrProblem(store, summary);
    const asked = readGroups(summary, result, request.query);
    const { shown, nameOf } = await findGroups(store, summary, result, asked);
    const { disclosureThreshold: threshold } = summary;
    return {
      evaluation: summary.slug,
      ...shown,
      groups: shown.groups.map((one) => ({ ...one, name: nameOf(one.group) })),
      disclosure: { threshold, roundedTo: threshold },
    };
  });
}
