// Each step of an evaluation's life is one transaction: it is open, it is written to the chain, and what it changes is changed.
import type { Stage } from '../../../schemas/lifecycle.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { contentHash } from '../../platform/content-hash.ts';
import type { Database, Transaction } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { type Evaluation, evaluationNamed } from '../evaluation.ts';
import { enrolAgain, registeredCouncils } from '../register.ts';
import { append, type Step } from './chain.ts';
import { isSignedBy, signProtocol } from './signatures.ts';
import { signerNamed } from './signers.ts';
import type { Standing } from './standing.ts';

export interface Taken {
  slug: string;
  /** Who takes the step. */
  by: string;
  at: Date;
}

async function present(tx: Transaction, slug: string): Promise<Evaluation> {
  const evaluation = await evaluationNamed(tx, slug);
  if (evaluation) return evaluation;
  throw new UserError('unknown-evaluation', `There is no evaluation ${slug}.`, { field: 'evaluation' });
}

async function take(db: Database, { slug, by, at }: Taken, step: Step): Promise<Standing> {
  return db.begin(async (tx) => {
    const evaluation = await present(tx, slug);
    return append(tx, { evaluation, by, at, protocolHash: evaluation.protocolHash }, step);
  });
}

export const advance = (db: Database, taken: Taken, to: Stage): Promise<Standing> =>
  take(db, taken, { kind: 'advanced', to });

export const unblind = (db: Database, taken: Taken, reason: string): Promise<Standing> =>
  take(db, taken, { kind: 'unblinded', reason });

export const pause = (db: Database, taken: Taken, reason: string): Promise<Standing> =>
  take(db, taken, { kind: 'paused', reason });

/** Goes on after a pause: every child of its councils is screened again, for nobody was meanwhile. */
export async function resume(db: Database, { slug, by, at }: Taken): Promise<Standing> {
  return db.begin(async (tx) => {
    const evaluation = await present(tx, slug);
    const standing = await append(
      tx,
      { evaluation, by, at, protocolHash: evaluation.protocolHash },
      { kind: 'resumed' },
    );
    await enrolAgain(tx, evaluation.id);
    return standing;
  });
}

/**
 * Signs the protocol that holds now.
 * @throws UserError `unknown-signer`; `wrong-key` when the key is not the one registered for the signer
 */
export async function signEvaluation(
  db: Database,
  { slug, signer: id, privatePem, at }: { slug: string; signer: string; privatePem: string; at: Date },
): Promise<Standing> {
  return db.begin(async (tx) => {
    const evaluation = await present(tx, slug);
    const signer = await signerNamed(tx, id);
    const { publicKey, signature } = signProtocol(privatePem, slug, evaluation.protocolHash);
    if (
      !publicKey.equals(signer.publicKey) ||
      !isSignedBy(signer.publicKey, signature, slug, evaluation.protocolHash)
    )
      throw new UserError('wrong-key', `The key is not the one registered for ${signer.name}.`, {
        field: 'key',
      });
    return append(
      tx,
      { evaluation, by: signer.id, at, protocolHash: evaluation.protocolHash },
      {
        kind: 'signed',
        signer: signer.id,
        name: signer.name,
        publicKey: publicKey.toString('base64'),
        signature: signature.toString('base64'),
      },
    );
  });
}

/** Puts another protocol in the evaluation's place, before it is locked. */
export async function revise(db: Database, { slug, by, at }: Taken, protocol: Protocol): Promise<Standing> {
  return db.begin(async (tx) => {
    const evaluation = await present(tx, slug);
    await replaceProtocol(tx, evaluation, protocol);
    return append(tx, { evaluation, by, at, protocolHash: contentHash(protocol) }, { kind: 'revised' });
  });
}

/** Records a change after locking, with another protocol or, when `protocol` is null, of what was done under this one. */
export async function deviate(
  db: Database,
  { slug, by, at }: Taken,
  { label, reason, protocol }: { label: string; reason: string; protocol: Protocol | null },
): Promise<Standing> {
  return db.begin(async (tx) => {
    const evaluation = await present(tx, slug);
    if (protocol) {
      refuseLosses(evaluation.protocol, protocol);
      await replaceProtocol(tx, evaluation, protocol);
    }
    const protocolHash = protocol ? contentHash(protocol) : evaluation.protocolHash;
    return append(tx, { evaluation, by, at, protocolHash }, { kind: 'deviated', label, reason });
  });
}

/** What was frozen is kept by the place of its outcome: outcomes and horizons are added, never taken out or moved. */
function refuseLosses(before: Protocol, now: Protocol): void {
  const same = before.outcomes.every(({ id }, at) => now.outcomes[at]?.id === id);
  if (!same)
    throw new UserError(
      'lost-outcome',
      'After locking outcomes are added at the end: those there are keep their place.',
      { field: 'outcomes' },
    );
  const lost = before.horizons.find((horizon) => !now.horizons.includes(horizon));
  if (lost !== undefined)
    throw new UserError(
      'lost-horizon',
      `After locking no horizon is taken out: ${lost} months are missing.`,
      {
        field: 'horizons',
      },
    );
}

async function replaceProtocol(tx: Transaction, evaluation: Evaluation, candidate: Protocol): Promise<void> {
  const protocol = Protocol.parse(candidate);
  if (protocol.id !== evaluation.slug)
    throw new UserError('other-evaluation', `The protocol is of ${protocol.id}, not of ${evaluation.slug}.`, {
      field: 'id',
    });
  const councils = await registeredCouncils(tx, protocol.councils);
  // The children of councils that leave are screened out, so both lists are screened again.
  await enrolAgain(tx, evaluation.id);
  await tx`update waymark.evaluation set protocol = ${JSON.stringify(protocol)}::text::jsonb,
      protocol_hash = ${contentHash(protocol)}, data_source = ${protocol.dataSource}
    where evaluation_id = ${evaluation.id}`;
  await tx`select waymark.forget_outcomes(${evaluation.id}::smallint)`;
  await tx`delete from waymark.evaluation_council where evaluation_id = ${evaluation.id}`;
  await tx`insert into waymark.evaluation_council (evaluation_id, council_id)
    select ${evaluation.id}, unnest(${councils}::smallint[])`;
  await enrolAgain(tx, evaluation.id);
}
