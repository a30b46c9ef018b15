// An error thrown where nobody waits for it, as PostgreSQL's client throws one when its connection is cut at the wrong moment.
import { once } from 'node:events';
import { AssignerProtocol } from 'kafkajs';
import { expect, inject, it, onTestFinished } from 'vitest';
import { recordEvent } from '../../../services/council/case-event.ts';
import { registerCouncils } from '../../../services/evaluations/register.ts';
import { INGEST_GROUP } from '../../../services/ingest/run.ts';
import { connect } from '../../../services/platform/database.ts';
import { connectKafka, connectProducer } from '../../../services/platform/kafka.ts';
import { testDatabase } from '../../harness/database.ts';
import { surroundings } from '../../harness/processes.ts';

/** On a signal the process throws from a timer. */
const THROWER = `data:text/javascript,${encodeURIComponent(
  `process.once('SIGUSR2', () => setImmediate(() => { throw new TypeError('thrown where nobody waits'); }));`,
)}`;

const council = 'E09900001';

const event = JSON.stringify(
  recordEvent(
    {
      council,
      child: `c${'5'.repeat(32)}`,
      recordId: `r${'6'.repeat(32)}`,
      recordedAt: '2026-01-05T10:00:00Z',
    },
    'referral',
    { date: '2026-01-04' },
  ),
);

/** An ingest on a database of its own, and how many of the group take from its topic. */
async function ingestAlone() {
  const database = await testDatabase();
  const db = connect(database.databaseUrl, 2, 'thrown-test');
  await registerCouncils(db, [{ code: council, name: 'Thrown', dataSource: 'simulated' }]);
  const { start, env } = await surroundings(database.databaseUrl);
  onTestFinished(async () => {
    await db.end();
    await database.drop();
  });
  const ingest = await start(['ingest'], {
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${THROWER}`,
  });
  const kafka = connectKafka(inject('stack').kafkaBrokers, 'thrown-test');
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  const topic = `${env.WAYMARK_TOPIC_PREFIX}case-events.v1`;
  const members = async (): Promise<number> => {
    const { groups } = await admin.describeGroups([INGEST_GROUP]);
    return groups
      .flatMap((group) => group.members)
      .filter(({ memberAssignment }) => {
        const taken =
          memberAssignment.length > 0 && AssignerProtocol.MemberAssignment.decode(memberAssignment);
        return taken && topic in taken.assignment;
      }).length;
  };
  await expect.poll(members, { timeout: 60_000 }).toBe(1);
  return { ingest, members, db, kafka, topic };
}

it('an ingest that ends by a thrown error leaves its group first, so that another goes on at once', async () => {
  const { ingest, members } = await ingestAlone();
  const gone = once(ingest.child, 'exit');
  ingest.child.kill('SIGUSR2');
  expect(await gone).toEqual([1, null]);
  expect(await members()).toBe(0);
});

it('and does so with a statement in hand that PostgreSQL does not answer', async () => {
  const { ingest, members, db, kafka, topic } = await ingestAlone();
  const producer = await connectProducer(kafka);
  onTestFinished(() => producer.disconnect());
  const waits = async () =>
    (await db`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
      .length > 0;
  await db.begin(async (tx) => {
    await tx`lock table waymark.case_event`;
    await producer.send({ topic, messages: [{ value: event, partition: 0 }] });
    await expect.poll(waits, { timeout: 60_000 }).toBe(true);

    const gone = once(ingest.child, 'exit');
    ingest.child.kill('SIGUSR2');
    expect(await gone).toEqual([1, null]);
    expect(await members()).toBe(0);
  });
});
