// Drafts of protocols in PostgreSQL, and how one is put on record: by what the commands do with a file.
import { readInName } from '../../access/reader.ts';
import { evaluationNamed } from '../../evaluations/evaluation.ts';
import { standingOf } from '../../evaluations/lifecycle/chain.ts';
import { isLocked } from '../../evaluations/lifecycle/standing.ts';
import { within } from '../../evaluations/lifecycle/steps.ts';
import { checkProtocol } from '../../evaluations/protocol/check.ts';
import { namesIn } from '../../evaluations/protocol/text.ts';
import { createEvaluationIn } from '../../evaluations/register.ts';
import { contentHash } from '../../platform/content-hash.ts';
import type { Database, Transaction } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { assertUnmoved, inOwnName, personNumber } from './in-own-name.ts';
import type { Draft, DraftStore, Planner, Recorded, Recording, StoredPlan } from './store.ts';

/** Characters of a document. */
const MOST_CHARACTERS = 60_000;
/** Drafts of a person. */
const MOST_DRAFTS = 100;

const rows = (tx: Transaction, number: number | null) => tx<(Omit<Draft, 'changedAt'> & { changed: Date })[]>`
  select draft_id as number, document, slug as id, title, version, changed_by as "changedBy", changed_at as changed,
    person_id = waymark.planning_person() as own
  from waymark.protocol_draft where ${number}::integer is null or draft_id = ${number}
  order by changed_at desc, draft_id desc`;

async function readDrafts(tx: Transaction, number: number | null): Promise<Draft[]> {
  return (await rows(tx, number)).map(({ changed, ...draft }) => ({
    ...draft,
    changedAt: changed.toISOString(),
  }));
}

const unknown = (): UserError =>
  new UserError('unknown-draft', 'There is no such draft.', { field: 'draft' });

const changedMeanwhile = ({ changedBy }: Draft): UserError =>
  new UserError(
    'changed-meanwhile',
    `${changedBy} saved this draft since you opened it, so yours was not saved over theirs.`,
    { field: 'document' },
  );

/** The draft as it was read, which nobody else changes until the transaction ends. */
async function heldDraft(tx: Transaction, number: number, version: number): Promise<Draft> {
  await tx`select from waymark.protocol_draft where draft_id = ${number} for update`;
  const [draft] = await readDrafts(tx, number);
  if (!draft) throw unknown();
  if (draft.version !== version) throw changedMeanwhile(draft);
  return draft;
}

function assertShort(document: string): void {
  if (document.length <= MOST_CHARACTERS) return;
  throw new UserError('too-long', `A document has at most ${MOST_CHARACTERS} characters.`, {
    field: 'document',
  });
}

/** The number of the evaluation whose id the document gives, where the reader may see it. */
async function evaluationOf(tx: Transaction, slug: string): Promise<number | null> {
  const [row] = await tx<{ id: number }[]>`
    select evaluation_id as id from waymark.evaluation where slug = ${slug}`;
  return row?.id ?? null;
}

async function begin(tx: Transaction, person: Planner, document: string): Promise<number> {
  assertShort(document);
  const own = await tx`select from waymark.protocol_draft where person_id = waymark.planning_person()`;
  if (own.count >= MOST_DRAFTS)
    throw new UserError('too-many-drafts', `You have ${MOST_DRAFTS} drafts: withdraw one first.`, {
      field: 'from',
    });
  const { id, title } = namesIn(document);
  const [row] = await tx<{ number: number }[]>`
    insert into waymark.protocol_draft (person_id, evaluation_id, document, slug, title, changed_by)
    values (${personNumber(person)}, ${await evaluationOf(tx, id)}, ${document}, ${id}, ${title}, ${person.label})
    returning draft_id as number`;
  return row?.number ?? 0;
}

async function save(
  tx: Transaction,
  person: Planner,
  { number, version, document }: Pick<Draft, 'number' | 'version' | 'document'>,
): Promise<void> {
  assertShort(document);
  const { own } = await heldDraft(tx, number, version);
  const { id, title } = namesIn(document);
  const evaluation = await evaluationOf(tx, id);
  if (!own && evaluation === null)
    throw new UserError(
      'not-yours',
      'This draft is shared because it is of an evaluation: only whoever began it gives it another id.',
      { field: 'document' },
    );
  await tx`update waymark.protocol_draft set document = ${document}, slug = ${id}, title = ${title}, evaluation_id = ${evaluation},
    version = version + 1, changed_by = ${person.label}, changed_at = now() where draft_id = ${number}`;
}

async function storedPlan(tx: Transaction, slug: string): Promise<StoredPlan | null> {
  const evaluation = await evaluationNamed(tx, slug);
  if (!evaluation) return null;
  const { id, protocol, protocolHash } = evaluation;
  return { slug, protocol, protocolHash, standing: await standingOf(tx, id) };
}

/** The store's own refusal, in words. */
function refusalOf(error: unknown): unknown {
  if ((error as { constraint_name?: string }).constraint_name !== 'may_plan') return error;
  return new UserError(
    'not-granted',
    'A new evaluation is begun by an evaluator who was granted every evaluation, or by an operator from the file.',
    { field: 'id' },
  );
}

async function record(
  tx: Transaction,
  { label: by }: Planner,
  number: number,
  { version, head, label, reason }: Recording,
): Promise<Recorded> {
  const { document } = await heldDraft(tx, number, version);
  const { protocol } = checkProtocol(document);
  if (!protocol)
    throw new UserError('bad-protocol', 'The document has faults: mend them first.', { field: 'document' });
  const slug = protocol.id;
  const taken = { slug, by, at: new Date() };
  const stored = await storedPlan(tx, slug);
  if (!stored) {
    await createEvaluationIn(tx, protocol, taken);
    await tx`update waymark.protocol_draft set evaluation_id = ${await evaluationOf(tx, slug)}, changed_by = ${by}
      where draft_id = ${number}`;
    return { slug, what: 'created' };
  }
  await assertUnmoved(tx, slug, head);
  if (stored.protocolHash === contentHash(protocol))
    throw new UserError('same-plan', `The evaluation ${slug} has this very plan already.`, {
      field: 'document',
    });
  if (!isLocked(stored.standing)) {
    await within.revise(tx, taken, protocol);
    return { slug, what: 'revised' };
  }
  await within.deviate(tx, taken, { label, reason, protocol });
  return { slug, what: 'deviated' };
}

export function createDraftStore(db: Database): DraftStore {
  return {
    drafts: () => readInName(db, (tx) => readDrafts(tx, null)),
    draft: async (number) => (await readInName(db, (tx) => readDrafts(tx, number)))[0] ?? null,
    begin: (person, document) => inOwnName(db, person, (tx) => begin(tx, person, document)),
    save: (person, number, version, document) =>
      inOwnName(db, person, (tx) => save(tx, person, { number, version, document })),
    withdraw: (person, number) =>
      inOwnName(db, person, async (tx) => {
        const gone = await tx`delete from waymark.protocol_draft where draft_id = ${number}`;
        if (gone.count === 0) throw unknown();
      }),
    plan: (slug) => readInName(db, (tx) => storedPlan(tx, slug)),
    mayBegin: async () => {
      const [row] = await readInName(
        db,
        (tx) => tx<{ may: boolean }[]>`select waymark.may_plan(null) as may`,
      );
      return row?.may === true;
    },
    record: async (person, number, recording) => {
      try {
        return await inOwnName(db, person, (tx) => record(tx, person, number, recording));
      } catch (error) {
        throw refusalOf(error);
      }
    },
  };
}
