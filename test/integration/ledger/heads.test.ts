// Whatever a batch repeats, corrects or brings too late: the ledger holds the first statement under each id, a record's head is the
// newest of those, and the outbox names whose head changed.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerCouncils } from '../../../services/evaluations/register.ts';
import { Councils, settle } from '../../../services/ingest/settle.ts';
import { Expected, type Repeats } from '../../../services/ledger/expected.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';

const COUNCIL = 'E09900001';

let database: TestDatabase;
let owner: Database;
let ingest: Database;
beforeAll(async () => {
  database = await testDatabase();
  owner = connect(database.databaseUrl, 1, 'test-heads');
  ingest = connect(database.databaseUrl, 1, 'test-heads-ingest', 'waymark_ingest');
  await registerCouncils(owner, [{ code: COUNCIL, name: 'Heads', dataSource: 'simulated' }]);
});
afterAll(async () => {
  await owner.end();
  await ingest.end();
  await database.drop();
});

interface Statement {
  child: number;
  record: number;
  id: number;
  second: number;
  /** Null: a purge. */
  day: number | null;
}

const statement: fc.Arbitrary<Statement> = fc.record({
  child: fc.nat(2),
  record: fc.nat(2),
  id: fc.nat(11),
  second: fc.nat(4),
  day: fc.option(fc.integer({ min: 10, max: 28 }), { freq: 6 }),
});

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');
const childOf = (run: number, { child }: Statement): string => hex(run * 16 + child, 32);
const idOf = ({ id }: Statement): string => `00000000-0000-4000-8000-${hex(id, 12)}`;
const recordOf = ({ record }: Statement): string => hex(record + 1, 32);
const timeOf = ({ second }: Statement): string => `2025-01-01T00:00:0${second}.000Z`;

const message = (run: number, said: Statement) => ({
  specversion: '1.0',
  id: idOf(said),
  source: `/councils/${COUNCIL}`,
  type: 'waymark.case.referral.v1',
  subject: `c${childOf(run, said)}`,
  time: timeOf(said),
  data: {
    recordId: `r${recordOf(said)}`,
    ...(said.day === null ? { purged: true } : { state: { date: `2024-05-${said.day}` } }),
  },
});

/** What the ledger and the heads come to when statements are taken one by one. */
class Model {
  readonly ledger = new Map<string, Statement>();
  readonly heads = new Map<string, Statement>();

  /** @returns the children whose head changed */
  take(run: number, batch: readonly Statement[]): { stored: number; changed: Set<string> } {
    const before = new Map(this.heads);
    let stored = 0;
    for (const said of batch) {
      const key = `${childOf(run, said)} ${idOf(said)}`;
      if (this.ledger.has(key)) continue;
      this.ledger.set(key, said);
      stored += 1;
      const record = `${childOf(run, said)} ${recordOf(said)}`;
      const head = this.heads.get(record);
      const order = (one: Statement): string => `${timeOf(one)} ${idOf(one)}`;
      if (!head || order(said) > order(head)) this.heads.set(record, said);
    }
    const moved = [...this.heads].filter(([record, head]) => before.get(record) !== head);
    return { stored, changed: new Set(moved.map(([record]) => record.slice(0, 32))) };
  }
}

let run = 0;
const met = { repeated: 0, late: 0, whole: 0 };

async function holds(before: Repeats, batches: readonly Statement[][]): Promise<void> {
  run += 1;
  const expected = new Expected();
  expected.met(before);
  const model = new Model();
  const councils = new Councils(ingest);
  await councils.refresh();
  const cache = new Map<string, number>();
  let offset = 0;
  for (const batch of batches) {
    await owner`delete from waymark.outbox`;
    const taken = batch.map((said) => {
      offset += 1;
      return { offset: String(offset), value: Buffer.from(JSON.stringify(message(run, said))) };
    });
    const { account } = await settle({ db: ingest, councils, cache, expected }, `heads-${run}`, 0, taken);
    const { stored, changed } = model.take(run, batch);
    expect(account.stored).toBe(stored);
    if (stored < batch.length) met.repeated += 1;
    else if (changed.size < new Set(batch.map(({ child }) => child)).size) met.late += 1;
    else met.whole += 1;
    const told = await owner<{ child: string }[]>`
      select replace(c.pseudonym::text, '-', '') as child from waymark.outbox, unnest(child_keys) as k(child_key)
      join waymark.child c using (child_key)`;
    expect(told.map(({ child }) => child).sort()).toEqual([...changed].sort());
    const heads = await owner<{ record: string; starts: string | null; purged: boolean; event_id: string }[]>`
      select replace(c.pseudonym || ' ' || o.record_id, '-', '') as record, o.starts, o.purged, o.event_id
      from waymark.occurrence o join waymark.child c using (child_key)
      where c.pseudonym = any(${[0, 1, 2].map((child) => hex(run * 16 + child, 32))}::uuid[])`;
    const modelled = [...model.heads].map(([record, head]) => ({
      record,
      starts: head.day === null ? null : `2024-05-${head.day}`,
      purged: head.day === null,
      event_id: idOf(head),
    }));
    const byRecord = (a: { record: string }, b: { record: string }): number => (a.record < b.record ? -1 : 1);
    expect([...heads].sort(byRecord)).toEqual(modelled.sort(byRecord));
  }
}

it('keeps the newest statement of each record, and says whose changed, whatever a batch repeats', async () => {
  const batch = fc.array(statement, { minLength: 1, maxLength: 6 });
  const expecting = fc.constantFrom<Repeats>('nothing', 'records', 'statements');
  const batches = fc.array(batch, { minLength: 1, maxLength: 6 });
  await fc.assert(fc.asyncProperty(expecting, batches, holds), { numRuns: 180 });
  const [counted] = await owner`
    select (select count(*) from waymark.case_event) as stored, sum(stored) as counted from waymark.sent_month`;
  expect(Number(counted?.counted)).toBe(Number(counted?.stored));
  expect(Math.min(...Object.values(met))).toBeGreaterThan(10);
});
