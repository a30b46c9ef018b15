// Every case of the spec tables on the SQL engine, twice: all events settled at once before anything is screened, and
// one event of each child at a time with outcomes brought up to date after each, as a daily feed does.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { councilOf } from '../../../schemas/case-event.ts';
import type { FeedMessage } from '../../../schemas/message.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { quickCheck } from '../../../services/evaluations/rebuild/quick.ts';
import { versionTwo } from '../../harness/protocols.ts';
import { allCases, messagesOfCase, personOf, type SpecCase, titleOf, writerOf } from '../../spec/tables.ts';
import { type SqlEngine, type StoredParticipant, sqlEngine } from './sql-engine.ts';

interface Placed {
  one: SpecCase;
  slug: string;
  council: string;
  child: string;
  messages: FeedMessage[];
}

/** Cases of one definition, window and horizons share an evaluation; a case with a word on maturity has its own. */
function place(): { placed: Placed[]; protocols: Protocol[] } {
  const placed: Placed[] = [];
  const groups = new Map<string, SpecCase[]>();
  const cases = allCases();
  for (const one of cases) {
    const alone = one.known.length > 0 ? titleOf(one) : '';
    const key = JSON.stringify([one.definition, one.population, one.horizons, alone]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const protocols = [...groups.values()].map((group, at): Protocol => {
    const slug = `group-${at}`;
    const [first] = group as [SpecCase];
    const councils = group.flatMap((one) => {
      const writer = writerOf(one, cases.indexOf(one) + 1);
      const messages = messagesOfCase(one, writer);
      placed.push({ one, slug, ...personOf(writer, messages), messages });
      return [...new Set([writer.council, ...messages.map(({ source }) => councilOf(source))])];
    });
    return Protocol.parse({
      ...versionTwo,
      id: slug,
      title: slug,
      question: 'Do both engines agree?',
      dataSource: 'simulated',
      design: 'quasi-experimental',
      councils,
      population: first.population,
      unit: 'child',
      allocation: { method: 'seeded', seed: 'spec-tables', trialShare: 0.5 },
      arms: { trial: 'Trial', comparison: 'Comparison' },
      waves: 'month',
      horizons: first.horizons,
      outcomes: [first.definition],
      primary: { outcome: first.definition.id, horizon: first.horizons[0]! },
      disclosure: { threshold: 1 },
    });
  });
  return { placed, protocols };
}

const { placed, protocols } = place();

const feeds: [string, (sql: SqlEngine) => Promise<void>][] = [
  [
    'settled at once, screened afterwards',
    async (sql) => {
      await sql.settle(placed.flatMap(({ messages }) => messages));
      for (const protocol of protocols) await sql.create(protocol);
      await sql.follow();
    },
  ],
  [
    'settled one by one, followed throughout',
    async (sql) => {
      for (const protocol of protocols) await sql.create(protocol);
      const rounds = Math.max(...placed.map(({ messages }) => messages.length));
      for (let round = 0; round < rounds; round += 1) {
        await sql.settle(placed.flatMap(({ messages }) => messages.slice(round, round + 1)));
        await sql.follow();
      }
    },
  ],
];

describe.each(feeds)('%s', (_, feed) => {
  let sql: SqlEngine;
  const stored = new Map<string, StoredParticipant>();

  beforeAll(async () => {
    sql = await sqlEngine();
    await sql.register([...new Set(protocols.flatMap(({ councils }) => councils))]);
    await feed(sql);
    for (const { id } of protocols) {
      for (const participant of await sql.participants(id)) {
        stored.set(`${participant.council} ${participant.child}`, participant);
      }
    }
  });
  afterAll(() => sql.close());

  it('counted from the records at once, the outcomes are those stored', async () => {
    const { differences, outcomes, waiting } = await quickCheck(sql.db);
    expect(differences).toEqual([]);
    const [stored] = await sql.db<{ n: number }[]>`select count(*)::integer as n from waymark.outcome`;
    expect({ outcomes, waiting }).toEqual({ outcomes: stored?.n, waiting: 0 });
    expect(outcomes).toBeGreaterThan(500);
  });

  it.each(placed.map((case_): [string, Placed] => [titleOf(case_.one), case_]))('%s', async (__, case_) => {
    const { one, slug, council, child } = case_;
    const participant = stored.get(`${council} ${child}`);
    if (one.index === null) return expect(participant).toBeUndefined();
    expect(participant?.index).toMatchObject(one.index);
    expect(participant?.outcomes).toEqual(one.expected);
    if (one.known.length === 0) return;
    const known = (await sql.counts(slug)).map(({ arms }) =>
      arms.some((arm) => arm.matured > 0) ? 'matured' : 'pending',
    );
    expect(known).toEqual(one.known);
  });
});
