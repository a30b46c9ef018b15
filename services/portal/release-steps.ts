// Releases under way: an evaluator drafts, a checker of outputs decides, publishes and supersedes, each as the person who is
// signed in. What may follow what is held by the store.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Slug } from '../../schemas/outcome.ts';
import { Audience } from '../../schemas/release.ts';
import { UserError } from '../platform/errors.ts';
import type { PersonStep, Taken } from '../releases/steps.ts';
import { ANALYSIS_READERS } from './access.ts';
import { renderPage } from './layout.ts';
import { type DraftChoice, type DraftFields, draftPage } from './pages/release-draft.ts';
import { queuePage } from './pages/release-queue.ts';
import { PortalProblem, type WayOn } from './problem.ts';
import type { KeyHolder, PortalStore } from './store.ts';

const HTML = 'text/html; charset=utf-8';
const REASON_MOST = 2_000;
const TITLE_MOST = 200;
const FORM_MOST = { bodyLimit: 16_384 };
const QUEUE: WayOn = { text: 'Outputs to check', href: '/releases/queue' };

const ReleaseNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);
const Reason = z.string().trim().min(1).max(REASON_MOST);

const Step = z.discriminatedUnion('step', [
  z.object({ step: z.enum(['approved', 'refused']), release: ReleaseNumber, reason: Reason }),
  z.object({ step: z.literal('asked'), release: ReleaseNumber }),
  z.object({ step: z.literal('superseded'), release: ReleaseNumber, with: ReleaseNumber, reason: Reason }),
]);

/** Whoever takes steps has a name: a key is nobody's. */
const isNamed = (person: KeyHolder | null): person is KeyHolder => person?.id?.startsWith('person:') === true;

function namedPerson({ person }: FastifyRequest): KeyHolder {
  if (isNamed(person)) return person;
  const sentence =
    'An access key has no name of its own: sign in at the sign-in service to take part in a release.';
  throw new PortalProblem(400, 'no-name', sentence, [QUEUE]);
}

const takenOf = ({ step, ...form }: z.infer<typeof Step>): [PersonStep, Omit<Taken, 'by' | 'signedIn'>] => [
  step,
  {
    id: form.release,
    ...('reason' in form && { note: form.reason }),
    ...('with' in form && { with: form.with }),
  },
];

/** What the store refuses, with a way on; anything else is thrown on. */
function refusalOf(error: unknown, waysOn: WayOn[]): PortalProblem {
  if (!(error instanceof UserError)) throw error;
  const { code, message } = error;
  if (code === 'unknown-release')
    return new PortalProblem(404, code, 'There is no such release of an evaluation of yours.', waysOn);
  return new PortalProblem(409, code, message, waysOn);
}

const openStates: readonly string[] = ['checking', 'settled', 'waiting', 'approved', 'publishing'];

function queueRoutes(app: FastifyInstance, store: PortalStore): void {
  app.get('/releases/queue', { config: { access: ANALYSIS_READERS } }, async (request, reply) => {
    const { person } = request;
    const all = await store.releases();
    const main = queuePage({
      open: all.filter(({ state }) => openStates.includes(state)),
      published: all.filter(({ state }) => state === 'published'),
      held: await store.held(),
      titles: new Map((await store.evaluations()).map(({ slug, title }) => [slug, title])),
      checker: person?.role === 'output-checker' && isNamed(person) ? person : null,
      drafts: person?.role === 'evaluator',
    });
    return reply.type(HTML).send(renderPage({ title: QUEUE.text, person, section: 'releases', main }));
  });

  app.post(
    '/releases/queue',
    { config: { access: ['output-checker'] }, ...FORM_MOST },
    async (request, reply) => {
      const person = namedPerson(request);
      const form = Step.safeParse(request.body);
      if (!form.success) {
        const sentence = `Say what is to be done with which release and, except for publishing, why, in 1 to ${REASON_MOST} characters. Nothing was done.`;
        throw new PortalProblem(400, 'bad-decision', sentence, [QUEUE]);
      }
      try {
        await store.take(person, ...takenOf(form.data));
      } catch (error) {
        throw refusalOf(error, [QUEUE]);
      }
      return reply.redirect('/releases/queue', 303);
    },
  );
}

/** `SLUG`: counts; `SLUG:NUMBER`: the effects of an analysis. */
const What = z.string().transform((text, context) => {
  const [slug = '', number] = text.split(':');
  const evaluation = Slug.safeParse(slug);
  const analysis = number === undefined ? undefined : ReleaseNumber.safeParse(number);
  if (evaluation.success && analysis?.success !== false)
    return { evaluation: evaluation.data, ...(analysis?.success && { analysis: analysis.data }) };
  context.addIssue({ code: 'custom', message: 'neither counts nor an analysis' });
  return z.NEVER;
});

const Drafted = z.object({
  what: What,
  audience: Audience,
  title: z.string().trim().min(1).max(TITLE_MOST),
});

const fieldWords: Record<keyof DraftFields, string> = {
  what: 'Choose what is released',
  title: `Enter a title of 1 to ${TITLE_MOST} characters`,
  audience: 'Choose who will see it',
};

function draftRoutes(app: FastifyInstance, store: PortalStore): void {
  const pageOf = async (
    request: FastifyRequest,
    fields: DraftFields,
    errors: { field: keyof DraftFields; text: string }[] = [],
  ): Promise<string> => {
    const { person } = request;
    const open = (await store.evaluations()).filter(({ blinded }) => !blinded);
    const choices: DraftChoice[] = await Promise.all(
      open.map(async (evaluation) => ({
        evaluation,
        analyses: (await store.analyses(evaluation.slug)).filter(({ withheld }) => !withheld),
      })),
    );
    const main = draftPage({ choices, fields, errors, token: person?.form, named: isNamed(person) });
    const breadcrumbs = [{ text: 'Releases', href: '/releases' }, { text: 'Draft a release' }];
    const title = `${errors.length > 0 ? 'Error: ' : ''}Draft a release`;
    return renderPage({ title, person, section: 'releases', breadcrumbs, main });
  };
  const access = ['evaluator'] as const;

  app.get<{ Querystring: Record<string, unknown> }>(
    '/releases/new',
    { config: { access } },
    async (request, reply) => {
      const fields = { what: String(request.query.what ?? ''), title: '', audience: '' };
      return reply.type(HTML).send(await pageOf(request, fields));
    },
  );

  app.post('/releases/new', { config: { access }, ...FORM_MOST }, async (request, reply) => {
    const person = namedPerson(request);
    const body = (request.body ?? {}) as Record<string, unknown>;
    const form = Drafted.safeParse(body);
    const fields: DraftFields = {
      what: String(body.what ?? ''),
      title: String(body.title ?? ''),
      audience: String(body.audience ?? ''),
    };
    if (!form.success) {
      const wrong = new Set(form.error.issues.map(({ path }) => path[0] as keyof DraftFields));
      const errors = [...wrong].map((field) => ({ field, text: fieldWords[field] }));
      return reply
        .code(400)
        .type(HTML)
        .send(await pageOf(request, fields, errors));
    }
    try {
      const { what, ...draft } = form.data;
      const number = await store.draft(person, { ...what, ...draft });
      return reply.redirect(`/releases/queue#release-${number}`, 303);
    } catch (error) {
      throw refusalOf(error, [{ text: 'Draft a release', href: '/releases/new' }]);
    }
  });
}

export function releaseSteps(app: FastifyInstance, store: PortalStore): void {
  queueRoutes(app, store);
  draftRoutes(app, store);
}
