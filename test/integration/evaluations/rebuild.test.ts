// `waymark rebuild --check` finds nothing where nothing is wrong, whatever was said and merged, and finds one row tampered with
// in any table that is derived, naming the row and the column.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Protocol } from '../../../schemas/protocol.ts';
import { checkRebuild } from '../../../services/evaluations/rebuild/check.ts';
import { quickCheck } from '../../../services/evaluations/rebuild/quick.ts';
import { importOptOuts } from '../../../services/evaluations/register.ts';
import { daysInCare } from '../../../services/outcomes/definitions/care.ts';
import { careEntry, reReferral } from '../../../services/outcomes/definitions.ts';
import { batches, councilAt, histories, messagesOf, shuffled } from '../outcomes/histories.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';

const councils = [1, 2, 3].map((position) => councilAt(1, position));

const protocolOf = (id: string, changes: Partial<Protocol>): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    id,
    title: id,
    question: 'Does it stand as it would be made again?',
    dataSource: 'simulated',
    design: 'quasi-experimental',
    councils,
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-02-29',
      to: '2025-12-31',
    },
    arms: { trial: 'Trial', comparison: 'Comparison' },
    waves: 'quarter',
    horizons: [6, 12],
    outcomes: [reReferral, careEntry, daysInCare],
    primary: { outcome: reReferral.id, horizon: 6 },
    disclosure: { threshold: 1 },
    ...changes,
  } as Protocol);

const byRecords = protocolOf('by-records', { unit: 'family', allocation: { method: 'list' } });
const kept = protocolOf('kept', {
  design: 'randomised',
  unit: 'child',
  allocation: { method: 'seeded', seed: 'any-seed', trialShare: 0.5 },
});
const byCouncil = protocolOf('by-council', {
  unit: 'council',
  allocation: { method: 'by-council', trial: councils.slice(0, 1), comparison: councils.slice(1) },
});

const pseudonym = (letter: string, number: number): string =>
  `${letter}${number.toString(16).padStart(32, '0')}`;
const units = councils.flatMap((council) =>
  Array.from({ length: 30 }, (_, at) => ({
    council,
    unit: pseudonym(at < 6 ? 'f' : 'c', at + 1),
    arm: at % 3 === 0 ? ('trial' as const) : ('comparison' as const),
  })),
);

let sql: SqlEngine;
const waited: number[] = [];
beforeAll(async () => {
  sql = await sqlEngine();
  await sql.register(councils);
  for (const protocol of [byRecords, kept, byCouncil]) await sql.create(protocol);
  await sql.db`update waymark.evaluation set stage = 'recruiting' where slug = ${kept.id}`;
  await sql.allocate(byRecords.id, units);
  const [said] = fc.sample(histories(75), { numRuns: 1, seed: 20_261_129 });
  const arriving = batches(shuffled(messagesOf(said!, councils), said!.seed), said!.seed);
  for (const [at, batch] of arriving.entries()) {
    await sql.settle(batch);
    if (at % 2 === 0) await sql.follow();
    if (at === 3) await importOptOuts(sql.db, kept.id, [{ council: councils[0]!, unit: pseudonym('c', 3) }]);
    const report = await checkRebuild(sql.db);
    expect(report.differences, `after batch ${at}`).toEqual([]);
    waited.push(report.waiting);
  }
  await sql.follow();
});
afterAll(() => sql.close());

it('finds nothing where nothing is wrong, and leaves out what is not worked in yet', async () => {
  const report = await checkRebuild(sql.db);
  expect(report.differences).toEqual([]);
  expect(report).toMatchObject({ same: true, waiting: 0, resting: [], children: 75 });
  expect(Math.max(...waited)).toBeGreaterThan(0);
  const [count] = await sql.db<{ participants: number; outcomes: number; duplicates: number }[]>`
    select (select count(*)::integer from waymark.participant) as participants,
      (select count(*)::integer from waymark.outcome) as outcomes,
      (select count(*)::integer from waymark.duplicate_participant) as duplicates`;
  expect(report).toMatchObject({ participants: count?.participants, outcomes: count?.outcomes });
  expect(count?.duplicates).toBeGreaterThan(0);
  expect(Object.keys(report.differing).sort()).toEqual([
    'child_fact',
    'duplicate_participant',
    'occurrence',
    'outcome',
    'participant',
    'person_member',
    'referral_team',
    'same_child',
    'screening',
  ]);
});

type Tampered = [what: string, table: string, column: string, value: string, where: string];

const ofKept = "evaluation_id = (select evaluation_id from waymark.evaluation where slug = 'kept')";
const ofRecords = "evaluation_id = (select evaluation_id from waymark.evaluation where slug = 'by-records')";

const tampered: Tampered[] = [
  ['the day of a record', 'occurrence', 'starts', "'2031-01-01'", 'kind = 2 and not purged'],
  ['the end of a record', 'occurrence', 'ends', "'2031-01-01'", 'kind = 6 and not purged'],
  ['the codes of a record', 'occurrence', 'detail', 'detail + 1', 'kind = 7 and not purged'],
  ['which statement is the head', 'occurrence', 'event_id', 'gen_random_uuid()', 'kind = 3'],
  ['when the head was recorded', 'occurrence', 'recorded_at', "'2031-01-01'", 'kind = 10'],
  ['that a record is purged', 'occurrence', 'purged', 'true', 'kind = 2 and not purged'],
  ['the end of a period of care', 'occurrence', 'ends', "'2031-01-01'", 'kind = 100'],
  ['a month of birth', 'child_fact', 'birth_month', "'1999-01-01'", 'birth_month is not null'],
  ['a family', 'child_fact', 'family', 'gen_random_uuid()', 'family is not null'],
  ['the team of a referral', 'referral_team', 'team', 'gen_random_uuid()', 'true'],
  ['who is the same child', 'same_child', 'other_key', 'null', 'other_key is not null'],
  ['who is one person', 'person_member', 'person_key', 'child_key', 'person_key <> child_key'],
  ['an index day', 'participant', 'index_day', "'2024-03-03'", ofRecords],
  ['an index record', 'participant', 'index_record', 'gen_random_uuid()', ofRecords],
  ['an arm', 'participant', 'arm', '1 - arm', ofRecords],
  ['a cluster', 'participant', 'cluster', 'gen_random_uuid()', ofRecords],
  ['a wave', 'participant', 'wave', "'2024-10-01'", `${ofRecords} and wave <> '2024-10-01'`],
  ['a flag', 'participant', 'flag', "'index-gone'", `${ofKept} and flag is null`],
  ['a missing flag', 'participant', 'flag', 'null', `${ofKept} and flag is not null`],
  ['an arm of a kept participant', 'participant', 'arm', '1 - arm', `${ofKept} and flag is null`],
  ['an index of a kept one', 'participant', 'index_day', "'2024-03-03'", `${ofKept} and flag is null`],
  ['whose duplicate one is', 'duplicate_participant', 'duplicate_of', '0', 'true'],
  ['why a child does not take part', 'screening', 'reason', "'too-old'", 'reason is not null'],
  ['when its index was', 'screening', 'index_day', "'2024-03-03'", 'index_day is not null'],
  ['a state', 'outcome', 'state', '4', 'state = 2'],
  ['a date', 'outcome', 'date', "'2031-01-01'", 'date is not null'],
  ['a horizon’s day', 'outcome', 'horizon_day', "'2031-01-01'", 'true'],
  ['a number of days', 'outcome', 'value', 'value + 1', 'value > 0'],
];

const camel = (column: string): string =>
  column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
/** How a report names a column where it is not the table's name for it. */
const named: Record<string, string[]> = {
  index_day: ['day', 'flag', 'indexDay'],
  index_record: ['recordId'],
  cluster: ['unit'],
  arm: ['arm', 'flag'],
};

describe('one row tampered with', () => {
  it.each(tampered)('%s: %s.%s', async (_, table, column, value, where) => {
    const { db } = sql;
    const [row] = await db.unsafe<{ at: string; was: string | null }[]>(
      `select ctid::text as at, ${column}::text as was from waymark.${table} where ${where} order by ctid limit 1`,
    );
    const [moved] = await db.unsafe<{ at: string }[]>(
      `update waymark.${table} set ${column} = ${value} where ctid = '${row!.at}' returning ctid::text as at`,
    );
    try {
      const { same, differing, differences } = await checkRebuild(db);
      expect(same).toBe(false);
      expect(differing[table]).toBe(1);
      const found = differences.find((one) => one.table === table);
      const columns = Object.keys(found?.columns ?? {});
      expect(columns.some((name) => [column, camel(column), ...(named[column] ?? [])].includes(name))).toBe(
        true,
      );
    } finally {
      await db`update waymark.${db(table)} set ${db(column)} = ${db.unsafe(row!.was === null ? 'null' : `'${row!.was}'`)}
        where ctid = ${moved!.at}::tid`;
    }
    expect((await checkRebuild(db)).differences).toEqual([]);
  });

  it.each(['occurrence', 'child_fact', 'same_child', 'person_member', 'screening', 'outcome'])(
    'a row of %s is gone',
    async (table) => {
      const { db } = sql;
      const [row] = await db<{ gone: unknown }[]>`
        with gone as (delete from waymark.${db(table)} t where ctid = (select max(ctid) from waymark.${db(table)}) returning t.*)
        select to_jsonb(gone) as gone from gone`;
      const { differing, differences } = await checkRebuild(db);
      expect(differing[table]).toBe(1);
      expect(differences.some((one) => one.table === table && one.what === 'missing')).toBe(
        // A duplicate that is not there any more was never enrolled, as far as anyone can tell.
        table !== 'duplicate_participant',
      );
      await db`insert into waymark.${db(table)}
        select * from jsonb_populate_record(null::waymark.${db(table)}, ${JSON.stringify(row!.gone)}::text::jsonb)`;
      expect((await checkRebuild(db)).differences).toEqual([]);
    },
  );
});

it.each([
  ['a state', 'state = 4, date = null, censor_reason = null, value = null', 'state = 2'],
  ['a date', 'date = date + 1', 'state = 1'],
  ['a number of days', 'value = value + 1', 'value > 0'],
])('%s tampered with, found by counting', async (_, tampering, where) => {
  const { db } = sql;
  expect(await quickCheck(db)).toMatchObject({ same: true, differences: [], waiting: 0, evaluations: 3 });
  const [row] = await db<{ was: { participant_key: number; outcome: number; horizon: number } }[]>`
    select to_jsonb(o) as was from waymark.outcome o where ${db.unsafe(where)} order by ctid limit 1`;
  const { participant_key: key, outcome, horizon } = row!.was;
  const the = () => db`participant_key = ${key} and outcome = ${outcome} and horizon = ${horizon}`;
  await db`update waymark.outcome set ${db.unsafe(tampering)} where ${the()}`;
  const { same, differences } = await quickCheck(db);
  await db`delete from waymark.outcome where ${the()}`;
  await db`insert into waymark.outcome
    select * from jsonb_populate_record(null::waymark.outcome, ${JSON.stringify(row!.was)}::text::jsonb)`;
  expect(same).toBe(false);
  expect(new Set(differences.map((one) => `${one.outcome} ${one.horizon}`)).size).toBe(1);
  expect(differences[0]).toMatchObject({ horizon, state: null, stands: null, made: null });
  expect((await quickCheck(db)).differences).toEqual([]);
});

it('what waits to be worked in is left out of the counts', async () => {
  const { db } = sql;
  await db`insert into waymark.cohort_change select evaluation_id, wave, child_key from waymark.participant order by participant_key limit 1`;
  const { waiting, same } = await quickCheck(db);
  await db`delete from waymark.cohort_change`;
  expect({ waiting, same }).toEqual({ waiting: 1, same: true });
});

it('exits 1 and says where, and tells nothing of the outcomes of a blinded evaluation', async () => {
  const { db } = sql;
  const [row] = await db<{ at: string; state: number }[]>`
    update waymark.outcome set value = value + 1 where ctid = (select min(ctid) from waymark.outcome where value > 0)
    returning ctid::text as at, state`;
  const waymark = fileURLToPath(new URL('../../../infra/waymark.mjs', import.meta.url));
  const { kafkaBrokers, temporalAddress } = inject('stack');
  const ran = promisify(execFile)(process.execPath, [waymark, 'rebuild', '--check'], {
    env: {
      ...process.env,
      DATABASE_URL: sql.databaseUrl,
      KAFKA_BROKERS: kafkaBrokers.join(),
      TEMPORAL_ADDRESS: temporalAddress,
    },
  });
  const { code, stdout } = (await ran.catch((error: unknown) => error)) as { code: number; stdout: string };
  await db`update waymark.outcome set value = value - 1 where ctid = ${row!.at}::tid`;
  expect(code).toBe(1);
  expect(stdout).toContain('Differs: 1 rows of outcome');
  expect(stdout).toMatch(
    /outcome: differs, evaluation [a-z-]+ council E\d+ child c[0-9a-f]{32} outcome 2 horizon \d+; value stands/,
  );
  expect(stdout).toContain('blinded');
});
