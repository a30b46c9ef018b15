// A return's register against a plain map, over children of many records and children who share their first bits.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RecordRegister } from '../../../services/council/record-register.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the register of records', () => {
  it('knows every record again however its children and records lie', () => {
    const register = new RecordRegister(8);
    const known = new Map<string, string>();
    const tell = (child: number, record: string, event: string) => {
      const key = `${child} ${record}`;
      const before = known.get(key);
      const expected = before === undefined ? 'new' : before === event ? 'same' : 'other';
      if (before === undefined) known.set(key, event);
      expect(register.note(child, hashOf(record), hashOf(event))).toBe(expected);
    };
    // More records a child than are looked for near its own place, and neighbours whose runs meet.
    const children = [0, 1, 2, 7, 8, -1, 0x7fffffff, 0x12345678];
    for (const event of ['as it was', 'as it was', 'corrected']) {
      for (let record = 0; record < 150; record += 1) {
        for (const child of children) tell(child, `record ${record}`, `${event} ${child} ${record}`);
      }
    }
    expect(known.size).toBe(150 * children.length);
  });

  it('takes a return in which all records are of one child', () => {
    const register = new RecordRegister();
    const records = Array.from({ length: 50_000 }, (_, at) => hashOf(`${at}`));
    const noted = () => new Set(records.map((record) => register.note(5, record, record)));
    expect(noted()).toEqual(new Set(['new']));
    expect(noted()).toEqual(new Set(['same']));
  });
});
