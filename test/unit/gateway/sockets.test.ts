// Each limit of the gateway, met by a real client on a real socket: it is told what is wrong, and the gateway goes on.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES, MAX_LINES } from '../../../services/gateway/batch.ts';
import { gateway, ndjson, type Rig, referral } from './gateway.ts';

const auth = { authorization: 'Bearer council-key', 'content-type': 'application/x-ndjson' };

interface Answered {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: { accepted?: number; error?: { code: string } };
}

async function listening(
  options: Parameters<typeof gateway>[0] = {},
  acknowledge?: Parameters<typeof gateway>[1],
) {
  const rig: Rig = await gateway(options, acknowledge);
  const url = await rig.app.listen({ host: '127.0.0.1', port: 0 });
  return { ...rig, url, port: Number(new URL(url).port) };
}

async function answerOf(sent: ClientRequest): Promise<Answered> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response) text += piece;
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) };
}

const open = (url: string, headers: Record<string, string> = {}): ClientRequest =>
  request(`${url}/v1/events`, { method: 'POST', headers: { ...auth, ...headers }, agent: false });

const post = (
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answered> => {
  const sent = open(url, headers);
  sent.end(body);
  return answerOf(sent);
};

const codeOf = ({ status, body }: Answered) => [status, body.error?.code];

/** Everything a raw connection says until it ends. */
async function heard(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  await once(socket, 'close');
  return text;
}

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a body', () => {
  test('longer than declared limits is refused before and while it arrives, and the next batch is taken', async () => {
    const { url } = await listening();
    const long = Buffer.alloc(MAX_BODY_BYTES + 1, ' ');
    expect(codeOf(await post(url, long))).toEqual([413, 'body-too-large']);
    const chunked = open(url);
    for (let at = 0; at < 9; at += 1) chunked.write(Buffer.alloc(1024 * 1024, ' '));
    chunked.end();
    expect(codeOf(await answerOf(chunked))).toEqual([413, 'body-too-large']);
    expect((await post(url, ndjson(referral(1)))).body).toEqual({ accepted: 1, rejected: [] });
  });

  test('of too many lines is refused', async () => {
    const { url } = await listening();
    expect(codeOf(await post(url, '{}\n'.repeat(MAX_LINES + 1)))).toEqual([413, 'too-many-lines']);
  });

  test('that is a compressed bomb is cut off at the limit', async () => {
    const { url } = await listening();
    const bomb = gzipSync(Buffer.alloc(100 * MAX_BODY_BYTES));
    const before = process.memoryUsage().rss;
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => post(url, bomb, { 'content-encoding': 'gzip' })),
    );
    expect(answers.map(codeOf)).toEqual(Array(4).fill([413, 'body-too-large']));
    expect(process.memoryUsage().rss - before).toBeLessThan(30 * MAX_BODY_BYTES);
  });

  test('that trickles is cut off when its time is over, whatever has arrived', async () => {
    const { url, port } = await listening({ bodyPatience: 300 });
    const slow = open(url);
    slow.on('error', () => {});
    const drip = setInterval(() => slow.write('\n'), 20);
    const answer = await answerOf(slow);
    clearInterval(drip);
    expect(codeOf(answer)).toEqual([408, 'too-slow']);
    expect(answer.headers.connection).toBe('close');
    const silent = connect(port, '127.0.0.1');
    silent.write('POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer council-key\r\n');
    silent.write('Content-Type: application/x-ndjson\r\nContent-Length: 10\r\n\r\n');
    expect(await heard(silent)).toMatch(/^HTTP\/1\.1 408 .*too-slow/s);
  });

  test('whose sender goes away leaves its place to others', async () => {
    const { url } = await listening({ limits: { batches: 1 } });
    const gone = open(url);
    gone.on('error', () => {});
    gone.write('{');
    await later(50);
    expect(codeOf(await post(url, ndjson(referral(1))))).toEqual([429, 'busy']);
    gone.destroy();
    await later(50);
    expect((await post(url, ndjson(referral(1)))).status).toBe(202);
  });
});

describe('headers that never end', () => {
  test('are cut off', async () => {
    const { port, app } = await listening({ bodyPatience: 300 });
    app.server.headersTimeout = 200;
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /v1/events HTTP/1.1\r\nHost: x\r\n');
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 408 .*too-slow/s);
  });
});

describe('what is in hand', () => {
  const slowKafka = () => {
    let release = () => {};
    const acknowledged = new Promise<void>((resolve) => {
      release = resolve;
    });
    return { acknowledge: () => acknowledged, release: () => release() };
  };

  test('is bounded by batches of one council, and others are still taken', async () => {
    const { acknowledge, release } = slowKafka();
    const { url } = await listening({ limits: { batchesOfCouncil: 1 } }, acknowledge);
    const first = post(url, ndjson(referral(1)));
    await later(50);
    const second = await post(url, ndjson(referral(2)));
    expect([...codeOf(second), second.headers['retry-after']]).toEqual([429, 'busy', '1']);
    const other = post(url, '', { authorization: 'Bearer other-key' });
    expect((await other).status).toBe(202);
    release();
    expect((await first).status).toBe(202);
  });

  test('is bounded by bytes', async () => {
    const { acknowledge, release } = slowKafka();
    const { url } = await listening({ limits: { bytes: 3_000 } }, acknowledge);
    const first = post(url, ndjson(referral(1), referral(2)) + ' '.repeat(1_500));
    await later(50);
    expect(codeOf(await post(url, ' '.repeat(2_000)))).toEqual([429, 'busy']);
    release();
    expect((await first).status).toBe(202);
    expect((await post(url, ' '.repeat(2_000))).status).toBe(202);
  });

  test('stops growing when Kafka is slow, and grows again when it has answered', async () => {
    const { acknowledge, release } = slowKafka();
    const { url } = await listening({ limits: { slowAfter: 100 } }, acknowledge);
    const first = post(url, ndjson(referral(1)));
    await later(200);
    const second = await post(url, ndjson(referral(2)));
    expect([...codeOf(second), second.headers['retry-after']]).toEqual([429, 'kafka-slow', '2']);
    release();
    expect((await first).status).toBe(202);
    expect((await post(url, ndjson(referral(2)))).status).toBe(202);
  });

  test('is given up after a while and still counts until Kafka lets go of it', async () => {
    const { acknowledge, release } = slowKafka();
    const { url } = await listening({ kafkaPatience: 100, limits: { batches: 1 } }, acknowledge);
    const first = await post(url, ndjson(referral(1)));
    expect([...codeOf(first), first.headers['retry-after']]).toEqual([503, 'kafka-unavailable', '5']);
    expect(codeOf(await post(url, ndjson(referral(1))))).toEqual([429, 'busy']);
    release();
    await later(20);
    expect((await post(url, ndjson(referral(1)))).status).toBe(202);
  });
});

describe('rates', () => {
  test('are counted by council, whichever of its keys is used', async () => {
    const { url } = await listening({ requestsPerMinute: 2 });
    expect((await post(url, '')).status).toBe(202);
    expect((await post(url, '', { authorization: 'Bearer second-key' })).status).toBe(202);
    const third = await post(url, '');
    expect(codeOf(third)).toEqual([429, 'too-many-requests']);
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    expect((await post(url, '', { authorization: 'Bearer other-key' })).status).toBe(202);
  });

  test('stop an address that tries keys, before they are looked up', async () => {
    let looked = 0;
    const { url } = await listening({
      triesPerMinute: 3,
      holderOf: async () => {
        looked += 1;
        return null;
      },
    });
    const statuses: (number | undefined)[] = [];
    for (let at = 0; at < 6; at += 1)
      statuses.push((await post(url, '', { authorization: `Bearer guess-${at}` })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429]);
    expect(looked).toBe(3);
  });
});
