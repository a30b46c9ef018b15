// Pages on which an evaluator writes a protocol: begun from a ready one or a stored one, checked, compared, put on record.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { checkProtocol } from '../../evaluations/protocol/check.ts';
import { templates } from '../../evaluations/protocol/templates.ts';
import { protocolText } from '../../evaluations/protocol/text.ts';
import { UserError } from '../../platform/errors.ts';
import { comparePage } from '../pages/planning/compare.ts';
import { type DocumentState, documentPage } from '../pages/planning/document.ts';
import { draftsPage } from '../pages/planning/drafts.ts';
import { recordPage } from '../pages/planning/record.ts';
import { nothingSent, type Sent } from '../pages/planning/step-frame.ts';
import { PortalProblem } from '../problem.ts';
import type { KeyHolder, PortalStore } from '../store.ts';
import { choicePages } from './choice-pages.ts';
import { ALL, type At, draftAnswers, evaluators, notWhole, unknownDraft, Version } from './draft-answers.ts';
import { holderOf, isNamed, namedOf, sentValues } from './reader.ts';
import type { Draft } from './store.ts';

const Recorded = z.object({
  version: Version,
  head: z.string().regex(/^([0-9a-f]{64})?$/),
  label: z.string().trim().default(''),
  reason: z.string().trim().default(''),
});

export function draftPages(app: FastifyInstance, store: PortalStore): void {
  const { drafts } = store.planning;

  const { draftAt, show } = draftAnswers(store);

  const list = async (
    reply: FastifyReply,
    status: number,
    person: KeyHolder,
    withdrawn: boolean,
    sent: Sent,
  ) => {
    const [all, evaluations] = await Promise.all([drafts.drafts(), store.evaluations()]);
    const main = draftsPage({ person, named: isNamed(person), withdrawn }, all, evaluations, sent);
    return show(reply, status, person, { title: 'Protocol drafts', main });
  };

  const documentOf = async (
    reply: FastifyReply,
    status: number,
    person: KeyHolder,
    draft: Draft,
    state: DocumentState,
  ) => {
    const main = documentPage(draft, { person, named: isNamed(person) }, state);
    const wrong = status >= 400 || (state.checked?.faults.length ?? 0) > 0;
    return show(reply, status, person, {
      draft,
      title: `${wrong && status < 400 ? 'Error: ' : ''}The whole document`,
      main,
    });
  };

  /** The document that a new draft begins with; null where nothing was chosen that there is. */
  const beginning = async (from: string): Promise<string | null> => {
    const [kind, name = ''] = from.split(':', 2);
    if (kind === 'template' && Object.hasOwn(templates, name)) return templates[name] ?? null;
    const plan = kind === 'evaluation' ? await drafts.plan(name) : null;
    return plan && protocolText(plan.protocol);
  };

  app.get<At>('/drafts', evaluators, (request, reply) =>
    list(reply, 200, holderOf(request), request.query.withdrawn === '1', nothingSent),
  );

  app.post<At>('/drafts', evaluators, async (request, reply) => {
    const person = namedOf(request.person, ALL);
    const values = sentValues(request.body);
    const document = await beginning(values.from ?? '');
    if (document === null)
      return list(reply, 400, person, false, {
        values,
        errors: { from: 'Choose what the draft begins from' },
      });
    try {
      const number = await drafts.begin(person, document);
      return reply.redirect(`/drafts/${number}/choices`, 303);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return list(reply, 409, person, false, { values, errors: { from: error.message } });
    }
  });

  choicePages(app, store);

  app.get<At>('/drafts/:number/document', evaluators, async (request, reply) => {
    const draft = await draftAt(request.params.number);
    const checked = request.query.check === '1' ? checkProtocol(draft.document) : null;
    const saved = request.query.saved === '1';
    return documentOf(reply, 200, holderOf(request), draft, { checked, saved });
  });

  app.post<At>('/drafts/:number/document', evaluators, async (request, reply) => {
    const draft = await draftAt(request.params.number);
    const person = namedOf(request.person, ALL);
    const values = sentValues(request.body);
    const version = Version.safeParse(values.version);
    if (!version.success || values.document === undefined) throw notWhole();
    const document = values.document.replaceAll('\r\n', '\n');
    try {
      await drafts.save(person, draft.number, Number(version.data), document);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.code === 'unknown-draft') throw unknownDraft();
      const now = await draftAt(request.params.number);
      const meanwhile = error.code === 'changed-meanwhile';
      const text = meanwhile
        ? `${error.message} What you wrote is below: save again to put it in the place of theirs.`
        : error.message;
      const refusal = { text, ...(meanwhile && { theirs: now.document }) };
      return documentOf(
        reply,
        meanwhile ? 409 : 400,
        person,
        { ...now, document },
        { checked: null, saved: false, refusal },
      );
    }
    const how = values.action === 'check' ? 'check=1' : 'saved=1';
    return reply.redirect(`/drafts/${draft.number}/document?${how}`, 303);
  });

  app.post<At>('/drafts/:number/withdraw', evaluators, async (request, reply) => {
    const draft = await draftAt(request.params.number);
    const person = namedOf(request.person, ALL);
    try {
      await drafts.withdraw(person, draft.number);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new PortalProblem(403, 'not-yours', 'Only whoever began a draft withdraws it.', ALL);
    }
    return reply.redirect('/drafts?withdrawn=1', 303);
  });

  app.get<At>('/drafts/:number/compare', evaluators, async (request, reply) => {
    const draft = await draftAt(request.params.number);
    const evaluations = await store.evaluations();
    const asked = request.query.with === undefined ? draft.id : String(request.query.with);
    const stored = evaluations.some(({ slug }) => slug === asked) ? await drafts.plan(asked) : null;
    const main = comparePage(draft, checkProtocol(draft.document), stored, evaluations);
    return show(reply, 200, holderOf(request), { draft, title: 'Compare', main });
  });

  const recording = async (request: FastifyRequest<At>, person: KeyHolder) => {
    const draft = await draftAt(request.params.number);
    const checked = checkProtocol(draft.document);
    const stored = checked.protocol && (await drafts.plan(checked.protocol.id));
    return { draft, checked, stored, mayBegin: await drafts.mayBegin(), person, named: isNamed(person) };
  };

  app.get<At>('/drafts/:number/record', evaluators, async (request, reply) => {
    const person = holderOf(request);
    const view = await recording(request, person);
    const main = recordPage(view, nothingSent);
    return show(reply, 200, person, { draft: view.draft, title: 'Put on record', main });
  });

  app.post<At>('/drafts/:number/record', evaluators, async (request, reply) => {
    const draft = await draftAt(request.params.number);
    const person = namedOf(request.person, ALL);
    const values = sentValues(request.body);
    const parsed = Recorded.safeParse(values);
    if (!parsed.success) throw notWhole();
    const { version, head, label, reason } = parsed.data;
    try {
      const given = { version: Number(version), head: head || null, label, reason };
      const { slug, what } = await drafts.record(person, draft.number, given);
      return reply.redirect(`/evaluations/${slug}/steps?done=${what}`, 303);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.code === 'unknown-draft') throw unknownDraft();
      const view = await recording(request, person);
      const { field = '' } = error.place;
      const errors = { [field === 'label' || field === 'reason' ? field : '']: error.message };
      const main = recordPage(view, { values, errors });
      const status = error.code === 'bad-step' ? 400 : 409;
      return show(reply, status, person, { draft: view.draft, title: 'Put on record', main });
    }
  });
}
