// Looking back on earlier days, for those who see figures between releases; two releases beside each other, for everybody else.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { londonDay } from '../../schemas/calendar.ts';
import type { AskAnswer, Days, LookBack } from '../look-back/look-back.ts';
import type { Html } from '../page/html.ts';
import { day as inWords } from '../page/words.ts';
import type { Release } from '../releases/standing.ts';
import { ANALYSIS_READERS, RESULT_READERS } from './access.ts';
import { findEvaluation } from './evaluation-view.ts';
import { renderPage } from './layout.ts';
import { lookBackPath, rangeOf, readDays, readForm, typedOf } from './look-back-view.ts';
import { blindedPage } from './pages/blinded.ts';
import { compareReleasesPage } from './pages/compare-releases.ts';
import { breadcrumbsOf } from './pages/evaluation-frame.ts';
import { changesPage, figuresPage, lookBackPage, notMadePage, waitingPage } from './pages/look-back.ts';
import { PortalProblem } from './problem.ts';
import type { EvaluationSummary, LookedBack, PortalStore } from './store.ts';

interface Asking {
  Params: { slug: string; day: string; until?: string };
  Querystring: Record<string, unknown>;
}

const results = { config: { access: RESULT_READERS } };
const workers = { config: { access: ANALYSIS_READERS } };

/** Why it was not asked for, in words. */
const refusals: Partial<Record<AskAnswer, [status: number, sentence: string]>> = {
  busy: [
    429,
    'Other days are being looked back on, and only a few can wait at once. Ask again when one of them is ready.',
  ],
  enough: [
    429,
    'This evaluation was looked back on 24 times in the last 24 hours, which is all that is made. Choose a day that is ready, or ask again tomorrow.',
  ],
  future: [404, 'This day is not over yet, so what was known at its end cannot be told.'],
  before: [404, 'The evaluation was not here yet on this day.'],
};

export function lookBackPages(app: FastifyInstance, store: PortalStore, clock: () => Date): void {
  const send = (
    { person }: FastifyRequest,
    reply: FastifyReply,
    summary: EvaluationSummary,
    main: Html,
    { title = 'Look back', status = 200 } = {},
  ) => {
    const breadcrumbs = breadcrumbsOf(summary, 'Look back');
    return reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(
        renderPage({
          title: `${title} – ${summary.title}`,
          person,
          section: 'evaluations',
          breadcrumbs,
          main,
        }),
      );
  };

  /** Those of counts: effects have no counts of a day beside each other. */
  const published = async ({ slug }: EvaluationSummary): Promise<Release[]> =>
    (await store.releases()).filter(
      ({ evaluation, kind, published: out }) => evaluation === slug && kind === 'counts' && out !== null,
    );

  const isWorker = ({ person }: FastifyRequest): boolean =>
    person !== null && ANALYSIS_READERS.includes(person.role);

  /** @throws PortalProblem 404 when the evaluation went while it was read */
  const findLookedBack = async (
    { slug }: EvaluationSummary,
    days: Days | null = null,
  ): Promise<LookedBack> => {
    const found = await store.lookBacks(slug, days);
    if (found) return found;
    throw new PortalProblem(404, 'unknown-evaluation', 'This evaluation is no longer here.', [
      { text: 'See all evaluations', href: '/' },
    ]);
  };

  const rangeIn = ({ first }: LookedBack) => rangeOf(first, londonDay(clock()));

  app.get<Asking>('/evaluations/:slug/look-back', results, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    if (summary.blinded) return send(request, reply, summary, blindedPage(summary, 'look-back'));
    if (!isWorker(request))
      return send(
        request,
        reply,
        summary,
        compareReleasesPage(summary, await published(summary), null, false),
      );
    const looked = await findLookedBack(summary);
    const main = lookBackPage(summary, request.person, rangeIn(looked), looked.all);
    return send(request, reply, summary, main);
  });

  app.get<Asking>('/evaluations/:slug/look-back/releases', results, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    const all = await published(summary);
    const { from, to } = request.query;
    const chosen = [from, to].map((permalink) => all.find((one) => one.published?.permalink === permalink));
    const [before, after] = chosen;
    const asked = from !== undefined || to !== undefined;
    if (asked && (!before || !after))
      throw new PortalProblem(
        404,
        'unknown-release',
        'This evaluation has no such two releases. The address may have been cut short.',
        [{ text: 'Choose two releases', href: `${lookBackPath(summary.slug)}/releases` }],
      );
    const pair = before && after ? { from: before, to: after } : null;
    const main = compareReleasesPage(summary, all, pair, isWorker(request) && !summary.blinded);
    return send(request, reply, summary, main, { title: 'Compare two releases' });
  });

  app.post<Asking>(
    '/evaluations/:slug/look-back',
    { ...workers, bodyLimit: 16_384 },
    async (request, reply) => {
      const summary = await findEvaluation(store, request.params.slug);
      if (summary.blinded) return send(request, reply, summary, blindedPage(summary, 'look-back'));
      const looked = await findLookedBack(summary);
      const typed = typedOf(request.body);
      const { days, faults } = readForm(typed, rangeIn(looked));
      if (days === null) {
        const main = lookBackPage(summary, request.person, rangeIn(looked), looked.all, { typed, faults });
        return send(request, reply, summary, main, { title: 'Error: Look back', status: 400 });
      }
      const answer = await store.askLookBack(summary.slug, days);
      const refused = refusals[answer];
      if (refused)
        throw new PortalProblem(refused[0], `look-back-${answer}`, refused[1], [
          { text: 'See what was looked back on', href: lookBackPath(summary.slug) },
        ]);
      return reply.redirect(lookBackPath(summary.slug, days), 303);
    },
  );

  /** Both days of a comparison that is made have their figures. */
  const made = async (summary: EvaluationSummary, day: string): Promise<LookBack & { state: 'made' }> => {
    const { found } = await findLookedBack(summary, { day, until: null });
    if (found?.state === 'made') return found;
    throw new Error(`a comparison of ${summary.slug} stands without the figures of ${day}`);
  };

  const mainOf = async (
    { person, params }: FastifyRequest<Asking>,
    summary: EvaluationSummary,
  ): Promise<Html> => {
    if (summary.blinded) return blindedPage(summary, 'look-back');
    const days = readDays(summary, params, rangeIn(await findLookedBack(summary)));
    const looked = await findLookedBack(summary, days);
    const { found } = looked;
    if (found === null || found.state === 'failed') return notMadePage(summary, person, days, found !== null);
    if (found.state === 'waiting') return waitingPage(summary, found);
    if (days.until === null) return figuresPage(summary, looked, found);
    return changesPage(
      summary,
      looked,
      found,
      await made(summary, days.day),
      await made(summary, days.until),
    );
  };

  for (const path of ['/evaluations/:slug/look-back/:day', '/evaluations/:slug/look-back/:day/:until'])
    app.get<Asking>(path, workers, async (request, reply) => {
      const summary = await findEvaluation(store, request.params.slug);
      const main = await mainOf(request, summary);
      const { day, until } = request.params;
      const title = summary.blinded
        ? 'Look back'
        : until === undefined
          ? `Known by ${inWords(day)}`
          : `Changed from ${inWords(day)} to ${inWords(until)}`;
      return send(request, reply, summary, main, { title });
    });
}
