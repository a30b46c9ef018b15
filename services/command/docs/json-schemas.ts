// The JSON Schemas (draft 2020-12) say what the zod schemas say; what JSON Schema cannot say stands in the description.
import { z } from 'zod';
import { AnalysisRecord } from '../../../schemas/analysis.ts';
import { CivilDate, EARLIEST_DAY, LATEST_DAY } from '../../../schemas/calendar.ts';
import { caseEventSchemas } from '../../../schemas/case-event.ts';
import { FeedStatement } from '../../../schemas/feed.ts';
import { OutcomeDefinition, ParticipantOutcome } from '../../../schemas/outcome.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { ResultRecord } from '../../../schemas/result.ts';

/** A JSON Schema, or any other plain object that will be printed as JSON or YAML. */
export type Json = Record<string, unknown>;

/** AsyncAPI 3.0 reads schemas as draft 7; the files on their own are draft 2020-12. */
export type Draft = 'draft-2020-12' | 'draft-7';

const REAL_DAY = z.toJSONSchema(z.iso.date()).pattern ?? '';
const YEARS = `^(${years(EARLIEST_DAY.slice(0, 4), LATEST_DAY.slice(0, 4)).join('|')})-`;

/** Prefixes of the years of a range, decade by decade where a whole decade is in it. */
function years(first: string, last: string): string[] {
  const prefixes: string[] = [];
  for (let year = Number(first); year <= Number(last); year += 1) {
    const wholeDecade = year % 10 === 0 && year + 9 <= Number(last);
    prefixes.push(wholeDecade ? `${year / 10}\\d` : String(year));
    if (wholeDecade) year += 9;
  }
  return prefixes;
}

/** zod tells neither the calendar's days nor the bounds of a date to JSON Schema, because both are code. */
function completeDates({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: Json }): void {
  if (zodSchema !== CivilDate) return;
  jsonSchema.description = `A day from ${EARLIEST_DAY} to ${LATEST_DAY}, in Europe/London.`;
  jsonSchema.pattern = REAL_DAY;
  jsonSchema.allOf = [{ pattern: YEARS }];
}

/** The JSON Schema of one zod schema, without the `$schema` line. */
export function jsonSchemaOf(schema: z.ZodType, target: Draft = 'draft-2020-12'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target, io: 'input', override: completeDates });
  return rest;
}

/** The record's name in a case event's type: `waymark.case.referral.v1` is about a `referral`. */
const recordOf = (type: string): string => type.split('.')[2] ?? type;

/** Each record's case event, by record name, in the order of `schemas/records.ts`. */
export const caseEventsByRecord = (target?: Draft): [record: string, type: string, schema: Json][] =>
  [...caseEventSchemas].map(([type, schema]) => [recordOf(type), type, jsonSchemaOf(schema, target)]);

/** One definition a record type, and exactly one of them holds, since each has its own `type`. */
function caseEvent(): Json {
  const events = caseEventsByRecord();
  return {
    oneOf: events.map(([record]) => ({ $ref: `#/$defs/${record}` })),
    $defs: Object.fromEntries(events.map(([record, , schema]) => [record, schema])),
  };
}

interface Described {
  name: string;
  title: string;
  description: string;
  schema: () => Json;
}

const described: readonly Described[] = [
  {
    name: 'case-event',
    title: 'Case event',
    description:
      'A CloudEvents 1.0 message with the full state of one record of one child, or with the record’s purge. `type` names the record. Of two events about the same record the one with the later `time` holds.',
    schema: caseEvent,
  },
  {
    name: 'feed-statement',
    title: 'Feed statement',
    description:
      'What a council’s feed is complete through, or a gap it declares. Beyond this schema, a gap must not end before it starts.',
    schema: () => jsonSchemaOf(FeedStatement),
  },
  {
    name: 'protocol',
    title: 'Protocol',
    description:
      'Who is followed, from which event, in which arms, what is counted and how it is compared. `waymark protocol check` holds a protocol to the rules beyond this schema. Version 2 has an estimand and an analysis plan; version 1 has neither, nor exposure, regime, age, exclusions, an occurrence or an index other than a referral. Of allocation and exposure there is one. `population.to` is not before `population.from`; no outcome is named twice; `primary` is one of the outcomes and one of the horizons; horizons rise; allocation is by council exactly when the unit is the council, and then every council of the protocol stands in exactly one arm.',
    schema: () => jsonSchemaOf(Protocol),
  },
  {
    name: 'outcome-definition',
    title: 'Outcome definition',
    description: 'What is counted as an outcome: every choice that could change a number is a field.',
    schema: () => jsonSchemaOf(OutcomeDefinition),
  },
  {
    name: 'participant-outcome',
    title: 'Participant outcome',
    description:
      'One outcome of one participant at one horizon in months. `date` is the day of the event, or the last day observed when censored.',
    schema: () => jsonSchemaOf(ParticipantOutcome),
  },
  {
    name: 'result-record',
    title: 'Result record',
    description:
      'What the outcomes of one evaluation came to, with the hashes of the protocol and the definitions they come from. In each arm enrolled = notAtRisk + pending + matured, and matured = events + noEvents + censored.',
    schema: () => jsonSchemaOf(ResultRecord),
  },
  {
    name: 'analysis-record',
    title: 'Analysis record',
    description:
      'What a protocol’s analysis plan made of one snapshot of outcomes, as `waymark analyse --json` prints it. While `withheld` is true, a gate failed and nobody has said why effects may be looked at: risks, counts of events and estimates are left out.',
    schema: () => jsonSchemaOf(AnalysisRecord),
  },
];

/** Every schema by its file name, complete with draft, title and description. */
export const jsonSchemas = (): [file: string, schema: Json][] =>
  described.map(({ name, title, description, schema }) => [
    `${name}.schema.json`,
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title,
      description,
      ...schema(),
    },
  ]);
