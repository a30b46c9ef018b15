// What the schemas allow, drawn at random, and the ways in which a sender spoils it.
import * as fc from 'fast-check';
import { z } from 'zod';
import {
  CivilDate,
  civilDate,
  dayNumber,
  EARLIEST_DAY,
  Instant,
  LATEST_DAY,
} from '../../../schemas/calendar.ts';

export const day = fc.integer({ min: dayNumber(EARLIEST_DAY), max: dayNumber(LATEST_DAY) }).map(civilDate);

const instant = fc
  .tuple(day, fc.integer({ min: 0, max: 86_399_999 }), fc.constantFrom('Z', '+00:00', '+01:00'))
  .map(([date, ms, offset]) => `${date}T${new Date(ms).toISOString().slice(11, 23)}${offset}`);

const plainText = (min: number, max: number) =>
  fc.string({ unit: 'grapheme-ascii', minLength: min, maxLength: Math.min(max, min + 12) });

function text(schema: z.ZodString): fc.Arbitrary<string> {
  const { pattern } = z.toJSONSchema(schema);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return plainText(schema.minLength ?? 0, schema.maxLength ?? 12);
}

function number(schema: z.ZodNumber): fc.Arbitrary<number> {
  const { minValue, maxValue } = schema;
  const min = Math.max(minValue ?? -1e6, -1e6);
  const max = Math.min(maxValue ?? 1e6, 1e6);
  if (schema.isInt) return fc.integer({ min, max });
  return fc.double({
    min,
    max,
    noNaN: true,
    noDefaultInfinity: true,
    minExcluded: minValue !== null && !schema.safeParse(minValue).success,
    maxExcluded: maxValue !== null && !schema.safeParse(maxValue).success,
  });
}

function list(schema: z.ZodArray): fc.Arbitrary<unknown[]> {
  const { minItems = 0 } = z.toJSONSchema(schema, { unrepresentable: 'any' });
  return fc.array(valid(schema.element as z.ZodType), { minLength: minItems, maxLength: minItems + 2 });
}

function object(schema: z.ZodObject): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(schema.shape);
  const required = fields
    .filter(([, field]) => !(field instanceof z.ZodOptional || field instanceof z.ZodDefault))
    .map(([name]) => name);
  const model = Object.fromEntries(fields.map(([name, field]) => [name, valid(field as z.ZodType)]));
  return fc.record(model, { requiredKeys: required, noNullPrototype: true });
}

/** Values the schema accepts, but for rules between fields: those are the test's to keep. */
export function valid(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema === CivilDate) return day;
  if (schema === Instant) return instant;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return valid(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodNullable)
    return fc.option(valid(schema.unwrap() as z.ZodType), { nil: null, freq: 4 });
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNumber) return number(schema);
  if (schema instanceof z.ZodString) return text(schema);
  if (schema instanceof z.ZodGUID) return fc.uuid();
  if (schema instanceof z.ZodArray) return list(schema);
  if (schema instanceof z.ZodUnion)
    return fc.oneof(...(schema.options as z.ZodType[]).map((option) => valid(option)));
  if (schema instanceof z.ZodObject) return object(schema);
  throw new Error(`no values known for ${schema.type}`);
}

type Path = (string | number)[];

/** Every place in a value, the whole included. */
export function places(value: unknown, at: Path = []): Path[] {
  const inside =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) =>
          places(inner, [...at, Array.isArray(value) ? Number(key) : key]),
        )
      : [];
  return [at, ...inside];
}

/** A copy of `value` in which `change` has been applied to what stands at `path`. */
export function changed(value: unknown, path: Path, change: (inner: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  const inner = changed((value as Record<string | number, unknown>)[step], rest, change);
  if (Array.isArray(value)) return value.map((old, at) => (at === step ? inner : old));
  const copy = { ...(value as Record<string, unknown>) };
  if (inner === undefined) delete copy[step];
  else copy[step] = inner;
  return copy;
}

const junk = fc.constantFrom<unknown>(
  null,
  '',
  0,
  -1,
  1.5,
  1e300,
  true,
  [],
  {},
  'x',
  '2024-02-30',
  '1979-12-31',
  '2101-01-01',
  '2025-01-01',
  '2025-13-01',
  '2025-01-01T00:00:00Z',
  '2025-01-01T24:00:00Z',
  '21',
  'V3',
);

/** The value with one thing wrong or merely other: left out, replaced or added. */
export const spoiled = (value: unknown): fc.Arbitrary<unknown> =>
  fc.tuple(fc.constantFrom(...places(value)), fc.nat({ max: 2 }), junk).map(([path, how, other]) =>
    changed(value, path, (inner) => {
      if (how === 0 && path.length > 0) return undefined;
      if (how === 1 && typeof inner === 'object' && inner !== null && !Array.isArray(inner))
        return { ...inner, added: other };
      return other;
    }),
  );
