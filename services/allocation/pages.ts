// The way through the pages: a key becomes a session, a form becomes an allocation, and a form from elsewhere becomes nothing.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Asked } from '../evaluations/allocation/allocator.ts';
import { Unit } from '../evaluations/allocation/entry.ts';
import { factorsOf } from '../evaluations/allocation/sequence.ts';
import { type AllocationOptions, type Asker, askerOf, evenly, Refused, refusalOf } from './asking.ts';
import {
  answerPage,
  entryPage,
  type Fault,
  problemPage,
  pseudonymWords,
  signInPage,
  stylesheet,
  stylesheetPath,
  type Typed,
  trialsPage,
} from './page.ts';
import { Sessions } from './sessions.ts';

const headers = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** A browser says where a form comes from. */
function isOwnForm({ headers: sent, protocol, host }: FastifyRequest): boolean {
  const site = sent['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return sent.origin === undefined || sent.origin === `${protocol}://${host}`;
}

const typedIn = (body: unknown): Typed => Object.fromEntries(new URLSearchParams(String(body ?? '')));

type Loaded = Awaited<ReturnType<AllocationOptions['allocator']['load']>>;

/** The asking that a form makes, or what is missing from it. */
function askingOf({ trial, draw }: Loaded, typed: Typed, asker: Asker): Asked | Fault[] {
  const faults: Fault[] = [];
  const unit = (typed.unit ?? '').trim().toLowerCase();
  if (!Unit.safeParse(unit).success)
    faults.push({
      field: 'unit',
      message:
        unit === ''
          ? 'Enter the pseudonym'
          : `The pseudonym must be ${pseudonymWords[trial.evaluation.protocol.unit]}`,
    });
  const levels: Record<string, string> = {};
  for (const factor of factorsOf(draw)) {
    if (factor === 'council') continue;
    const level = typed[`levels.${factor.name}`];
    if (level === undefined)
      faults.push({
        field: `levels.${factor.name}`,
        message: `Choose the ${factor.name.replaceAll('-', ' ')}`,
      });
    else levels[factor.name] = level;
  }
  const eligibility: Record<string, boolean> = {};
  for (const { id, words } of draw.eligibility) {
    const answer = typed[`eligibility.${id}`];
    if (answer === undefined)
      faults.push({ field: `eligibility.${id}`, message: `Answer yes or no: ${words}` });
    else eligibility[id] = answer === 'yes';
  }
  if (faults.length > 0) return faults;
  return {
    evaluation: trial.evaluation.slug,
    council: asker.council,
    unit,
    levels,
    eligibility,
    by: asker.label,
  };
}

const page = (reply: FastifyReply, status: number, body: string) =>
  reply.code(status).headers(headers).type('text/html; charset=utf-8').send(body);

/** What a browser is answered where there is nothing. */
export const noPage = (reply: FastifyReply) =>
  page(
    reply,
    404,
    problemPage('Page not found', 'There is no page at this address. Check that it is whole.'),
  );

/** Adds the pages to the service, in a scope of their own: what they send and refuse is HTML. */
export function allocationPages(
  parent: FastifyInstance,
  { allocator, holderOf, log, clock, leastAnswer = 0 }: AllocationOptions,
): void {
  const sessions = new Sessions(clock);
  parent.register(async (app) => {
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
      done(null, body),
    );
    const attempts = app.createRateLimit({ max: 10, timeWindow: '1 minute' });
    app.addHook('onRequest', async (request, reply) => {
      reply.headers(headers);
      if (request.method === 'POST' && !isOwnForm(request))
        throw new Refused(
          403,
          'sent-from-elsewhere',
          'This form was sent from another website, so nothing was done.',
        );
    });
    app.setErrorHandler((error, _request, reply) => {
      const { statusCode, message } = refusalOf(error, log);
      return page(reply, statusCode, problemPage('There is a problem', message));
    });

    app.get(stylesheetPath, (_request, reply) =>
      reply
        .type('text/css; charset=utf-8')
        .header('cache-control', 'public, max-age=31536000, immutable')
        .send(stylesheet),
    );
    app.get('/sign-in', (_request, reply) => page(reply, 200, signInPage()));
    app.post('/sign-in', async (request, reply) => {
      const limit = await attempts(request);
      const fault = (message: string) => [{ field: 'key', message }];
      if (!limit.isAllowed && limit.isExceeded)
        return page(
          reply,
          429,
          signInPage(fault('There were too many attempts. Wait a minute, then try again')),
        );
      const key = (typedIn(request.body).key ?? '').trim();
      try {
        const asker = await askerOf(key, holderOf);
        reply.header('set-cookie', sessions.start(asker, request.protocol === 'https'));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const words = key === '' ? 'Enter your allocation key' : 'This key does not work for allocation';
        return page(reply, 401, signInPage(fault(words)));
      }
      return reply.redirect('/', 303);
    });

    app.get('/', async (request, reply) => {
      const asker = sessions.find(request.headers.cookie);
      if (!asker) return reply.redirect('/sign-in', 303);
      return page(reply, 200, trialsPage(await allocator.trialsOf(asker.council)));
    });
    /** A trial in which the asker's council takes part; of any other it is not said whether there is one. */
    const ownTrial = async (slug: string, { council }: Asker): Promise<Loaded> => {
      const own = (await allocator.trialsOf(council)).some((trial) => trial.slug === slug);
      if (own) return allocator.load(slug);
      throw new Refused(404, 'unknown-evaluation', 'Your council has no trial of this name.');
    };
    app.get<{ Params: { slug: string } }>('/trials/:slug', async (request, reply) => {
      const asker = sessions.find(request.headers.cookie);
      if (!asker) return reply.redirect('/sign-in', 303);
      const { trial, draw } = await ownTrial(request.params.slug, asker);
      return page(reply, 200, entryPage(trial.evaluation.protocol, draw));
    });
    app.post<{ Params: { slug: string } }>('/trials/:slug', async (request, reply) => {
      const asker = sessions.find(request.headers.cookie);
      if (!asker) return reply.redirect('/sign-in', 303);
      const loaded = await ownTrial(request.params.slug, asker);
      const { protocol } = loaded.trial.evaluation;
      const typed = typedIn(request.body);
      const asked = askingOf(loaded, typed, asker);
      if (Array.isArray(asked)) return page(reply, 422, entryPage(protocol, loaded.draw, typed, asked));
      try {
        return page(reply, 200, answerPage(protocol, await evenly(leastAnswer, allocator.assign(asked))));
      } catch (error) {
        const { statusCode, message, field } = refusalOf(error, log);
        if (statusCode !== 422) throw error;
        return page(
          reply,
          422,
          entryPage(protocol, loaded.draw, typed, [{ field: field ?? 'unit', message }]),
        );
      }
    });
  });
}
