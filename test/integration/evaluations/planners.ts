// The portal on a real store, with people who signed in and were granted roles: what they see on pages and send from them.
import type { FastifyInstance } from 'fastify';
import { grant } from '../../../services/access/grants.ts';
import { createPeople } from '../../../services/access/people.ts';
import type { PersonRole } from '../../../services/access/roles.ts';
import { type Evaluation, evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { createEvaluation, registerCouncils } from '../../../services/evaluations/register.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { buildPortal } from '../../../services/portal/app.ts';
import { createPortalStore } from '../../../services/portal/postgres-store.ts';
import type { KeyHolder } from '../../../services/portal/store.ts';
import { testDatabase } from '../../harness/database.ts';
import { protocolNamed } from '../../harness/protocols.ts';

export const council = 'E09000023';

export interface Planners {
  owner: Database;
  operator: Database;
  /** As the portal. */
  reading: Database;
  app: FastifyInstance;
  /** Who has signed in, by name. */
  people: Map<string, KeyHolder>;
  /** Somebody who was granted a role and has signed in. @param evaluation null for every one */
  person(name: string, role: PersonRole, evaluation: string | null): Promise<KeyHolder>;
  /** Stores an evaluation as a draft. */
  draft(slug: string): Promise<void>;
  named(slug: string): Promise<Evaluation>;
  open(who: string, url: string): Promise<{ status: number; body: string }>;
  /** Fills in the form of a page and sends it. @param to where the form goes, the page itself unless given */
  send(
    who: string,
    url: string,
    fields: Record<string, string>,
    to?: string,
  ): Promise<{ status: number; to: string; body: string }>;
  stop(): Promise<void>;
}

export async function startPlanners(): Promise<Planners> {
  const database = await testDatabase();
  const owner = connect(database.databaseUrl, 2, 'test-planning');
  const operator = connect(database.databaseUrl, 1, 'test-planning', 'waymark_operator');
  const reading = connect(database.databaseUrl, 2, 'test-planning', 'waymark_portal');
  await registerCouncils(owner, [{ code: council, name: 'Lewisham', dataSource: 'simulated' }]);
  const people = new Map<string, KeyHolder>();
  const cookies = new Map<string, string>();
  const store = createPortalStore(reading);
  // A key stands for the sign-in service; whom it lets in, and all that follows, is the store's.
  const app = buildPortal({ store: { ...store, checkKey: async (key) => people.get(key) ?? null } });
  await app.ready();
  const open: Planners['open'] = async (who, url) => {
    const { statusCode, body } = await app.inject({ url, headers: { cookie: cookies.get(who) ?? '' } });
    return { status: statusCode, body };
  };
  return {
    ...{ owner, operator, reading, app, people, open },
    async person(name, role, evaluation) {
      const email = `${name}@example.invalid`;
      const label = `${name.charAt(0).toUpperCase()}${name.slice(1)} Person`;
      await grant(operator, { who: email, role, evaluation, council: null }, 'the test', label);
      const identity = { issuer: 'https://login.example', subject: name, email };
      const acting = (await createPeople(reading).rolesOf(identity))?.find((one) => one.role === role);
      if (!acting) throw new Error(`${name} was not granted ${role}`);
      people.set(name, acting);
      const remoteAddress = `10.0.0.${people.size}`;
      const answer = await app.inject({ url: `/sign-in?key=${name}`, remoteAddress });
      cookies.set(name, String(answer.headers['set-cookie']).split(';')[0] ?? '');
      return acting;
    },
    async draft(slug) {
      await createEvaluation(owner, protocolNamed(slug, [council]), { by: 'the test', at: new Date() });
    },
    async named(slug) {
      const evaluation = await evaluationNamed(owner, slug);
      if (!evaluation) throw new Error(slug);
      return evaluation;
    },
    async send(who, url, fields, to = url) {
      const { body } = await open(who, url);
      const hidden = Object.fromEntries(
        [...body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [
          name,
          value,
        ]),
      );
      const answer = await app.inject({
        method: 'POST',
        url: to,
        headers: { cookie: cookies.get(who) ?? '', 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ ...hidden, ...fields }).toString(),
      });
      return { status: answer.statusCode, to: String(answer.headers.location ?? ''), body: answer.body };
    },
    async stop() {
      await app.close();
      for (const pool of [owner, operator, reading]) await pool.end();
      await database.drop();
    },
  };
}
