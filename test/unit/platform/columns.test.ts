import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonColumn, plainColumn } from '../../../services/platform/columns.ts';

describe('a plain column', () => {
  test.each([
    ['nothing', [], '{}'],
    ['numbers', [1, -2, 2.5], '{1,-2,2.5}'],
    ['booleans', [true, false], '{true,false}'],
    ['a missing value', [null, undefined, 0, false], '{NULL,NULL,0,false}'],
    ['a date', ['2025-02-27'], '{2025-02-27}'],
  ])('of %s is an array literal', (_what, values, literal) => {
    expect(plainColumn(values)).toBe(literal);
  });

  test('has as many elements as values, each as it was', () => {
    const value = fc.oneof(fc.integer(), fc.boolean(), fc.uuid(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const elements = plainColumn(values).slice(1, -1).split(',');
        expect(elements).toEqual(values.map((one) => (one === null ? 'NULL' : String(one))));
      }),
    );
  });
});

describe('a JSON column', () => {
  /** What `string_to_array(column, chr(30), '')` makes of it: empty text is NULL. */
  const split = (column: string): (string | null)[] =>
    column.split(String.fromCharCode(30)).map((text) => (text === '' ? null : text));

  test('comes apart into the values that went in, whatever characters they hold', () => {
    const value = fc.option(fc.oneof(fc.object(), fc.string({ unit: 'binary' }), fc.constant('\u001e')));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const texts = split(jsonColumn(values));
        expect(texts).toEqual(values.map((one) => (one === null ? null : JSON.stringify(one))));
      }),
    );
  });
});
