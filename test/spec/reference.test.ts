// Every case of the spec tables on the reference engine. The SQL engine runs the same cases in test/integration/outcomes.
import { describe, expect, it } from 'vitest';
import { screenChild } from '../../services/evaluations/eligibility.ts';
import { Known } from '../../services/evaluations/evaluate/known.ts';
import { isMatured } from '../../services/outcomes/feeds.ts';
import { recordsOf } from '../../services/outcomes/live-records.ts';
import { outcomesOf } from '../../services/outcomes/reference.ts';
import { elsewhere } from './notation.ts';
import { allCases, casesOf, messagesOfCase, type SpecCase, specFiles, writerOf } from './tables.ts';

function run(one: SpecCase) {
  const writer = writerOf(one, 1);
  const known = new Known([writer.council, elsewhere(writer).council]);
  for (const message of messagesOfCase(one, writer)) known.take(JSON.stringify(message));
  expect(known.taken.refused).toBe(0);
  const said = known
    .children()
    .find(({ council, pseudonyms }) => council === writer.council && pseudonyms.includes(writer.child));
  const records = recordsOf(said?.newest ?? new Map());
  const index = screenChild(one.population, records, false).index;
  if (!index) return { index, outcomes: [], known: [] };
  const { gaps, completeThrough } = known.feedOf(writer.council);
  const participant = { records, index, gaps };
  return {
    index,
    outcomes: outcomesOf(one.definition, participant, one.horizons),
    known: one.horizons.map((horizon) =>
      isMatured(one.definition, participant, horizon, completeThrough) ? 'matured' : 'pending',
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
