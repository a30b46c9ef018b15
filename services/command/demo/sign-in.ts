// The demonstration's invented people: one for each role, and what each of them was granted.
import { randomBytes } from 'node:crypto';
import { grant, rebind } from '../../access/grants.ts';
import type { InventedPerson, InventedProvider } from '../../access/invented-provider.ts';
import { type PersonRole, personRoles, roleWords } from '../../access/roles.ts';
import type { Database } from '../../platform/database.ts';
import { CALLBACK_PATH } from '../../portal/openid.ts';

const BY = 'the demonstration';

const names: Record<PersonRole, string> = {
  council: 'Cora Council',
  researcher: 'Rosa Researcher',
  evaluator: 'Evan Evaluator',
  'output-checker': 'Orla Outputchecker',
  operator: 'Otis Operator',
  administrator: 'Ada Administrator',
};
const EVERYTHING = 'everything';

const person = (id: string, name: string, words: string): InventedPerson => ({
  id,
  name: `${name} (invented)`,
  email: `${id}@demonstration.invalid`,
  words,
});

const people: readonly InventedPerson[] = [
  ...personRoles.map((role) => person(role, names[role], `${role}: ${roleWords[role]}`)),
  person(EVERYTHING, 'Alex Allroles', 'holds every role, and acts in one at a time'),
];

/** Starts the sign-in service, and gives what the portal needs to know of it. */
export async function startSignIn(): Promise<{ provider: InventedProvider; env: Record<string, string> }> {
  const client = {
    id: 'waymark-demonstration',
    secret: randomBytes(24).toString('base64url'),
    callbackPath: CALLBACK_PATH,
  };
  // It warns of a Node.js other than its own as soon as it is read, so that a command which does not sign in does not read it.
  const { startInventedProvider } = await import('../../access/invented-provider.ts');
  const provider = await startInventedProvider(client, people);
  return {
    provider,
    env: {
      WAYMARK_OIDC_ISSUER: provider.issuer,
      WAYMARK_OIDC_CLIENT_ID: client.id,
      WAYMARK_OIDC_CLIENT_SECRET: client.secret,
      WAYMARK_KEY_SIGN_IN: 'on',
    },
  };
}

/** Grants each invented person its role. @param council the one whose feed Cora sees */
export async function grantForShow(db: Database, council: string): Promise<void> {
  for (const { id, name, email } of people) {
    for (const role of id === EVERYTHING ? personRoles : [id as PersonRole]) {
      const granting = { who: email, role, evaluation: null, council: role === 'council' ? council : null };
      await grant(db, granting, BY, name);
    }
    // The service is a new one at every start, and its accounts are new ones too.
    await rebind(db, email, BY);
  }
}
