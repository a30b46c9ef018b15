// Releases by permalink: a page to read, and the bytes as they were frozen. What was published for everybody needs no sign-in.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { UserError } from '../platform/errors.ts';
import type { Release } from '../releases/standing.ts';
import { RESULT_READERS } from './access.ts';
import { renderPage } from './layout.ts';
import { queuePage, releasePage, releasesPage } from './pages/releases.ts';
import { PortalProblem } from './problem.ts';
import type { KeyHolder, PortalStore } from './store.ts';

const HTML = 'text/html; charset=utf-8';
const REASON_MOST = 2_000;

const Decided = z.object({
  release: z.string().regex(/^[1-9]\d{0,8}$/),
  decision: z.enum(['approved', 'refused']),
  reason: z.string().trim().min(1).max(REASON_MOST),
});

/** A key is nobody's name, so it takes part in no decision. */
const decides = (person: KeyHolder | null): person is KeyHolder =>
  person?.role === 'output-checker' && person.id?.startsWith('person:') === true;

interface At {
  Params: { permalink: string };
}

export function releasePages(app: FastifyInstance, store: PortalStore): void {
  const published = async (permalink: string): Promise<Release> => {
    const release = await store.releaseAt(permalink);
    if (release?.published) return release;
    const sentence = 'There is no release at this address, or you would have to sign in to see it.';
    throw new PortalProblem(404, 'unknown-release', sentence);
  };

  const titles = async () => new Map((await store.evaluations()).map(({ slug, title }) => [slug, title]));

  app.get('/releases', { config: { access: RESULT_READERS } }, async (request, reply) => {
    const { person } = request;
    const all = (await store.releases()).filter((one) => one.published !== null);
    const checks = person?.role === 'output-checker' || person?.role === 'operator';
    const main = releasesPage(all, checks, await titles());
    return reply.type(HTML).send(renderPage({ title: 'Releases', person, section: 'releases', main }));
  });

  app.get(
    '/releases/queue',
    { config: { access: ['output-checker', 'operator'] } },
    async (request, reply) => {
      const open = (await store.releases()).filter(({ state }) =>
        ['checking', 'settled', 'waiting', 'approved', 'publishing'].includes(state),
      );
      const { person } = request;
      const main = queuePage(open, await store.held(), await titles(), decides(person) ? person : null);
      return reply
        .type(HTML)
        .send(renderPage({ title: 'Outputs to check', person, section: 'releases', main }));
    },
  );

  app.post(
    '/releases/queue',
    { config: { access: ['output-checker'] }, bodyLimit: 16_384 },
    async (request, reply) => {
      const back = [{ text: 'Outputs to check', href: '/releases/queue' }];
      const { person } = request;
      if (!decides(person))
        throw new PortalProblem(
          400,
          'no-name',
          'An access key has no name of its own: sign in at the sign-in service to decide.',
          back,
        );
      const form = Decided.safeParse(request.body);
      if (!form.success) {
        const sentence = `Say what you decide, and why in 1 to ${REASON_MOST} characters. Nothing was decided.`;
        throw new PortalProblem(400, 'bad-decision', sentence, back);
      }
      const { release, decision, reason } = form.data;
      try {
        await store.decide(person, Number(release), decision, reason);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const { code, message } = error;
        if (code === 'unknown-release')
          throw new PortalProblem(404, code, 'There is no such release to decide on.', back);
        throw new PortalProblem(409, code, message, back);
      }
      return reply.redirect('/releases/queue', 303);
    },
  );

  app.get<At>('/releases/:permalink', { config: { access: 'public' } }, async (request, reply) => {
    const release = await published(request.params.permalink);
    const { person } = request;
    const main = releasePage(release);
    return reply.type(HTML).send(renderPage({ title: release.title, person, section: 'releases', main }));
  });

  app.get<At>(
    '/releases/:permalink/release.json',
    { config: { access: 'public' } },
    async (request, reply) => {
      const { published: frozen } = await published(request.params.permalink);
      const body = frozen?.body ?? '';
      // Bytes that do not carry their hash are not what was released.
      if (createHash('sha256').update(body).digest('hex') !== frozen?.hash)
        throw new Error(`the bytes at ${request.params.permalink} are not those that were released`);
      return reply
        .type('application/json; charset=utf-8')
        .header('content-disposition', `attachment; filename="${request.params.permalink}.json"`)
        .header('x-content-sha256', frozen.hash)
        .send(body);
    },
  );
}
