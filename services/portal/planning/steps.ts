// Pages on which an evaluator takes the steps of an evaluation's life: each says what it means, and takes it once sent.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Stage } from '../../../schemas/lifecycle.ts';
import { signedText } from '../../evaluations/lifecycle/signatures.ts';
import { after, beginning } from '../../evaluations/lifecycle/standing.ts';
import type { Html } from '../../page/html.ts';
import { UserError } from '../../platform/errors.ts';
import { findEvaluation, findMaturity, findPlan } from '../evaluation-view.ts';
import { renderPage } from '../layout.ts';
import { breadcrumbsOf } from '../pages/evaluation-frame.ts';
import { advancePage } from '../pages/planning/advance.ts';
import { deviatePage } from '../pages/planning/deviate.ts';
import { signPage } from '../pages/planning/sign.ts';
import { signingKeyPage } from '../pages/planning/signing-key.ts';
import { nothingSent, type Sent, type StepView } from '../pages/planning/step-frame.ts';
import { stepsPage } from '../pages/planning/steps.ts';
import { unblindPage } from '../pages/planning/unblind.ts';
import type { KeyHolder, PortalStore } from '../store.ts';
import { holderOf, isNamed, namedOf, sentValues } from './reader.ts';
import type { PageStep } from './store.ts';

interface At {
  Params: { slug: string };
  Querystring: Record<string, unknown>;
}

const evaluators = { config: { access: ['evaluator'] as const }, bodyLimit: 16_384 };

const Head = z.string().regex(/^([0-9a-f]{64})?$/);

const Reasoned = z.object({ reason: z.string().trim() });

/** A page that takes a step, and what its form comes to. */
interface StepRoute {
  path: string;
  title: string;
  page: (view: StepView, sent: Sent) => Html;
  read: z.ZodType<PageStep>;
}

const routes: readonly StepRoute[] = [
  {
    path: 'advance',
    title: 'Next stage',
    page: advancePage,
    read: z.object({ to: Stage }).transform(({ to }) => ({ kind: 'advanced', to })),
  },
  {
    path: 'sign',
    title: 'Sign the plan',
    page: signPage,
    read: z
      .object({
        signature: z
          .string()
          .transform((text) => text.replace(/\s/g, ''))
          .pipe(
            z
              .string()
              .regex(
                /^[A-Za-z0-9+/]{86}==$/,
                'Paste the signature: 88 characters of base64 that end with ==',
              ),
          ),
      })
      .transform(({ signature }) => ({ kind: 'signed', signature })),
  },
  {
    path: 'unblind',
    title: 'Unblind',
    page: unblindPage,
    read: Reasoned.transform(({ reason }) => ({ kind: 'unblinded', reason })),
  },
  {
    path: 'deviate',
    title: 'Record a deviation',
    page: deviatePage,
    read: Reasoned.extend({ label: z.string().trim() }).transform((said) => ({ kind: 'deviated', ...said })),
  },
];

/** Errors of the store at the field they are of, where the form has it. */
function errorsOf(error: UserError, values: Sent['values']): Sent['errors'] {
  const { field = '' } = error.place;
  return { [field in values ? field : '']: error.message };
}

export function stepPages(app: FastifyInstance, store: PortalStore): void {
  const viewOf = async (slug: string, person: KeyHolder): Promise<StepView> => {
    const summary = await findEvaluation(store, slug);
    const plan = await findPlan(store, summary);
    return {
      summary,
      plan,
      standing: plan.entries.reduce((now, { entry, hash }) => after(now, entry, hash), beginning),
      maturity: await findMaturity(store, summary),
      signer: await store.planning.signer(),
      person,
      named: isNamed(person),
    };
  };

  const show = (reply: FastifyReply, status: number, view: StepView, title: string, main: Html) =>
    reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(
        renderPage({
          title: `${status < 400 ? '' : 'Error: '}${title} – ${view.summary.title}`,
          person: view.person,
          section: 'evaluations',
          breadcrumbs: breadcrumbsOf(view.summary, title),
          main,
        }),
      );

  const take = async (
    { params, body, person }: FastifyRequest<At>,
    reply: FastifyReply,
    { page, read, title }: StepRoute,
  ): Promise<FastifyReply> => {
    const { slug } = await findEvaluation(store, params.slug);
    const back = [{ text: 'Steps of this evaluation', href: `/evaluations/${slug}/steps` }];
    const by = namedOf(person, back);
    const values = sentValues(body);
    const again = async (status: number, errors: Sent['errors']) => {
      const view = await viewOf(slug, by);
      return show(reply, status, view, title, page(view, { values, errors }));
    };
    const head = Head.safeParse(values.head);
    const step = read.safeParse(values);
    if (!head.success) return again(400, { '': 'This form is not whole: send it from its page.' });
    if (!step.success) {
      const issues = step.error.issues.map(({ path, message }) => [String(path[0] ?? ''), message]);
      return again(400, Object.fromEntries(issues));
    }
    try {
      await store.planning.take(by, slug, head.data || null, step.data);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return again(
        error.code === 'bad-step' || error.code === 'wrong-signature' ? 400 : 409,
        errorsOf(error, values),
      );
    }
    const what = step.data.kind === 'advanced' ? step.data.to : step.data.kind;
    return reply.redirect(`/evaluations/${slug}/steps?done=${what}`, 303);
  };

  app.get<At>('/evaluations/:slug/steps', evaluators, async (request, reply) => {
    const view = await viewOf(request.params.slug, holderOf(request));
    const what = typeof request.query.done === 'string' ? request.query.done : null;
    return show(reply, 200, view, 'Steps', stepsPage(view, what));
  });

  app.get<At>('/evaluations/:slug/steps/sign.txt', evaluators, async (request, reply) => {
    const summary = await findEvaluation(store, request.params.slug);
    const { protocolHash } = await findPlan(store, summary);
    return reply
      .type('text/plain; charset=utf-8')
      .header('content-disposition', `attachment; filename="${summary.slug}.txt"`)
      .send(signedText(summary.slug, protocolHash));
  });

  for (const route of routes) {
    const address = `/evaluations/:slug/steps/${route.path}`;
    app.get<At>(address, evaluators, async (request, reply) => {
      const view = await viewOf(request.params.slug, holderOf(request));
      return show(reply, 200, view, route.title, route.page(view, nothingSent));
    });
    app.post<At>(address, evaluators, (request, reply) => take(request, reply, route));
  }
  signingKeyRoutes(app, store);
}

/** An evaluation to go on to; null for anything else. */
const slugIn = (value: unknown): string | null =>
  typeof value === 'string' && /^[a-z][a-z0-9-]{1,62}[a-z0-9]$/.test(value) ? value : null;

function signingKeyRoutes(app: FastifyInstance, store: PortalStore): void {
  const show = async (
    reply: FastifyReply,
    status: number,
    person: KeyHolder,
    slug: string | null,
    sent: Sent,
  ) => {
    const signer = await store.planning.signer();
    const main = signingKeyPage({ person, named: isNamed(person), signer }, slug, sent);
    const title = `${status < 400 ? '' : 'Error: '}Your signing key`;
    return reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(renderPage({ title, person, section: null, main }));
  };

  app.get<At>('/signing-key', evaluators, (request, reply) =>
    show(reply, 200, holderOf(request), slugIn(request.query.for), nothingSent),
  );

  app.post<At>('/signing-key', evaluators, async (request, reply) => {
    const values = sentValues(request.body);
    const slug = slugIn(values.for);
    const person = namedOf(request.person, [{ text: 'Your signing key', href: '/signing-key' }]);
    try {
      if (/PRIVATE KEY/.test(values.key ?? ''))
        throw new UserError(
          'bad-key',
          'This is a private key: keep it to yourself, and paste the public one. It was not kept here.',
          { field: 'key' },
        );
      await store.planning.register(person, values.key ?? '');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const kept = error.code === 'bad-key' ? {} : values;
      const message =
        error.code === 'signer-exists'
          ? 'You have a key already, or this key or your name is another signer’s. An operator can bind a signer to your account.'
          : error.message;
      return show(reply, 400, person, slug, { values: kept, errors: { key: message } });
    }
    return reply.redirect(slug === null ? '/signing-key' : `/signing-key?for=${slug}`, 303);
  });
}
