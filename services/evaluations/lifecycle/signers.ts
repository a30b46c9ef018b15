// Who may sign: a name and one public key each, registered once and never exchanged.
import { Slug } from '../../../schemas/outcome.ts';
import type { Database, Queryable } from '../../platform/database.ts';
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

/** An id for somebody who gives only a name, such as `anna-a` for Anna A. @param number of the person, where no id can be made of the name */
export function signerIdOf(name: string, number: number): string {
  const id = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '');
  return Slug.safeParse(id).success ? id : `person-${number}`;
}

/**
 * Registers a person's public key.
 * @param person the number of the person at the sign-in service whose signer this is; null for whoever signs by command alone
 * @throws UserError `bad-signer`; `signer-exists` when the id, name or key is taken
 */
export async function registerSigner(
  db: Queryable,
  { id, name, publicKey, simulated }: Signer,
  person: number | null = null,
): Promise<void> {
  const slug = Slug.safeParse(id);
  if (!slug.success)
    throw new UserError('bad-signer', `The id of a signer ${slug.error.issues[0]?.message}.`, {
      field: 'id',
    });
  const added = await db`
    insert into waymark.signer (signer_id, name, public_key, simulated, person_id)
    values (${id}, ${name}, ${publicKey}, ${simulated}, ${person}) on conflict do nothing`;
  if (added.count === 0)
    throw new UserError(
      'signer-exists',
      'A signer with this id, this name or this key is registered: each person has one of each.',
      { field: 'id' },
    );
}

/**
 * Says whose account at the sign-in service a signer is, so that the person signs on pages too.
 * @param who an e-mail address
 * @throws UserError `unknown-signer`, `unknown-person`; `signer-exists` when either is bound already
 */
export async function bindSigner(db: Database, id: string, who: string): Promise<void> {
  await db.begin(async (tx) => {
    await signerNamed(tx, id);
    const [person] = await tx<{ id: number }[]>`
      select person_id as id from waymark.person where email = ${who.toLowerCase()}`;
    if (!person)
      throw new UserError('unknown-person', `Nobody is known as ${who}: waymark grants lists people.`, {
        field: 'who',
      });
    const bound = await tx`
      update waymark.signer set person_id = ${person.id} where signer_id = ${id} and person_id is null
        and not exists (select from waymark.signer other where other.person_id = ${person.id})`;
    if (bound.count === 0)
      throw new UserError(
        'signer-exists',
        'The signer or the person is bound already: one person is one signer.',
        { field: 'who' },
      );
  });
}
