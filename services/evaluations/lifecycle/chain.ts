// The chain of an evaluation's life: entries are added under a lock on the evaluation, one at a time, each open at its time.
import { type EntryKind, LifecycleEntry } from '../../../schemas/lifecycle.ts';
import { contentHash } from '../../platform/content-hash.ts';
import type { Queryable, Transaction } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { isSignedBy } from './signatures.ts';
import { after, beginning, refusalOf, type Standing, type Wanted } from './standing.ts';

interface EntryRow {
  entry: LifecycleEntry;
  hash: string;
}

export async function entriesOf(db: Queryable, evaluationId: number): Promise<EntryRow[]> {
  return db<EntryRow[]>`
    select entry, hash from waymark.lifecycle_entry where evaluation_id = ${evaluationId} order by seq`;
}

export async function standingOf(db: Queryable, evaluationId: number): Promise<Standing> {
  const entries = await entriesOf(db, evaluationId);
  return entries.reduce((standing, { entry, hash }) => after(standing, entry, hash), beginning);
}

/** The details of a step beyond its kind, as its entry carries them. */
type Details<Kind extends EntryKind> = Omit<
  Extract<LifecycleEntry, { kind: Kind }>,
  'kind' | 'evaluation' | 'seq' | 'at' | 'by' | 'protocolHash' | 'previous'
>;

export type Step = { [Kind in EntryKind]: { kind: Kind } & Details<Kind> }[EntryKind];

export interface StepContext {
  evaluation: { id: number; slug: string };
  by: string;
  at: Date;
  /** The protocol that holds after the step. */
  protocolHash: string;
}

/**
 * Adds one entry and brings the evaluation's columns up to it.
 * @throws UserError `illegal-step` with the reason; `bad-step` naming a detail that cannot be used
 */
export async function append(tx: Transaction, context: StepContext, step: Step): Promise<Standing> {
  const { evaluation, by, at, protocolHash } = context;
  await tx`select from waymark.evaluation where evaluation_id = ${evaluation.id} for update`;
  const standing = await standingOf(tx, evaluation.id);
  const refusal = refusalOf(standing, step as Wanted);
  if (refusal !== null)
    throw new UserError('illegal-step', refusal, step.kind === 'advanced' ? { field: 'to' } : {});
  const parsed = LifecycleEntry.safeParse({
    ...step,
    evaluation: evaluation.slug,
    seq: standing.entries + 1,
    at: at.toISOString(),
    by,
    protocolHash,
    previous: standing.head,
  });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.map(String).join('.') ?? '';
    throw new UserError('bad-step', `The ${field || 'step'} ${issue?.message}.`, { field });
  }
  const hash = contentHash(parsed.data);
  await tx`insert into waymark.lifecycle_entry (evaluation_id, seq, entry, hash)
    values (${evaluation.id}, ${parsed.data.seq}, ${JSON.stringify(parsed.data)}::text::jsonb, ${hash})`;
  const next = after(standing, parsed.data, hash);
  await tx`update waymark.evaluation set stage = ${next.stage}, paused = ${next.paused}, unblinded = ${next.unblinded !== null}
    where evaluation_id = ${evaluation.id}`;
  return next;
}

/** A fault of a chain: the entry, counted from 1, or null when it lies in what is kept beside the chain. */
export interface ChainFault {
  seq: number | null;
  fault: string;
}

/**
 * Checks a chain from its first entry: numbers, hashes, that every step was open when it was taken, signatures, and that
 * stage and protocol beside it are what it comes to. Every fault is told.
 */
export async function verifyChain(
  db: Queryable,
  evaluation: { id: number; slug: string },
): Promise<{ standing: Standing; faults: ChainFault[] }> {
  const faults: ChainFault[] = [];
  let standing = beginning;
  for (const [at, row] of (await entriesOf(db, evaluation.id)).entries()) {
    const seq = at + 1;
    const parsed = LifecycleEntry.safeParse(row.entry);
    if (!parsed.success) {
      faults.push({ seq, fault: 'is not an entry that Waymark writes' });
      continue;
    }
    const entry = parsed.data;
    const say = (fault: string) => faults.push({ seq, fault });
    if (entry.seq !== seq) say(`says it is entry ${entry.seq}`);
    if (entry.evaluation !== evaluation.slug) say(`is of the evaluation ${entry.evaluation}`);
    if (contentHash(entry) !== row.hash) say('was changed: its hash is not that of its content');
    if (entry.previous !== standing.head)
      say('does not follow the entry before it: something was changed or taken out');
    const refusal = refusalOf(standing, entry);
    if (refusal) say(`was not open: ${refusal}`);
    if (entry.kind === 'signed') {
      const [key, signature] = [entry.publicKey, entry.signature].map((text) => Buffer.from(text, 'base64'));
      if (!key || !signature || !isSignedBy(key, signature, evaluation.slug, entry.protocolHash))
        say(`does not carry a signature of ${entry.name} over this protocol`);
    }
    standing = after(standing, entry, row.hash);
  }
  return { standing, faults: [...faults, ...(await besideTheChain(db, evaluation.id, standing))] };
}

async function besideTheChain(db: Queryable, id: number, standing: Standing): Promise<ChainFault[]> {
  const [row] = await db<
    { stage: string; paused: boolean; unblinded: boolean; protocol: unknown; protocol_hash: string }[]
  >`select stage, paused, unblinded, protocol, protocol_hash from waymark.evaluation where evaluation_id = ${id}`;
  const faults: string[] = [];
  if (row?.stage !== standing.stage) faults.push(`the store says ${row?.stage}, the chain ${standing.stage}`);
  if (row?.paused !== standing.paused) faults.push('the store and the chain differ on whether it is paused');
  if (row?.unblinded !== (standing.unblinded !== null))
    faults.push('the store and the chain differ on whether it is unblinded');
  if (contentHash(row?.protocol) !== row?.protocol_hash)
    faults.push('the stored protocol does not have its hash');
  if (standing.protocolHash !== null && row?.protocol_hash !== standing.protocolHash)
    faults.push('the stored protocol is not the one the chain names');
  return faults.map((fault) => ({ seq: null, fault }));
}
