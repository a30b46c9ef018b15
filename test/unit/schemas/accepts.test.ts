import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { acceptsOf } from '../../../schemas/accepts.ts';
import { caseEventSchemas } from '../../../schemas/case-event.ts';
import { FeedStatement } from '../../../schemas/feed.ts';
import { spoiled, valid } from './arbitraries.ts';

type Schema = typeof FeedStatement;

const schemas = [...caseEventSchemas.values(), FeedStatement].map((schema) => ({
  schema: schema as Schema,
  accepts: acceptsOf(schema),
}));

const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

describe.each(schemas)('what a message may be, of schema %#', ({ schema, accepts }) => {
  const messages = valid(schema).filter((value) => schema.safeParse(value).success);

  test('is accepted where the schema accepts it', () => {
    fc.assert(fc.property(messages, (message) => accepts(sent(message))));
  });

  test('is accepted only where the schema accepts it, and as it stands', () => {
    fc.assert(
      fc.property(messages.chain(spoiled), (message) => {
        const value = sent(message);
        const parsed = schema.safeParse(value);
        expect(accepts(value)).toBe(parsed.success);
        if (parsed.success) expect(parsed.data).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test('is no other JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => !accepts(value)));
  });
});

describe('a part that is not known', () => {
  test.each([
    ['a change of the value', z.strictObject({ a: z.string().trim() })],
    ['a default', z.strictObject({ a: z.string().default('x') })],
    ['a transformation', z.strictObject({ a: z.string().transform((text) => text.length) })],
    ['a bound that is not included', z.strictObject({ a: z.int().gt(0) })],
    ['a length of text', z.strictObject({ a: z.string().length(1) })],
    ['fields beyond its own', z.object({ a: z.string() })],
    ['another format', z.strictObject({ a: z.url() })],
  ])('is left to the schema: %s', (_, schema) => {
    const accepts = acceptsOf(schema);
    for (const a of ['x', ' x ', 1, 'https://a.example']) expect(accepts({ a })).toBe(false);
  });

  test('is a field that every object has by name', () => {
    const accepts = acceptsOf(z.strictObject({ a: z.string().optional() }));
    for (const line of ['{"__proto__":{}}', '{"constructor":1}', '{"a":"x","toString":"x"}'])
      expect(accepts(JSON.parse(line))).toBe(false);
    expect(accepts(JSON.parse('{"a":"x"}'))).toBe(true);
  });
});
