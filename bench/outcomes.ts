// Outcomes at the scale of England, on generated records.
// For each size (participants; 3 children and 20 events for each): loading by COPY, three outcomes at three horizons by the
// set engine beside a naive window-function query and DuckDB on the same rows, a cohort of 10,000, a day of 5,000 events worked
// in, bytes on disk. All engines must count the same, and what was brought up to date must be what is worked out anew: else it fails.
import { cpus, loadavg } from 'node:os';
import { deriveCarePeriods } from '../services/ledger/care-periods.ts';
import { kindNumber } from '../services/outcomes/kinds.ts';
import { countsSql, outcomesSql } from '../services/outcomes/set-engine.ts';
import { connect, type Database } from '../services/platform/database.ts';
import { terminalProgress } from '../services/platform/progress.ts';
import { options, print } from './load/options.ts';
import { duckOf } from './outcomes/duckdb.ts';
import { enrol, protocol, storeAll, workIn } from './outcomes/follow.ts';
import { deriveFacts, type Load, loadBare, loadLedger, loadOccurrences } from './outcomes/load.ts';
import { COUNTED, naiveSql } from './outcomes/naive.ts';
import { withStore } from './outcomes/store.ts';
import { generate, PARTS, partEnds } from './outcomes/world.ts';

const { participants: sizes, kept } = options(
  `node --import tsx bench/outcomes.ts: outcomes of generated records by the set engine, beside a naive query and DuckDB.
Each participant has 3 children's and 20 events' worth of records; sizes of 1,000 or more.`,
  {
    participants: { words: 'of each run', otherwise: [10_000, 100_000] },
    kept: { words: 'keep the stores, and measure again in those that were kept', otherwise: false },
  },
);
if (sizes.some((size) => size < 1_000)) {
  process.stderr.write('--participants takes numbers of 1000 or more: see --help\n');
  process.exit(2);
}

const COHORT = 10_000;
const DAY = 5_000;
const TURNS = 3;
const CHILDREN_AT_ONCE = 50_000;
const progress = terminalProgress();

const asked = [protocol.outcomes, protocol.horizons, protocol.population.index.record] as const;
const chosen = (among: string): string =>
  `with chosen as not materialized (select * from waymark.participant where ${among})`;
const counts = (among: string): string =>
  `${chosen(among)} select outcome, horizon, state, n, days from (${countsSql(...asked)}) as told`;
/** The same, of a row for each outcome. */
const countsOfRows = (among: string): string =>
  `${chosen(among)}
   select outcome, horizon, state, ${COUNTED} from (${outcomesSql(...asked)}) as told group by outcome, horizon, state`;

type Row = Record<string, unknown>;
type Counted = { outcome: number; horizon: number; state: number; n: bigint; days: bigint };

/** The counts of the participants between these children, over a connection for each part, as waves are followed. */
const countAll = (db: Database, ends: readonly number[], by = counts): Promise<Row[]> =>
  added(
    ends.slice(1).map((end, at) => db.unsafe(by('child_key > $1 and child_key <= $2'), [ends[at] ?? 0, end])),
  );

/** The counts of some participants, over a connection for each part of them. */
const countSome = (db: Database, parts: readonly number[][]): Promise<Row[]> =>
  added(parts.map((keys) => db.unsafe(counts('child_key = any($1::integer[])'), [keys])));

async function added(asked: readonly Promise<Row[]>[]): Promise<Row[]> {
  const parts = await Promise.all(asked);
  const whole = new Map<
    string,
    { outcome: number; horizon: number; state: number; n: bigint; days: bigint }
  >();
  for (const { outcome, horizon, state, n, days } of parts.flat() as Counted[]) {
    const so = whole.get(`${outcome} ${horizon} ${state}`);
    whole.set(`${outcome} ${horizon} ${state}`, {
      ...{ outcome, horizon, state },
      n: (so?.n ?? 0n) + n,
      days: (so?.days ?? 0n) + days,
    });
  }
  return [...whole.values()];
}

/** Counts of an engine in one order and one spelling. */
const spelt = (rows: readonly Row[]): string =>
  rows
    .map(({ outcome, horizon, state, n, days }) => [outcome, horizon, state, n, days].map(String).join(' '))
    .sort()
    .join('\n');

function sameCounts(first: readonly Row[], by: Record<string, readonly Row[]>): void {
  for (const [name, rows] of Object.entries(by)) {
    if (spelt(rows) === spelt(first)) continue;
    throw new Error(
      `${name} counts otherwise than the set engine.\nset engine:\n${spelt(first)}\n${name}:\n${spelt(rows)}`,
    );
  }
}

/** The least of some turns, and what the last gave. */
async function timed<T>(work: () => Promise<T>, turns = TURNS): Promise<{ seconds: number; gave: T }> {
  let best = Number.POSITIVE_INFINITY;
  let gave: T | undefined;
  for (let turn = 0; turn < turns; turn += 1) {
    const began = performance.now();
    gave = await work();
    best = Math.min(best, (performance.now() - began) / 1_000);
  }
  return { seconds: best, gave: gave as T };
}

/** The periods of every child, as ingest derives them child by child. */
async function derivePeriods(db: Database, children: number): Promise<void> {
  const ends = partEnds(children);
  await Promise.all(
    ends.slice(1).map(async (end, at) => {
      for (let from = ends[at] ?? 0; from < end; from += CHILDREN_AT_ONCE) {
        const rows = await db<{ child_key: number }[]>`
          select distinct child_key from waymark.occurrence
          where child_key > ${from} and child_key <= ${Math.min(from + CHILDREN_AT_ONCE, end)}
            and kind = ${kindNumber['care-episode']}`;
        await deriveCarePeriods(
          db,
          rows.map(({ child_key }) => child_key),
        );
      }
    }),
  );
}

async function bytesOf(db: Database, table: string): Promise<number> {
  const [row] = await db<{ bytes: number }[]>`
    select sum(pg_total_relation_size(c.oid))::float8 as bytes from pg_class c
    where c.oid = ${table}::regclass or c.oid in (select inhrelid from pg_inherits where inhparent = ${table}::regclass)`;
  return row?.bytes ?? 0;
}

const rate = ({ rows, seconds }: Load): number => Math.round(rows / seconds);
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

type Say = (message: string) => void;

/** What loading and storing came to; written down in the store, for a run that finds it kept. */
interface Made {
  load: number;
  events: number;
  copyRowsASecond: Record<'bare' | 'ledger' | 'occurrences', number>;
  carePeriodsSeconds: number;
  storeAllSeconds: number;
}

async function makeStore(db: Database, participants: number, say: Say): Promise<Made> {
  const children = participants * 3;
  const load = round(loadavg()[0] ?? 0);
  say('generating');
  await generate(db, participants);
  say('loading');
  const bare = await loadBare(db, children);
  const ledger = await loadLedger(db, children);
  const occurrences = await loadOccurrences(db, children);
  await deriveFacts(db);
  await db`drop table made`;
  await db`vacuum analyze waymark.occurrence, waymark.child_fact, waymark.child`;
  say('periods of care');
  const periods = await timed(() => derivePeriods(db, children), 1);
  say('enrolling');
  await enrol(db);
  await db`vacuum analyze waymark.occurrence`;
  say('storing outcomes');
  const storeAllSeconds = round(await storeAll(db));
  await db`checkpoint`;
  return {
    load,
    events: ledger.rows,
    copyRowsASecond: { bare: rate(bare), ledger: rate(ledger), occurrences: rate(occurrences) },
    carePeriodsSeconds: round(periods.seconds),
    storeAllSeconds,
  };
}

async function madeStore(db: Database, participants: number, say: Say): Promise<Made> {
  await db`create table if not exists public.bench_made (made jsonb)`;
  const [known] = await db<{ made: Made }[]>`select made from public.bench_made`;
  if (known) return known.made;
  const made = await makeStore(db, participants, say);
  await db`insert into public.bench_made values (${JSON.stringify(made)}::text::jsonb)`;
  return made;
}

async function measure(databaseUrl: string, participants: number) {
  const db = connect(databaseUrl, PARTS, 'bench');
  const say = (message: string) =>
    progress({ stage: 'bench', message: `${participants} participants: ${message}` });
  try {
    const children = participants * 3;
    const made = await madeStore(db, participants, say);
    const load = round(loadavg()[0] ?? 0);

    say('outcomes of all');
    const all = await timed(() => countAll(db, partEnds(children)));
    const alone = await timed(() => countAll(db, [0, children]), 1);
    const rows = await timed(() => countAll(db, partEnds(children), countsOfRows), 1);
    const naive = await timed(() => db.unsafe(naiveSql), 1);
    say('outcomes by DuckDB');
    const duck = await duckOf(db, cpus().length);
    const inDuck = await timed(() => duck.ask(naiveSql));
    duck.close();
    sameCounts(all.gave, {
      'one connection': alone.gave,
      'a row for each': rows.gave,
      'the naive query': naive.gave,
      DuckDB: inDuck.gave,
    });

    const some = await db<{ child_key: number }[]>`
      select child_key from waymark.participant order by hashint4extended(child_key, 9) limit ${COHORT}`;
    const keys = some.map(({ child_key }) => child_key);
    const half = Math.ceil(keys.length / PARTS);
    const cohort = await timed(() => countSome(db, [keys.slice(0, half), keys.slice(half)]), 5);
    const cohortAlone = await timed(() => countSome(db, [keys]), 5);
    sameCounts(cohort.gave, { 'one connection': cohortAlone.gave });
    say('a day');
    const day = await workIn(databaseUrl, DAY);
    const stored = await db.unsafe(
      `select outcome, horizon, state, ${COUNTED} from waymark.outcome group by outcome, horizon, state`,
    );
    sameCounts(await countAll(db, partEnds(children)), { 'what was brought up to date': stored });

    return {
      participants,
      children,
      made,
      load,
      outcomesSeconds: {
        setEngine: round(all.seconds),
        oneConnection: round(alone.seconds),
        rowForEach: round(rows.seconds),
        naiveWindow: round(naive.seconds),
        duckdb: round(inDuck.seconds),
      },
      ratio: {
        'set engine / DuckDB': round(all.seconds / inDuck.seconds),
        'naive / set engine': round(naive.seconds / all.seconds),
      },
      cohortOf: keys.length,
      cohortMilliseconds: {
        setEngine: Math.round(cohort.seconds * 1_000),
        oneConnection: Math.round(cohortAlone.seconds * 1_000),
      },
      day: {
        ...day,
        settleSeconds: round(day.settleSeconds),
        refreshSeconds: round(day.refreshSeconds),
        seconds: round(day.settleSeconds + day.refreshSeconds),
      },
      bytesAnEvent: {
        ledger: Math.round((await bytesOf(db, 'waymark.case_event')) / made.events),
        occurrences: Math.round((await bytesOf(db, 'waymark.occurrence')) / made.events),
      },
    };
  } finally {
    await db.end();
  }
}

const reports: Awaited<ReturnType<typeof measure>>[] = [];
for (const size of sizes) {
  reports.push(await withStore(progress, { name: String(size), kept }, (url) => measure(url, size)));
}

const [first, last] = [reports[0], reports.at(-1)];
const growth =
  first && last && first !== last
    ? {
        participants: round(last.participants / first.participants),
        outcomes: round(last.outcomesSeconds.setEngine / first.outcomesSeconds.setEngine),
        day: round(last.day.seconds / first.day.seconds),
      }
    : null;
const report = {
  data: 'generated',
  cores: cpus().length,
  load: round(loadavg()[0] ?? 0),
  sizes: reports,
  growth,
};
print(report);
