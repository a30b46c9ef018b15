// Whatever stops at whatever point and in whatever order: nothing is lost, nothing is counted twice, nobody is forgotten, and
// the outcomes in the end are those that the reference engine gives for what the councils sent.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Protocol } from '../../schemas/protocol.ts';
import { NOTHING_ALLOTTED } from '../../services/evaluations/evaluate/allocation.ts';
import { evaluate } from '../../services/evaluations/evaluate/evaluate.ts';
import { Known } from '../../services/evaluations/evaluate/known.ts';
import { builtInOutcomes } from '../../services/outcomes/definitions.ts';
import { connect, type Database } from '../../services/platform/database.ts';
import { councilAt, histories, messagesOf, shuffled } from '../integration/outcomes/histories.ts';
import { type SqlEngine, sqlEngine } from '../integration/outcomes/sql-engine.ts';
import { type Mistake, PARTITIONS, type Step, World } from './delivery-model.ts';

const RUNS = 6;
const CHILDREN = 9;

let sql: SqlEngine;
let ingest: Database;
let tracker: Database;
beforeAll(async () => {
  sql = await sqlEngine();
  ingest = connect(sql.databaseUrl, 3, 'model-ingest', 'waymark_ingest');
  tracker = connect(sql.databaseUrl, 3, 'model-tracker', 'waymark_tracker');
});
afterAll(async () => {
  await ingest.end();
  await tracker.end();
  await sql.close();
});

const partition = fc.nat(PARTITIONS - 1);
const messages = fc.integer({ min: 1, max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    does: fc.constant('send' as const),
    lines: fc.integer({ min: 1, max: 40 }),
    fails: fc.constantFrom('no' as const, 'no' as const, 'refused' as const, 'cut' as const, 'lost' as const),
  }),
  fc.record({
    does: fc.constant('ingest' as const),
    partition,
    messages,
    fails: fc.constantFrom('no' as const, 'no' as const, 'settling' as const, 'settled' as const),
  }),
  fc.record({ does: fc.constant('rebalance' as const), partition, messages }),
  fc.record({
    does: fc.constant('relay' as const),
    fails: fc.constantFrom('no' as const, 'screened' as const, 'signalling' as const, 'signalled' as const),
    twice: fc.boolean(),
  }),
  fc.record({ does: fc.constant('look' as const), fails: fc.boolean() }),
);

const protocolOf = (id: string, councils: string[]): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    id,
    title: 'Delivered',
    question: 'Is it what was sent?',
    dataSource: 'simulated',
    design: 'quasi-experimental',
    councils,
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-02-29',
      to: '2025-12-31',
    },
    unit: 'child',
    allocation: { method: 'seeded', seed: 'any-seed', trialShare: 0.5 },
    arms: { trial: 'Trial', comparison: 'Comparison' },
    waves: 'quarter',
    horizons: [6, 12],
    outcomes: builtInOutcomes,
    primary: { outcome: 're-referral', horizon: 12 },
    disclosure: { threshold: 1 },
  });

let run = 0;

/** Plays the steps to the end and compares the outcomes. @returns what did not hold, and the figures of both engines */
async function played(said: Parameters<typeof messagesOf>[0], steps: readonly Step[], mistake: Mistake) {
  run += 1;
  const councils = [1, 2, 3].map((position) => councilAt(run, position));
  const sent = shuffled(messagesOf(said, councils), said.seed);
  const protocol = protocolOf(`delivered-${run}`, councils);
  const topic = `model-${run}`;
  await sql.register(councils);
  await sql.create(protocol);
  await sql.db`delete from waymark.stream`;
  await sql.db`insert into waymark.stream (topic, partitions) values (${topic}, ${PARTITIONS})`;
  const world = new World({ topic, messages: sent, ingest, tracker, db: sql.db, mistake });
  const faults: string[] = [];
  for (const one of steps) {
    await world.take(one);
    faults.push(...(await world.faults()));
  }
  await world.finish();
  faults.push(...(await world.unfinished()));
  const known = new Known(councils);
  for (const message of sent) known.take(JSON.stringify(message));
  const reference = evaluate(protocol, known, NOTHING_ALLOTTED, { codeVersion: 'test', asOf: null });
  // What a broken run leaves waiting is no matter of the next.
  if (mistake !== 'none') {
    await sql.db`delete from waymark.outbox`;
    await sql.db`delete from waymark.cohort_change`;
  }
  return { faults, counts: await sql.counts(protocol.id), reference: reference.results, steps };
}

const plays = fc.tuple(histories(CHILDREN), fc.array(step, { minLength: 15, maxLength: 40, size: 'max' }));

describe('delivery', () => {
  it('is effectively once, wherever it is cut off', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(plays, async ([said, steps]) => {
        const { faults, counts, reference } = await played(said, steps, 'none');
        expect(faults).toEqual([]);
        expect(counts).toEqual(reference);
        for (const one of steps) seen.add('fails' in one ? `${one.does} ${one.fails}` : one.does);
      }),
      { numRuns: RUNS, endOnFailure: true, seed: 20_261_126 },
    );
    expect(seen.size).toBe(14);
  });

  it.each(['offset-before-settling', 'acknowledged-before-signals', 'answer-before-kafka'] as const)(
    'would be seen to break if it were built with %s',
    async (mistake) => {
      const { failed } = await fc.check(
        fc.asyncProperty(plays, async ([said, steps]) => {
          expect((await played(said, steps, mistake)).faults).toEqual([]);
        }),
        { numRuns: 40, endOnFailure: true, seed: 20_261_126 },
      );
      expect(failed).toBe(true);
    },
  );
});
