// Delivery: nothing is lost, nothing overtakes, and only what is wrong is refused.
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FeedMessage } from '../../../schemas/message.ts';
import { sendMessages } from '../../../services/council/send.ts';
import { census, convert, folder, samples } from './support.ts';

const here = folder();
const messages = async (): Promise<FeedMessage[]> =>
  (await convert([`${samples}cin-census/fake_CIN_data.xml`])).messages;

interface Call {
  url: string;
  headers: Record<string, string>;
  lines: string[];
}

/** A gateway made of a function: it sees the lines of a batch and answers. */
function gateway(answer: (lines: string[], call: number) => Response | Promise<Response>) {
  const calls: Call[] = [];
  const fetch = (async (url: URL, init: RequestInit) => {
    const lines = gunzipSync(init.body as Uint8Array)
      .toString()
      .split('\n');
    calls.push({ url: String(url), headers: init.headers as Record<string, string>, lines });
    return answer(lines, calls.length);
  }) as unknown as typeof globalThis.fetch;
  return { calls, fetch };
}

const all = (lines: string[]) => Response.json({ accepted: lines.length, rejected: [] }, { status: 202 });
const common = { gateway: 'https://waymark.example.org/intake', apiKey: 'council-key', wait: async () => {} };

describe('sendMessages', () => {
  it('sends every message in order, batch by batch, the statement last', async () => {
    const sent = await messages();
    const { calls, fetch } = gateway(all);
    const receipts = await sendMessages({ ...common, fetch, messages: sent, batchLines: 100 });
    expect(calls.flatMap((call) => call.lines)).toEqual(sent.map((one) => JSON.stringify(one)));
    expect(receipts).toMatchObject({ sent: sent.length, accepted: sent.length, rejected: [] });
    expect(calls.map((call) => call.lines.length)).toEqual([100, 100, 100, 100, 100, 100, 100, 35]);
    expect(calls[0]?.url).toBe('https://waymark.example.org/intake/v1/events');
    expect(calls[0]?.headers).toMatchObject({
      authorization: 'Bearer council-key',
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    });
  });

  it('sends a batch again after 429, 503 and a lost connection, as long as the gateway asks', async () => {
    const waits: number[] = [];
    const { calls, fetch } = gateway((lines, call) => {
      if (call === 1) return new Response('', { status: 429, headers: { 'retry-after': '3' } });
      if (call === 2) return new Response('', { status: 503 });
      if (call === 3) throw new TypeError('fetch failed');
      return all(lines);
    });
    const sent = (await messages()).slice(0, 5);
    const wait = async (milliseconds: number) => void waits.push(milliseconds);
    const receipts = await sendMessages({ ...common, fetch, wait, messages: sent });
    expect(calls.map((call) => call.lines.length)).toEqual([5, 5, 5, 5]);
    expect(waits).toEqual([3000, 1000, 2000]);
    expect(receipts).toMatchObject({ accepted: 5, retries: 3 });
  });

  it('names the lines that were refused by their place in the whole delivery', async () => {
    const { fetch } = gateway((lines, call) =>
      call === 2
        ? Response.json(
            {
              accepted: lines.length - 1,
              rejected: [{ line: 2, code: 'bad-field', field: 'data.state.date', reason: 'is missing' }],
            },
            { status: 422 },
          )
        : all(lines),
    );
    const sent = (await messages()).slice(0, 6);
    const receipts = await sendMessages({ ...common, fetch, messages: sent, batchLines: 3 });
    expect(receipts.rejected).toEqual([
      { line: 5, id: sent[4]?.id, code: 'bad-field', field: 'data.state.date', reason: 'is missing' },
    ]);
    expect(receipts.accepted).toBe(5);
  });

  it('halves a batch that is too large', async () => {
    const { calls, fetch } = gateway((lines) =>
      lines.length > 2 ? new Response('', { status: 413 }) : all(lines),
    );
    const receipts = await sendMessages({ ...common, fetch, messages: (await messages()).slice(0, 7) });
    expect(receipts.accepted).toBe(7);
    expect(calls.filter((call) => call.lines.length <= 2).flatMap((call) => call.lines).length).toBe(7);
  });

  it('stops at a refused key and never prints it', async () => {
    const { calls, fetch } = gateway(() => new Response('{"error":{"code":"unknown-key"}}', { status: 401 }));
    const error = await sendMessages({ ...common, fetch, messages: await messages() }).catch(
      (thrown) => thrown,
    );
    expect(error.code).toBe('key-refused');
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('council-key');
    expect(calls.length).toBe(1);
  });

  it('gives up when its patience ends, with exit code 1', async () => {
    let clock = 0;
    const { fetch } = gateway(() => new Response('', { status: 503 }));
    const wait = async (milliseconds: number) => {
      clock += milliseconds;
    };
    const error = await sendMessages({
      ...common,
      fetch,
      wait,
      now: () => clock,
      patience: 20_000,
      messages: await messages(),
    }).catch((thrown) => thrown);
    expect([error.code, error.exitCode]).toEqual(['gateway-unavailable', 1]);
    expect(clock).toBe(20_000);
  });

  it('never lets a line leave that the schema does not know', async () => {
    const { calls, fetch } = gateway(all);
    const [good] = await messages();
    const leak = JSON.stringify({ ...good, name: 'Zebediah Quill' });
    const receipts = await sendMessages({
      ...common,
      fetch,
      messages: [leak, JSON.stringify(good), 'Zebediah'],
    });
    expect(calls.map((call) => call.lines.length)).toEqual([1]);
    expect(receipts.rejected.map((one) => [one.line, one.code])).toEqual([
      [1, 'unknown-field'],
      [3, 'not-json'],
    ]);
    expect(JSON.stringify(receipts)).not.toContain('Zebediah');
  });

  it('has one batch under way at a time, so that no statement leaves before the events of an earlier batch are acknowledged', async () => {
    const two = await convert([here.write('a.xml', census({})), here.write('b.xml', census({ year: 2025 }))]);
    let open = 0;
    const { calls, fetch } = gateway(async (lines) => {
      open += 1;
      expect(open).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      open -= 1;
      return all(lines);
    });
    await sendMessages({ ...common, fetch, messages: two.messages, batchLines: 2 });
    expect(calls.map((call) => call.lines.length)).toEqual([2, 2, 2]);
  });
});
