// Whatever is said in whatever order: the SQL screen and the reference judge every child alike, the flow reconciles, and once
// participants are kept, they are kept as enrolled. Random histories of many children a run; each protocol asks other questions.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedMessage } from '../../../schemas/message.ts';
import type { IndexKind } from '../../../schemas/protocol/population.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { listKey, NOTHING_ALLOTTED } from '../../../services/evaluations/evaluate/allocation.ts';
import { evaluate, participantOf } from '../../../services/evaluations/evaluate/evaluate.ts';
import { Known } from '../../../services/evaluations/evaluate/known.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { flowOf } from '../../../services/evaluations/flow.ts';
import { importOptOuts } from '../../../services/evaluations/register.ts';
import { reReferral } from '../../../services/outcomes/definitions.ts';
import { recordsOf } from '../../../services/outcomes/live-records.ts';
import type { Index } from '../../../services/outcomes/participant.ts';
import type { Person } from '../../../services/outcomes/persons.ts';
import { versionTwo } from '../../harness/protocols.ts';
import {
  batches,
  councilAt,
  type Histories,
  histories,
  messagesOf,
  shuffled,
} from '../outcomes/histories.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';

const referral = { record: 'referral', countNoFurtherAction: true } as const;
type Choice = Pick<Protocol, 'unit'> &
  Pick<Protocol, 'design'> &
  Partial<Pick<Protocol, 'allocation' | 'exposure'>> & {
    population: Partial<Protocol['population']>;
  };
const seeded = { method: 'seeded', seed: 'a-seed-of-ours', trialShare: 0.5 } as const;

/** One question each, and all of them at once. */
const choices = (councils: readonly string[]): Choice[] => [
  {
    design: 'randomised',
    unit: 'family',
    allocation: seeded,
    population: {
      index: { ...referral, sources: ['1A', '2A'] },
      age: { from: 10, under: 18 },
      exclude: { inCareAtIndex: true, onCpPlanAtIndex: true, earlierWithinMonths: 6 },
    },
  },
  {
    design: 'quasi-experimental',
    unit: 'child',
    exposure: { by: 'offered', record: 'family-meeting', withinDays: 30 },
    population: {
      from: '2025-01-01',
      index: { ...referral, primaryNeeds: ['N1'] },
      exclude: { onCpPlanAtIndex: true, earlierWithinMonths: 12 },
    },
  },
  {
    design: 'quasi-experimental',
    unit: 'council',
    exposure: {
      by: 'go-live',
      goLive: [
        { council: councils[0] ?? '', from: '2025-01-20' },
        { council: councils[1] ?? '', from: '2024-06-01' },
      ],
    },
    population: {
      index: { record: 'care-period' },
      age: { under: 18 },
      exclude: { earlierWithinMonths: 12 },
    },
  },
  {
    design: 'randomised',
    unit: 'child',
    allocation: seeded,
    population: {
      index: { record: 'cp-plan', countHeldForAnotherAuthority: false, categories: ['NEG'] },
      exclude: { inCareAtIndex: true },
    },
  },
  {
    design: 'randomised',
    unit: 'family',
    allocation: seeded,
    population: { index: { record: 'assessment' }, exclude: { inCareAtIndex: true, onCpPlanAtIndex: true } },
  },
  {
    design: 'randomised',
    unit: 'team',
    allocation: seeded,
    population: { exclude: { earlierWithinMonths: 3 } },
  },
];

const protocolOf = (id: string, councils: string[], { population, ...choice }: Choice): Protocol =>
  Protocol.parse({
    ...versionTwo,
    id,
    title: id,
    question: 'Who takes part?',
    dataSource: 'simulated',
    councils,
    population: { index: referral, from: '2024-02-29', to: '2025-12-31', ...population },
    arms: { trial: 'Trial', comparison: 'Comparison' },
    waves: 'quarter',
    horizons: [6],
    outcomes: [reReferral],
    primary: { outcome: reReferral.id, horizon: 6 },
    disclosure: { threshold: 1 },
    ...choice,
  });

/** The first two children of each council, and the first family, opted out. */
const optOuts = (councils: readonly string[]) =>
  councils.flatMap((council) =>
    ['c1', 'c2', 'f1'].map((unit) => ({ council, unit: `${unit[0]}${unit[1]?.padStart(32, '0')}` })),
  );

interface Entry {
  index: Index;
  arm: string;
  flag: string | null;
}

async function stored(sql: SqlEngine, slug: string): Promise<Map<string, Entry>> {
  const rows = await sql.db<
    {
      key: string;
      kind: IndexKind;
      day: string;
      record: string;
      under: string;
      arm: number;
      flag: string | null;
    }[]
  >`select e.protocol #>> '{population,index,record}' as kind, c.code || ' c' || replace(ch.pseudonym::text, '-', '') as key,
      p.index_day as day, 'r' || replace(p.index_record::text, '-', '') as record,
      'c' || replace(ic.pseudonym::text, '-', '') as under, p.arm, p.flag
    from waymark.participant p join waymark.child ch using (child_key) join waymark.child ic on ic.child_key = p.index_child
    join waymark.council c on c.council_id = p.council_id join waymark.evaluation e using (evaluation_id)
    where e.slug = ${slug}`;
  return new Map(
    rows.map(({ key, kind, day, record, under, arm, flag }) => [
      key,
      { index: { kind, day, recordId: record, child: under }, arm: arm === 1 ? 'trial' : 'comparison', flag },
    ]),
  );
}

const flow = async (sql: SqlEngine, slug: string) => {
  const evaluation = await evaluationNamed(sql.db, slug);
  if (!evaluation) throw new Error(slug);
  return flowOf(sql.db, evaluation);
};

let sql: SqlEngine;
beforeAll(async () => {
  sql = await sqlEngine();
});
afterAll(() => sql.close());

let run = 0;
const tally = new Map<string, number>();
const tell = (what: string, count = 1) => tally.set(what, (tally.get(what) ?? 0) + count);

describe('while participants are not kept', () => {
  it('the screen and the reference judge alike, and screened = enrolled + excluded by reason', async () => {
    const holds = async (said: Histories) => {
      run += 1;
      const councils = [1, 2, 3].map((position) => councilAt(run, position));
      const messages = messagesOf(said, councils);
      const protocols = choices(councils).map((choice, at) =>
        protocolOf(`asks-${run}-${at}`, councils, choice),
      );
      const out = optOuts(councils);
      await sql.register(councils);
      for (const protocol of protocols) await sql.create(protocol);
      const arriving = batches(shuffled(messages, said.seed), said.seed + 1);
      for (const [at, batch] of arriving.entries()) {
        await sql.settle(batch);
        if (at === 1) for (const { id } of protocols) await importOptOuts(sql.db, id, out);
        if (at % 3 === 0) await sql.follow();
      }
      if (arriving.length < 2) for (const { id } of protocols) await importOptOuts(sql.db, id, out);
      await sql.follow();

      const known = new Known(councils);
      for (const message of messages) known.take(JSON.stringify(message));
      const optedOut = new Set(out.map(({ council, unit }) => listKey(council, unit)));
      for (const protocol of protocols) {
        const record = evaluate(
          protocol,
          known,
          NOTHING_ALLOTTED,
          { codeVersion: 'test', asOf: null },
          optedOut,
        );
        const expected = record.participants.map(({ council, child, index, arm }): [string, Entry] => [
          `${council} ${child}`,
          { index, arm, flag: null },
        ]);
        expect(new Map([...(await stored(sql, protocol.id))].sort())).toEqual(new Map(expected.sort()));
        const { flags: _, ...found } = await flow(sql, protocol.id);
        expect(found).toEqual(record.flow);
        expect(found.screened).toBe(
          found.enrolled + found.excluded.reduce((sum, { count }) => sum + count, 0),
        );
        for (const { reason, count } of found.excluded) tell(reason, count);
        for (const { arm } of record.participants) tell(arm);
      }
    };
    await fc.assert(fc.asyncProperty(histories(60), holds), {
      numRuns: 8,
      endOnFailure: true,
      seed: 20_261_125,
    });
    // Every answer was given, or the histories ask too little.
    expect([...tally.keys()].sort()).toEqual(
      [
        'age-unknown',
        'comparison',
        'earlier-record',
        'in-care',
        'no-index',
        'no-team',
        'on-cp-plan',
        'opted-out',
        'too-old',
        'too-young',
        'trial',
      ].sort(),
    );
  });
});

/** The family last stated under each pseudonym alone. */
const familiesUnder = ({ pseudonyms, newest }: Person) =>
  pseudonyms.map((one) => {
    const said = [...newest].filter(([, { subject }]) => subject === one);
    return recordsOf(new Map(said)).child[0]?.state.family;
  });

describe('once participants are kept', () => {
  /** What the rule says, written apart from the SQL: an enrolled child stays as it was, unless it opted out. */
  function kept(old: Entry | undefined, fresh: Entry | string, optedOut: boolean): Entry | null {
    if (!old || optedOut) return typeof fresh === 'string' ? null : fresh;
    if (fresh === 'no-index') return { ...old, flag: 'index-gone' };
    if (typeof fresh === 'string') return { ...old, flag: 'no-longer-eligible' };
    const moved = !isDeepStrictEqual(fresh.index, old.index);
    return { ...old, flag: moved ? 'index-corrected' : fresh.arm === old.arm ? null : 'arm-changed' };
  }

  /** Of entries of one child the first by index day stands, as no allocation here has a time of its own; the rest wait. */
  const first = (entries: readonly Entry[]): Entry | undefined =>
    [...entries].sort((a, b) =>
      `${a.index.day} ${a.index.child}` < `${b.index.day} ${b.index.child}` ? -1 : 1,
    )[0];

  it('they stay with index and arm as enrolled, flagged; only an opt-out removes them', async () => {
    const flags = new Set<string | null>();
    let duplicates = 0;
    const holds = async (said: Histories) => {
      run += 1;
      const councils = [1, 2, 3].map((position) => councilAt(run, position));
      const messages = shuffled(messagesOf(said, councils), said.seed);
      const protocols = choices(councils).map((choice, at) =>
        protocolOf(`keeps-${run}-${at}`, councils, choice),
      );
      await sql.register(councils);
      for (const { design, id, ...protocol } of protocols) {
        await sql.create({ design, id, ...protocol });
        const stage = design === 'randomised' ? 'recruiting' : 'locked';
        await sql.db`update waymark.evaluation set stage = ${stage} where slug = ${id}`;
      }
      const known = new Known(councils);
      const model = new Map<string, Map<string, Entry>>(protocols.map(({ id }) => [id, new Map()]));
      const stand = new Map<string, Map<string, Entry>>(protocols.map(({ id }) => [id, new Map()]));
      let optedOut: ReadonlySet<string> = new Set();
      const arriving = batches(messages, said.seed + 1);
      const step = async (batch: readonly FeedMessage[]) => {
        for (const message of batch) known.take(JSON.stringify(message));
        await sql.settle(batch);
        await sql.follow();
        for (const protocol of protocols) {
          const entries = model.get(protocol.id)!;
          const standing = stand.get(protocol.id)!;
          standing.clear();
          for (const person of known.children()) {
            const found = participantOf(
              protocol,
              person,
              known.feedOf(person.council),
              NOTHING_ALLOTTED,
              optedOut,
            );
            const fresh =
              typeof found === 'string' ? found : { index: found.index, arm: found.arm, flag: null };
            const names = person.pseudonyms.map((child) => `${person.council} ${child}`);
            const own = names.flatMap((name) => entries.get(name) ?? []);
            const families = recordsOf(person.newest).child.map(({ state }) => state.family);
            const isOut = [...person.pseudonyms, ...families, ...familiesUnder(person)].some(
              (unit) => unit !== undefined && optedOut.has(listKey(person.council, unit)),
            );
            const next = kept(first(own), fresh, isOut);
            if (own.length > 1) duplicates += 1;
            if (isOut) for (const name of names) entries.delete(name);
            if (!next) continue;
            standing.set(`${person.council} ${person.child}`, next);
            entries.set(`${person.council} ${next.index.child}`, next);
          }
        }
      };
      for (const batch of arriving) await step(batch);
      const out = optOuts(councils);
      for (const { id } of protocols) await importOptOuts(sql.db, id, out);
      optedOut = new Set(out.map(({ council, unit }) => listKey(council, unit)));
      await step([]);
      for (const { id } of protocols) {
        const found = await stored(sql, id);
        expect(new Map([...found].sort()), id).toEqual(new Map([...stand.get(id)!].sort()));
        for (const { flag } of found.values()) flags.add(flag);
        const { screened, enrolled, excluded } = await flow(sql, id);
        expect(enrolled).toBe(found.size);
        expect(screened).toBe(enrolled + excluded.reduce((sum, { count }) => sum + count, 0));
        for (const { council, unit } of out.filter((one) => one.unit.startsWith('c')))
          expect(found.has(`${council} ${unit}`)).toBe(false);
      }
    };
    await fc.assert(fc.asyncProperty(histories(45), holds), {
      numRuns: 5,
      endOnFailure: true,
      seed: 20_261_127,
    });
    expect(duplicates).toBeGreaterThan(10);
    expect([...flags].sort()).toEqual([
      'arm-changed',
      'index-corrected',
      'index-gone',
      'no-longer-eligible',
      null,
    ]);
  });
});
