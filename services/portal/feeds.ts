// Feeds of councils: all of them, one council's account, and that council's own keys. Each with the same as JSON where a machine may ask.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { londonDay } from '../../schemas/calendar.ts';
import type { KeyEntry } from '../platform/access.ts';
import { UserError } from '../platform/errors.ts';
import { FEED_READERS } from './access.ts';
import type { CouncilAccountAnswer } from './api-schemas.ts';
import type { CouncilAccount } from './council-account.ts';
import { qualityByMonth } from './council-quality.ts';
import { type Page, renderPage } from './layout.ts';
import { councilAccountPage } from './pages/council-account.ts';
import { councilPath } from './pages/council-frame.ts';
import { councilKeysPage, isOver, type KeysView, overlaps } from './pages/council-keys.ts';
import { feedsPage } from './pages/feeds.ts';
import { PortalProblem } from './problem.ts';
import type { KeyHolder, PortalStore, Role } from './store.ts';

/** A faulty field’s name is the sender’s own text: only these see it. */
const MENDERS: readonly Role[] = ['council', 'operator'];

interface Of {
  Params: { council: string };
  Querystring: Record<string, unknown>;
}

const Change = z.discriminatedUnion('do', [
  z.object({ do: z.literal('replace'), id: z.string().regex(/^[0-9a-f]{8}$/), overlap: z.enum(overlaps) }),
  z.object({ do: z.literal('stop'), id: z.string().regex(/^[0-9a-f]{8}$/) }),
]);

/** A key is nobody's name: it changes no key. */
const signedInPerson = (person: KeyHolder | null): string | null =>
  person?.id?.startsWith('person:') === true ? person.id : null;

const send = (reply: FastifyReply, page: Page): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(renderPage(page));

const breadcrumbs = (person: KeyHolder | null, name: string) =>
  person?.role === 'council'
    ? {}
    : { breadcrumbs: [{ text: 'Council feeds', href: '/feeds' }, { text: name }] };

export function feedPages(app: FastifyInstance, store: PortalStore, clock: () => Date): void {
  /** @throws PortalProblem 404: another's council is not there, just like one that does not exist */
  const accountOf = async (code: string, person: KeyHolder | null): Promise<CouncilAccount> => {
    const isOwn = person?.role !== 'council' || person.council === code;
    const account = isOwn ? await store.councilAccount(code) : null;
    if (account) return account;
    throw new PortalProblem(404, 'unknown-council', 'There is no council at this address that you may see.');
  };

  app.get('/feeds', { config: { access: FEED_READERS } }, async (request, reply) => {
    const { person } = request;
    const own = person?.role === 'council';
    const feeds = (await store.feeds()).filter((feed) => !own || feed.council === person.council);
    return send(reply, {
      ...{ title: own ? 'Your feed' : 'Council feeds', person, section: 'feeds' },
      main: feedsPage(feeds, person, person !== null && MENDERS.includes(person.role)),
    });
  });

  app.get<Of>('/feeds/:council', { config: { access: MENDERS } }, async (request, reply) => {
    const { person } = request;
    const account = await accountOf(request.params.council, person);
    return send(reply, {
      ...{ title: `Sent and set aside – ${account.name}`, person, section: 'feeds' },
      ...breadcrumbs(person, account.name),
      main: councilAccountPage(account, londonDay(clock()), person),
    });
  });

  app.get<Of>(
    '/api/v1/feeds/:council',
    { config: { access: MENDERS } },
    async (request): Promise<z.infer<typeof CouncilAccountAnswer>> => {
      const account = await accountOf(request.params.council, request.person);
      return { ...account, quality: qualityByMonth(account, londonDay(clock())) };
    },
  );

  keyPages(app, store, clock, accountOf);
}

function keyPages(
  app: FastifyInstance,
  store: PortalStore,
  clock: () => Date,
  accountOf: (code: string, person: KeyHolder | null) => Promise<CouncilAccount>,
): void {
  const access: readonly Role[] = ['council'];

  const viewOf = async (
    code: string,
    person: KeyHolder,
    done: (keys: readonly KeyEntry[], now: Date) => KeysView['done'],
  ): Promise<Page> => {
    const council = await accountOf(code, person);
    const keys = await store.councilKeys(code);
    const now = clock();
    const mayChange = signedInPerson(person) !== null;
    return {
      ...{ title: `Keys – ${council.name}`, person, section: 'feeds' },
      main: councilKeysPage({ council, keys, person, now, mayChange, done: done(keys, now) }),
    };
  };

  app.get<Of>('/feeds/:council/keys', { config: { access } }, async (request, reply) => {
    const { person, query } = request;
    if (person === null) return reply.redirect('/sign-in', 303);
    const stopped = (keys: readonly KeyEntry[], now: Date) => {
      const key = keys.find(({ id }) => id === query.stopped);
      return key && isOver(key, now) ? ({ what: 'stopped', id: key.id } as const) : null;
    };
    return send(reply, await viewOf(request.params.council, person, stopped));
  });

  app.post<Of>('/feeds/:council/keys', { config: { access }, bodyLimit: 16_384 }, async (request, reply) => {
    const { person } = request;
    const { council: code } = request.params;
    const back = [{ text: 'Keys of your council', href: `${councilPath(code)}/keys` }];
    await accountOf(code, person);
    const signedIn = signedInPerson(person);
    if (person === null || signedIn === null) {
      const sentence =
        'An access key has no name of its own: sign in at the sign-in service to replace or stop a key. Nothing was done.';
      throw new PortalProblem(400, 'no-name', sentence, back);
    }
    const form = Change.safeParse(request.body);
    if (!form.success) {
      const sentence = 'Choose a key and what is to be done with it. Nothing was done.';
      throw new PortalProblem(400, 'bad-change', sentence, back);
    }
    try {
      if (form.data.do === 'stop') {
        await store.stopKey(code, form.data.id, signedIn);
        return await reply.redirect(`${councilPath(code)}/keys?stopped=${form.data.id}`, 303);
      }
      const made = await store.replaceKey(code, form.data.id, Number(form.data.overlap), signedIn);
      return send(reply, await viewOf(code, person, () => ({ what: 'replaced', ...made })));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw error.code === 'unknown-key'
        ? new PortalProblem(404, error.code, 'Your council has no such key. Nothing was done.', back)
        : new PortalProblem(
            409,
            error.code,
            'This key has been replaced or stopped already. Nothing was done.',
            back,
          );
    }
  });
}
