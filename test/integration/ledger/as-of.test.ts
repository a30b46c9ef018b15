// What was known then, told from the ledger cut there, is what a rebuild from the statements of that time gives and, unless
// a purge has erased some of them since, what stood in the store at that time. And a diff accounts for every difference.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FeedMessage, isFeedStatement } from '../../../schemas/message.ts';
import { type Arm, Protocol } from '../../../schemas/protocol.ts';
import { type DiffRecord, diffBetween } from '../../../services/evaluations/as-of/diff.ts';
import { allottedAsOf, knownAsOf } from '../../../services/evaluations/as-of/known-as-of.ts';
import { listKey } from '../../../services/evaluations/evaluate/allocation.ts';
import { type EvaluateRecord, evaluate } from '../../../services/evaluations/evaluate/evaluate.ts';
import { Known } from '../../../services/evaluations/evaluate/known.ts';
import { type Evaluation, evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import type { AllocatedUnit } from '../../../services/evaluations/register.ts';
import { builtInOutcomes } from '../../../services/outcomes/definitions.ts';
import { groupsOf } from '../../../services/outcomes/persons.ts';
import {
  batches,
  councilAt,
  type Histories,
  histories,
  messagesOf,
  shuffled,
} from '../outcomes/histories.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';

const RUNS = 6;
const CUTS = 3;

const protocolOf = (id: string, councils: string[]): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    id,
    title: id,
    question: 'What was known then?',
    dataSource: 'simulated',
    design: 'quasi-experimental',
    councils,
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-02-29',
      to: '2025-12-31',
    },
    unit: 'child',
    allocation: { method: 'list' },
    arms: { trial: 'Trial', comparison: 'Comparison' },
    waves: 'quarter',
    horizons: [6, 12],
    outcomes: builtInOutcomes.filter((one) =>
      ['re-referral', 'repeat-cp-plan', 'care-entry'].includes(one.id),
    ),
    primary: { outcome: 're-referral', horizon: 12 },
    disclosure: { threshold: 1 },
  });

const recordOf = (message: FeedMessage): string =>
  isFeedStatement(message)
    ? ''
    : `${message.source} ${message.subject} ${message.type} ${message.data.recordId}`;
const rank = (message: FeedMessage): string => `${new Date(message.time).toISOString()} ${message.id}`;

/** The statements as they can still be told: what a purge of the record overtook has lost its content. */
function withoutErased(until: readonly FeedMessage[], all: readonly FeedMessage[]): FeedMessage[] {
  const purges = all.filter((one) => !isFeedStatement(one) && 'purged' in one.data);
  return until.map((message) => {
    if (isFeedStatement(message)) return message;
    const overtaken = purges.some(
      (purge) => recordOf(purge) === recordOf(message) && rank(purge) > rank(message),
    );
    return overtaken
      ? ({ ...message, data: { recordId: message.data.recordId, purged: true } } as FeedMessage)
      : message;
  });
}

const erasedChildren = (until: readonly FeedMessage[], all: readonly FeedMessage[]): Set<string> =>
  new Set(
    withoutErased(until, all).flatMap((message, at) =>
      message === until[at] || isFeedStatement(message)
        ? []
        : [`${message.source.slice(-9)} ${message.subject}`],
    ),
  );

function knownFrom(councils: readonly string[], messages: readonly FeedMessage[]): Known {
  const known = new Known(councils);
  for (const message of messages) known.take(JSON.stringify(message));
  return known;
}

/** What does not hang on how often and in which lines it was said. */
const comparable = ({
  input: _,
  codeVersion: __,
  asOf: ___,
  children: ____,
  accounted: _____,
  records: { overtaken: ______, ...records },
  ...record
}: EvaluateRecord) => ({ ...record, records });

/** The pseudonyms that a statement calls one child, whatever stands of it. */
function linkOf(message: FeedMessage): [string, string][] {
  if (message.type !== 'waymark.case.same-child.v1' || !('state' in message.data)) return [];
  const council = message.source.slice(-9);
  return [[`${council} ${message.subject}`, `${council} ${message.data.state.other}`]];
}

let sql: SqlEngine;
beforeAll(async () => {
  sql = await sqlEngine();
});
afterAll(() => sql.close());

async function instant(): Promise<Date> {
  // A transaction's rows carry its start; a cut lies between two transactions, by more than the clock's grain.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const [row] = await sql.db<{ now: Date }[]>`select clock_timestamp() as now`;
  await new Promise((resolve) => setTimeout(resolve, 5));
  return row!.now;
}

interface Moment {
  at: Date;
  said: FeedMessage[];
  stood: Awaited<ReturnType<SqlEngine['participants']>>;
}

const listFor = (councils: readonly string[], from: number, to: number): AllocatedUnit[] =>
  councils.flatMap((council) =>
    Array.from({ length: to - from }, (_, at) => {
      const number = from + at;
      const arm: Arm = number % 2 === 0 ? 'trial' : 'comparison';
      return { council, unit: `c${number.toString(16).padStart(32, '0')}`, arm };
    }),
  );

/** A diff is whole when applying it to the first record's answers gives the second's, and nothing else differs. */
function reconciles(diff: DiffRecord, before: EvaluateRecord, after: EvaluateRecord): void {
  const answers = ({ participants }: EvaluateRecord) =>
    new Map(
      participants.flatMap(({ council, child, arm, index, outcomes }) =>
        outcomes.map((one): [string, unknown] => [
          `${council} ${child} ${one.outcome} ${one.horizon}`,
          { arm, index, ...one },
        ]),
      ),
    );
  const [earlier, later] = [answers(before), answers(after)];
  const keys = new Set([...earlier.keys(), ...later.keys()]);
  const differ = [...keys].filter((key) => !isDeepStrictEqual(earlier.get(key), later.get(key)));
  const told = diff.changes.map((one) => `${one.council} ${one.child} ${one.outcome} ${one.horizon}`);
  expect(told.sort()).toEqual(differ.sort());
  const { compared, unchanged, changed, byChange } = diff.outcomes;
  expect(compared).toBe(keys.size);
  expect(compared).toBe(unchanged + changed);
  expect(changed).toBe(Object.values(byChange).reduce((sum, count) => sum + count, 0));
  expect(diff.participants.before).toBe(before.participants.length);
  expect(diff.participants.after).toBe(after.participants.length);
  expect(diff.participants.after).toBe(
    diff.participants.before + diff.participants.entered - diff.participants.left,
  );
  for (const change of diff.changes) expect(change.because.length, JSON.stringify(change)).toBeGreaterThan(0);
}

let run = 0;

async function holds(said: Histories): Promise<void> {
  run += 1;
  const councils = [1, 2, 3].map((position) => councilAt(run, position));
  const all = messagesOf(said, councils);
  await sql.register(councils);
  const protocol = protocolOf(`as-of-${run}`, councils);
  await sql.create(protocol);
  const lists = [listFor(councils, 1, 20), listFor(councils, 20, 32)];
  await sql.allocate(protocol.id, lists[0]!);
  const arriving = batches(shuffled(all, said.seed), said.seed + 1);
  const every = Math.max(1, Math.ceil(arriving.length / CUTS));
  const moments: Moment[] = [];
  const until: FeedMessage[] = [];
  for (const [at, batch] of arriving.entries()) {
    await sql.settle(batch);
    until.push(...batch);
    if (at % every !== 0) continue;
    await sql.follow();
    moments.push({ at: await instant(), said: [...until], stood: await sql.participants(protocol.id) });
    if (moments.length === 1) await sql.allocate(protocol.id, lists[1]!);
  }
  const evaluation = (await evaluationNamed(sql.db, protocol.id)) as Evaluation;
  const asOf: EvaluateRecord[] = [];
  for (const [m, { at, said: then, stood }] of moments.entries()) {
    const known = await knownAsOf(sql.db, evaluation.protocol, at);
    const allotted = await allottedAsOf(sql.db, evaluation, at);
    const given = lists.slice(0, m === 0 ? 1 : 2).flat();
    expect(allotted.arms).toEqual(
      new Map(given.map(({ council, unit, arm }) => [listKey(council, unit), arm])),
    );
    const told = evaluate(evaluation.protocol, known, allotted, { codeVersion: 'test', asOf: null });
    asOf.push(told);
    // The cut of the ledger is a rebuild from what had been said.
    const rebuilt = evaluate(evaluation.protocol, knownFrom(councils, withoutErased(then, all)), allotted, {
      codeVersion: 'test',
      asOf: null,
    });
    expect(comparable(told)).toEqual(comparable(rebuilt));
    // And it is what stood in the store, for every child of whom nothing has been erased since.
    const erased = erasedChildren(then, all);
    // Nor of the child it was then or would have been without what was erased.
    const linked = groupsOf(all.flatMap(linkOf));
    const whole = (one: { council: string; child: string }) => {
      const name = `${one.council} ${one.child}`;
      return !(linked.get(name) ?? [name]).some((other) => erased.has(other));
    };
    expect(
      told.participants.filter(whole).map(({ council, child, arm, index, outcomes }) => ({
        council,
        child,
        index,
        arm,
        outcomes: outcomes.map(({ horizonDay: _, matured: __, clockStart: ___, ...state }) => state),
      })),
    ).toEqual(stood.filter(whole));
  }
  for (const [m, before] of moments.entries()) {
    for (const [n, after] of moments.entries()) {
      if (n <= m) continue;
      const days = { from: String(m), to: String(n) };
      const diff = await diffBetween(sql.db, evaluation, { from: before.at, to: after.at }, days);
      reconciles(diff, asOf[m]!, asOf[n]!);
    }
  }
}

it('as of an instant = the ledger cut there = what stood then, and a diff of two accounts for every difference', async () => {
  await fc.assert(fc.asyncProperty(histories(60), holds), {
    numRuns: RUNS,
    endOnFailure: true,
    seed: 20_260_302,
  });
});
