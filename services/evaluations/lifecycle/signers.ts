// Who may sign: a name and one public key each, registered once and never exchanged.
import { Slug } from '../../../schemas/outcome.ts';
import type { Queryable } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';

export interface Signer {
  id: string;
  name: string;
  publicKey: Buffer;
  simulated: boolean;
}

interface Row {
  signer_id: string;
  name: string;
  public_key: Buffer;
  simulated: boolean;
}

export async function signerNamed(db: Queryable, id: string): Promise<Signer> {
  const [row] = await db<Row[]>`
    select signer_id, name, public_key, simulated from waymark.signer where signer_id = ${id}`;
  if (!row)
    throw new UserError(
      'unknown-signer',
      `There is no signer ${id}: make one with \`waymark signer create\`.`,
      {
        field: 'signer',
      },
    );
  return { id: row.signer_id, name: row.name, publicKey: row.public_key, simulated: row.simulated };
}

export async function signers(db: Queryable): Promise<Signer[]> {
  const rows = await db<Row[]>`
    select signer_id, name, public_key, simulated from waymark.signer order by signer_id`;
  return rows.map((row) => ({
    id: row.signer_id,
    name: row.name,
    publicKey: row.public_key,
    simulated: row.simulated,
  }));
}

/** Registers a person's public key. @throws UserError `bad-signer`; `signer-exists` when the id, name or key is taken */
export async function registerSigner(
  db: Queryable,
  { id, name, publicKey, simulated }: Signer,
): Promise<void> {
  const slug = Slug.safeParse(id);
  if (!slug.success)
    throw new UserError('bad-signer', `The id of a signer ${slug.error.issues[0]?.message}.`, {
      field: 'id',
    });
  const added = await db`
    insert into waymark.signer (signer_id, name, public_key, simulated) values (${id}, ${name}, ${publicKey}, ${simulated})
    on conflict do nothing`;
  if (added.count === 0)
    throw new UserError(
      'signer-exists',
      'A signer with this id, this name or this key is registered: each person has one of each.',
      { field: 'id' },
    );
}
