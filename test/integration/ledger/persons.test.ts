// Partitions are settled at the same time, and two of them may carry the pseudonyms of one child: whatever meets whatever, who
// is one person and all that is derived is what a rebuild and the reference engine make of the statements.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FeedMessage } from '../../../schemas/message.ts';
import { Known } from '../../../services/evaluations/evaluate/known.ts';
import { checkRebuild } from '../../../services/evaluations/rebuild/check.ts';
import { registerCouncils } from '../../../services/evaluations/register.ts';
import { Councils, settle } from '../../../services/ingest/settle.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';
import {
  batches,
  councilAt,
  type Histories,
  histories,
  messagesOf,
  shuffled,
} from '../outcomes/histories.ts';

const PARTITIONS = 6;

let database: TestDatabase;
let owner: Database;
let ingest: Database;
beforeAll(async () => {
  database = await testDatabase();
  owner = connect(database.databaseUrl, 2, 'test-persons');
  ingest = connect(database.databaseUrl, PARTITIONS, 'test-persons-ingest', 'waymark_ingest');
});
afterAll(async () => {
  await owner.end();
  await ingest.end();
  await database.drop();
});

/** Each child's messages are in one partition, as Kafka's key has it. */
const partitionOf = (message: FeedMessage): number =>
  'subject' in message ? Number.parseInt(message.subject.slice(-2), 16) % PARTITIONS : 0;

async function settleAll(councils: Councils, partition: number, parts: readonly FeedMessage[][]) {
  const cache = new Map<string, number>();
  let offset = 0;
  for (const part of parts) {
    const taken = part.map((message) => {
      offset += 1;
      return { offset: String(offset), value: Buffer.from(JSON.stringify(message)) };
    });
    await settle({ db: ingest, councils, cache }, 'case-events.v1', partition, taken);
  }
}

let run = 0;
let merged = 0;

async function holds(said: Histories): Promise<void> {
  run += 1;
  const codes = [1, 2, 3].map((position) => councilAt(run, position));
  await registerCouncils(
    owner,
    codes.map((code) => ({ code, name: code, dataSource: 'simulated' as const })),
  );
  const councils = new Councils(ingest);
  await councils.refresh();
  const messages = shuffled(messagesOf(said, codes), said.seed);
  await Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) => {
      const own = messages.filter((message) => partitionOf(message) === partition);
      return settleAll(councils, partition, batches(own, said.seed + partition));
    }),
  );
  expect((await checkRebuild(owner)).differences).toEqual([]);
  const known = new Known(codes);
  for (const message of messages) known.take(JSON.stringify(message));
  const persons = await owner<{ person: string }[]>`
    select string_agg(c.pseudonym::text, ' ' order by c.pseudonym) as person
    from waymark.person_member m join waymark.child c using (child_key) join waymark.council co using (council_id)
    where co.code = any(${codes}) group by co.code, m.person_key`;
  const several = known.children().filter(({ pseudonyms }) => pseudonyms.length > 1);
  expect(persons.map(({ person }) => person.replaceAll('-', '')).sort()).toEqual(
    several.map(({ pseudonyms }) => pseudonyms.map((one) => one.slice(1)).join(' ')).sort(),
  );
  merged += several.length;
}

it('partitions settled at once give the persons, records and periods of a rebuild', async () => {
  await fc.assert(fc.asyncProperty(histories(60), holds), {
    numRuns: 8,
    endOnFailure: true,
    seed: 20_261_128,
  });
  expect(merged).toBeGreaterThan(20);
});

it('stores nothing of who was erased, nor of whoever is said to be them, and everything of others', async () => {
  const [here, there] = ['E08999901', 'E08999902'] as const;
  await registerCouncils(
    owner,
    [here, there].map((code) => ({ code, name: code, dataSource: 'simulated' as const })),
  );
  const councils = new Councils(ingest);
  await councils.refresh();
  const child = (n: number): string => `c${n.toString(16).padStart(32, '0')}`;
  const statement = (council: string, of: number, kind: string, state: object) => ({
    specversion: '1.0',
    id: randomUUID(),
    source: `/councils/${council}`,
    subject: child(of),
    type: `waymark.case.${kind}.v1`,
    time: '2026-01-01T00:00:00Z',
    data: { recordId: `r${randomUUID().replaceAll('-', '')}`, state },
  });
  const referred = (council: string, of: number) =>
    statement(council, of, 'referral', { date: '2025-01-15' });
  const linked = (of: number, to: number) =>
    statement(here, of, 'same-child', { other: child(to), same: true });
  let offset = 0;
  const settled = async (...said: object[]) => {
    const taken = said.map((one) => {
      offset += 1;
      return { offset: String(offset), value: Buffer.from(JSON.stringify(one)) };
    });
    const { account } = await settle({ db: ingest, councils, cache: new Map() }, 'erased', 0, taken);
    return [account.received, account.stored, account.duplicates];
  };
  const erase = (code: string, of: number | null) => owner`
    select waymark.order_erasure(${councils.ids.get(code) ?? 0}::smallint, ${of === null ? null : child(of).slice(1)}::uuid, 'withdrawn', 'anna')`;

  expect(await settled(referred(here, 1), referred(here, 2))).toEqual([2, 2, 0]);
  await erase(here, 1);
  // The same child sent again, and its pseudonym named by another; what others say is stored.
  expect(
    await settled(referred(here, 1), linked(2, 1), linked(1, 2), linked(2, 3), referred(here, 2)),
  ).toEqual([5, 2, 3]);
  expect(await settled(referred(there, 1))).toEqual([1, 1, 0]);
  const named = await owner`select from waymark.same_child s join waymark.child c on c.child_key = s.other_key
    where c.council_id = ${councils.ids.get(here) ?? 0} and c.pseudonym = ${child(1).slice(1)}::uuid`;
  expect(named).toHaveLength(0);
  await erase(here, null);
  expect(await settled(referred(here, 2), referred(here, 9), referred(there, 2))).toEqual([3, 1, 2]);
});
