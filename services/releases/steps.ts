// The steps that people take with a release. Each is refused with its reason or stands for good.
import type { Audience, ReleaseState, ReleaseStep } from '../../schemas/release.ts';
import { resultOf } from '../analysis/result.ts';
import { unblindedNamed } from '../evaluations/evaluation.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { type Release, releaseNumbered, type Step, type SupersededDetail } from './standing.ts';

/** One at a time decides on a release. */
export async function lockRelease(tx: Transaction, id: number): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('waymark.release', ${id}))`;
}

export async function addStep(
  tx: Transaction,
  { id, steps }: Pick<Release, 'id' | 'steps'>,
  {
    step,
    by,
    note = null,
    detail = null,
  }: Pick<Step, 'step' | 'by'> & Partial<Pick<Step, 'note' | 'detail'>>,
): Promise<void> {
  await tx`
    insert into waymark.release_step (release_id, seq, step, by, note, detail)
    values (${id}, ${(steps.at(-1)?.seq ?? 0) + 1}, ${step}, ${by}, ${note},
      ${detail === null ? null : JSON.stringify(detail)}::text::jsonb)`;
}

export interface Draft {
  evaluation: string;
  audience: Audience;
  title: string;
  by: string;
}

/**
 * Keeps an evaluation's result as it is now, to be checked.
 * @returns the release's number
 * @throws UserError `unknown-evaluation`, `blinded`, `no-result`
 */
export async function draftRelease(db: Database, draft: Draft): Promise<number> {
  return db.begin('isolation level repeatable read', async (tx) => {
    const evaluation = await unblindedNamed(tx, draft.evaluation);
    const result = await resultOf(tx, evaluation);
    if (result.results.every(({ arms }) => arms.every(({ enrolled }) => enrolled === 0))) {
      const sentence = `Nobody is enrolled in ${draft.evaluation} yet: there is nothing to release.`;
      throw new UserError('no-result', sentence, { field: 'evaluation' });
    }
    const [row] = await tx<{ id: number }[]>`
      insert into waymark.release (evaluation_id, audience, title, result)
      values (${evaluation.id}, ${draft.audience}, ${draft.title}, ${JSON.stringify(result)}::text::jsonb)
      returning release_id as id`;
    const id = row?.id ?? 0;
    await addStep(tx, { id, steps: [] }, { step: 'drafted', by: draft.by });
    return id;
  });
}

const stateWords: Record<ReleaseState, string> = {
  checking: 'is being checked by the rules',
  settled: 'is settled by the rules and can be published',
  waiting: 'waits for a second person',
  approved: 'is approved and can be published',
  refused: 'was refused',
  publishing: 'is being published',
  published: 'is published',
  superseded: 'is superseded',
};

interface Taken {
  id: number;
  by: string;
  note?: string;
}

/** The release where the step may be taken now; nobody else takes one until the transaction ends. */
async function releaseIn(
  tx: Transaction,
  id: number,
  step: ReleaseStep,
  from: readonly ReleaseState[],
): Promise<Release> {
  await lockRelease(tx, id);
  const release = await releaseNumbered(tx, id);
  if (from.includes(release.state)) return release;
  const sentence = `Release ${id} ${stateWords[release.state]}: it cannot be ${step === 'asked' ? 'published' : step} now.`;
  throw new UserError('wrong-state', sentence, { field: 'release' });
}

/** The store's own refusal, in words. */
function refusalOf(error: unknown, { id, by }: Taken): unknown {
  if ((error as { constraint_name?: string }).constraint_name !== 'second_person') return error;
  return new UserError('same-person', `${by} drafted release ${id}: another person decides on it.`, {
    field: 'by',
  });
}

async function take(
  db: Database,
  taken: Taken,
  step: ReleaseStep,
  from: readonly ReleaseState[],
  detail: SupersededDetail | null = null,
): Promise<Release> {
  const { id, by, note } = taken;
  try {
    return await db.begin(async (tx) => {
      await addStep(tx, await releaseIn(tx, id, step, from), { step, by, note: note ?? null, detail });
      return releaseNumbered(tx, id);
    });
  } catch (error) {
    throw refusalOf(error, taken);
  }
}

/** What a second person may say, and of a release in which state. */
const decisions = { approved: ['waiting'], refused: ['waiting', 'settled', 'approved'] } as const;
export type Decision = keyof typeof decisions;

/** @throws UserError `wrong-state`, `same-person` */
export const approveRelease = (db: Database, taken: Taken & { note: string }): Promise<Release> =>
  take(db, taken, 'approved', decisions.approved);

/** @throws UserError `wrong-state`, `same-person` */
export const refuseRelease = (db: Database, taken: Taken & { note: string }): Promise<Release> =>
  take(db, taken, 'refused', decisions.refused);

/**
 * A decision of the person who is signed in to the portal, in a transaction that names them as its reader: the store
 * refuses another's name.
 * @param signedIn `person:<id>`
 * @throws UserError `unknown-release`, `wrong-state`, `same-person`
 */
export async function decideSignedIn(
  tx: Transaction,
  taken: Taken & { note: string; signedIn: string },
  decision: Decision,
): Promise<void> {
  const { id, by, note, signedIn } = taken;
  const { steps } = await releaseIn(tx, id, decision, decisions[decision]);
  try {
    await tx`insert into waymark.release_step (release_id, seq, step, by, note, signed_in)
      values (${id}, ${(steps.at(-1)?.seq ?? 0) + 1}, ${decision}, ${by}, ${note}, ${signedIn})`;
  } catch (error) {
    throw refusalOf(error, taken);
  }
}

/** Asks for a release to be published: it is, once it has been judged again. @throws UserError `wrong-state` */
export const askToPublish = (db: Database, taken: Taken): Promise<Release> =>
  take(db, taken, 'asked', ['settled', 'approved']);

/**
 * Puts a published release in the place of an older one, which keeps its bytes and its permalink.
 * @throws UserError `wrong-state`, `not-comparable`
 */
export async function supersedeRelease(
  db: Database,
  taken: Taken & { note: string; with: number },
): Promise<Release> {
  const [older, newer] = [await releaseNumbered(db, taken.id), await releaseNumbered(db, taken.with)];
  if (older.evaluation !== newer.evaluation || older.audience !== newer.audience || older.id === newer.id) {
    const sentence = `Release ${newer.id} is not another one of the same evaluation for the same audience.`;
    throw new UserError('not-comparable', sentence, { field: 'with' });
  }
  if (newer.published === null || newer.state !== 'published') {
    const sentence = `Release ${newer.id} ${stateWords[newer.state]}: publish it first.`;
    throw new UserError('wrong-state', sentence, { field: 'with' });
  }
  const detail = { by: newer.id, permalink: newer.published.permalink };
  return take(db, taken, 'superseded', ['published'], detail);
}
