// The generated JSON Schemas and the zod schemas take and refuse the same values.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { AnalysisRecord } from '../../../schemas/analysis.ts';
import { type CaseEvent, caseEventSchemas } from '../../../schemas/case-event.ts';
import { FeedStatement } from '../../../schemas/feed.ts';
import { OutcomeDefinition, ParticipantOutcome } from '../../../schemas/outcome.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { ResultRecord } from '../../../schemas/result.ts';
import { generatedFiles } from '../../../services/command/docs/files.ts';
import { changed, places, spoiled, valid } from '../schemas/arbitraries.ts';

function validatorOf(file: string): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strictTypes: false, strictTuples: false });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(generatedFiles().get(file) ?? ''));
  return (value) => validate(value);
}

/** zod's answer, without the rules between fields that JSON Schema cannot state and the description tells. */
function accepts(schema: z.ZodType): (value: unknown) => boolean {
  return (value) => {
    const parsed = schema.safeParse(value);
    return parsed.success || parsed.error.issues.every(isBetweenFields);
  };
}

const isBetweenFields = (issue: z.core.$ZodIssue): boolean =>
  issue.code === 'custom' &&
  (issue.params?.betweenFields === true ||
    /^must (not be before|be one of|be in rising|not name|be council|be by-council|put every|not end)/.test(
      issue.message,
    ));

const acceptsCaseEvent = (value: unknown): boolean => {
  const type = (value as CaseEvent | null)?.type;
  return caseEventSchemas.get(type as string)?.safeParse(value).success ?? false;
};

const caseEvents = fc.oneof(...[...caseEventSchemas.values()].map((schema) => valid(schema)));

const documents: [file: string, values: fc.Arbitrary<unknown>, accepts: (value: unknown) => boolean][] = [
  ['case-event.schema.json', caseEvents, acceptsCaseEvent],
  ['feed-statement.schema.json', valid(FeedStatement), accepts(FeedStatement)],
  ['protocol.schema.json', valid(Protocol), accepts(Protocol)],
  ['outcome-definition.schema.json', valid(OutcomeDefinition), accepts(OutcomeDefinition)],
  ['participant-outcome.schema.json', valid(ParticipantOutcome), accepts(ParticipantOutcome)],
  ['result-record.schema.json', valid(ResultRecord), accepts(ResultRecord)],
  ['analysis-record.schema.json', valid(AnalysisRecord), accepts(AnalysisRecord)],
];

describe.each(documents)('%s', (file, values, zodAccepts) => {
  const schemaAccepts = validatorOf(file);

  test('accepts what may be sent', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(zodAccepts(value)).toBe(true);
        expect(schemaAccepts(value)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('and zod give the same answer when one thing is other', () => {
    const answers = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(values.chain(spoiled), (value) => {
        const answer = zodAccepts(value);
        answers[answer ? 'accepted' : 'refused'] += 1;
        expect(schemaAccepts(value)).toBe(answer);
      }),
      { numRuns: 1_500 },
    );
    expect(answers.refused).toBeGreaterThan(500);
    expect(answers.accepted).toBeGreaterThan(0);
  });

  test('refuses a field that nobody named, wherever it stands', () => {
    const object = fc.sample(values, { numRuns: 20, seed: 7 });
    for (const value of object) {
      for (const path of places(value)) {
        const spoilt = changed(value, path, (inner) =>
          typeof inner === 'object' && inner !== null && !Array.isArray(inner)
            ? { ...inner, nhsNumber: '4857773456' }
            : inner,
        );
        expect(schemaAccepts(spoilt)).toBe(JSON.stringify(spoilt) === JSON.stringify(value));
      }
    }
  });
});

test.each([
  ['2024-02-29', true],
  ['2025-02-29', false],
  ['1980-01-01', true],
  ['1979-12-31', false],
  ['2100-12-31', true],
  ['2101-01-01', false],
])('a date of %s is %s to the JSON Schema as to zod, by its pattern alone', (date, allowed) => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const schema = JSON.parse(generatedFiles().get('participant-outcome.schema.json') ?? '');
  const outcome = {
    outcome: 're-referral',
    horizon: 6,
    state: 'event',
    date,
    censorReason: null,
    value: null,
  };
  expect(ajv.validate(schema, outcome)).toBe(allowed);
  expect(ParticipantOutcome.safeParse(outcome).success).toBe(allowed);
});
