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

async function take(tx: Transaction, { slug, by, at }: Taken, step: Step): Promise<Standing> {
  const evaluation = await present(tx, slug);
  return append(tx, { evaluation, by, at, protocolHash: evaluation.protocolHash }, step);
}

/** A changed plan, or what was done under the one there is when `protocol` is null. */
export interface Change {
  label: string;
  reason: string;
  protocol: Protocol | null;
}

/** The steps in a transaction that is under way: a page takes them in its reader's name. */
export const within = {
  advance: (tx: Transaction, taken: Taken, to: Stage): Promise<Standing> =>
    take(tx, taken, { kind: 'advanced', to }),

  unblind: (tx: Transaction, taken: Taken, reason: string): Promise<Standing> =>
    take(tx, taken, { kind: 'unblinded', reason }),

  pause: (tx: Transaction, taken: Taken, reason: string): Promise<Standing> =>
    take(tx, taken, { kind: 'paused', reason }),

  /** Goes on after a pause: every child of its councils is screened again, for nobody was meanwhile. */
  async resume(tx: Transaction, taken: Taken): Promise<Standing> {
    const standing = await take(tx, taken, { kind: 'resumed' });
    await enrolAgain(tx, (await present(tx, taken.slug)).id);
    return standing;
  },

  /**
   * Adds a signature over the protocol that holds now.
   * @throws UserError `unknown-signer`; `wrong-signature` when it was not made over this protocol with the signer's key
   */
  async sign(
    tx: Transaction,
    { slug, signer: id, signature, at }: { slug: string; signer: string; signature: Buffer; at: Date },
  ): Promise<Standing> {
    const evaluation = await present(tx, slug);
    const signer = await signerNamed(tx, id);
    if (!isSignedBy(signer.publicKey, signature, slug, evaluation.protocolHash))
      throw new UserError(
        'wrong-signature',
        `The signature was not made over this plan with the key registered for ${signer.name}.`,
        { field: 'signature' },
      );
    return append(
      tx,
      { evaluation, by: signer.id, at, protocolHash: evaluation.protocolHash },
      {
        kind: 'signed',
        signer: signer.id,
        name: signer.name,
        publicKey: signer.publicKey.toString('base64'),
        signature: signature.toString('base64'),
      },
    );
  },

  /** Puts another protocol in the evaluation's place, before it is locked. */
  async revise(tx: Transaction, { slug, by, at }: Taken, protocol: Protocol): Promise<Standing> {
    const evaluation = await present(tx, slug);
    await replaceProtocol(tx, evaluation, protocol);
    return append(tx, { evaluation, by, at, protocolHash: contentHash(protocol) }, { kind: 'revised' });
  },

  /** Records a change after locking. */
  async deviate(
    tx: Transaction,
    { slug, by, at }: Taken,
    { label, reason, protocol }: Change,
  ): Promise<Standing> {
    const evaluation = await present(tx, slug);
    if (protocol) {
      refuseLosses(evaluation.protocol, protocol);
      await replaceProtocol(tx, evaluation, protocol);
    }
    const protocolHash = protocol ? contentHash(protocol) : evaluation.protocolHash;
    return append(tx, { evaluation, by, at, protocolHash }, { kind: 'deviated', label, reason });
  },
};

/** A step as a transaction of its own. */
const alone =
  <Args extends readonly unknown[]>(step: (tx: Transaction, ...args: Args) => Promise<Standing>) =>
  (db: Database, ...args: Args): Promise<Standing> =>
    db.begin((tx) => step(tx, ...args));

export const advance = alone(within.advance);
export const unblind = alone(within.unblind);
export const pause = alone(within.pause);
export const resume = alone(within.resume);
export const revise = alone(within.revise);
export const deviate = alone(within.deviate);

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
    if (!publicKey.equals(signer.publicKey))
      throw new UserError('wrong-key', `The key is not the one registered for ${signer.name}.`, {
        field: 'key',
      });
    return within.sign(tx, { slug, signer: id, signature, at });
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
  await tx`select waymark.replace_protocol(${evaluation.id}::smallint, ${JSON.stringify(protocol)}::text::jsonb,
    ${contentHash(protocol)}, ${protocol.dataSource}, ${councils}::smallint[])`;
}
