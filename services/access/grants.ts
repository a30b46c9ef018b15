// Grants: who may act as what, and on which evaluation. One is added or revoked and never changed, so that it can be told
// afterwards who could see what on any day.
import type { Database, Queryable, Transaction } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { evaluationRoles, type PersonRole } from './roles.ts';

/** What is granted. */
export interface Granting {
  /** An e-mail address, or `subject:` and the `sub` of the sign-in service. */
  who: string;
  role: PersonRole;
  /** Slug; null for every evaluation, or for a role that works on none. */
  evaluation: string | null;
  /** ONS code, for the role `council`. */
  council: string | null;
}

export interface GrantEntry extends Granting {
  id: number;
  name: string;
  grantedBy: string;
  grantedAt: string;
  revokedBy: string | null;
  revokedAt: string | null;
  /** Whether the person has signed in yet. */
  signedIn: boolean;
}

const SUBJECT = 'subject:';

/** An address in lower case, or a `sub`. @throws UserError `bad-person` */
function whoIs(who: string): { email: string | null; subject: string | null } {
  if (who.startsWith(SUBJECT) && who.length > SUBJECT.length)
    return { email: null, subject: who.slice(SUBJECT.length, 300) };
  if (/^[^\s@]{1,64}@[^\s@]{1,190}$/.test(who)) return { email: who.toLowerCase(), subject: null };
  const sentence = `“${who.slice(0, 80)}” is neither an e-mail address nor subject: and the sub of the sign-in service.`;
  throw new UserError('bad-person', sentence, { field: 'who' });
}

const unknownPerson = (who: string): UserError =>
  new UserError('unknown-person', `Nobody is known as ${who}: waymark grants lists people.`, {
    field: 'who',
  });

async function personOf(tx: Transaction, who: string, name: string | null): Promise<number> {
  const { email, subject } = whoIs(who);
  const [known] = await tx<{ id: number }[]>`
    select person_id as id from waymark.person where email = ${email} or (${email}::text is null and subject = ${subject})`;
  if (known) return known.id;
  const [added] = await tx<{ id: number }[]>`
    insert into waymark.person (email, subject, name) values (${email}, ${subject}, ${name ?? who}) returning person_id as id`;
  return added?.id ?? 0;
}

async function idOf(tx: Transaction, kind: 'evaluation' | 'council', name: string | null) {
  if (name === null) return null;
  const [row] =
    kind === 'evaluation'
      ? await tx<{ id: number }[]>`select evaluation_id as id from waymark.evaluation where slug = ${name}`
      : await tx<{ id: number }[]>`select council_id as id from waymark.council where code = ${name}`;
  if (row) return row.id;
  throw new UserError(`unknown-${kind}`, `There is no ${kind} ${name}.`, { field: kind });
}

function assertFits({ role, evaluation, council }: Granting): void {
  const say = (field: string, sentence: string) => {
    throw new UserError('bad-grant', sentence, { field });
  };
  if ((role === 'council') !== (council !== null))
    say('council', 'Give --council for the role council, and only for it.');
  if (evaluation !== null && !evaluationRoles.includes(role))
    say('evaluation', `The role ${role} is not granted for one evaluation.`);
}

/** Whoever changes something, for the audit log. */
const named = (tx: Transaction, by: string) => tx`select set_config('waymark.actor', ${by}, true)`;

/**
 * Grants a role. A grant that stands already stays as it is.
 * @param by who grants it
 * @param name what the person is called, for one who is not known yet
 * @throws UserError `bad-person`, `bad-grant`, `unknown-evaluation`, `unknown-council`
 */
export async function grant(
  db: Database,
  granting: Granting,
  by: string,
  name: string | null = null,
): Promise<{ added: boolean }> {
  assertFits(granting);
  return db.begin(async (tx) => {
    await named(tx, by);
    const evaluation = await idOf(tx, 'evaluation', granting.evaluation);
    const council = await idOf(tx, 'council', granting.council);
    const person = await personOf(tx, granting.who, name);
    const added = await tx`
      insert into waymark.access_grant (person_id, role, evaluation_id, council_id, granted_by)
      values (${person}, ${granting.role}, ${evaluation}, ${council}, ${by}) on conflict do nothing`;
    return { added: added.count === 1 };
  });
}

/**
 * Revokes grants of a person: those of a role, of an evaluation or of a council where these are given, else all.
 * @returns how many stood and stand no more
 * @throws UserError `unknown-person`, `unknown-evaluation`, `unknown-council`
 */
export async function revoke(
  db: Database,
  { who, role, evaluation, council }: { [K in keyof Granting]: Granting[K] | null } & { who: string },
  by: string,
): Promise<{ revoked: number }> {
  const { email, subject } = whoIs(who);
  return db.begin(async (tx) => {
    await named(tx, by);
    const [evaluationId, councilId] = [
      await idOf(tx, 'evaluation', evaluation),
      await idOf(tx, 'council', council),
    ];
    const [person] = await tx<{ id: number }[]>`
      select person_id as id from waymark.person where email = ${email} or (${email}::text is null and subject = ${subject})`;
    if (!person) throw unknownPerson(who);
    const ended = await tx`
      update waymark.access_grant set revoked_by = ${by}, revoked_at = now()
      where person_id = ${person.id} and revoked_at is null and (${role}::text is null or role = ${role})
        and (${evaluationId}::smallint is null or evaluation_id = ${evaluationId})
        and (${councilId}::smallint is null or council_id = ${councilId})`;
    return { revoked: ended.count };
  });
}

/** Grants that stand, or with `all` those that were revoked too, by person. */
export async function grants(db: Queryable, all = false): Promise<GrantEntry[]> {
  const rows = await db<
    (Omit<GrantEntry, 'grantedAt' | 'revokedAt'> & { granted: Date; revoked: Date | null })[]
  >`
    select g.grant_id as id, coalesce(p.email, 'subject:' || p.subject) as who, p.name, g.role, e.slug as evaluation,
      c.code as council, g.granted_by as "grantedBy", g.revoked_by as "revokedBy", p.issuer is not null as "signedIn",
      g.granted_at as granted, g.revoked_at as revoked
    from waymark.access_grant g join waymark.person p using (person_id)
    left join waymark.evaluation e using (evaluation_id) left join waymark.council c on c.council_id = g.council_id
    where ${all} or g.revoked_at is null order by who, g.grant_id`;
  return rows.map(({ granted, revoked, ...row }) => ({
    ...row,
    grantedAt: granted.toISOString(),
    revokedAt: revoked?.toISOString() ?? null,
  }));
}

/**
 * Forgets which account of the sign-in service is a person's, for when the service or the account has changed: the next
 * sign-in with the address, or with the `sub`, binds it again.
 * @throws UserError `bad-person`, `unknown-person`
 */
export async function rebind(db: Database, who: string, by: string): Promise<void> {
  const { email, subject } = whoIs(who);
  const unbound = await db.begin(async (tx) => {
    await named(tx, by);
    return tx`
      update waymark.person set issuer = null, bound_at = null, subject = case when email is null then subject end
      where email = ${email} or (${email}::text is null and subject = ${subject})`;
  });
  if (unbound.count === 0) throw unknownPerson(who);
}
