// A whole Waymark for a benchmark: the real PostgreSQL, Kafka and Temporal of this machine, fresh, and the real processes.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { homeAt, type RunningStack, up } from '../../infra/local/index.ts';
import { Protocol } from '../../schemas/protocol.ts';
import { createEvaluation, registerCouncils } from '../../services/evaluations/register.ts';
import { INGEST_GROUP } from '../../services/ingest/run.ts';
import { reReferral } from '../../services/outcomes/definitions.ts';
import { createKey } from '../../services/platform/access.ts';
import { connect, type Database } from '../../services/platform/database.ts';
import { connectKafka, type Kafka, lagOf } from '../../services/platform/kafka.ts';
import { migrate } from '../../services/platform/migrate.ts';
import { terminalProgress } from '../../services/platform/progress.ts';

const WAYMARK = fileURLToPath(new URL('../../infra/waymark.mjs', import.meta.url));
const ROOT = fileURLToPath(new URL('../../.waymark/', import.meta.url));

/** Where the rig's stack lies, and what else a benchmark starts beside it. */
export const benchHome = homeAt(join(ROOT, 'bench'), { cacheDir: join(ROOT, 'cache') });

export interface Rig {
  addresses: RunningStack['addresses'];
  db: Database;
  kafka: Kafka;
  /** Of the first council. */
  key: string;
  /** Starts one of Waymark's processes. @returns what it said when ready, and a way to stop it */
  run<Ready = { url: string }>(
    process: string,
    env?: Record<string, string>,
  ): Promise<{ payload: Ready; stop(): Promise<unknown> }>;
}

const protocolOf = (councils: readonly string[]): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    id: 'bench',
    title: 'Under load',
    question: 'How much does it hold?',
    dataSource: 'simulated',
    design: 'randomised',
    councils,
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-01-01',
      to: '2024-12-31',
    },
    unit: 'child',
    allocation: { method: 'seeded', seed: 'any-seed', trialShare: 0.5 },
    arms: { trial: 'Trial', comparison: 'Comparison' },
    waves: 'quarter',
    horizons: [6, 12, 18],
    outcomes: [reReferral],
    primary: { outcome: reReferral.id, horizon: 12 },
    disclosure: { threshold: 1 },
  });

/** Works with a fresh stack whose councils are registered and followed by one evaluation; leaves nothing running. */
export async function withRig<T>(councils: readonly string[], work: (rig: Rig) => Promise<T>): Promise<T> {
  const stack = await up({
    home: benchHome.root,
    cacheDir: benchHome.cache,
    given: {},
    progress: terminalProgress(),
    fresh: true,
  });
  try {
    const { databaseUrl, kafkaBrokers } = stack.addresses;
    await migrate(databaseUrl);
    const db = connect(databaseUrl, 3, 'bench');
    const entries = councils.map((code) => ({ code, name: code, dataSource: 'simulated' as const }));
    await registerCouncils(db, entries);
    await createEvaluation(db, protocolOf(councils));
    const key = await createKey(db, { label: 'bench', role: 'council', council: councils[0] as string });
    let started = 0;
    const gave = await work({
      addresses: stack.addresses,
      db,
      kafka: connectKafka(kafkaBrokers, 'bench'),
      key,
      run: (process, env = {}) => {
        started += 1;
        return stack.service({
          name: `${process}-${started}`,
          args: [WAYMARK, process],
          env: { WAYMARK_HOME: benchHome.root, LOG_LEVEL: 'warn', ...env },
        });
      },
    });
    await db.end();
    return gave;
  } finally {
    await stack.stop();
  }
}

/** Until ingest's group has settled all of a topic. */
export async function settled(kafka: Kafka, topic: string): Promise<void> {
  while ((await lagOf(kafka, topic, INGEST_GROUP)) > 0) await pause(50);
}

/** Until no child waits to be screened and no participant to be computed again. */
export async function current(db: Database): Promise<void> {
  for (;;) {
    const [row] = await db<{ waits: boolean }[]>`
      select exists (select from waymark.outbox) or exists (select from waymark.cohort_change) as waits`;
    if (row?.waits === false) return;
    await pause(200);
  }
}
