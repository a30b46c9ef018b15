// Every case of the spec tables on the reference engine. The SQL engine runs the same cases in test/integration/outcomes.
import { describe, expect, it } from 'vitest';
import { isFeedStatement } from '../../schemas/message.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { screenChild } from '../../services/evaluations/eligibility.ts';
import { isMatured } from '../../services/outcomes/feeds.ts';
import { liveRecords } from '../../services/outcomes/live-records.ts';
import type { FeedGap } from '../../services/outcomes/participant.ts';
import { outcomesOf } from '../../services/outcomes/reference.ts';
import { allCases, casesOf, messagesOfCase, type SpecCase, specFiles, writerOf } from './tables.ts';

function run(one: SpecCase) {
  const messages = messagesOfCase(one, writerOf(one, 1));
  const statements = messages.filter(isFeedStatement);
  const records = liveRecords(messages.flatMap((message) => (isFeedStatement(message) ? [] : [message])));
  const index = screenChild(one.population, records, false).index;
  const gaps = statements.flatMap(({ data }): FeedGap[] =>
    'gap' in data ? data.kinds.map((kind) => ({ kind, ...data.gap })) : [],
  );
  const complete = new Map<RecordKind, string>();
  for (const { data } of statements.sort((a, b) => Date.parse(a.time) - Date.parse(b.time))) {
    if ('completeThrough' in data) for (const kind of data.kinds) complete.set(kind, data.completeThrough);
  }
  if (!index) return { index, outcomes: [], known: [] };
  return {
    index,
    outcomes: outcomesOf(one.definition, { records, index, gaps }, one.horizons),
    known: one.horizons.map((horizon) =>
      isMatured(one.definition, { records, index, gaps }, horizon, complete) ? 'matured' : 'pending',
    ),
  };
}

describe.each(specFiles())('%s', (file) => {
  it.each(casesOf(file).map((one): [string, SpecCase] => [`${one.section}: ${one.name}`, one]))(
    '%s',
    (_, one) => {
      const { index, outcomes, known } = run(one);
      if (one.index === null) expect(index).toBeNull();
      else expect(index).toMatchObject(one.index);
      expect(outcomes).toEqual(one.expected);
      if (one.known.length > 0) expect(known).toEqual(one.known);
    },
  );
});

it('has a good hundred of cases, and all four states in them', () => {
  const cases = allCases();
  expect(cases.length).toBeGreaterThan(200);
  expect(new Set(cases.flatMap((one) => one.expected.map((state) => state.state)))).toEqual(
    new Set(['event', 'no-event', 'censored', 'not-at-risk']),
  );
});
