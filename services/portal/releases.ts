// Releases that were published: a page to read, and the bytes as they were frozen. What was published for everybody needs no sign-in.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Release } from '../releases/standing.ts';
import { ANALYSIS_READERS, RESULT_READERS } from './access.ts';
import { renderPage } from './layout.ts';
import { releasePage, releasesPage } from './pages/releases.ts';
import { PortalProblem } from './problem.ts';
import type { PortalStore } from './store.ts';

const HTML = 'text/html; charset=utf-8';
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
    const checks = person !== null && ANALYSIS_READERS.includes(person.role);
    const main = releasesPage(all, checks, await titles());
    return reply.type(HTML).send(renderPage({ title: 'Releases', person, section: 'releases', main }));
  });

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
