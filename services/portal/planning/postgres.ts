// Planning in PostgreSQL: each step is one transaction in the reader's name, which the store checks again row by row.
import { readInName } from '../../access/reader.ts';
import { publicKeyOf } from '../../evaluations/lifecycle/signatures.ts';
import { registerSigner, signerIdOf } from '../../evaluations/lifecycle/signers.ts';
import { type Taken, within } from '../../evaluations/lifecycle/steps.ts';
import type { Database, Transaction } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { assertUnmoved, inOwnName, personNumber } from './in-own-name.ts';
import { createDraftStore } from './postgres-drafts.ts';
import type { OwnSigner, PageStep, PlanningStore } from './store.ts';

async function ownSigner(tx: Transaction): Promise<OwnSigner | null> {
  const [row] = await tx<{ id: string; name: string; key: Buffer }[]>`
    select signer_id as id, name, public_key as key from waymark.signer`;
  return row ? { id: row.id, name: row.name, publicKey: row.key.toString('base64') } : null;
}

function takeIn(tx: Transaction, taken: Taken, step: PageStep, signer: OwnSigner | null) {
  switch (step.kind) {
    case 'advanced':
      return within.advance(tx, taken, step.to);
    case 'unblinded':
      return within.unblind(tx, taken, step.reason);
    case 'deviated':
      return within.deviate(tx, taken, { label: step.label, reason: step.reason, protocol: null });
    case 'signed': {
      if (!signer) throw new UserError('unknown-signer', 'Register your signing key first.', {});
      const signature = Buffer.from(step.signature, 'base64');
      return within.sign(tx, { slug: taken.slug, signer: signer.id, signature, at: taken.at });
    }
  }
}

export function createPlanningStore(db: Database): PlanningStore {
  return {
    drafts: createDraftStore(db),
    signer: () => readInName(db, ownSigner),
    register: (person, pem) =>
      inOwnName(db, person, async (tx) => {
        const publicKey = publicKeyOf(pem);
        const { label: name } = person;
        const number = personNumber(person);
        await registerSigner(tx, { id: signerIdOf(name, number), name, publicKey, simulated: false }, number);
      }),
    take: (person, slug, head, step) =>
      inOwnName(db, person, async (tx) => {
        await assertUnmoved(tx, slug, head);
        const signer = step.kind === 'signed' ? await ownSigner(tx) : null;
        await takeIn(tx, { slug, by: person.label, at: new Date() }, step, signer);
      }),
  };
}
