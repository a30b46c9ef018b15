// People at the portal's door: whom an account of the sign-in service belongs to, and what that person may act as right now.
import { audit } from '../audit/append.ts';
import { notingUse } from '../audit/key-use.ts';
import { holderOf } from '../platform/access.ts';
import type { Database } from '../platform/database.ts';
import type { PersonRole } from './roles.ts';

/** What the sign-in service vouches for. */
export interface Identity {
  issuer: string;
  subject: string;
  /** Lower case; null unless the service says that it has verified it. */
  email: string | null;
}

/** Somebody in one role. `council` is the ONS code for the role `council` and null for all others. */
export interface Acting {
  /** `person:<id>` or `key:<SHA-256>`, see reader.ts. */
  id: string;
  label: string;
  role: PersonRole;
  council: string | null;
}

export interface People {
  /** Every role that the account may act in, in a fixed order; null when nobody knows the account. */
  rolesOf(identity: Identity): Promise<Acting[] | null>;
  /** Whom a key belongs to; null when it is unknown, revoked, or an allocator's, which opens nothing here. */
  ofKey(key: string): Promise<Acting | null>;
  /** Whether somebody who signed in earlier may still act so: a revoked grant or key ends its sessions. */
  stands(acting: Acting): Promise<boolean>;
}

/** How long an answer to `stands` is believed. */
const BELIEVED_MS = 5_000;

const keyedBy = ({ id, role, council }: Acting): string => JSON.stringify([id, role, council]);

async function standingRoles(db: Database, personId: number) {
  return db<{ role: PersonRole; council: string | null }[]>`
    select role, council from waymark.standing_roles(${personId}) order by role, council`;
}

async function standsNow(db: Database, { id, role, council }: Acting): Promise<boolean> {
  const [kind, name = ''] = id.split(':');
  if (kind === 'person')
    return (await standingRoles(db, Number(name))).some(
      (held) => held.role === role && held.council === council,
    );
  const [key] = await db<{ role: string; council: string | null }[]>`
    select role, council from waymark.key_holder(decode(${name}, 'hex'))`;
  return key?.role === role && key.council === council;
}

/** People as the store knows them; the database acts as `waymark_portal`. */
export function createPeople(db: Database): People {
  const holderNoted = notingUse(db, 'portal', (key) => holderOf(db, key));
  const believed = new Map<string, { at: number; stands: boolean }>();
  return {
    async rolesOf({ issuer, subject, email }) {
      const [person] = await db<{ id: number; name: string }[]>`
        select person_id as id, name from waymark.signed_in(${issuer}, ${subject}, ${email})`;
      const by = person ? `person:${person.id}` : 'a stranger';
      await audit(db, { kind: person ? 'sign-in' : 'refused', what: { issuer, subject }, by });
      if (!person) return null;
      const held = await standingRoles(db, person.id);
      return held.map((each) => ({ id: `person:${person.id}`, label: person.name, ...each }));
    },
    async ofKey(key) {
      const holder = await holderNoted(key);
      if (holder === null || holder.role === 'allocator') return null;
      return { ...holder, role: holder.role };
    },
    async stands(acting) {
      const known = believed.get(keyedBy(acting));
      if (known && Date.now() - known.at < BELIEVED_MS) return known.stands;
      const stands = await standsNow(db, acting);
      if (believed.size > 10_000) believed.clear();
      believed.set(keyedBy(acting), { at: Date.now(), stands });
      return stands;
    },
  };
}
