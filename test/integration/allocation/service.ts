// The allocation service of a test's own, on a database of its own, acting as the database role it acts as in service.
import { randomBytes } from 'node:crypto';
import type { Concealed, CouncilDraw } from '../../../schemas/protocol/allocation.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { buildAllocation } from '../../../services/allocation/app.ts';
import { Allocator } from '../../../services/evaluations/allocation/allocator.ts';
import { openTrial } from '../../../services/evaluations/allocation/trial.ts';
import { createEvaluation, registerCouncils } from '../../../services/evaluations/register.ts';
import { reReferral } from '../../../services/outcomes/definitions.ts';
import { createKey, holderOf } from '../../../services/platform/access.ts';
import { connect } from '../../../services/platform/database.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { testDatabase } from '../../harness/database.ts';
import { versionTwo } from '../../harness/protocols.ts';

export const COUNCILS = ['E09000001', 'E09000002', 'E09000003', 'E09000004', 'E09000005', 'E09000006'];
const log = createLogger('test', 'silent');

export const pseudonym = (letter: 'c' | 'f' | 't' = 'f'): string =>
  `${letter}${randomBytes(16).toString('hex')}`;

export function protocolWith(
  allocation: Concealed | CouncilDraw,
  unit: Protocol['unit'] = 'family',
): Protocol {
  return Protocol.parse({
    // Teams came with version 2, which has a plan; councils that are drawn are analysed by it.
    ...(unit === 'team' || unit === 'council' ? versionTwo : { protocolVersion: 1 }),
    id: 'offer-trial',
    title: 'An offer of a family meeting',
    question: 'Does an offer of a family meeting lower re-referral?',
    dataSource: 'simulated',
    design: 'randomised',
    councils: COUNCILS,
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2026-01-01',
      to: '2026-12-31',
    },
    unit,
    allocation,
    arms: { trial: 'Offered a family meeting', comparison: 'Usual help' },
    waves: 'quarter',
    horizons: [6, 12],
    outcomes: [reReferral],
    primary: { outcome: reReferral.id, horizon: 12 },
    disclosure: { threshold: 6 },
  });
}

/** An evaluation that is locked and open for allocation, and how to reach it. */
export async function service(allocation: Concealed | CouncilDraw, unit?: Protocol['unit']) {
  const database = await testDatabase();
  const owner = connect(database.databaseUrl, 2, 'test-allocation-owner');
  const db = connect(database.databaseUrl, 8, 'test-allocation', 'waymark_allocation');
  const key = randomBytes(32);
  const clock = () => new Date('2026-03-02T10:00:00Z');
  const protocol = protocolWith(allocation, unit);
  await registerCouncils(
    owner,
    COUNCILS.map((code) => ({ code, name: code, dataSource: 'simulated' as const })),
  );
  await createEvaluation(owner, protocol);
  const stage = (name: string) => owner`update waymark.evaluation set stage = ${name}`;
  await stage('recruiting');
  const opened = await openTrial(db, protocol.id, key, { by: 'test', at: clock() });
  const apps: { close(): Promise<unknown> }[] = [];
  return {
    owner,
    db,
    key,
    clock,
    stage,
    protocol,
    opened,
    databaseUrl: database.databaseUrl,
    allocator: () => new Allocator(db, key, clock),
    allocatorKey: (council: string) =>
      createKey(owner, { label: `of ${council}`, role: 'allocator', council }),
    /** One more process that serves, and its address. */
    async serve(): Promise<string> {
      const app = await buildAllocation({
        allocator: new Allocator(db, key, clock),
        holderOf: (given) => holderOf(db, given),
        log,
        clock,
        leastAnswer: 5,
      });
      apps.push(app);
      return app.listen({ host: '127.0.0.1', port: 0 });
    },
    async stop() {
      for (const app of apps) await app.close();
      await db.end();
      await owner.end();
      await database.drop();
    },
  };
}
