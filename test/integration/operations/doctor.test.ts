// `waymark doctor` on a real stack: well while all is well, and each part broken on purpose is named with what to do.

import { Client, Connection } from '@temporalio/client';
import kafkajs, { type Kafka } from 'kafkajs';
import { expect, inject, it, onTestFinished } from 'vitest';
import type { Finding } from '../../../services/command/doctor/finding.ts';
import { recordEvent } from '../../../services/council/case-event.ts';
import { pseudonymiser } from '../../../services/council/pseudonym.ts';
import { createEvaluation, registerCouncils } from '../../../services/evaluations/register.ts';
import { connect } from '../../../services/platform/database.ts';
import { connectKafka, connectProducer } from '../../../services/platform/kafka.ts';
import { testDatabase } from '../../harness/database.ts';
import { surroundings } from '../../harness/processes.ts';
import { protocolNamed } from '../../harness/protocols.ts';

const council = 'E09900001';
const names = pseudonymiser(new Uint8Array(32).fill(5));
const NOBODY = '127.0.0.1:1';

const protocol = protocolNamed('examined', [council]);

const event = (child: number) =>
  JSON.stringify(
    recordEvent(
      {
        council,
        child: names.child(String(child)),
        recordId: names.record(String(child), 'referral', 'a'),
        recordedAt: '2026-01-05T10:00:00Z',
      },
      'referral',
      { date: '2026-01-04' },
    ),
  );

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** As Kafka makes a topic of itself, and as Waymark made them once. */
async function datedBySender(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'message.timestamp.type', value: 'CreateTime' }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
  await admin.disconnect();
}

it('finds nothing in a stack that is well, and each thing that was broken in one that is not', async () => {
  const database = await testDatabase();
  const db = connect(database.databaseUrl, 2, 'doctor-test');
  const { start, run, env } = await surroundings(database.databaseUrl);
  await registerCouncils(db, [{ code: council, name: 'Examined', dataSource: 'simulated' }]);
  await createEvaluation(db, protocol);
  const processes = await Promise.all([['gateway'], ['ingest'], ['tracker']].map((words) => start(words)));
  const kafka = connectKafka(inject('stack').kafkaBrokers, 'doctor-test');
  const producer = await connectProducer(kafka);
  const temporal = await Connection.connect({ address: inject('stack').temporalAddress });
  onTestFinished(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await producer.disconnect();
    await temporal.close();
    await db.end();
    await database.drop();
  });
  const topic = `${env.WAYMARK_TOPIC_PREFIX}case-events.v1`;
  const send = (...values: string[]) =>
    producer.send({ topic, messages: values.map((value) => ({ value, partition: 0 })) });
  const received = async (): Promise<number> => {
    const [row] = await db<{ received: number }[]>`
      select coalesce(sum(received), 0)::int as received from waymark.intake`;
    return row?.received ?? 0;
  };
  const examined = async (over: Record<string, string> = {}) => {
    const { code, out } = await run(['doctor', '--json'], over);
    const { well, findings } = JSON.parse(out) as { well: boolean; findings: Finding[] };
    const by = (verdict: string) =>
      findings.filter((one) => one.verdict === verdict).map(({ check }) => check);
    return { code, well, wrong: by('wrong'), unseen: by('unseen'), findings };
  };

  await send(event(1), event(2));
  await until('it is settled', async () => (await received()) === 2);
  const tracker = processes[2];
  await until(
    'the tracker is ready',
    async () => (await fetch(`${tracker?.operations}/readyz`)).status === 200,
  );
  const whole = await examined();
  expect(whole.findings.filter(({ verdict }) => verdict !== 'well')).toEqual([]);
  expect(whole).toMatchObject({ code: 0, well: true });
  expect(whole.findings.length).toBeGreaterThan(15);

  // Broken: a topic that dates messages by the clocks of their senders; messages that nobody understands, then no ingest, a store that went back, and no tracker; a workflow that was
  // ended by hand, a council that is silent, a milestone that is overdue, and a record of a life that was rewritten.
  await send('not a message', event(3));
  await until('it is quarantined', async () => (await received()) === 4);
  for (const one of processes) await one.stop();
  await send(event(4));
  await db`update waymark.intake set next_offset = 1 where partition = 0`;
  await db`insert into waymark.outbox (child_keys, council_ids, created_at) values ('{}', '{}', now() - interval '1 hour')`;
  await db`insert into waymark.alert (kind, subject, message) values
    ('feed-silent', ${council}, 'x'), ('milestone-overdue', 'examined/2026-01-01/6', 'x')`;
  await db.begin(async (tx) => {
    await tx`alter table waymark.lifecycle_entry disable trigger lifecycle_entry_stays`;
    await tx`update waymark.lifecycle_entry set entry = jsonb_set(entry, '{by}', '"somebody else"')`;
    await tx`alter table waymark.lifecycle_entry enable trigger lifecycle_entry_stays`;
  });
  await db`delete from waymark.audit_head`;
  await datedBySender(kafka, topic);
  const client = new Client({ connection: temporal, namespace: 'default' });
  const queue = `${env.WAYMARK_TASK_QUEUE}-deserted`;
  const ended = await client.workflow.start('cohort', { taskQueue: queue, workflowId: queue });
  await ended.terminate();
  await until('the ended workflow is listed', async () => {
    return (
      (await client.workflow.count(`TaskQueue = '${queue}' AND ExecutionStatus = 'Terminated'`)).count === 1
    );
  });
  const broken = await examined({ WAYMARK_TASK_QUEUE: queue });
  expect(broken).toMatchObject({ code: 1, well: false, unseen: [] });
  expect(broken.wrong).toEqual([
    'quarantine',
    'outbox',
    'councils',
    'milestones',
    'chains',
    'audit',
    'dates',
    'ingest',
    'places',
    'tracker',
    'failed',
  ]);
  const told = Object.fromEntries(
    broken.findings.map(({ check, found, advice }) => [check, `${found} ${advice}`]),
  );
  expect(told).toMatchObject({
    dates: expect.stringContaining(
      `--bootstrap-server ${inject('stack').kafkaBrokers[0]} --alter --entity-type topics --entity-name ${topic} --add-config message.timestamp.type=LogAppendTime`,
    ),
    ingest: 'No ingest runs; 1 messages wait. Start waymark ingest.',
    quarantine: expect.stringContaining('1 of 4 messages were quarantined'),
    councils: expect.stringContaining(council),
    milestones: expect.stringContaining('examined/2026-01-01/6'),
    chains: expect.stringContaining('examined'),
    audit: expect.stringContaining('the head of the log is gone'),
    places: expect.stringContaining('waymark rewind'),
    failed: expect.stringContaining(queue),
  });

  // A store that is older than the code hides what waits in it, and a part that does not answer what it holds.
  await db`delete from public.waymark_migration where name = (select max(name) from public.waymark_migration)`;
  const older = await examined({ KAFKA_BROKERS: NOBODY, TEMPORAL_ADDRESS: NOBODY });
  expect(older).toMatchObject({
    code: 1,
    wrong: ['migrations', 'kafka', 'temporal'],
    unseen: [
      ...['quarantine', 'outbox', 'councils', 'milestones', 'chains', 'audit'],
      ...['topics', 'dates', 'ingest', 'places', 'tracker', 'stuck', 'failed'],
    ],
  });
  const away = await examined({ DATABASE_URL: `postgresql://nobody@${NOBODY}/none` });
  expect(away.wrong).toContain('postgres');
  expect(away.unseen).toContain('migrations');
});
