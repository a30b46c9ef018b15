// Portal, gateway and allocation as they serve, on a real store and a real Kafka, with a key and a session for every role.
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { inject } from 'vitest';
import { type Asker, askers, type RouteRule } from '../../../services/access/matrix.ts';
import { openIdClient } from '../../../services/access/openid.ts';
import { evaluationRoles } from '../../../services/access/roles.ts';
import { buildAllocation } from '../../../services/allocation/app.ts';
import { Allocator } from '../../../services/evaluations/allocation/allocator.ts';
import { buildGateway } from '../../../services/gateway/app.ts';
import { createGatewayStore } from '../../../services/gateway/postgres-store.ts';
import { prepareTopics } from '../../../services/ingest/topics.ts';
import { createKey, holderOf } from '../../../services/platform/access.ts';
import { loadConfig } from '../../../services/platform/config.ts';
import { connect, type Database, type DatabaseRole } from '../../../services/platform/database.ts';
import { connectKafka, connectProducer } from '../../../services/platform/kafka.ts';
import type { Logger } from '../../../services/platform/log.ts';
import { buildPortal } from '../../../services/portal/app.ts';
import { createPortalStore } from '../../../services/portal/postgres-store.ts';
import { testDatabase, uniqueTopicPrefix } from '../../harness/database.ts';
import { councils, twoEvaluations } from './world.ts';

export type Service = RouteRule['service'];

export interface Servers {
  owner: Database;
  app(service: Service): FastifyInstance;
  /** Another portal on the same store, which has counted nothing yet. It is closed with the others. */
  portalAnew(): FastifyInstance;
  /** The number of the analysis of `first`. */
  analysis: number;
  /** The key of a role: a council's or an allocator's is of `councils.one`, an evaluation's role's of `first`. */
  key(asker: Asker): string | undefined;
  /** A new session of a role as a `cookie` header; empty where the role cannot sign in. */
  signIn(service: 'portal' | 'allocation', asker: Asker): Promise<string>;
  stop(): Promise<void>;
}

/** An address that nobody has asked from yet: limits on attempts are by address. */
let visitors = 0;
export const newAddress = (): string => {
  visitors += 1;
  return `10.${1 + (visitors >> 16)}.${(visitors >> 8) & 255}.${visitors & 255}`;
};

export async function startServers(log: Logger, leastAnswer = 1): Promise<Servers> {
  const database = await testDatabase();
  const pools: Database[] = [];
  const as = (role?: DatabaseRole): Database => {
    const pool = connect(database.databaseUrl, 2, 'test-servers', role);
    pools.push(pool);
    return pool;
  };
  const owner = as();
  await twoEvaluations(owner);
  const keys = new Map<Asker, string>();
  for (const role of askers) {
    if (role === 'nobody') continue;
    const council = role === 'council' || role === 'allocator' ? councils.one : null;
    const evaluation = evaluationRoles.some((one) => one === role) ? 'first' : null;
    keys.set(role, await createKey(owner, { label: role, role, council, evaluation }));
  }
  const config = loadConfig({ WAYMARK_TOPIC_PREFIX: uniqueTopicPrefix() });
  const kafka = connectKafka(inject('stack').kafkaBrokers, 'test-servers', log);
  const { eventPartitions } = await prepareTopics(kafka, config.topics, owner);
  const producer = await connectProducer(kafka);
  const [gateway, allocation] = [as('waymark_gateway'), as('waymark_allocation')];
  const clock = () => new Date();
  const openId = openIdClient({ issuer: 'http://127.0.0.1:9', clientId: 'x', clientSecret: 'x' });
  const signIn = { openId, origin: () => 'http://localhost', byKey: true };
  const reading = as('waymark_portal');
  const portalAnew = () => buildPortal({ store: createPortalStore(reading), log, signIn });
  const more: FastifyInstance[] = [];
  const apps: Record<Service, FastifyInstance> = {
    portal: portalAnew(),
    gateway: await buildGateway({
      producer,
      topic: { name: config.topics.events, partitions: eventPartitions },
      holderOf: (key) => holderOf(gateway, key),
      store: createGatewayStore(gateway),
      log,
    }),
    allocation: await buildAllocation({
      allocator: new Allocator(allocation, randomBytes(32), clock),
      holderOf: (key) => holderOf(allocation, key),
      log,
      clock,
      leastAnswer,
    }),
  };
  for (const app of Object.values(apps)) await app.ready();
  const [analysis] = await owner<{ number: number }[]>`
    select analysis_id as number from waymark.analysis join waymark.evaluation using (evaluation_id) where slug = 'first'`;
  return {
    owner,
    analysis: analysis?.number ?? 0,
    app: (service) => apps[service],
    portalAnew: () => {
      const app = portalAnew();
      more.push(app);
      return app;
    },
    key: (asker) => keys.get(asker),
    async signIn(service, asker) {
      const answer = await apps[service].inject({
        method: 'POST',
        url: '/sign-in',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ key: keys.get(asker) ?? '' }).toString(),
        remoteAddress: newAddress(),
      });
      return answer.statusCode === 303 ? (String(answer.headers['set-cookie']).split(';')[0] ?? '') : '';
    },
    async stop() {
      for (const app of [...Object.values(apps), ...more]) await app.close();
      await producer.disconnect();
      for (const pool of pools) await pool.end();
      await database.drop();
    },
  };
}
