// Pages of the portal under load: `node --import tsx bench/portal.ts [participants of the evaluation] [requests a second] [seconds]`.
// The portal is a process of its own, held to one core where `taskset` is there; requests come at even intervals whether or not
// earlier ones are answered, so waiting counts. Beside each page: the health route of the same process, the bare server's limit.
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { up } from '../infra/local/index.ts';
import { createKey } from '../services/platform/access.ts';
import { connect } from '../services/platform/database.ts';
import { migrate } from '../services/platform/migrate.ts';
import { terminalProgress } from '../services/platform/progress.ts';
import { twoEvaluations } from '../test/integration/access/world.ts';

const [participants = 1_000_000, rate = 200, seconds = 10] = process.argv.slice(2).map(Number);
const pages = [
  '/health',
  '/',
  '/evaluations/first',
  '/evaluations/first?horizon=12',
  '/evaluations/first/groups?by=council',
  '/evaluations/first/maturity',
  '/evaluations/first/plan',
  '/evaluations/first/analysis',
];

const home = fileURLToPath(new URL('../.waymark/', import.meta.url));
const stack = await up({
  home: join(home, 'bench'),
  cacheDir: join(home, 'cache'),
  given: {},
  progress: terminalProgress(),
  fresh: true,
});

interface Answer {
  status: number;
  bytes: number;
  milliseconds: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 200 });

function ask(url: string, cookie: string): Promise<Answer> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { cookie, 'accept-encoding': 'gzip' } }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, bytes, milliseconds: performance.now() - began }),
      );
    }).on('error', reject);
  });
}

/** A portal of its own on the store, once it serves. */
async function portal(
  databaseUrl: string,
): Promise<{ child: ChildProcess; address: string; pinned: boolean }> {
  const child = fork(fileURLToPath(new URL('../infra/waymark.mjs', import.meta.url)), ['portal'], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      WAYMARK_HOME: join(home, 'bench'),
      WAYMARK_LOG_LEVEL: 'error',
    },
  });
  const [{ ready }] = (await once(child, 'message')) as [{ ready: { url: string } }];
  const pinned = spawnSync('taskset', ['-apc', '0', String(child.pid)]).status === 0;
  return { child, address: ready.url, pinned };
}

/** Seconds of load before it is measured: a process that has just begun compiles what it runs. */
const WARMING = 3;

const percentile = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN).toFixed(1);

/** Asks for one page `rate` times a second for so many seconds; what the answers were. */
async function loaded(url: string, cookie: string, lasting: number): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  const began = performance.now();
  for (let sent = 0; sent < rate * lasting; sent += 1) {
    const due = began + (1_000 * sent) / rate;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    answers.push(ask(url, cookie));
  }
  return Promise.all(answers);
}

const owner = connect(stack.addresses.databaseUrl, 1);
let child: ChildProcess | undefined;
try {
  await migrate(stack.addresses.databaseUrl);
  const began = performance.now();
  // Rows are what they refer to by construction: checking each reference would take most of the time.
  await owner`set session_replication_role = replica`;
  await twoEvaluations(owner, { children: participants / 2, outcomes: 3, horizons: [6, 12, 18] }, 1_000);
  await owner`set session_replication_role = default`;
  await owner`vacuum analyze`;
  process.stdout.write(
    `Stored ${participants.toLocaleString('en-GB')} participants, nine outcomes each, in ${((performance.now() - began) / 1000).toFixed(0)} s\n`,
  );
  const key = await createKey(owner, {
    label: 'bench',
    role: 'evaluator',
    council: null,
    evaluation: 'first',
  });
  const { address, pinned, ...started } = await portal(stack.addresses.databaseUrl);
  child = started.child;
  const signedIn = await new Promise<string>((resolve, reject) => {
    get(`${address}/sign-in?key=${key}`, { agent }, (answer) => {
      answer.resume();
      resolve(String(answer.headers['set-cookie']).split(';')[0] ?? '');
    }).on('error', reject);
  });
  process.stdout.write(
    `${rate} requests a second for ${seconds} s a page, portal on ${pinned ? 'one core' : 'any core'}, signed in; milliseconds\n`,
  );
  process.stdout.write(
    '| page | kB | first | p50 | p95 | p99 | most | not 200 |\n|---|---|---|---|---|---|---|---|\n',
  );
  for (const page of pages) {
    const first = await ask(`${address}${page}`, signedIn);
    await loaded(`${address}${page}`, signedIn, WARMING);
    const answers = await loaded(`${address}${page}`, signedIn, seconds);
    const sorted = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    const failed = answers.filter(({ status }) => status !== 200).length;
    process.stdout.write(
      `| ${page} | ${(first.bytes / 1e3).toFixed(1)} | ${first.milliseconds.toFixed(0)} | ${[0.5, 0.95, 0.99, 1].map((share) => percentile(sorted, share)).join(' | ')} | ${failed} |\n`,
    );
  }
} finally {
  child?.kill('SIGTERM');
  agent.destroy();
  await owner.end();
  await stack.stop();
}
