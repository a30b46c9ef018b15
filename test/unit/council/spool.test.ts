// The spool: whatever happens between the first line and the last, the gateway has every message in the end, and the
// disk has receipts only.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedMessage } from '../../../schemas/message.ts';
import { convertReturn } from '../../../services/council/convert.ts';
import { generateKey, readKey } from '../../../services/council/key-file.ts';
import { claimsCompleteness } from '../../../services/council/outstanding.ts';
import { Spool } from '../../../services/council/spool.ts';
import { COUNCIL, convert, folder, KEY, samples } from './support.ts';

const here = folder();
const sample = `${samples}cin-census/fake_CIN_data.xml`;
const messages = () => convertReturn({ files: [sample], council: COUNCIL, key: KEY });

async function deliver(path: string, fetch: typeof globalThis.fetch) {
  const spool = await Spool.open(path);
  const receipts = [];
  try {
    const options = { gateway: 'https://waymark.example.org', apiKey: 'council-key', batchLines: 50, fetch };
    for await (const receipt of spool.deliver({ ...options, patience: 0, wait: async () => {} }))
      receipts.push(receipt);
  } finally {
    await spool.close();
  }
  return receipts;
}

/** A gateway that keeps what it has acknowledged and fails when told to. */
function failingGateway(failsAt: (request: number) => boolean) {
  const taken: string[] = [];
  let requests = 0;
  const fetch = (async (_: URL, init: RequestInit) => {
    requests += 1;
    const lines = gunzipSync(init.body as Uint8Array)
      .toString()
      .split('\n');
    if (failsAt(requests)) throw new TypeError('fetch failed');
    taken.push(...lines);
    return Response.json({ accepted: lines.length, rejected: [] }, { status: 202 });
  }) as unknown as typeof globalThis.fetch;
  return { fetch, taken };
}

describe('the spool', () => {
  it('goes on after an outage where it stopped, and keeps the receipt without the rows', async () => {
    const path = here.path('outage');
    const spool = await Spool.open(path);
    await spool.add(messages());
    await spool.close();
    const expected = readFileSync(`${path}/00000001.ndjson`, 'utf8').trim().split('\n');
    const { fetch, taken } = failingGateway((request) => request === 4 || request === 9);
    await expect(deliver(path, fetch)).rejects.toMatchObject({ code: 'gateway-unavailable', exitCode: 1 });
    await expect(deliver(path, fetch)).rejects.toMatchObject({ code: 'gateway-unavailable' });
    const receipts = await deliver(path, fetch);
    expect(receipts).toEqual([{ parcel: '00000001', sent: 735, accepted: 735, rejected: [], held: [] }]);
    expect(taken).toEqual(expected);
    expect(readdirSync(path)).toEqual(['00000001.receipt.json']);
    expect(await deliver(path, fetch)).toEqual([]);
  });

  it('lets no claim of completeness leave until every refused message is made good, over parcels and restarts', async () => {
    const path = here.path('refused');
    const all: FeedMessage[] = [];
    for await (const message of messages()) all.push(message);
    const events = all.filter((message) => !claimsCompleteness(message)).slice(0, 120);
    const claim = all.find(claimsCompleteness)!;
    const bad = new Set([events[10]!.id, events[60]!.id]);
    const taken: string[] = [];
    const names: string[] = [];
    const fetch = (async (_: URL, init: RequestInit) => {
      const lines = gunzipSync(init.body as Uint8Array)
        .toString()
        .split('\n');
      names.push((init.headers as Record<string, string>)['waymark-delivery']!);
      const ids = lines.map((line) => JSON.parse(line).id as string);
      const rejected = ids.flatMap((id, at) =>
        bad.has(id) ? [{ line: at + 1, code: 'bad-field', field: 'data', reason: 'is new' }] : [],
      );
      taken.push(...ids.filter((id) => !bad.has(id)));
      return Response.json(
        { accepted: lines.length - rejected.length, rejected },
        { status: rejected.length > 0 ? 422 : 202 },
      );
    }) as unknown as typeof globalThis.fetch;
    async function* parcel(...parts: FeedMessage[]) {
      yield* parts;
    }
    const add = async (...parts: FeedMessage[]) => {
      const spool = await Spool.open(path);
      await spool.add(parcel(...parts));
      await spool.close();
    };
    await add(...events, claim);
    const [first] = await deliver(path, fetch);
    expect(first!.rejected.map(({ id }) => id)).toEqual([...bad]);
    expect(first!.held).toEqual([{ line: 121, id: claim.id }]);
    expect(new Set(names).size).toBe(1);

    // Another day's feed says nothing about the two: its claim waits as well.
    await add(events[20]!, claim);
    expect((await deliver(path, fetch))[0]).toMatchObject({ accepted: 1, rejected: [], held: [{ line: 2 }] });
    expect(taken).not.toContain(claim.id);

    // Newer statements about the same two records make them good, the second in the very batch of the claim.
    bad.clear();
    await add(events[10]!, claim);
    expect((await deliver(path, fetch))[0]).toMatchObject({ held: [{ line: 2 }] });
    await add(events[60]!, claim);
    expect((await deliver(path, fetch))[0]).toMatchObject({ accepted: 2, rejected: [], held: [] });
    expect(taken.filter((id) => id === claim.id)).toHaveLength(1);
    expect(new Set(names).size).toBe(4);
    expect(readdirSync(path).filter((name) => !name.endsWith('.receipt.json'))).toEqual([]);
  });

  it('adds nothing when a return cannot be read to its end', async () => {
    const path = here.path('broken');
    const cut = here.write('cut.xml', readFileSync(sample, 'utf8').slice(0, 200_000));
    const spool = await Spool.open(path);
    await expect(
      spool.add(convertReturn({ files: [cut], council: COUNCIL, key: KEY })),
    ).rejects.toMatchObject({
      code: 'return-truncated',
    });
    expect(readdirSync(path)).toEqual(['lock']);
    await spool.close();
  });

  it('is used by one process at a time, and taken over from one that died', async () => {
    const path = here.path('locked');
    const spool = await Spool.open(path);
    here.write('locked/lock', String(process.ppid));
    await expect(Spool.open(path)).rejects.toMatchObject({ code: 'spool-in-use' });
    here.write('locked/lock', '999999999');
    await (await Spool.open(path)).close();
    await spool.close();
  });
});

/** A real server that takes batches slowly, and the lines it has taken. */
async function slowServer(): Promise<{ server: Server; address: string; taken: string[] }> {
  const taken: string[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const lines = gunzipSync(Buffer.concat(pieces)).toString().split('\n');
      taken.push(...lines);
      setTimeout(() => {
        response.writeHead(202, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ accepted: lines.length, rejected: [] }));
      }, 20);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken };
}

const ended = (child: ChildProcess) => new Promise<number | null>((exited) => child.once('exit', exited));

async function commandFiles() {
  if (!existsSync(here.path('key'))) await generateKey(here.path('key'));
  chmodSync(here.write('api-key', 'a-council-key\n'), 0o600);
}

/** The command in one file, made once: a process that compiles each of its files takes seconds to begin. */
const bundle = resolve(`node_modules/.cache/council-command-${process.pid}.mjs`);
beforeAll(() =>
  build({
    entryPoints: ['test/unit/council/run-command.mts'],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  }),
);
afterAll(() => rmSync(bundle, { force: true }));

const command = (args: string[]): ChildProcess =>
  spawn(process.execPath, [bundle, 'council', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

const outputOf = async (child: ChildProcess): Promise<string> => {
  let text = '';
  child.stdout?.on('data', (piece) => {
    text += piece;
  });
  await ended(child);
  return text;
};

describe('waymark council send', () => {
  it('killed again and again in the middle of delivery, loses nothing', async () => {
    await commandFiles();
    const { server, address, taken } = await slowServer();
    const shared = [
      '--gateway',
      address,
      '--api-key-file',
      here.path('api-key'),
      '--spool',
      here.path('killed'),
      '--batch-lines',
      '20',
      '--json',
    ];
    const first = ['send', sample, '--council', COUNCIL, '--key', here.path('key'), ...shared];
    let runs = 0;
    for (let args = first; ; args = ['send', ...shared]) {
      const child = command(args);
      runs += 1;
      const from = taken.length;
      // The second time without the return: it is in the spool.
      const timer = setInterval(() => {
        if (runs < 4 && taken.length > from + 150) child.kill('SIGKILL');
      }, 5);
      const code = await ended(child);
      clearInterval(timer);
      if (code === 0) break;
      expect(code).toBeNull();
    }
    server.close();
    expect(runs).toBe(4);
    const { messages: all } = await convert([sample], { key: await readKey(here.path('key')) });
    expect([...new Set(taken)]).toEqual(all.map((message) => JSON.stringify(message)));
    expect(readdirSync(here.path('killed'))).toEqual(['00000001.receipt.json']);
  });

  it('stopped with Ctrl-C, says so, settles or keeps every batch, and goes on from there', async () => {
    await commandFiles();
    const { server, address, taken } = await slowServer();
    const shared = ['--gateway', address, '--api-key-file', here.path('api-key')];
    shared.push('--spool', here.path('stopped'), '--batch-lines', '20', '--json');
    const first = command(['send', sample, '--council', COUNCIL, '--key', here.path('key'), ...shared]);
    const said = outputOf(first);
    await expect.poll(() => taken.length, { timeout: 120_000, interval: 5 }).toBeGreaterThan(100);
    first.kill('SIGINT');
    expect(JSON.parse(await said)).toMatchObject({ error: { code: 'stopped' } });
    expect(first.exitCode).toBe(130);
    expect(taken.length).toBeLessThan(735);
    expect(readdirSync(here.path('stopped'))).toEqual(['00000001.ndjson', '00000001.settled.json']);
    const rest = JSON.parse(await outputOf(command(['send', ...shared])));
    expect(rest.receipts).toMatchObject({ sent: 735, accepted: 735 });
    server.close();
    expect(new Set(taken).size).toBe(735);
    // At most the batch that was under way was sent twice.
    expect(taken.length).toBeLessThanOrEqual(755);
  });

  it('removes what a process that died had begun to write', async () => {
    mkdirSync(here.path('left'));
    here.write('left/00000001.ndjson.partial-4242', 'rows');
    here.write('left/refused.json.partial', '{');
    await (await Spool.open(here.path('left'))).close();
    expect(readdirSync(here.path('left'))).toEqual([]);
  });

  it('prints exactly what would leave in a dry run, and connects to nothing', async () => {
    await commandFiles();
    const args = ['send', sample, '--dry-run', '--council', COUNCIL, '--key', here.path('key')];
    const printed = await outputOf(command(args));
    const { messages: all } = await convert([sample], { key: await readKey(here.path('key')) });
    expect(printed.trim().split('\n')).toEqual(all.map((message) => JSON.stringify(message)));
  });
});

describe('waymark council watch', () => {
  it('sends what lands once, says what cannot be read, and sends nothing twice after a restart', async () => {
    await commandFiles();
    const { server, address, taken } = await slowServer();
    const landing = here.path('landing');
    mkdirSync(landing);
    here.write('landing/census.xml', readFileSync(sample));
    here.write('landing/half.xml', readFileSync(sample, 'utf8').slice(0, 10_000));
    const args = [
      'watch',
      landing,
      '--every',
      '1',
      '--council',
      COUNCIL,
      '--key',
      here.path('key'),
      '--gateway',
      address,
      '--api-key-file',
      here.path('api-key'),
      '--spool',
      here.path('watched'),
    ];
    const child = command(args);
    const lines: string[] = [];
    child.stdout?.on('data', (piece) => lines.push(...String(piece).trim().split('\n')));
    await expect.poll(() => lines.length, { timeout: 120_000 }).toBe(3);
    child.kill('SIGTERM');
    await ended(child);
    expect(JSON.parse(lines[0]!)).toMatchObject({ error: { code: 'return-truncated', file: 'half.xml' } });
    expect(JSON.parse(lines[1]!)).toEqual({
      converted: ['census.xml'],
      parcel: '00000001',
      events: 734,
      refused: 0,
      quarantine: [],
    });
    expect(JSON.parse(lines[2]!)).toMatchObject({ sent: 735, accepted: 735, rejected: 0 });
    expect(await outputOf(command([...args, '--once']))).toBe('');
    server.close();
    expect(taken.length).toBe(735);
  });
});
