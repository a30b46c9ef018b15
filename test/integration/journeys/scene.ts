// A running Waymark for journeys: the real processes on the run's Kafka, Temporal and PostgreSQL, an evaluation in miniature that
// lives from its locked plan on, and the sign-in service with its invented people. One council's newest records are held back.
import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';
import type { FeedMessage } from '../../../schemas/message.ts';
import { followForShow, lockForShow } from '../../../services/command/demo/lifecycle.ts';
import { DemonstrationMemory } from '../../../services/command/demo/memory.ts';
import { untilSettled } from '../../../services/command/demo/settled.ts';
import { grantForShow, startSignIn } from '../../../services/command/demo/sign-in.ts';
import { simulatedEvaluation } from '../../../services/command/demo/simulated.ts';
import { sendMessages } from '../../../services/council/send.ts';
import {
  createEvaluation,
  importAllocations,
  registerCouncils,
} from '../../../services/evaluations/register.ts';
import { createKey } from '../../../services/platform/access.ts';
import { loadConfig } from '../../../services/platform/config.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { connectKafka, connectProducer } from '../../../services/platform/kafka.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { testDatabase } from '../../harness/database.ts';
import { surroundings } from '../../harness/processes.ts';

/** Where operators' browsers would find Temporal's pages; only links lead there. */
export const TEMPORAL_UI = 'http://temporal.invalid';

export interface Scene {
  portal: string;
  /** As an operator of the command line. */
  db: Database;
  slug: string;
  title: string;
  /** The council whose people Cora is one of, and whose newest records are held back. */
  council: { code: string; name: string };
  /** Sends through the gateway what was held back. */
  sendRest(): Promise<number>;
  /** Resolves when everything sent is stored and computed, and every result that can be final is. */
  settled(): Promise<void>;
  /** A message of the council that no ledger takes: its day lies before any child's. */
  sendPoison(): Promise<void>;
  stop(): Promise<void>;
}

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 240_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(200);
  }
}

export async function openScene(): Promise<Scene> {
  const endings: (() => Promise<unknown>)[] = [];
  const database = await testDatabase();
  endings.push(() => database.drop());
  const db = connect(database.databaseUrl, 4, 'journeys', 'waymark_operator');
  endings.push(() => db.end({ timeout: 2 }));
  const { provider, env: signIn } = await startSignIn();
  endings.push(() => provider.stop());
  const { start, env, home } = await surroundings(database.databaseUrl, (end) => endings.push(end));
  const [gateway, portal] = await Promise.all([
    start(['gateway']),
    start(['portal'], { ...signIn, WAYMARK_KEY_SIGN_IN: 'off', WAYMARK_TEMPORAL_UI: TEMPORAL_UI }),
    start(['ingest']),
    start(['tracker']),
  ]);

  const { protocol, councils, allocations, deliveries } = simulatedEvaluation('small');
  await registerCouncils(db, councils);
  await createEvaluation(db, protocol);
  const [council] = councils;
  if (!council) throw new Error('the miniature has no council');
  await grantForShow(db, council.code);
  await importAllocations(db, protocol.id, allocations);
  await lockForShow(db, await DemonstrationMemory.open(home), protocol.id);

  const keys = new Map<string, string>();
  for (const { code } of councils)
    keys.set(code, await createKey(db, { label: `feed of ${code}`, role: 'council', council: code }));
  const send = async (of: string, messages: FeedMessage[]): Promise<number> => {
    const told = { gateway: gateway.url, apiKey: keys.get(of) ?? '', messages, batchLines: 500 };
    return (await sendMessages(told)).accepted;
  };
  const held: FeedMessage[] = [];
  for (const delivery of deliveries) {
    const all: FeedMessage[] = [];
    for await (const message of delivery.messages()) all.push(message);
    const first = delivery.council === council.code ? Math.floor(all.length / 2) : all.length;
    held.push(...all.slice(first));
    await send(delivery.council, all.slice(0, first));
  }
  await followForShow(db, protocol.id);

  const { topics } = loadConfig(env);
  const kafka = connectKafka(inject('stack').kafkaBrokers, 'journeys', createLogger('test', 'fatal'));
  return {
    ...{ portal: portal.url, db, council, slug: protocol.id, title: protocol.title },
    sendRest: () => send(council.code, held),
    settled: () => untilSettled(db, kafka, topics.events, () => {}),
    async sendPoison() {
      const producer = await connectProducer(kafka);
      const event = {
        ...held.find((message) => message.type === 'waymark.case.referral.v1'),
        id: '00000000-0000-4000-8000-00000000dead',
      };
      const value = JSON.stringify(event).replace(/"date":"\d{4}-\d\d-\d\d"/, '"date":"1899-12-30"');
      await producer.send({ topic: topics.events, messages: [{ partition: 0, value }] });
      await producer.disconnect();
    },
    async stop() {
      for (const end of endings.reverse()) await end();
    },
  };
}
