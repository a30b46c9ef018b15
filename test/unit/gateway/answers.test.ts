import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES, MAX_LINE_BYTES, MAX_LINES } from '../../../services/gateway/batch.ts';
import { COUNCIL, gateway, ndjson, PARTITIONS, referral, statement } from './gateway.ts';

const secret = 'Jane Doe 4857773456';

describe('lines', () => {
  test('are accepted and produced under council and child', async () => {
    const { post, sends, messages } = await gateway();
    const answer = await post(ndjson(referral(1), referral(2)));
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ accepted: 2, rejected: [] });
    expect(sends.map(({ topic, acks }) => ({ topic, acks }))).toEqual([
      { topic: 'case-events.v1', acks: -1 },
    ]);
    expect(messages().map(({ key }) => key)).toEqual(
      [referral(1), referral(2)].map(({ subject }) => `/councils/${COUNCIL}/${subject}`),
    );
    expect(messages().map(({ value }) => JSON.parse(String(value)))).toEqual([referral(1), referral(2)]);
  });

  test('are refused one by one, by line, field and reason, and the good ones are accepted', async () => {
    const { post, messages } = await gateway();
    const answer = await post(
      ndjson(
        referral(1),
        '{"specversion":',
        '',
        referral(2, { time: 'yesterday' }),
        referral(3, { name: secret }),
        referral(4, { source: '/councils/E06000001' }),
        referral(5),
      ),
    );
    expect(answer.statusCode).toBe(422);
    const { accepted, rejected } = answer.json<{ accepted: number; rejected: { reason: string }[] }>();
    expect(accepted).toBe(2);
    expect(rejected).toMatchObject([
      { line: 2, code: 'not-json', field: '' },
      { line: 4, code: 'bad-field', field: 'time' },
      { line: 5, code: 'unknown-field', field: '' },
      { line: 6, code: 'not-your-council', field: 'source' },
    ]);
    expect(rejected.every(({ reason }) => reason.length > 0)).toBe(true);
    expect(messages().map(({ value }) => JSON.parse(String(value)))).toEqual([referral(1), referral(5)]);
  });

  test('that are all refused produce nothing', async () => {
    const { post, sends } = await gateway();
    expect((await post(ndjson('x', 'y'))).json()).toMatchObject({ accepted: 0, rejected: [{}, {}] });
    expect(sends).toEqual([]);
  });

  test('pass on only what was read: a field that hides behind its own repetition stays out', async () => {
    const { post, messages } = await gateway();
    const hidden = JSON.stringify(referral(1)).replace('"data":', `"data":{"name":"${secret}"},"data":`);
    expect((await post(ndjson(hidden))).statusCode).toBe(202);
    expect(messages().map(({ value }) => JSON.parse(String(value)))).toEqual([referral(1)]);
    expect(JSON.stringify(messages())).not.toContain(secret);
  });

  test('too long are refused and never quoted', async () => {
    const { post } = await gateway();
    const long = referral(1, { note: 'é'.repeat(MAX_LINE_BYTES / 2) });
    const answer = await post(ndjson(long, referral(2)));
    expect(answer.json()).toEqual({
      accepted: 1,
      rejected: [
        { line: 1, code: 'line-too-long', field: '', reason: `is longer than ${MAX_LINE_BYTES} bytes` },
      ],
    });
  });

  test('may end in CR LF, and an empty batch is accepted', async () => {
    const { post } = await gateway();
    const answer = await post(`${JSON.stringify(referral(1))}\r\n\r\n${JSON.stringify(referral(2))}`);
    expect(answer.json()).toEqual({ accepted: 2, rejected: [] });
    expect((await post('')).json()).toEqual({ accepted: 0, rejected: [] });
  });

  test('are all answered for, whatever stands on them', async () => {
    const { post, messages } = await gateway();
    const line = fc.oneof(
      fc.integer({ min: 1, max: 9 }).map((child) => JSON.stringify(referral(child))),
      fc.string().map((text) => text.replaceAll('\n', ' ')),
      fc.json().map((text) => text.replaceAll('\n', ' ')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), async (lines) => {
        const before = messages().length;
        const answer = await post(lines.join('\n'));
        const { accepted, rejected } = answer.json<{ accepted: number; rejected: { line: number }[] }>();
        expect(answer.statusCode).toBe(rejected.length > 0 ? 422 : 202);
        expect(accepted + rejected.length).toBe(lines.filter((text) => text.trim() !== '').length);
        expect(messages().length - before).toBe(accepted);
        for (const { line: at } of rejected) expect(lines[at - 1]?.trim()).not.toBe('');
      }),
      { numRuns: 60 },
    );
  });
});

describe('a feed statement', () => {
  test('goes to every partition once, after the events of its batch are acknowledged', async () => {
    const order: string[] = [];
    const { post, sends } = await gateway({}, async ({ messages }) => {
      const what = messages.some(({ key }) => key !== undefined) ? 'events' : 'statement';
      order.push(`${what} sent`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${what} acknowledged`);
    });
    const answer = await post(ndjson(statement('2025-02-28'), referral(1), referral(2)));
    expect(answer.json()).toEqual({ accepted: 3, rejected: [] });
    expect(order).toEqual(['events sent', 'events acknowledged', 'statement sent', 'statement acknowledged']);
    const copies = sends[1]!.messages;
    expect(copies.map(({ partition }) => partition)).toEqual([...Array(PARTITIONS).keys()]);
    expect(copies.map(({ value }) => JSON.parse(String(value)))).toEqual(
      Array(PARTITIONS).fill(statement('2025-02-28')),
    );
  });

  test('is not sent when Kafka does not take the events it covers', async () => {
    const { post, sends } = await gateway({}, async () => {
      throw new Error('no leader');
    });
    expect((await post(ndjson(referral(1), statement('2025-02-28')))).statusCode).toBe(503);
    expect(sends).toHaveLength(1);
  });
});

describe('a claim of completeness', () => {
  const gap = {
    ...statement('2025-02-28'),
    data: { kinds: ['referral'], gap: { from: '2025-01-01', to: '2025-01-02' } },
  };

  test('is refused with any refused line of its batch, before it or behind it; a declared gap is taken', async () => {
    for (const lines of [
      ['x', statement('2025-02-28'), gap, referral(1)],
      [statement('2025-02-28'), gap, referral(1), 'x'],
    ]) {
      const { post, messages } = await gateway();
      const answer = await post(ndjson(...lines));
      expect(answer.statusCode).toBe(422);
      const { accepted, rejected } = answer.json();
      expect(accepted).toBe(2);
      expect(rejected.map(({ code, field }: Record<string, string>) => [code, field]).sort()).toEqual([
        ['lines-refused', 'data.completeThrough'],
        ['not-json', ''],
      ]);
      expect(messages().every(({ value }) => !String(value).includes('completeThrough'))).toBe(true);
    }
  });

  test('is refused when an earlier batch of its delivery had refused lines, and taken in another delivery', async () => {
    const { post } = await gateway();
    const first = { 'waymark-delivery': 'first' };
    await post(ndjson('x'), first);
    expect((await post(ndjson(referral(1)), first)).statusCode).toBe(202);
    const claim = await post(ndjson(statement('2025-02-28')), first);
    expect(claim.json()).toMatchObject({ accepted: 0, rejected: [{ line: 1, code: 'lines-refused' }] });
    const second = { 'waymark-delivery': 'second' };
    expect((await post(ndjson(statement('2025-02-28')), second)).statusCode).toBe(202);
    const other = { ...first, authorization: 'Bearer other-key' };
    const theirs = { ...statement('2025-02-28'), source: '/councils/E09000011' };
    expect((await post(ndjson(theirs), other)).statusCode).toBe(202);
  });
});

describe('what is held', () => {
  test('can be read by its council and by no other', async () => {
    const { post, get } = await gateway();
    await post(ndjson('x', 'y'));
    expect((await get('/v1/quarantine')).json().lines).toHaveLength(2);
    expect((await get('/v1/feed')).json()).toMatchObject({ council: COUNCIL, held: 2 });
    const other = { authorization: 'Bearer other-key' };
    expect((await get('/v1/quarantine', other)).json().lines).toEqual([]);
    expect((await get('/v1/feed', other)).json()).toMatchObject({ council: 'E09000011', held: 0 });
  });
});

describe('a batch', () => {
  const bytesOf = ({ messages }: { messages: { value: unknown }[] }): number =>
    messages.reduce((sum, { value }) => sum + Buffer.byteLength(String(value)), 0);

  test('of any size goes to Kafka in sends that one partition can take, in order', async () => {
    const { post, sends, messages } = await gateway();
    const large = Array.from({ length: 4_000 }, (_, at) => {
      const factors = Array(60).fill('21');
      const { recordId } = referral(at).data;
      return referral(at, {
        subject: referral(7).subject,
        type: 'waymark.case.assessment.v1',
        data: { recordId, state: { started: '2025-01-01', factors } },
      });
    });
    const statements = Array.from({ length: 900 }, () => statement('2025-02-28'));
    expect((await post(ndjson(...large, ...statements))).json()).toEqual({ accepted: 4_900, rejected: [] });
    const events = sends.filter(({ messages: [first] }) => first?.key !== undefined);
    expect(Math.max(...events.map(bytesOf))).toBeLessThan(1_000_000);
    expect(
      messages()
        .slice(0, 4_000)
        .map(({ value }) => JSON.parse(String(value)).id),
    ).toEqual(large.map(({ id }) => id));
  });

  test('has at most 5,000 lines, whether or not the last one ends', async () => {
    const { post } = await gateway();
    const full = '\n'.repeat(MAX_LINES - 1);
    expect((await post(`${full}x`)).statusCode).toBe(422);
    expect((await post(`${full}x\n`)).statusCode).toBe(422);
    const answer = await post(`${full}x\ny`);
    expect([answer.statusCode, answer.json().error.code]).toEqual([413, 'too-many-lines']);
  });

  test('over the limit of bytes is refused whole', async () => {
    const { post, sends } = await gateway();
    const answer = await post(`${JSON.stringify(referral(1))}\n${' '.repeat(MAX_BODY_BYTES)}`);
    expect([answer.statusCode, answer.json().error.code]).toEqual([413, 'body-too-large']);
    expect(sends).toEqual([]);
  });

  test('waits for Kafka before it is answered', async () => {
    let release = () => {};
    const acknowledged = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { post } = await gateway({}, () => acknowledged);
    let answered = false;
    const answer = post(ndjson(referral(1))).then((response) => {
      answered = true;
      return response;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).toBe(false);
    release();
    expect((await answer).statusCode).toBe(202);
  });

  test('that Kafka does not take is to be sent again', async () => {
    const { post } = await gateway({}, async () => {
      throw new Error('no leader for partition 3 at broker-7');
    });
    const answer = await post(ndjson(referral(1)));
    expect([answer.statusCode, answer.json().error.code, answer.headers['retry-after']]).toEqual([
      503,
      'kafka-unavailable',
      '5',
    ]);
    expect(answer.body).not.toContain('broker-7');
  });

  test('is asked to wait when too many are in hand, and taken when they are done', async () => {
    let release = () => {};
    const acknowledged = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { post } = await gateway({ limits: { batches: 1 } }, () => acknowledged);
    const first = post(ndjson(referral(1)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await post(ndjson(referral(2)));
    expect([second.statusCode, second.json().error.code, second.headers['retry-after']]).toEqual([
      429,
      'busy',
      '1',
    ]);
    release();
    expect((await first).statusCode).toBe(202);
    expect((await post(ndjson(referral(2)))).statusCode).toBe(202);
  });

  test('more than a council may send in a minute is told when to come again', async () => {
    const { app, post } = await gateway({ requestsPerMinute: 2 });
    await post('');
    await post('');
    const answer = await post('');
    expect([answer.statusCode, answer.json().error.code]).toEqual([429, 'too-many-requests']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect((await app.inject('/health')).statusCode).toBe(200);
  });
});

describe('gzip', () => {
  const packed = { 'content-encoding': 'gzip' };

  test('is unpacked', async () => {
    const { post } = await gateway();
    const answer = await post(gzipSync(ndjson(referral(1), 'x')), packed);
    expect(answer.json()).toMatchObject({ accepted: 1, rejected: [{ line: 2, code: 'not-json' }] });
  });

  test('that unpacks beyond the limit is cut off there', async () => {
    const { post, sends } = await gateway();
    const bomb = gzipSync(Buffer.alloc(64 * MAX_BODY_BYTES, '\n'));
    expect(bomb.length).toBeLessThan(MAX_BODY_BYTES / 8);
    const before = process.memoryUsage().arrayBuffers;
    const answer = await post(bomb, packed);
    expect([answer.statusCode, answer.json().error.code]).toEqual([413, 'body-too-large']);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MAX_BODY_BYTES);
    expect(sends).toEqual([]);
  });

  test.each([
    ['is none', Buffer.from('hello')],
    ['is cut short', gzipSync(ndjson(referral(1))).subarray(0, 40)],
    [
      'has a wrong checksum',
      gzipSync(ndjson(referral(1))).map((byte, at, all) => (at === all.length - 6 ? byte ^ 1 : byte)),
    ],
    ['has something behind it', Buffer.concat([gzipSync(ndjson(referral(1))), Buffer.from('more')])],
  ])('that %s is refused whole', async (_what, body) => {
    const { post, sends } = await gateway();
    const answer = await post(Buffer.from(body), packed);
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'bad-gzip']);
    expect(sends).toEqual([]);
  });
});

describe('a request', () => {
  test.each([
    ['without a key', undefined, 401, 'unknown-key'],
    ['with a key nobody holds', 'Bearer nobody', 401, 'unknown-key'],
    ['with a key in another form', 'Basic council-key', 401, 'unknown-key'],
    ['with a researcher’s key', 'Bearer researcher-key', 403, 'not-a-council'],
  ])('%s is turned away', async (_what, authorization, status, code) => {
    const { post, sends } = await gateway();
    const answer = await post(ndjson(referral(1)), { authorization });
    expect([answer.statusCode, answer.json().error.code]).toEqual([status, code]);
    expect(sends).toEqual([]);
  });

  test.each([
    ['JSON', { 'content-type': 'application/json' }, 'not-ndjson'],
    ['plain text', { 'content-type': 'text/plain' }, 'not-ndjson'],
    ['no content type', { 'content-type': undefined }, 'not-ndjson'],
    ['Brotli', { 'content-encoding': 'br' }, 'unknown-encoding'],
  ])('with %s is told what to send', async (_what, headers, code) => {
    const { post, sends } = await gateway();
    const answer = await post(ndjson(referral(1)), headers);
    expect([answer.statusCode, answer.json().error.code]).toEqual([415, code]);
    expect(sends).toEqual([]);
  });

  test('for anything else is told what there is', async () => {
    const { app } = await gateway();
    const answer = await app.inject('/v2/events');
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'not-found']);
  });

  test('that fails unforeseen says nothing of the inside', async () => {
    const { post } = await gateway({
      holderOf: async () => {
        throw new Error('password authentication failed for user waymark');
      },
    });
    const answer = await post(ndjson(referral(1)));
    expect([answer.statusCode, answer.json().error.code]).toEqual([500, 'failed']);
    expect(answer.body).not.toContain('password');
  });
});
