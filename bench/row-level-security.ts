// What row-level security costs the dashboards: `node --import tsx bench/row-level-security.ts [children an arm]`. Each query of the
// portal is asked in a reader's name (a transaction, two settings, policies) and, in turns, of a copy of the database without
// the portal's policies: in a reader's name too, which leaves what policies cost, and without a transaction.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { up } from '../infra/local/index.ts';
import { grant } from '../services/access/grants.ts';
import { createPeople } from '../services/access/people.ts';
import { asReader, type Reader, readInName } from '../services/access/reader.ts';
import { resultOf } from '../services/analysis/result.ts';
import { evaluationNamed } from '../services/evaluations/evaluation.ts';
import { connect, type Database } from '../services/platform/database.ts';
import { migrate } from '../services/platform/migrate.ts';
import { terminalProgress } from '../services/platform/progress.ts';
import { createPortalStore } from '../services/portal/postgres-store.ts';
import { twoEvaluations } from '../test/integration/access/world.ts';

const CHILDREN = Number(process.argv[2] ?? 2_500);
const ROUNDS = 30;
const home = fileURLToPath(new URL('../.waymark/', import.meta.url));
const stack = await up({
  home: join(home, 'bench'),
  cacheDir: join(home, 'cache'),
  given: {},
  progress: terminalProgress(),
  fresh: true,
});

const named = (database: string): string => {
  const url = new URL(stack.addresses.databaseUrl);
  url.pathname = `/${database}`;
  return url.href;
};

/** The same connections, whose transactions are none. */
const withoutTransactions = (db: Database): Database =>
  new Proxy(db, {
    get: (target, name) =>
      name === 'begin'
        ? (_mode: string, work: (tx: unknown) => Promise<unknown>) => work(target)
        : Reflect.get(target, name),
  });

const dashboards = (db: Database): Record<string, () => Promise<unknown>> => {
  const store = createPortalStore(db);
  return {
    catalogue: () => store.evaluations(),
    result: () =>
      readInName(db, async (tx) => {
        const evaluation = await evaluationNamed(tx, 'first');
        if (!evaluation) throw new Error('the reader does not see the evaluation');
        return resultOf(tx, evaluation);
      }),
    maturity: () => store.maturity('first'),
    feeds: () => store.feeds(),
  };
};

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** What remains when nobody else had the machine: the least of the turns. */
const least = (values: number[]): number => Math.min(...values);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const pools: Database[] = [];
try {
  const admin = connect(stack.addresses.databaseUrl, 1);
  await admin`create database guarded`;
  await migrate(named('guarded'));
  const owner = connect(named('guarded'), 1);
  await twoEvaluations(owner, { children: CHILDREN, outcomes: 3, horizons: [6, 12, 18] });
  await grant(
    owner,
    { who: 'r@example.invalid', role: 'researcher', evaluation: 'first', council: null },
    'bench',
  );
  await owner`vacuum analyze`;
  await owner.end();
  await admin`create database bare template guarded`;
  await admin.end();
  const bareOwner = connect(named('bare'), 1);
  for (const { name } of await bareOwner<{ name: string }[]>`
    select polrelid::regclass::text as name from pg_policy where polname = 'of_the_reader'`)
    await bareOwner.unsafe(
      `drop policy of_the_reader on ${name}; alter table ${name} disable row level security`,
    );
  await bareOwner.unsafe(`vacuum analyze`);
  await bareOwner.end();

  const guarded = connect(named('guarded'), 1, 'bench', 'waymark_portal');
  const bare = connect(named('bare'), 1, 'bench', 'waymark_portal');
  pools.push(guarded, bare);
  const [acting] =
    (await createPeople(guarded).rolesOf({ issuer: 'x', subject: 'x', email: 'r@example.invalid' })) ?? [];
  const reader: Reader = { id: acting?.id ?? '', role: 'researcher' };
  const ways = {
    'in a reader’s name': dashboards(guarded),
    'without policies': dashboards(bare),
    'without transaction': dashboards(withoutTransactions(bare)),
  };
  process.stdout.write(
    `${(4 * CHILDREN).toLocaleString('en-GB')} participants, 9 outcomes each; ${ROUNDS} turns of each query\n`,
  );
  for (const name of Object.keys(ways['in a reader’s name'])) {
    const times = Object.entries(ways).map(([way, dashboard]) => ({
      way,
      ask: dashboard[name],
      took: [] as number[],
    }));
    for (let round = -5; round < ROUNDS; round += 1)
      for (const { ask, took } of times) {
        const one = await timed(() => asReader(reader, () => ask?.() ?? Promise.reject()));
        if (round >= 0) took.push(one);
      }
    for (const [words, of] of [
      ['least', least],
      ['median', median],
    ] as const) {
      const [guardedFor = Number.NaN, ...others] = times.map(({ took }) => of(took));
      const beside = others.map((took, at) => {
        const more = ((guardedFor / took - 1) * 100).toFixed(1);
        return `${times[at + 1]?.way} ${took.toFixed(2)} ms: ${more}%`;
      });
      process.stdout.write(
        `${name.padEnd(10)} ${words.padEnd(6)} in a reader’s name ${guardedFor.toFixed(2)} ms; ${beside.join('; ')}\n`,
      );
    }
  }
} finally {
  for (const pool of pools) await pool.end();
  await stack.stop();
}
