// The portal: every page and every number of the API goes through the same store, the same protection and the same doorkeeper.

import rateLimit from '@fastify/rate-limit';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { londonDay } from '../../schemas/calendar.ts';
import { months } from '../page/words.ts';
import { readableUrl } from '../platform/address.ts';
import { FEED_READERS, guardRoutes, homeOf, isApi, RESULT_READERS } from './access.ts';
import { analysisPages } from './analyses.ts';
import { apiRoutes } from './api.ts';
import { assetRoutes } from './assets.ts';
import type { SignInOptions } from './beginning.ts';
import { tableMetadata } from './columns.ts';
import { compressText } from './compression.ts';
import { resultCsv } from './csv.ts';
import { tagAnswers } from './etag.ts';
import { findEvaluation, findMaturity, findPlan, findResult, readSelection } from './evaluation-view.ts';
import { feedPages } from './feeds.ts';
import { groupPages } from './groups.ts';
import { type Page, renderPage } from './layout.ts';
import { type LiveOptions, liveStreams, type Stream } from './live.ts';
import { lookBackPages } from './look-back.ts';
import { noteReads } from './noting.ts';
import { blindedPage } from './pages/blinded.ts';
import { cataloguePage } from './pages/catalogue.ts';
import { effectsPage } from './pages/effects.ts';
import { breadcrumbsOf } from './pages/evaluation-frame.ts';
import { maturityPage, maturityRegions } from './pages/maturity.ts';
import { noResultPage, outcomesPage } from './pages/outcomes.ts';
import { planPage } from './pages/plan.ts';
import { problemHeading, problemPage } from './pages/problem.ts';
import type { TemporalUi } from './pages/service.ts';
import { resultParquet } from './parquet.ts';
import { draftPages } from './planning/drafts.ts';
import { stepPages } from './planning/steps.ts';
import { PortalProblem, type WayOn } from './problem.ts';
import { recruitmentPages } from './recruitment.ts';
import { releaseSteps } from './release-steps.ts';
import { releasePages } from './releases.ts';
import { resultOrProblem } from './result-or-problem.ts';
import { secure } from './security.ts';
import { servicePages } from './service-pages.ts';
import { createSessions } from './sessions.ts';
import { signInRoutes } from './sign-in.ts';
import type { EvaluationSummary, PortalStore } from './store.ts';

export interface PortalOptions {
  store: PortalStore;
  clock?: () => Date;
  /** True unless given: every page but sign-in asks who you are. */
  authentication?: boolean;
  /** How people sign in; with access keys alone unless given. */
  signIn?: SignInOptions;
  /** True behind a proxy that ends TLS and sets X-Forwarded-For and -Proto. */
  trustProxy?: boolean | ((address: string, hop: number) => boolean);
  log?: FastifyBaseLogger;
  /** How pages bring themselves up to date, where not as usual. */
  live?: Partial<Omit<LiveOptions, 'store' | 'sessions'>>;
  /** Where Temporal’s own pages are. */
  temporalUi?: TemporalUi;
}

interface EvaluationRoute {
  Params: { slug: string };
  Querystring: Record<string, unknown>;
}

const page = (reply: FastifyReply, status: number, parts: Page): FastifyReply =>
  reply.code(status).type('text/html; charset=utf-8').send(renderPage(parts));

const maturityParts = async (store: PortalStore, summary: EvaluationSummary) => ({
  rows: await findMaturity(store, summary),
  progress: await store.progress(),
});

const results = { config: { access: RESULT_READERS } };

function evaluationPages(app: FastifyInstance, store: PortalStore, stream: Stream, clock: () => Date): void {
  app.get('/', { config: { access: FEED_READERS } }, async (request, reply) => {
    const { person } = request;
    if (person && homeOf(person) !== '/') return reply.redirect(homeOf(person), 303);
    const main = cataloguePage(await store.evaluations());
    return page(reply, 200, { title: 'Evaluations', person, section: 'evaluations', main });
  });

  app.get<EvaluationRoute>('/evaluations', results, (_, reply) => reply.redirect('/', 303));

  app.get<EvaluationRoute>('/evaluations/:slug', results, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    const result = await findResult(store, summary);
    const parts = {
      person: request.person,
      section: 'evaluations',
      breadcrumbs: breadcrumbsOf(summary),
    } as const;
    if (!result) {
      const main = summary.blinded ? blindedPage(summary) : noResultPage(summary);
      return page(reply, 200, { ...parts, title: summary.title, main });
    }
    const selection = readSelection(result, request.query);
    const maturity = await findMaturity(store, summary);
    const narrowed = selection.horizon === null ? '' : `${months(selection.horizon)} – `;
    return page(reply, 200, {
      ...parts,
      title: `${narrowed}${summary.title}`,
      main: outcomesPage({ summary, result, maturity, today: londonDay(clock()) }, selection),
    });
  });

  app.get<EvaluationRoute>('/evaluations/:slug/effects', results, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    return page(reply, 200, {
      title: `Effects – ${summary.title}`,
      person: request.person,
      section: 'evaluations',
      breadcrumbs: breadcrumbsOf(summary, 'Effects'),
      main: effectsPage(summary, await store.effects(summary.slug)),
    });
  });

  app.get<EvaluationRoute>('/evaluations/:slug/maturity', results, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    const parts = await maturityParts(store, summary);
    return page(reply, 200, {
      title: `When results are known – ${summary.title}`,
      person: request.person,
      section: 'evaluations',
      breadcrumbs: breadcrumbsOf(summary, 'When results are known'),
      main: maturityPage(summary, parts, londonDay(clock())),
    });
  });

  app.get<EvaluationRoute>(
    '/evaluations/:slug/maturity/live',
    { config: { ...results.config, unattended: true } },
    (request, reply) =>
      stream(request, reply, async () => {
        const summary = await findEvaluation(store, request.params.slug);
        return maturityRegions(await maturityParts(store, summary), londonDay(clock()));
      }),
  );

  app.get<EvaluationRoute>('/evaluations/:slug/plan', results, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    return page(reply, 200, {
      title: `Plan and history – ${summary.title}`,
      person: request.person,
      section: 'evaluations',
      breadcrumbs: breadcrumbsOf(summary, 'Plan and history'),
      main: planPage(summary, await findPlan(store, summary), request.person?.role === 'evaluator'),
    });
  });

  app.get<EvaluationRoute>('/evaluations/:slug/outcomes.csv', results, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    const result = await resultOrProblem(store, summary);
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${summary.slug}-outcomes.csv"`)
      .send(resultCsv(result, summary));
  });

  app.get<EvaluationRoute>('/evaluations/:slug/outcomes.parquet', results, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    const result = await resultOrProblem(store, summary);
    return reply
      .type('application/vnd.apache.parquet')
      .header('content-disposition', `attachment; filename="${summary.slug}-outcomes.parquet"`)
      .send(resultParquet(result, summary));
  });

  app.get<EvaluationRoute>(
    '/evaluations/:slug/outcomes.csv-metadata.json',
    results,
    async (request, reply) => {
      const { slug } = await findEvaluation(store, request.params.slug);
      return reply
        .type('application/csvm+json; charset=utf-8')
        .header('content-disposition', `attachment; filename="${slug}-outcomes.csv-metadata.json"`)
        .send(JSON.stringify(tableMetadata(`${slug}-outcomes.csv`), null, 2));
    },
  );
}

function healthRoute(app: FastifyInstance, store: PortalStore): void {
  app.get('/health', { config: { access: 'public' } }, async (_, reply) => {
    try {
      await store.evaluations();
      return { status: 'ok' };
    } catch {
      return reply.code(503).send({ status: 'unavailable', reason: 'the store does not answer' });
    }
  });
}

/** What a failure means to the person who met it. Anything unforeseen is a 500 that says nothing about the inside. */
function problemOf(error: unknown): PortalProblem {
  if (error instanceof PortalProblem) return error;
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  if (code && /^(ECONN|CONNECT|CONNECTION_|57P0)/.test(code)) {
    return new PortalProblem(
      503,
      'store-unavailable',
      'The records cannot be reached at the moment. Try again in a minute.',
    );
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new PortalProblem(statusCode, 'bad-request', 'The request could not be understood.');
  }
  return new PortalProblem(
    500,
    'internal',
    'The fault is ours and has been noted. Try again, or start from the first page.',
  );
}

function problems(app: FastifyInstance): void {
  const answer = (request: FastifyRequest, reply: FastifyReply, problem: PortalProblem) => {
    const { statusCode, code, message } = problem;
    if (isApi(request) || request.url === '/health')
      return reply.code(statusCode).send({ error: { code, message } });
    const person = request.person ?? null;
    const start: WayOn = person
      ? { text: homeOf(person) === '/' ? 'All evaluations' : 'Council feeds', href: homeOf(person) }
      : { text: 'Sign in', href: '/sign-in' };
    const waysOn = problem.waysOn.some((way) => way.href === start.href)
      ? problem.waysOn
      : [...problem.waysOn, start];
    return page(reply, statusCode, {
      title: problemHeading(problem),
      person,
      section: null,
      main: problemPage(problem, waysOn),
    });
  };
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.statusCode >= 500)
      request.log.error({ err: error, route: request.routeOptions.url }, 'a page failed');
    return answer(request, reply, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    answer(
      request,
      reply,
      new PortalProblem(
        404,
        'not-found',
        isApi(request)
          ? 'There is nothing at this address.'
          : 'There is no page at this address. If you typed it, check it; if you pasted it, check that you copied all of it.',
      ),
    ),
  );
}

/**
 * The portal as a Fastify app: tests call `inject`, the process calls `listen`. Request logging is off because an address
 * may carry a key.
 */
export function buildPortal(options: PortalOptions): FastifyInstance {
  const { store, clock = () => new Date(), authentication = true, signIn = {} } = options;
  const app = Fastify({
    ...(options.log ? { loggerInstance: options.log } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustProxy ?? false,
    rewriteUrl: readableUrl,
    routerOptions: { maxParamLength: 100 },
  }) as FastifyInstance;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  const sessions = createSessions(clock);
  secure(app);
  tagAnswers(app);
  compressText(app);
  problems(app);
  app.register(rateLimit, { global: false }).after(() => {
    guardRoutes(app, { store, sessions, authentication });
    noteReads(app, store);
    assetRoutes(app);
    signInRoutes(app, { ...signIn, store, sessions, clock });
    const stream = liveStreams(app, { ...options.live, store, sessions });
    evaluationPages(app, store, stream, clock);
    groupPages(app, store);
    lookBackPages(app, store, clock);
    analysisPages(app, store);
    recruitmentPages(app, store, clock);
    releasePages(app, store);
    stepPages(app, store);
    releaseSteps(app, store);
    draftPages(app, store);
    feedPages(app, store, clock);
    servicePages(app, store, stream, options.temporalUi ?? null);
    apiRoutes(app, store);
    healthRoute(app, store);
  });
  return app;
}
