// DuckDB on the same rows, in memory: what a bare column engine needs for the same question.
import { rm } from 'node:fs/promises';
import type { Database } from '../../services/platform/database.ts';

/** What is used of @duckdb/node-api; loaded here alone, so that nothing else needs it installed. */
interface Connection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ getRowObjectsJS(): Record<string, unknown>[] }>;
  closeSync(): void;
}
interface Module {
  DuckDBInstance: {
    create(path: string, options: Record<string, string>): Promise<{ connect(): Promise<Connection> }>;
  };
}
const MODULE: string = '@duckdb/node-api';

const tables = {
  participant:
    'participant_key integer, evaluation_id smallint, child_key integer, council_id smallint, index_day date, index_record uuid, index_child integer',
  occurrence:
    'child_key integer, stated_under integer, kind smallint, starts date, ends date, detail integer, purged boolean, record_id uuid',
  child_fact:
    'child_key integer, birth_month date, death_month date, unaccompanied boolean, recorded_at timestamptz, event_id uuid',
};

export interface Duck {
  loadSeconds: number;
  ask(sql: string): Promise<Record<string, unknown>[]>;
  close(): void;
}

/** Copies the tables out of PostgreSQL and into DuckDB. @param threads as many as PostgreSQL has cores */
export async function duckOf(db: Database, threads: number): Promise<Duck> {
  const { DuckDBInstance } = (await import(MODULE)) as Module;
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads), memory_limit: '8GB' });
  const duck = await instance.connect();
  await duck.run('create schema waymark');
  const [folder] = await db<{ data_directory: string }[]>`show data_directory`;
  let loadSeconds = 0;
  for (const [table, columns] of Object.entries(tables)) {
    const names = columns.split(', ').map((column) => column.split(' ')[0]);
    const file = `${folder?.data_directory}/bench-duck-${table}.csv`;
    await db.unsafe(`copy (select ${names.join(', ')} from waymark.${table}) to '${file}' with (format csv)`);
    await duck.run(`create table waymark.${table} (${columns})`);
    const began = performance.now();
    await duck.run(
      `copy waymark.${table} from '${file}' (format csv, header false, delimiter ',', auto_detect false)`,
    );
    loadSeconds += (performance.now() - began) / 1_000;
    await rm(file);
  }
  return {
    loadSeconds,
    ask: async (sql) => (await duck.runAndReadAll(sql)).getRowObjectsJS(),
    close: () => duck.closeSync(),
  };
}
