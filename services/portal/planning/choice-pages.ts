// The form of a draft's main choices: shown from the document, and written back into it.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { checkProtocol } from '../../evaluations/protocol/check.ts';
import { UserError } from '../../platform/errors.ts';
import { type ChoiceState, choicesPage, unreadablePage } from '../pages/planning/choices.ts';
import type { KeyHolder, PortalStore } from '../store.ts';
import { type Choices, choicesIn, type Values, withChoices } from './choices.ts';
import { ALL, type At, draftAnswers, evaluators, notWhole, unknownDraft, Version } from './draft-answers.ts';
import { holderOf, isNamed, namedOf, sentValues } from './reader.ts';
import type { Draft } from './store.ts';

/** The choices of a document as they were filled in, which was not saved. */
const filledIn = (choices: Choices, sent: Values): Choices => ({
  values: sent,
  outcomes: choices.outcomes.map((one) => ({ ...one, ticked: sent[`outcome-${one.id}`] === 'yes' })),
  armsBy: choices.armsBy,
});

export function choicePages(app: FastifyInstance, store: PortalStore): void {
  const { drafts } = store.planning;
  const { draftAt, show } = draftAnswers(store);

  const formOf = (
    reply: FastifyReply,
    status: number,
    person: KeyHolder,
    draft: Draft,
    { sent, ...state }: ChoiceState & { sent?: Values },
  ) => {
    const choices = choicesIn(draft.document);
    if (!choices)
      return show(reply, status, person, { draft, title: 'Main choices', main: unreadablePage(draft) });
    const filled = sent ? filledIn(choices, sent) : choices;
    const main = choicesPage(draft, filled, { person, named: isNamed(person) }, state);
    const wrong = status < 400 && (state.checked?.faults.length ?? 0) > 0;
    return show(reply, status, person, { draft, title: `${wrong ? 'Error: ' : ''}Main choices`, main });
  };

  app.get<At>('/drafts/:number/choices', evaluators, async (request, reply) => {
    const draft = await draftAt(request.params.number);
    const checked = request.query.check === '1' ? checkProtocol(draft.document) : null;
    return formOf(reply, 200, holderOf(request), draft, { checked, saved: request.query.saved === '1' });
  });

  app.post<At>('/drafts/:number/choices', evaluators, async (request, reply) => {
    const draft = await draftAt(request.params.number);
    const person = namedOf(request.person, ALL);
    const sent = sentValues(request.body);
    const version = Version.safeParse(sent.version);
    // A form without its first field is no form of ours: saving it would empty the document.
    if (!version.success || sent.title === undefined) throw notWhole();
    const refused = (status: number, refusal: string, now: Draft) =>
      formOf(reply, status, person, now, { checked: null, saved: false, refusal, sent });
    const document = withChoices(draft.document, sent);
    if (document === null) return formOf(reply, 400, person, draft, { checked: null, saved: false });
    try {
      await drafts.save(person, draft.number, Number(version.data), document);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.code === 'unknown-draft') throw unknownDraft();
      if (error.code !== 'changed-meanwhile') return refused(400, error.message, draft);
      const again = `${error.message} What you chose is below: save again to put it into theirs.`;
      return refused(409, again, await draftAt(request.params.number));
    }
    const how = sent.action === 'check' ? 'check=1' : 'saved=1';
    return reply.redirect(`/drafts/${draft.number}/choices?${how}`, 303);
  });
}
