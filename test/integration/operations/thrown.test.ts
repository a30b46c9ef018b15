// An error thrown where nobody waits for it, as PostgreSQL's client throws one when its connection is cut at the wrong moment.
import { once } from 'node:events';
import { AssignerProtocol } from 'kafkajs';
import { expect, inject, it, onTestFinished } from 'vitest';
import { INGEST_GROUP } from '../../../services/ingest/run.ts';
import { connectKafka } from '../../../services/platform/kafka.ts';
import { testDatabase } from '../../harness/database.ts';
import { surroundings } from '../../harness/processes.ts';

/** On a signal the process throws from a timer. */
const THROWER = `data:text/javascript,${encodeURIComponent(
  `process.once('SIGUSR2', () => setImmediate(() => { throw new TypeError('thrown where nobody waits'); }));`,
)}`;

it('an ingest that ends by a thrown error leaves its group first, so that another goes on at once', async () => {
  const database = await testDatabase();
  const { start, env } = await surroundings(database.databaseUrl);
  onTestFinished(database.drop);
  const ingest = await start(['ingest'], {
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${THROWER}`,
  });
  const admin = connectKafka(inject('stack').kafkaBrokers, 'thrown-test').admin();
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

  const gone = once(ingest.child, 'exit');
  ingest.child.kill('SIGUSR2');
  expect(await gone).toEqual([1, null]);
  expect(await members()).toBe(0);
});
