// How much of the list of changes is read to take a wave's, when PostgreSQL plans by what it knew of the list while it was empty.
import { expect, it, onTestFinished } from 'vitest';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { recompute } from '../../../services/evaluations/recompute.ts';
import { createEvaluation, registerCouncils } from '../../../services/evaluations/register.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { testDatabase } from '../../harness/database.ts';
import { protocolNamed } from '../../harness/protocols.ts';

const council = 'E09900001';
const WAVE = '2024-04-01';
/** Enough that comparing row with row reads hundreds of times as many, and few enough for a join to be planned so. */
const CHANGES = 800;

/** Rows of the list that have been read, by scans of the whole and by look-ups; what these connections did is included. */
async function rowsRead(...of: Database[]): Promise<number> {
  for (const db of of) await db`select pg_stat_force_next_flush()`;
  const [row] = await of[0]!<{ read: number }[]>`
    select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_user_tables
    where relid = 'waymark.cohort_change'::regclass`;
  return row?.read ?? Number.NaN;
}

it('a wave’s changes are read a few times each, though the list was empty when it was last looked at', async () => {
  const database = await testDatabase();
  const owner = connect(database.databaseUrl, 1, 'test-changes');
  const tracker = connect(database.databaseUrl, 1, 'test-changes-tracker', 'waymark_tracker');
  onTestFinished(async () => {
    await Promise.all([owner.end(), tracker.end()]);
    await database.drop();
  });
  await registerCouncils(owner, [{ code: council, name: 'Taken', dataSource: 'simulated' }]);
  await createEvaluation(owner, protocolNamed('taken', [council]));
  const evaluation = await evaluationNamed(owner, 'taken');
  const fill = (rows: number) => owner`
    insert into waymark.cohort_change (evaluation_id, wave, child_key)
    select ${evaluation!.id}, ${WAVE}, child from generate_series(1, ${rows}::integer) as child`;

  // It has held something and is empty when its statistics are made; then it fills, and nobody looks again.
  await owner`alter table waymark.cohort_change set (autovacuum_enabled = false)`;
  await fill(5);
  await owner`delete from waymark.cohort_change`;
  await owner`analyze waymark.cohort_change`;
  await fill(CHANGES);
  const [known] = await owner`select reltuples from pg_class where oid = 'waymark.cohort_change'::regclass`;
  expect(known).toEqual({ reltuples: 0 });

  const before = await rowsRead(owner, tracker);
  expect(await recompute(tracker, evaluation!, WAVE)).toBe(CHANGES);
  const after = await rowsRead(owner, tracker);
  expect(after - before).toBeGreaterThanOrEqual(CHANGES);
  expect(after - before).toBeLessThan(10 * CHANGES);
});
