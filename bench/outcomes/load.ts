// Loading by COPY: from files that the server wrote itself, so that nothing but the load is measured.
import { rm } from 'node:fs/promises';
import { kindNumber } from '../../services/outcomes/kinds.ts';
import type { Database } from '../../services/platform/database.ts';
import { partEnds } from './world.ts';

export interface Load {
  rows: number;
  seconds: number;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

/** Writes a query's rows to files, and loads them into a table. `query` gives rows of a child `k`, cut by it. */
async function copied(
  db: Database,
  table: string,
  query: (cut: string) => string,
  children: number,
): Promise<Load> {
  const [folder] = await db<{ data_directory: string }[]>`show data_directory`;
  const ends = partEnds(children);
  const parts = ends.slice(1).map((end, at) => ({
    file: `${folder?.data_directory}/bench-${table.replace('.', '-').replace(/\(.*/, '')}-${at}.copy`,
    cut: `child_key > ${ends[at]} and child_key <= ${end}`,
  }));
  const written = await Promise.all(
    parts.map(({ file, cut }) => db.unsafe(`copy (${query(cut)}) to '${file}' with (format binary)`)),
  );
  const rows = written.reduce((sum, { count }) => sum + count, 0);
  await db`checkpoint`;
  const seconds = await timed(() =>
    Promise.all(parts.map(({ file }) => db.unsafe(`copy ${table} from '${file}' with (format binary)`))),
  );
  for (const { file } of parts) await rm(file);
  return { rows, seconds };
}

/** The bare limit: the days and codes alone, into a table that is neither logged nor indexed. */
export async function loadBare(db: Database, children: number): Promise<Load> {
  await db`create unlogged table bare (child_key integer, kind smallint, starts date, ends date, detail integer)`;
  const load = await copied(
    db,
    'bare',
    (cut) => `select child_key, kind::smallint, starts, ends, detail from made where ${cut}`,
    children,
  );
  await db`drop table bare`;
  return load;
}

export const loadLedger = (db: Database, children: number): Promise<Load> =>
  copied(
    db,
    'waymark.case_event (child_key, event_id, kind, record_id, recorded_at, purged, state)',
    (cut) =>
      `select child_key, event_id, kind::smallint, record_id, recorded_at, false, state from made where ${cut}`,
    children,
  );

export const loadOccurrences = (db: Database, children: number): Promise<Load> =>
  copied(
    db,
    'waymark.occurrence (recorded_at, child_key, stated_under, starts, ends, detail, kind, purged, event_id, record_id)',
    (
      cut,
    ) => `select recorded_at, child_key, child_key, starts, ends, detail, kind::smallint, false, event_id, record_id
      from made where ${cut}`,
    children,
  );

/** Children's facts, as ingest derives them of the ledger. */
export async function deriveFacts(db: Database): Promise<void> {
  await db`
    insert into waymark.child_fact (child_key, stated_under, record_id, birth_month, death_month, unaccompanied, recorded_at, event_id)
    select child_key, child_key, record_id, (state ->> 'birthMonth' || '-01')::date, (state ->> 'deathMonth' || '-01')::date,
      (state ->> 'unaccompaniedAsylumSeeker')::boolean, recorded_at, event_id
    from made where kind = ${kindNumber.child}`;
}
