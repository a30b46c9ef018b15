// The JSON interface: what the pages show, from the same functions, for the same readers.
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { FEED_READERS, RESULT_READERS } from './access.ts';
import type { Evaluations, Feeds, Maturity, Plan, Releases } from './api-schemas.ts';
import { findEvaluation, findMaturity, findPlan, shownParticipants } from './evaluation-view.ts';
import { pageOf } from './paging.ts';
import { resultOrProblem } from './result-or-problem.ts';
import type { EvaluationSummary, PortalStore } from './store.ts';

interface Asking {
  Params: { slug: string };
  Querystring: Record<string, unknown>;
}

const results = { config: { access: RESULT_READERS } };

const told = (summary: EvaluationSummary): z.infer<typeof Evaluations>['evaluations'][number] => ({
  slug: summary.slug,
  title: summary.title,
  question: summary.question,
  dataSource: summary.dataSource,
  councils: summary.councils,
  participants: shownParticipants(summary),
  arms: summary.armNames,
  primary: summary.primary,
  blinded: summary.blinded,
  disclosure: { threshold: summary.disclosureThreshold },
});

async function publishedReleases(store: PortalStore): Promise<z.infer<typeof Releases>['releases']> {
  return (await store.releases()).flatMap(
    ({ published, supersededBy, title, evaluation, kind, audience, steps }) =>
      published === null
        ? []
        : [
            {
              ...{ permalink: published.permalink, title, evaluation, kind, audience },
              publishedAt: steps.find(({ step }) => step === 'published')?.at ?? '',
              sha256: published.hash,
              supersededBy: supersededBy?.permalink ?? null,
            },
          ],
  );
}

export function apiRoutes(app: FastifyInstance, store: PortalStore): void {
  app.get<Asking>(
    '/api/v1/evaluations',
    results,
    async ({ url, query }): Promise<z.infer<typeof Evaluations>> => {
      const { items, next } = pageOf((await store.evaluations()).map(told), ({ slug }) => slug, url, query);
      return { evaluations: items, next };
    },
  );

  app.get<Asking>('/api/v1/evaluations/:slug/result', results, async ({ params }) =>
    resultOrProblem(store, await findEvaluation(store, params.slug)),
  );

  app.get<Asking>(
    '/api/v1/evaluations/:slug/maturity',
    results,
    async ({ params }): Promise<z.infer<typeof Maturity>> => {
      const summary = await findEvaluation(store, params.slug);
      return { evaluation: summary.slug, milestones: await findMaturity(store, summary) };
    },
  );

  app.get<Asking>(
    '/api/v1/evaluations/:slug/plan',
    results,
    async ({ params }): Promise<z.infer<typeof Plan>> => {
      const summary = await findEvaluation(store, params.slug);
      return { evaluation: summary.slug, ...(await findPlan(store, summary)) };
    },
  );

  app.get<Asking>('/api/v1/releases', results, async ({ url, query }): Promise<z.infer<typeof Releases>> => {
    const { items, next } = pageOf(await publishedReleases(store), ({ permalink }) => permalink, url, query);
    return { releases: items, next };
  });

  app.get<Asking>(
    '/api/v1/feeds',
    { config: { access: FEED_READERS } },
    async ({ url, query, person }): Promise<z.infer<typeof Feeds>> => {
      const own = (await store.feeds()).filter(
        ({ council }) => person?.role !== 'council' || council === person.council,
      );
      const { items, next } = pageOf(own, ({ council }) => council, url, query);
      return { feeds: items.map(({ faults: _, ...feed }) => feed), next };
    },
  );
}
