import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caseEventSchemas } from '../../../schemas/case-event.ts';
import { FEED_STATEMENT_TYPE, FeedStatement } from '../../../schemas/feed.ts';
import { isFeedStatement, parseMessage } from '../../../schemas/message.ts';
import { spoiled, valid } from './arbitraries.ts';

const referral = {
  specversion: '1.0',
  id: '5f0c3c52-2c2f-4f5e-9d7b-6a0c0f5b1d11',
  source: '/councils/E09000023',
  type: 'waymark.case.referral.v1',
  subject: `c${'1'.repeat(32)}`,
  time: '2025-03-01T09:00:00Z',
  data: {
    recordId: `r${'2'.repeat(32)}`,
    state: { date: '2025-02-27', source: '1A', primaryNeed: 'N1' },
  },
};

const statement = {
  specversion: '1.0',
  id: '5f0c3c52-2c2f-4f5e-9d7b-6a0c0f5b1d12',
  source: '/councils/E09000023',
  type: FEED_STATEMENT_TYPE,
  time: '2025-03-01T09:00:00Z',
  data: { kinds: ['referral'], completeThrough: '2025-02-28' },
};

const refusalOf = (value: unknown) => {
  const parsed = parseMessage(typeof value === 'string' ? value : JSON.stringify(value));
  if (parsed.ok) throw new Error('accepted');
  return parsed.refusal;
};

const withState = (state: object) => ({ ...referral, data: { ...referral.data, state } });
const secret = 'Jane Doe 4857773456';

describe('a line that is accepted', () => {
  test('is a case event of any of the eleven record types, or a feed statement, and comes out as it went in', () => {
    expect(caseEventSchemas.size).toBe(11);
    const messages = [...caseEventSchemas.values(), FeedStatement].map((schema) =>
      valid(schema as typeof FeedStatement).filter((value) => schema.safeParse(value).success),
    );
    fc.assert(
      fc.property(fc.oneof(...messages), (message) => {
        expect(parseMessage(JSON.stringify(message))).toEqual({ ok: true, message });
      }),
      { numRuns: 400 },
    );
  });

  test('calls another pseudonym the same child, not its own', () => {
    const said = (other: string) => ({
      ...referral,
      type: 'waymark.case.same-child.v1',
      data: { recordId: referral.data.recordId, state: { other, same: true } },
    });
    const other = `c${'0'.repeat(32)}`;
    expect(parseMessage(JSON.stringify(said(other)))).toEqual({ ok: true, message: said(other) });
    expect(parseMessage(JSON.stringify(said(referral.subject)))).toEqual({
      ok: false,
      refusal: {
        code: 'bad-field',
        field: 'data.state.other',
        reason: 'must be another pseudonym than the subject',
      },
    });
  });

  test('may purge a record instead of stating it', () => {
    const purge = { ...referral, data: { recordId: referral.data.recordId, purged: true } };
    expect(parseMessage(JSON.stringify(purge))).toEqual({ ok: true, message: purge });
  });

  test('is told apart as an event or a feed statement', () => {
    const kinds = [referral, statement].map((message) => {
      const parsed = parseMessage(JSON.stringify(message));
      return parsed.ok && isFeedStatement(parsed.message);
    });
    expect(kinds).toEqual([false, true]);
  });
});

describe('a line that is refused', () => {
  test.each([
    ['text that is no JSON', '{"specversion":', 'not-json', ''],
    ['a list', '[]', 'not-an-object', ''],
    ['nothing', 'null', 'not-an-object', ''],
    ['a number', '1', 'not-an-object', ''],
    ['no type', {}, 'unknown-type', 'type'],
    ['another type', { ...referral, type: 'waymark.case.rumour.v1' }, 'unknown-type', 'type'],
    ['a type that is no text', { ...referral, type: [referral.type] }, 'unknown-type', 'type'],
    ['a name of every object as type', { ...referral, type: 'constructor' }, 'unknown-type', 'type'],
    ['another version of CloudEvents', { ...referral, specversion: '0.3' }, 'bad-field', 'specversion'],
    ['an id that is no UUID', { ...referral, id: '17' }, 'bad-field', 'id'],
    ['a source that is no council', { ...referral, source: '/councils/W06000015' }, 'bad-field', 'source'],
    ['a subject that is no pseudonym', { ...referral, subject: 'child 17' }, 'bad-field', 'subject'],
    ['a time without offset', { ...referral, time: '2025-03-01T09:00:00' }, 'bad-field', 'time'],
    ['another media type', { ...referral, datacontenttype: 'text/xml' }, 'bad-field', 'datacontenttype'],
    ['data that is null', { ...referral, data: null }, 'bad-field', 'data'],
    ['no record', { ...referral, data: {} }, 'bad-field', 'data.recordId'],
    [
      'a record that is no pseudonym',
      { ...referral, data: { ...referral.data, recordId: 'r1' } },
      'bad-field',
      'data.recordId',
    ],
    ['no date', withState({}), 'bad-field', 'data.state.date'],
    ['a day that is not in the calendar', withState({ date: '2025-02-29' }), 'bad-field', 'data.state.date'],
    ['a day long past', withState({ date: '1899-12-31' }), 'bad-field', 'data.state.date'],
    ['a code of no set', withState({ date: '2025-02-27', source: '9Z' }), 'bad-field', 'data.state.source'],
    [
      'a kind of record no feed has',
      { ...statement, data: { kinds: ['rumour'], completeThrough: '2025-02-28' } },
      'bad-field',
      'data.kinds.0',
    ],
    [
      'a gap that ends before it starts',
      { ...statement, data: { kinds: ['child'], gap: { from: '2025-02-02', to: '2025-02-01' } } },
      'bad-field',
      'data.gap.to',
    ],
  ])('for %s names the field', (_what, line, code, field) => {
    expect(refusalOf(line)).toMatchObject({ code, field });
  });

  test.each(['specversion', 'id', 'source', 'subject', 'time', 'data'])(
    'says that %s is missing',
    (field) => {
      const { [field]: _, ...rest } = referral as Record<string, unknown>;
      expect(refusalOf(rest)).toEqual({ code: 'bad-field', field, reason: 'is missing' });
    },
  );

  test.each([
    ['a name in the record', withState({ date: '2025-02-27', name: secret }), 'data.state'],
    ['an NHS number in the record', withState({ date: '2025-02-27', nhsNumber: secret }), 'data.state'],
    ['a name beside the record', { ...referral, data: { ...referral.data, name: secret } }, 'data'],
    ['a CloudEvents extension', { ...referral, upn: secret }, ''],
    ['a state beside a purge', { ...referral, data: { ...referral.data, purged: true } }, 'data'],
    ['a name in a statement', { ...statement, contact: secret }, ''],
  ])('holds %s, which no schema names', (_what, value, field) => {
    expect(refusalOf(value)).toMatchObject({ code: 'unknown-field', field });
  });

  test('holds __proto__, which is a field like any other', () => {
    const line = JSON.stringify(referral).replace('"date"', `"__proto__":{"name":"${secret}"},"date"`);
    expect(refusalOf(line)).toMatchObject({ code: 'unknown-field', field: 'data.state' });
  });

  test('is never quoted, neither its values nor the names of its unknown fields', () => {
    const mark = fc.stringMatching(/^zq[a-z0-9]{6,12}$/);
    const places = ['id', 'source', 'subject', 'time', 'type', 'specversion', 'datacontenttype'];
    const spoil = fc.oneof(
      fc.constantFrom(...places).map((field) => (text: string) => ({ ...referral, [field]: text })),
      fc
        .constantFrom('date', 'source', 'primaryNeed', 'closureReason')
        .map((field) => (text: string) => withState({ ...referral.data.state, [field]: text })),
      fc.constant((text: string) => withState({ ...referral.data.state, [text]: text })),
      fc.constant((text: string) => ({ ...referral, [text]: { [text]: text } })),
      fc.constant((text: string) => ({ ...statement, data: { kinds: [text], [text]: 1 } })),
    );
    fc.assert(
      fc.property(mark, spoil, (text, make) => {
        expect(JSON.stringify(refusalOf(make(text)))).not.toContain(text);
      }),
    );
  });
});

describe('parsing never throws', () => {
  const survives = (line: string) => {
    const parsed = parseMessage(line);
    if (!parsed.ok) expect(parsed.refusal.reason).not.toBe('');
  };

  test('on any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), survives));
  });

  test('on any JSON', () => {
    fc.assert(fc.property(fc.json(), survives));
  });

  test('on a type that cannot be made text', () => {
    survives('{"type":{"toString":1,"valueOf":1}}');
  });

  test('on lists nested as deep as a line allows', () => {
    survives(`{"type":"waymark.case.child.v1","data":${'['.repeat(30_000)}${']'.repeat(30_000)}}`);
  });

  test('on messages with one thing wrong', () => {
    const message = fc.oneof(
      ...[...caseEventSchemas.values(), FeedStatement].map((schema) => valid(schema as typeof FeedStatement)),
    );
    fc.assert(
      fc.property(
        message.chain((value) => spoiled(value)),
        (value) => survives(JSON.stringify(value)),
      ),
      { numRuns: 500 },
    );
  });
});
