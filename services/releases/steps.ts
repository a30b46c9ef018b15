// The steps that people take with a release. Each is refused with its reason or stands for good.
import type { Audience, ReleaseState, ReleaseStep } from '../../schemas/release.ts';
import { resultOf } from '../analysis/result.ts';
import { type Evaluation, unblindedNamed } from '../evaluations/evaluation.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { type Release, releaseNumbered, type Step, type SupersededDetail } from './standing.ts';

/** One at a time decides on a release. */
export async function lockRelease(tx: Transaction, id: number): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('waymark.release', ${id}))`;
}

/** Who takes a step. */
interface Actor {
  by: string;
  /** `person:<id>` of whoever is signed in to the portal, in a transaction that names them as its reader; null for a command. */
  signedIn?: string | null;
}

export async function addStep(
  tx: Transaction,
  { id, steps }: Pick<Release, 'id' | 'steps'>,
  {
    step,
    by,
    signedIn = null,
    note = null,
    detail = null,
  }: Pick<Step, 'step' | 'by'> & Partial<Pick<Step, 'note' | 'detail' | 'signedIn'>>,
): Promise<void> {
  await tx`
    insert into waymark.release_step (release_id, seq, step, by, note, detail, signed_in)
    values (${id}, ${(steps.at(-1)?.seq ?? 0) + 1}, ${step}, ${by}, ${note},
      ${detail === null ? null : JSON.stringify(detail)}::text::jsonb, ${signedIn})`;
}

export interface Draft extends Actor {
  evaluation: string;
  audience: Audience;
  title: string;
  /** Number of the kept analysis whose effects are released; without one, the counts as they are now. */
  analysis?: number | undefined;
}

/** @throws UserError `unknown-analysis` for one of another evaluation too; `withheld`, `too-small` for one without effects to show */
async function draftOfAnalysis(
  tx: Transaction,
  { id, slug }: Evaluation,
  number: number,
  { audience, title }: Draft,
): Promise<number> {
  const [kept] = await tx<{ withheld: boolean; hidden: boolean }[]>`
    select withheld, shown is null as hidden from waymark.analysis
    where analysis_id = ${number} and evaluation_id = ${id}`;
  const refuse = (code: string, sentence: string): never => {
    throw new UserError(code, sentence, { field: 'analysis' });
  };
  if (!kept) return refuse('unknown-analysis', `${slug} has no analysis ${number}.`);
  if (kept.withheld)
    return refuse(
      'withheld',
      `A check failed in analysis ${number} and nobody said why its effects may be seen: there is nothing to release.`,
    );
  if (kept.hidden)
    return refuse(
      'too-small',
      `One of the groups of analysis ${number} has too few children to show anything.`,
    );
  const [row] = await tx<{ id: number }[]>`
    insert into waymark.release (evaluation_id, audience, title, analysis_id)
    values (${id}, ${audience}, ${title}, ${number}) returning release_id as id`;
  return row?.id ?? 0;
}

/** @throws UserError `no-result` */
async function draftOfCounts(
  tx: Transaction,
  evaluation: Evaluation,
  { audience, title }: Draft,
): Promise<number> {
  const result = await resultOf(tx, evaluation);
  if (result.results.every(({ arms }) => arms.every(({ enrolled }) => enrolled === 0))) {
    const sentence = `Nobody is enrolled in ${evaluation.slug} yet: there is nothing to release.`;
    throw new UserError('no-result', sentence, { field: 'evaluation' });
  }
  const [row] = await tx<{ id: number }[]>`
    insert into waymark.release (evaluation_id, audience, title, result)
    values (${evaluation.id}, ${audience}, ${title}, ${JSON.stringify(result)}::text::jsonb)
    returning release_id as id`;
  return row?.id ?? 0;
}

/**
 * Keeps what is to be released, to be checked. The transaction sees one moment of the store.
 * @returns the release's number
 * @throws UserError `unknown-evaluation`, `blinded`, `no-result`, `unknown-analysis`, `withheld`, `too-small`
 */
export async function draftIn(tx: Transaction, draft: Draft): Promise<number> {
  const evaluation = await unblindedNamed(tx, draft.evaluation);
  const id =
    draft.analysis === undefined
      ? await draftOfCounts(tx, evaluation, draft)
      : await draftOfAnalysis(tx, evaluation, draft.analysis, draft);
  await addStep(tx, { id, steps: [] }, { step: 'drafted', by: draft.by, signedIn: draft.signedIn ?? null });
  return id;
}

/** @throws UserError as `draftIn` does */
export const draftRelease = (db: Database, draft: Draft): Promise<number> =>
  db.begin('isolation level repeatable read', (tx) => draftIn(tx, draft)) as Promise<number>;

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

/** The steps that people take with a draft, and of a release in which state; the store holds the same order. */
const takenFrom = {
  approved: ['waiting'],
  refused: ['waiting', 'settled', 'approved'],
  asked: ['settled', 'approved'],
  superseded: ['published'],
} as const satisfies Partial<Record<ReleaseStep, readonly ReleaseState[]>>;
export type PersonStep = keyof typeof takenFrom;

export interface Taken extends Actor {
  id: number;
  note?: string | null;
  /** The release that takes the place of one that is superseded. */
  with?: number;
}

const wrongState = ({ id, state }: Release, step: PersonStep): UserError =>
  new UserError(
    'wrong-state',
    `Release ${id} ${stateWords[state]}: it cannot be ${step === 'asked' ? 'published' : step} now.`,
    { field: 'release' },
  );

/** @throws UserError `not-comparable`, `wrong-state` */
function successorOf(older: Release, newer: Release): SupersededDetail {
  const alike = (['evaluation', 'audience', 'kind'] as const).every((of) => older[of] === newer[of]);
  if (!alike || older.id === newer.id) {
    const sentence = `Release ${newer.id} is not another one of the same kind and evaluation for the same audience.`;
    throw new UserError('not-comparable', sentence, { field: 'with' });
  }
  if (newer.published === null || newer.state !== 'published') {
    const sentence = `Release ${newer.id} ${stateWords[newer.state]}: publish it first.`;
    throw new UserError('wrong-state', sentence, { field: 'with' });
  }
  return { by: newer.id, permalink: newer.published.permalink };
}

/** The store's own refusal, in words. */
function refusalOf(error: unknown, { id, by }: Taken): unknown {
  if ((error as { constraint_name?: string }).constraint_name !== 'second_person') return error;
  return new UserError('same-person', `${by} drafted release ${id}: another person decides on it.`, {
    field: 'by',
  });
}

/**
 * Takes a step; nobody else takes one with the release until the transaction ends.
 * @throws UserError `unknown-release`, `wrong-state`, `same-person`, `not-comparable`
 */
export async function takeStep(tx: Transaction, step: PersonStep, taken: Taken): Promise<Release> {
  const { id, by, signedIn = null, note = null, with: successor } = taken;
  await lockRelease(tx, id);
  const release = await releaseNumbered(tx, id);
  const detail =
    step === 'superseded' ? successorOf(release, await releaseNumbered(tx, successor ?? id)) : null;
  const from: readonly ReleaseState[] = takenFrom[step];
  if (!from.includes(release.state)) throw wrongState(release, step);
  try {
    await addStep(tx, release, { step, by, signedIn, note, detail });
  } catch (error) {
    throw refusalOf(error, taken);
  }
  return releaseNumbered(tx, id);
}

const take = (db: Database, step: PersonStep, taken: Taken): Promise<Release> =>
  db.begin((tx) => takeStep(tx, step, taken)) as Promise<Release>;

/** @throws UserError `unknown-release`, `wrong-state`, `same-person` */
export const approveRelease = (db: Database, taken: Taken & { note: string }): Promise<Release> =>
  take(db, 'approved', taken);

/** @throws UserError `unknown-release`, `wrong-state`, `same-person` */
export const refuseRelease = (db: Database, taken: Taken & { note: string }): Promise<Release> =>
  take(db, 'refused', taken);

/** Asks for a release to be published: it is, once it has been judged again. @throws UserError `unknown-release`, `wrong-state` */
export const askToPublish = (db: Database, taken: Taken): Promise<Release> => take(db, 'asked', taken);

/**
 * Puts a published release in the place of an older one, which keeps its bytes and its permalink.
 * @throws UserError `unknown-release`, `wrong-state`, `not-comparable`
 */
export const supersedeRelease = (
  db: Database,
  taken: Taken & { note: string; with: number },
): Promise<Release> => take(db, 'superseded', taken);
