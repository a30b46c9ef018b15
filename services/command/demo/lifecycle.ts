// The demonstration's evaluations live as real ones do: locked by two signatures before a child is enrolled, and unblinded with
// a recorded reason. Its signers are made at the first start and marked as simulated: nobody stands behind them.
import { stages } from '../../../schemas/lifecycle.ts';
import { evaluationNamed } from '../../evaluations/evaluation.ts';
import { newKeyPair, publicKeyOf } from '../../evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../evaluations/lifecycle/signers.ts';
import { advance, signEvaluation, unblind } from '../../evaluations/lifecycle/steps.ts';
import type { Database } from '../../platform/database.ts';
import type { DemonstrationMemory } from './memory.ts';

const SIGNERS = [
  { id: 'demonstration-signer-one', name: 'First demonstration signer (simulated)' },
  { id: 'demonstration-signer-two', name: 'Second demonstration signer (simulated)' },
] as const;

const BY = 'demonstration';
const REASON =
  'A demonstration: the children are invented or synthetic, so nobody can be led by what is seen.';

/** Registers and locks an evaluation that is not locked yet, with both signatures. */
export async function lockForShow(db: Database, memory: DemonstrationMemory, slug: string): Promise<void> {
  const taken = () => ({ slug, by: BY, at: new Date() });
  const evaluation = await evaluationNamed(db, slug);
  if (!evaluation || stages.indexOf(evaluation.stage) >= stages.indexOf('locked')) return;
  if (evaluation.stage === 'draft') await advance(db, taken(), 'registered');
  for (const { id, name } of SIGNERS) {
    const privatePem = await memory.signerKey(id, () => newKeyPair().privatePem);
    await registerSigner(db, { id, name, publicKey: publicKeyOf(privatePem), simulated: true }).catch(
      (error: { code?: string }) => {
        if (error.code !== 'signer-exists') throw error;
      },
    );
    await signEvaluation(db, { slug, signer: id, privatePem, at: new Date() });
  }
  await advance(db, taken(), 'locked');
}

/** Takes a locked evaluation on to follow-up, its children all being there, and unblinds it. */
export async function followForShow(db: Database, slug: string): Promise<void> {
  const taken = () => ({ slug, by: BY, at: new Date() });
  for (const to of ['recruiting', 'following'] as const) {
    const evaluation = await evaluationNamed(db, slug);
    if (evaluation && stages.indexOf(evaluation.stage) < stages.indexOf(to)) await advance(db, taken(), to);
  }
  if ((await evaluationNamed(db, slug))?.unblinded === false) await unblind(db, taken(), REASON);
}
