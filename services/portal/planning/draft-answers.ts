// What all pages about drafts answer with: the draft, a page of it, or why there is none.
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Html } from '../../page/html.ts';
import { renderPage } from '../layout.ts';
import { draftBreadcrumbs, draftTitle } from '../pages/planning/draft-frame.ts';
import { PortalProblem, type WayOn } from '../problem.ts';
import type { KeyHolder, PortalStore } from '../store.ts';
import type { Draft } from './store.ts';

export interface At {
  Params: { number: string };
  Querystring: Record<string, unknown>;
}

/** 60,000 characters, each of up to nine once it is percent-encoded, and the other fields. */
const BODY_LIMIT = 600_000;
export const evaluators = { config: { access: ['evaluator'] as const }, bodyLimit: BODY_LIMIT };

export const ALL: readonly WayOn[] = [{ text: 'Protocol drafts', href: '/drafts' }];

export const Version = z.string().regex(/^[1-9]\d{0,8}$/);
export const unknownDraft = (): PortalProblem =>
  new PortalProblem(
    404,
    'unknown-draft',
    'There is no draft at this address. It may have been withdrawn, or it is somebody else’s.',
    ALL,
  );

export const notWhole = (): PortalProblem =>
  new PortalProblem(400, 'bad-form', 'This form is not whole: send it from its page. Nothing was done.', ALL);

export function draftAnswers(store: PortalStore) {
  const draftAt = async (number: string): Promise<Draft> => {
    const draft = Version.safeParse(number).success
      ? await store.planning.drafts.draft(Number(number))
      : null;
    if (draft) return draft;
    throw unknownDraft();
  };

  const show = (
    reply: FastifyReply,
    status: number,
    person: KeyHolder,
    { draft, title, main }: { draft?: Draft; title: string; main: Html },
  ) =>
    reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(
        renderPage({
          title: `${status < 400 ? '' : 'Error: '}${title}${draft ? ` – ${draftTitle(draft)}` : ''}`,
          person,
          section: 'drafts',
          ...(draft && { breadcrumbs: draftBreadcrumbs(draft) }),
          main,
        }),
      );

  return { draftAt, show };
}
