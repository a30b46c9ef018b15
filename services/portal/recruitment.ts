// Recruitment and balance of one evaluation: a page, and the same as JSON, for those who work on it.
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { ANALYSIS_READERS } from './access.ts';
import type { Recruitment } from './api-schemas.ts';
import { findEvaluation } from './evaluation-view.ts';
import { renderPage } from './layout.ts';
import { breadcrumbsOf } from './pages/evaluation-frame.ts';
import { recruitmentPage } from './pages/recruitment.ts';
import { findRecruitment } from './recruitment-view.ts';
import type { PortalStore } from './store.ts';

interface Asking {
  Params: { slug: string };
}

const workers = { config: { access: ANALYSIS_READERS } };

export function recruitmentPages(app: FastifyInstance, store: PortalStore, clock: () => Date): void {
  app.get<Asking>('/evaluations/:slug/recruitment', workers, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    const view = await findRecruitment(store, summary, clock());
    const here = 'Recruitment and balance';
    return reply.type('text/html; charset=utf-8').send(
      renderPage({
        ...{ title: `${here} – ${summary.title}`, person: request.person, section: 'evaluations' },
        ...{ breadcrumbs: breadcrumbsOf(summary, here), main: recruitmentPage(view) },
      }),
    );
  });

  app.get<Asking>(
    '/api/v1/evaluations/:slug/recruitment',
    workers,
    async (request): Promise<z.infer<typeof Recruitment>> => {
      const summary = await findEvaluation(store, request.params.slug);
      const { record, shown, nameOf } = await findRecruitment(store, summary, clock());
      const { threshold, councils, roundedTo, ...rest } = shown;
      return {
        ...{ evaluation: summary.slug, countedAt: record.countedAt, target: record.target },
        ...rest,
        councils: councils.map((row) => ({ ...row, name: nameOf(row.council) })),
        disclosure: { threshold, roundedTo },
      };
    },
  );
}
