// What a COPY of the ledger's rows costs, and of what that is made: the same rows over two connections into a table of their days and
// codes alone, into the ledger's columns, and so on to the ledger itself; and into tables that are built in other ways.
import { readFile, rm } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { connect, type Database } from '../services/platform/database.ts';
import { terminalProgress } from '../services/platform/progress.ts';
import { options, print } from './load/options.ts';
import { withStore } from './outcomes/store.ts';
import { generate, PARTS, partEnds } from './outcomes/world.ts';

const { rows: wanted, turns } = options(
  'node --import tsx bench/bulk.ts: rows a second by COPY into the ledger, and what of its cost is columns, WAL, key, partitions and counting.',
  {
    rows: { words: 'to load, in children of 20 to three', otherwise: 400_000 },
    turns: { words: 'of each, of which the least counts', otherwise: 3 },
  },
);
const PARTITIONS = 8;
const TICK_MICROSECONDS = 10_000;
const progress = terminalProgress();

const all = 'child_key, event_id, kind::smallint as kind, record_id, recorded_at, false as purged, state';

/** What the rows of a file hold, by the name of the file. */
const contents = {
  codes: 'child_key, kind::smallint as kind, starts, ends, detail',
  bare: all.replace(', state', ''),
  whole: all,
  text: all.replace('state', 'state::text as state'),
};
type Contents = keyof typeof contents;

const named = (columns: string): string => columns.replace(/\S+ as /g, '');

const table = (kind: string, content: string, more = ''): string =>
  `create ${kind} table public.bulk (child_key integer not null, event_id uuid not null, kind smallint not null, record_id uuid not null,
    recorded_at timestamptz not null, ledgered_at timestamptz not null default now(), purged boolean not null ${content} ${more})`;
const CONTENT = ', state jsonb, check (not purged or state is null)';
const KEY = ', primary key (child_key, event_id)';
const parted = (more: string): string =>
  `${table('', CONTENT, more)} partition by hash (child_key);
   ${Array.from({ length: PARTITIONS }, (_, at) => `create table public.bulk_${at} partition of public.bulk for values with (modulus ${PARTITIONS}, remainder ${at})`).join(';')}`;

interface Way {
  made: string;
  file: Contents;
  into?: string;
  /** Whether each connection loads half of the partitions by name, instead of half of the children into the whole. */
  byPartition?: true;
  after?: string;
}

const key = 'alter table public.bulk add primary key (child_key, event_id)';
const ways: Record<string, Way> = {
  'days and codes, not logged': {
    made: 'create unlogged table public.bulk (child_key integer, kind smallint, starts date, ends date, detail integer)',
    file: 'codes',
  },
  'the ledger’s columns without content, not logged': { made: table('unlogged', ''), file: 'bare' },
  'with content as text': { made: table('unlogged', ', state text'), file: 'text' },
  'with content as jsonb': { made: table('unlogged', CONTENT), file: 'whole' },
  'and logged': { made: table('', CONTENT), file: 'whole' },
  'and its key': { made: table('', CONTENT, KEY), file: 'whole' },
  'and its partitions': { made: parted(KEY), file: 'whole' },
  'the ledger: and counted': { made: '', file: 'whole', into: 'waymark.case_event' },
  'otherwise: each partition by name': { made: parted(KEY), file: 'whole', byPartition: true },
  'otherwise: no partitions, key made afterwards': { made: table('', CONTENT), file: 'whole', after: key },
  'otherwise: content as text, no partitions, key made afterwards': {
    made: table('', ', state text'),
    file: 'text',
    after: key,
  },
};

async function ticksOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** The files that a way is loaded from, a list for each connection, written when they are not there. */
class Files {
  readonly #db: Database;
  readonly #folder: string;
  readonly #ends: readonly number[];
  readonly #written = new Map<string, number>();

  constructor(db: Database, folder: string, children: number) {
    this.#db = db;
    this.#folder = folder;
    this.#ends = partEnds(children);
  }

  async #write(file: Contents, name: string, cut: string): Promise<string> {
    const path = `${this.#folder}/bulk-${file}-${name}.copy`;
    if (!this.#written.has(path)) {
      const { count } = await this.#db.unsafe(
        `copy (select ${contents[file]} from made where ${cut}) to '${path}' with (format binary)`,
      );
      this.#written.set(path, count);
    }
    return path;
  }

  /** Statements, a list for each connection. */
  async copies({ file, into = 'public.bulk', byPartition }: Way): Promise<string[][]> {
    const copy = (target: string, path: string): string =>
      `copy ${target} (${named(contents[file])}) from '${path}' with (format binary)`;
    const lists: string[][] = [];
    for (let part = 0; part < PARTS; part += 1) {
      const list: string[] = [];
      if (byPartition) {
        for (let at = part; at < PARTITIONS; at += PARTS) {
          const cut = `satisfies_hash_partition('waymark.case_event'::regclass, ${PARTITIONS}, ${at}, child_key)`;
          list.push(copy(`${into}_${at}`, await this.#write(file, `partition-${at}`, cut)));
        }
      } else {
        const cut = `child_key > ${this.#ends[part]} and child_key <= ${this.#ends[part + 1]}`;
        list.push(copy(into, await this.#write(file, `half-${part}`, cut)));
      }
      lists.push(list);
    }
    return lists;
  }

  async remove(): Promise<void> {
    for (const path of this.#written.keys()) await rm(path);
  }
}

interface Took {
  seconds: number;
  cpu: number;
  wal: number;
}

async function load(url: string, db: Database, copies: readonly string[][], way: Way): Promise<Took> {
  const connections = copies.map(() => connect(url, 1, 'bulk'));
  try {
    const pids = await Promise.all(
      connections.map(async (one) => (await one`select pg_backend_pid() as pid`)[0]?.pid as number),
    );
    const spent = async (): Promise<number> =>
      (await Promise.all(pids.map(ticksOf))).reduce((sum, ticks) => sum + ticks, 0) * TICK_MICROSECONDS;
    const [from] = await db<{ at: string }[]>`select pg_current_wal_lsn()::text as at`;
    const before = await spent();
    const began = performance.now();
    await Promise.all(
      copies.map(async (list, at) => {
        for (const copy of list) await (connections[at] as Database).unsafe(copy);
      }),
    );
    if (way.after) await connections[0]?.unsafe(`set max_parallel_maintenance_workers = 0; ${way.after}`);
    const seconds = (performance.now() - began) / 1_000;
    const cpu = (await spent()) - before;
    const [until] = await db<{ bytes: number }[]>`
      select pg_wal_lsn_diff(pg_current_wal_lsn(), ${from?.at ?? ''}::pg_lsn)::float8 as bytes`;
    return { seconds, cpu, wal: until?.bytes ?? 0 };
  } finally {
    for (const one of connections) await one.end();
  }
}

async function measure(url: string) {
  const db = connect(url, 1, 'bulk');
  const participants = Math.ceil(wanted / 20);
  progress({ stage: 'bench', message: 'generating' });
  await generate(db, participants);
  const [count] = await db<{ rows: number }[]>`select count(*)::integer as rows from made`;
  const rows = count?.rows ?? 0;
  const [folder] = await db<{ data_directory: string }[]>`show data_directory`;
  const files = new Files(db, folder?.data_directory ?? '', participants * 3);
  const told: Record<string, object> = {};
  for (const [name, way] of Object.entries(ways)) {
    progress({ stage: 'bench', message: name });
    const copies = await files.copies(way);
    const took: Took[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      await db.unsafe(`drop table if exists public.bulk; truncate waymark.case_event; ${way.made}`);
      await db`checkpoint`;
      took.push(await load(url, db, copies, way));
      const into = way.into ?? 'public.bulk';
      const [stored] = await db.unsafe(`select count(*)::integer as rows from ${into}`);
      if (stored?.rows !== rows) throw new Error(`${name}: ${stored?.rows} rows are stored of ${rows}`);
    }
    const least = (of: (one: Took) => number): number => Math.min(...took.map(of));
    told[name] = {
      rowsASecond: Math.round(rows / least(({ seconds }) => seconds)),
      cpuMicrosecondsARow: Math.round((100 * least(({ cpu }) => cpu)) / rows) / 100,
      walBytesARow: Math.round(least(({ wal }) => wal) / rows),
    };
  }
  await files.remove();
  await db.end();
  return { rows, ways: told };
}

const { rows, ways: told } = await withStore(progress, { name: 'bulk', kept: false }, measure);
print({
  rows,
  connections: PARTS,
  cores: cpus().length,
  load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  ways: told,
});
