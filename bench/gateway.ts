// Batches of 500 events over HTTP into Kafka. The gateway is a process of its own, the Kafka a real one; sender, gateway, Kafka and PostgreSQL share this machine's cores. Events are validated line by line and
// answered after Kafka's acks=all. Beside it in the same run, with the same batches: Fastify that only reads and unpacks the
// body, and kafkajs that only produces, without HTTP and without validation.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import fastify from 'fastify';
import { up } from '../infra/local/index.ts';
import { recordEvent } from '../services/council/case-event.ts';
import { pseudonymiser } from '../services/council/pseudonym.ts';
import { registerCouncils } from '../services/evaluations/register.ts';
import { createKey } from '../services/platform/access.ts';
import { loadConfig } from '../services/platform/config.ts';
import { connect } from '../services/platform/database.ts';
import { connectKafka, connectProducer, everyReplica } from '../services/platform/kafka.ts';
import { migrate } from '../services/platform/migrate.ts';
import { terminalProgress } from '../services/platform/progress.ts';
import { options, print } from './load/options.ts';

const COUNCIL = 'E09900001';
const LINES = 500;
const BATCHES = 120;
const ABREAST = 4;
const TARGET = 10_000;
const WAYMARK = fileURLToPath(new URL('../infra/waymark.mjs', import.meta.url));

interface Batch {
  packed: Buffer;
  messages: { key: string; value: string }[];
}

function batches(): Batch[] {
  const names = pseudonymiser(new Uint8Array(32).fill(1));
  return Array.from({ length: BATCHES }, (_, batch) => {
    const events = Array.from({ length: LINES }, (_line, line) => {
      const at = batch * LINES + line;
      const child = `child ${Math.floor(at / 7)}`;
      const about = {
        council: COUNCIL,
        child: names.child(child),
        recordId: names.record(child, 'record', String(at)),
        recordedAt: new Date(Date.UTC(2025, 0, 1) + at * 1_000).toISOString(),
      };
      return at % 2 === 0
        ? recordEvent(about, 'referral', {
            date: '2024-02-11',
            source: '1A',
            primaryNeed: 'N1',
            noFurtherAction: false,
          })
        : recordEvent(about, 'assessment', {
            started: '2024-02-12',
            authorised: '2024-03-20',
            factors: ['1A', '4B', '3B'],
          });
    });
    const lines = events.map((event) => JSON.stringify(event));
    return {
      packed: gzipSync(lines.join('\n'), { level: 1 }),
      messages: events.map((event, at) => ({
        key: `${event.source}/${event.subject}`,
        value: lines[at] ?? '',
      })),
    };
  });
}

interface Figures {
  eventsASecond: number;
  p50ms: number;
  p99ms: number;
  slowestMs: number;
  failed: number;
}

/** Runs `send` for some seconds, so many abreast; with `rate`, begins batches at that pace and counts waiting as time. */
async function measure(
  seconds: number,
  send: (batch: number) => Promise<boolean>,
  rate?: number,
): Promise<Figures> {
  const times: number[] = [];
  let failed = 0;
  let next = 0;
  const began = performance.now();
  const one = async (since: number): Promise<void> => {
    const batch = next;
    next += 1;
    if (await send(batch % BATCHES)) times.push(performance.now() - since);
    else failed += 1;
  };
  if (rate === undefined) {
    const line = async (): Promise<void> => {
      while (performance.now() - began < seconds * 1_000) await one(performance.now());
    };
    await Promise.all(Array.from({ length: ABREAST }, line));
  } else {
    const under: Promise<void>[] = [];
    for (let at = 0; at < (seconds * rate) / LINES; at += 1) {
      const due = began + (at * LINES * 1_000) / rate;
      await pause(Math.max(0, due - performance.now()));
      under.push(one(due));
    }
    await Promise.all(under);
  }
  const took = (performance.now() - began) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(10 * (times[Math.floor(times.length * share)] ?? 0)) / 10;
  return {
    eventsASecond: Math.round((times.length * LINES) / took),
    p50ms: at(0.5),
    p99ms: at(0.99),
    slowestMs: at(0.999_999),
    failed,
  };
}

function poster(url: string, key: string, all: readonly Batch[]): (batch: number) => Promise<boolean> {
  const agent = new Agent({ keepAlive: true });
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/x-ndjson',
    'content-encoding': 'gzip',
  };
  return async (batch) => {
    const sent = request(`${url}/v1/events`, { method: 'POST', headers, agent });
    sent.end(all[batch]?.packed);
    const [response] = await once(sent, 'response');
    response.resume();
    await once(response, 'end');
    return response.statusCode === 202;
  };
}

/** The bare alternative: the body read and unpacked, nothing else. */
async function serveBare(): Promise<void> {
  const app = fastify({ bodyLimit: 8 * 1024 * 1024 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-ndjson', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  app.post('/v1/events', async (request, reply) => {
    const accepted = gunzipSync(request.body as Buffer).toString('utf8').length;
    return reply.code(202).send({ accepted, rejected: [] });
  });
  process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }));
  process.once('disconnect', () => void app.close());
}

async function run(seconds: number): Promise<void> {
  const root = fileURLToPath(new URL('../.waymark/', import.meta.url));
  const home = join(root, 'bench');
  const progress = terminalProgress();
  const stack = await up({ home, cacheDir: join(root, 'cache'), given: {}, progress, fresh: true });
  let bare: ChildProcess | undefined;
  try {
    const { databaseUrl, kafkaBrokers } = stack.addresses;
    await migrate(databaseUrl);
    const db = connect(databaseUrl, 1, 'bench');
    await registerCouncils(db, [{ code: COUNCIL, name: 'Bench', dataSource: 'simulated' }]);
    const key = await createKey(db, { label: 'bench', role: 'council', council: COUNCIL });
    await db.end();
    const gateway = await stack.service<{ url: string }>({
      name: 'gateway',
      args: [WAYMARK, 'gateway'],
      env: { WAYMARK_HOME: home, LOG_LEVEL: 'warn' },
    });
    const all = batches();
    const post = poster(gateway.payload.url, key, all);
    await measure(3, post);
    const full = await measure(seconds, post);
    const paced = await measure(seconds, post, TARGET);

    bare = fork(fileURLToPath(import.meta.url), ['--bare'], { execArgv: ['--import', 'tsx'] });
    const [bareUrl] = (await once(bare, 'message')) as [string];
    const postBare = poster(bareUrl, key, all);
    await measure(2, postBare);
    const read = await measure(seconds / 2, postBare);

    const producer = await connectProducer(connectKafka(kafkaBrokers, 'bench'));
    const topic = loadConfig({}).topics.events;
    const produceBare = async (batch: number): Promise<boolean> => {
      await producer.send({ ...everyReplica, topic, messages: all[batch]?.messages ?? [] });
      return true;
    };
    await measure(2, produceBare);
    const produced = await measure(seconds / 2, produceBare);
    await producer.disconnect();
    const ratio = (of: Figures): number => Math.round((100 * full.eventsASecond) / of.eventsASecond) / 100;
    const report = {
      batchOf: LINES,
      abreast: ABREAST,
      gateway: full,
      [`gateway at a pace of ${TARGET} events/s`]: paced,
      'Fastify that only reads and unpacks': read,
      'kafkajs without HTTP and validation': produced,
      ratio: { 'gateway / only reads': ratio(read), 'gateway / only produces': ratio(produced) },
    };
    print(report);
  } finally {
    bare?.disconnect();
    await stack.stop();
  }
}

if (process.argv[2] === '--bare') await serveBare();
else {
  const { seconds } = options(
    `node --import tsx bench/gateway.ts: batches of ${LINES} events over HTTP into Kafka, beside Fastify that only reads them and kafkajs
that only produces them.`,
    {
      seconds: { words: 'of each of both gateway runs, and half as long of each alternative', otherwise: 12 },
    },
  );
  await run(seconds);
}
