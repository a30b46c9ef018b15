// Whatever is said in whatever order, batches and repeats: the SQL engine kept up to date, the SQL engine fed at once and
// the reference engine say the same about every child, and so do the counts by arm. Histories are many children a run.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FeedMessage } from '../../../schemas/message.ts';
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import type { IndexRecord } from '../../../schemas/protocol/population.ts';
import { type Arm, Protocol } from '../../../schemas/protocol.ts';
import {
  type Allotted,
  listKey,
  NOTHING_ALLOTTED,
} from '../../../services/evaluations/evaluate/allocation.ts';
import { type EvaluateRecord, evaluate } from '../../../services/evaluations/evaluate/evaluate.ts';
import { Known } from '../../../services/evaluations/evaluate/known.ts';
import { explainStored } from '../../../services/evaluations/explain/from-store.ts';
import { quickCheck } from '../../../services/evaluations/rebuild/quick.ts';
import type { AllocatedUnit } from '../../../services/evaluations/register.ts';
import {
  builtInOutcomes,
  careEntry,
  earlierOutcomes,
  repeatCpPlan,
  reReferral,
} from '../../../services/outcomes/definitions.ts';
import { versionTwo } from '../../harness/protocols.ts';
import { batches, councilAt, type Histories, histories, messagesOf, shuffled } from './histories.ts';
import { type SqlEngine, sqlEngine } from './sql-engine.ts';

const CHILDREN = 90;
const RUNS = 4;
const EXPLAINED = 6;

const nothing = { eighteenthBirthday: false, death: false, movedToAnotherCouncil: false, declaredGap: false };

/** Every built-in outcome, the versions that went before, and choices that none of them makes. */
const outcomes: OutcomeDefinition[] = [
  ...builtInOutcomes,
  ...earlierOutcomes.map((definition) => ({ ...definition, id: `${definition.id}-of-old` })),
  {
    ...reReferral,
    id: 're-referral-washed-out',
    event: { record: 'referral', countNoFurtherAction: true, primaryNeeds: ['N1'] },
    washoutDays: 20,
    lastDay: 'does-not-count',
    riskSet: { excludeInCareAtIndex: true, only: ['on-cp-plan'] },
    competing: ['death', 'eighteenth-birthday'],
  },
  {
    ...careEntry,
    id: 'care-entry-by-order',
    event: { record: 'care-period', countUnaccompaniedAsylumSeekers: false, legalStatuses: ['C2'] },
    riskSet: { excludeInCareAtIndex: false, only: ['never-in-care'] },
  },
  {
    ...careEntry,
    id: 'days-in-care-after-closing',
    measure: 'days-in-window',
    clock: { from: 'index-closure', withinMonths: 6, exceptReasons: [] },
    riskSet: { excludeInCareAtIndex: false, only: ['in-care'] },
    washoutDays: 3,
  },
  { ...reReferral, id: 're-referral-same-day', indexDay: 'counts', censoring: nothing },
  {
    ...repeatCpPlan,
    id: 'repeat-plan-in-records',
    event: {
      record: 'cp-plan',
      earlierPlan: { endedWithinMonths: 6 },
      evidence: 'ledger',
      countHeldForAnotherAuthority: false,
    },
  },
  {
    ...repeatCpPlan,
    id: 'repeat-plan-reported-and-held',
    indexDay: 'does-not-count',
    censoring: { ...nothing, death: true },
    event: {
      record: 'cp-plan',
      earlierPlan: 'ever',
      evidence: 'reported',
      countHeldForAnotherAuthority: true,
    },
  },
  {
    ...careEntry,
    id: 'care-entry-not-uasc',
    event: { record: 'care-period', countUnaccompaniedAsylumSeekers: false },
    censoring: { ...nothing, movedToAnotherCouncil: true },
  },
  {
    ...careEntry,
    id: 'care-entry-anyone',
    riskSet: { excludeInCareAtIndex: false },
    censoring: { ...nothing, declaredGap: true },
  },
];

type Choice = Pick<Protocol, 'id' | 'unit' | 'allocation' | 'waves'> & { countNoFurtherAction: boolean };

const protocolOf = ({ countNoFurtherAction, ...choice }: Choice, councils: string[]): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    title: choice.id,
    question: 'Do both engines agree?',
    dataSource: 'simulated',
    design: 'quasi-experimental',
    councils,
    population: {
      index: { record: 'referral', countNoFurtherAction },
      from: '2024-02-29',
      to: '2025-12-31',
    },
    arms: { trial: 'Trial', comparison: 'Comparison' },
    horizons: [1, 6, 12, 18],
    outcomes,
    primary: { outcome: 're-referral', horizon: 12 },
    disclosure: { threshold: 1 },
    ...choice,
  } satisfies Protocol);

/** Studies that begin with something else than a referral, one a run, and the outcomes that the index could be taken for. */
function otherIndex(run: number, councils: string[]): Protocol {
  const recordsOfIndex = ['cp-plan', 'cp-plan-start', 'assessment', 'care-period', 'care-period-end'];
  const indexes: IndexRecord[] = [
    { record: 'cp-plan', countHeldForAnotherAuthority: run % 2 === 0 },
    { record: 'assessment' },
    { record: 'care-period' },
    { record: 'section-47' },
  ];
  const { population, ...protocol } = protocolOf(
    { ...turn(1, councils), id: `other-index-${run}`, waves: 'year' },
    councils,
  );
  return Protocol.parse({
    ...protocol,
    ...versionTwo,
    population: { ...population, index: indexes[run % indexes.length]! },
    horizons: [6, 12],
    outcomes: outcomes.filter(
      ({ id, event, clock }) =>
        clock?.from !== 'index-closure' &&
        (['re-referral', 're-referral-same-day'].includes(id) || recordsOfIndex.includes(event.record)),
    ),
  } satisfies Protocol);
}

const byList = {
  unit: 'family',
  allocation: { method: 'list' },
  countNoFurtherAction: false,
  waves: 'year',
} as const;

/** The other ways of allocating, one a run. */
function turn(run: number, councils: readonly string[]): Omit<Choice, 'id'> {
  const [first = '', ...rest] = councils;
  const ways: Pick<Choice, 'unit' | 'allocation'>[] = [
    { unit: 'council', allocation: { method: 'by-council', trial: [first], comparison: rest } },
    { unit: 'child', allocation: { method: 'seeded', seed: 'any-seed', trialShare: 0.4 } },
    { unit: 'family', allocation: { method: 'seeded', seed: 'other-seed', trialShare: 0.7 } },
  ];
  return { ...ways[run % ways.length]!, countNoFurtherAction: true, waves: 'quarter' };
}

const other: Record<Arm, Arm> = { trial: 'comparison', comparison: 'trial' };

/** Families 1 to 6 and some children, by council; the rest have no arm. */
const listFor = (councils: readonly string[]): AllocatedUnit[] =>
  councils.flatMap((council) =>
    Array.from(
      { length: 40 },
      (_, at): AllocatedUnit => ({
        council,
        unit: `${at < 6 ? 'f' : 'c'}${(at + 1).toString(16).padStart(32, '0')}`,
        arm: at % 3 === 0 ? 'trial' : 'comparison',
      }),
    ),
  );

const allottedTo = (units: readonly AllocatedUnit[]): Allotted => ({
  ...NOTHING_ALLOTTED,
  arms: new Map(units.map(({ council, unit, arm }): [string, Arm] => [listKey(council, unit), arm]).sort()),
});

function knownFrom(councils: readonly string[], messages: readonly FeedMessage[]): Known {
  const known = new Known(councils);
  for (const message of messages) known.take(JSON.stringify(message));
  expect(known.taken.refused).toBe(0);
  return known;
}

async function occurrences(sql: SqlEngine, councils: readonly string[]) {
  return sql.db`
    select c.code, ch.pseudonym, u.pseudonym as under, o.kind, o.record_id, o.starts, o.ends, o.detail, o.purged, o.recorded_at, o.event_id
    from waymark.occurrence o join waymark.child ch using (child_key) join waymark.council c using (council_id)
    join waymark.child u on u.child_key = o.stated_under
    where c.code = any(${councils as string[]}) order by c.code, ch.pseudonym, o.kind, o.record_id, u.pseudonym`;
}

/** Compares child by child, so that a disagreement names one child and all that was said about it. */
async function agree(sql: SqlEngine, record: EvaluateRecord, known: Known, messages: readonly FeedMessage[]) {
  const persons = new Map(known.children().map((one) => [`${one.council} ${one.child}`, one.pseudonyms]));
  const stored = await sql.participants(record.evaluation);
  const inSql = new Map(stored.map((one) => [`${one.council} ${one.child}`, one]));
  expect([...inSql.keys()].sort()).toEqual(record.participants.map((one) => `${one.council} ${one.child}`));
  for (const { council, child, arm, index, outcomes: states } of record.participants) {
    const family = persons.get(`${council} ${child}`) ?? [];
    const expected = states.map(({ horizonDay, matured, clockStart, ...state }) => state);
    const said = () =>
      messages
        .filter(
          (one) => one.source.endsWith(council) && (!('subject' in one) || family.includes(one.subject)),
        )
        .map((one) => JSON.stringify(one))
        .join('\n');
    const found = inSql.get(`${council} ${child}`);
    if (!isDeepStrictEqual([found?.arm, found?.index], [arm, index]))
      expect.fail(
        `${child} ${JSON.stringify(found)} is not ${arm} ${JSON.stringify(index)} after\n${said()}`,
      );
    for (const [at, state] of expected.entries()) {
      if (!isDeepStrictEqual(found?.outcomes[at], state))
        expect.fail(
          `SQL ${JSON.stringify(found?.outcomes[at])}, reference ${JSON.stringify(state)}, index ${index.day} after\n${said()}`,
        );
    }
  }
  expect(await sql.counts(record.evaluation)).toEqual(record.results);
  expect((await quickCheck(sql.db)).differences).toEqual([]);
}

/** Told by its records, a child's state is the one that is stored. Some children, each for another outcome. */
async function explainedAsStored(sql: SqlEngine, slug: string) {
  const participants = (await sql.participants(slug)).filter(({ outcomes: states }) => states.length > 0);
  expect(participants.length).toBeGreaterThan(EXPLAINED);
  await sql.unblind(slug);
  for (const [at, { council, child, outcomes: stored, index }] of participants
    .slice(0, EXPLAINED)
    .entries()) {
    const { outcome = '' } = stored[(at * 17) % stored.length] ?? {};
    const asked = { participant: child, council, evaluation: slug, outcome };
    const { explanations } = await explainStored(sql.db, asked);
    const states = explanations.map(({ outcome: of, horizon, state, date, censorReason, value }) => ({
      ...{ outcome: of, horizon, state, date, censorReason, value },
    }));
    expect(states).toEqual(stored.filter((one) => one.outcome === outcome));
    expect(explanations.every((one) => isDeepStrictEqual(one.index, index))).toBe(true);
  }
}

/** Every council has just been heard, so the store's ledger says of every row what the file's does. */
async function matureAlike(sql: SqlEngine, record: EvaluateRecord) {
  const { rows } = await sql.maturity(record.evaluation, true);
  const told = rows.map(({ standing, expectedOn, frozenAt, ...row }) => row);
  for (const [at, row] of record.maturity.entries())
    if (!isDeepStrictEqual(told[at], row)) expect(told[at]).toEqual(row);
  expect(told).toHaveLength(record.maturity.length);
  const blinded = await sql.maturity(record.evaluation, false);
  expect(blinded.rows.every(({ states }) => states === null)).toBe(true);
  // What an own clock leads to is known no later than the last day that it could lead to.
  const sooner = blinded.rows.filter((row, at) => row.matured > (rows[at]?.matured ?? 0));
  expect(sooner).toEqual([]);
  const uncounted = blinded.rows.filter(
    ({ participants, matured, pending, unknown }) => participants !== matured + pending + unknown,
  );
  expect(uncounted).toEqual([]);
}

let sql: SqlEngine;
let rebuilt: SqlEngine;
beforeAll(async () => {
  sql = await sqlEngine();
  rebuilt = await sqlEngine();
});
afterAll(async () => {
  await sql.close();
  await rebuilt.close();
});

let run = 0;

async function holds(said: Histories): Promise<void> {
  run += 1;
  const councils = [1, 2, 3].map((position) => councilAt(run, position));
  const messages = messagesOf(said, councils);
  const list = listFor(councils);
  const swapped = list.map((one) => ({ ...one, arm: other[one.arm] }));
  const followed: [Protocol, AllocatedUnit[]][] = [
    [protocolOf({ ...byList, id: `families-${run}` }, councils), list],
    [protocolOf({ ...byList, id: `swapped-${run}` }, councils), swapped],
    [protocolOf({ ...turn(run, councils), id: `other-${run}` }, councils), []],
    [otherIndex(run, councils), []],
  ];

  const enrol = async (engine: SqlEngine) => {
    for (const [protocol, units] of followed) {
      await engine.create(protocol);
      if (units.length > 0) await engine.allocate(protocol.id, units);
    }
  };

  // Kept up to date: an evaluation from before the first event, batches in any order, some followed at once.
  await sql.register(councils);
  const arriving = batches(shuffled(messages, said.seed), said.seed + 1);
  for (const [at, batch] of arriving.entries()) {
    if (at === Math.floor(arriving.length / 4)) await enrol(sql);
    await sql.settle(batch);
    if (at % 4 === 0) await sql.follow();
  }
  if (arriving.length === 0) await enrol(sql);
  await sql.follow();

  // Rebuilt: the same, once, in the order said.
  await rebuilt.register(councils);
  await rebuilt.settle(messages);
  await enrol(rebuilt);
  await rebuilt.follow();

  expect(await occurrences(sql, councils)).toEqual(await occurrences(rebuilt, councils));
  const known = knownFrom(councils, shuffled(messages, said.seed + 2));
  const records = followed.map(([protocol, units]) =>
    evaluate(protocol, known, allottedTo(units), { codeVersion: 'test', asOf: null }),
  );
  for (const record of records) {
    await agree(sql, record, known, messages);
    await agree(rebuilt, record, known, messages);
  }

  await matureAlike(sql, records[2]!);
  await explainedAsStored(sql, `other-${run}`);

  // Arms are labels: swapping them swaps the counts and changes nothing else.
  const [plain, relabelled] = records as [EvaluateRecord, EvaluateRecord];
  expect(relabelled.results).toEqual(
    plain.results.map((result) => ({
      ...result,
      arms: result.arms.map(({ arm }) => ({ ...result.arms.find((one) => one.arm === other[arm])!, arm })),
    })),
  );
}

it('SQL kept up to date = SQL fed at once = reference, for any history, order, batching and repeats', async () => {
  await fc.assert(fc.asyncProperty(histories(CHILDREN), holds), {
    numRuns: RUNS,
    endOnFailure: true,
    seed: 20_260_301,
  });
}, 600_000);
