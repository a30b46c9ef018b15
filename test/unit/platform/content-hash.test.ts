import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentHash } from '../../../services/platform/content-hash.ts';

/** The same value with the keys of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

test('is SHA-256 of the JSON with its keys in order', () => {
  expect(contentHash({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  expect(contentHash({ b: 1, a: [2, { d: null, c: 'x' }] })).toBe(
    contentHash(JSON.parse('{"a":[2,{"c":"x","d":null}],"b":1}')),
  );
});

test('is the same whatever order the fields were written in', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(contentHash(reversed(value))).toBe(contentHash(value));
    }),
  );
});

test('is the same before and after a trip through JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(contentHash(JSON.parse(JSON.stringify(value)))).toBe(contentHash(value));
    }),
  );
});

test('does not count a field that is undefined', () => {
  expect(contentHash({ a: 1, b: undefined })).toBe(contentHash({ a: 1 }));
});

test('differs when the content does, the order of a list included', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 2 }), (list) => {
      const other = [...list].reverse();
      expect(contentHash(other) === contentHash(list)).toBe(sameJson(other, list));
    }),
  );
  const distinct = [{ a: 1 }, { a: '1' }, { a: [1] }, { a: null }, {}, { b: 1 }, [], '', 0, null, false];
  expect(new Set(distinct.map(contentHash)).size).toBe(distinct.length);
});
